import io
import struct
import zipfile

import numpy as np
import pytest

from lds_gui.files import FileFormatError, load, load_data, save
from lds_gui.lds import LDSParams
from tests.files.values import DATA, OTHERS, TIED, assert_same, attempt


def npy(header, data=b""):
    text = header.encode() if isinstance(header, str) else header
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def archive(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, raw in entries.items():
            file.writestr(name, raw)
    return path


def test_that_numpy_reads_what_is_written(tmp_path):
    save(tmp_path / "model.npz", TIED)
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["A"], TIED.A)


def test_that_what_numpy_writes_is_read_whatever_its_order_and_type(tmp_path):
    path = tmp_path / "model.npz"
    np.savez_compressed(
        path,
        A=np.asfortranarray([[0.5, 0.1], [0.0, 0.3]]),
        B=np.array([[1, 2]], dtype=">i4"),
        Sigma=np.eye(2, dtype=np.float32),
        Gamma=np.ones((1, 1), dtype=np.uint8),
        mu0=np.zeros(2, dtype=np.float16),
    )
    params = load(path)
    assert isinstance(params, LDSParams)
    np.testing.assert_array_equal(params.A, [[0.5, 0.1], [0.0, 0.3]])
    np.testing.assert_array_equal(params.B, [[1.0, 2.0]])


def test_that_bare_observations_are_enough_for_a_data_set(tmp_path):
    np.savez(tmp_path / "bare.npz", observations=np.arange(6.0).reshape(3, 2))
    data = load_data(tmp_path / "bare.npz")
    assert (data.name, data.columns, data.dataset.n_steps) == ("bare", ("x1", "x2"), 3)


def objects():
    file = io.BytesIO()
    np.save(file, np.array([[object()]], dtype=object), allow_pickle=True)
    return file.getvalue()


HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"observations.npy": objects()}, "has the type |O; only plain numbers and text are read"),
        (
            {"observations.npy": npy(HEADER % "(1000000, 1000000)", b"\0" * 16)},
            "claims 8000000000000 bytes of numbers, but has 16",
        ),
        ({"observations.npy": npy(HEADER % "(-1, 2)", b"\0" * 16)}, "claims the shape"),
        ({"observations.npy": npy(HEADER % "(True, 2)", b"\0" * 16)}, "claims the shape"),
        ({"observations.npy": npy(HEADER % "(1, 1, 1)", b"\0" * 8)}, "claims the shape"),
        ({"observations.npy": npy(HEADER % "3", b"\0" * 8)}, "holds records, or has a broken header"),
        (
            {"observations.npy": npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 1)}", b"\0" * 8)},
            "records",
        ),
        (
            {"observations.npy": npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1)}", b"\0" * 16)},
            "type <c16",
        ),
        (
            {"observations.npy": npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1, 1)}", b"\0" * 8)},
            "type <M8",
        ),
        ({"observations.npy": npy("__import__('os').system('true')")}, "damaged or cut off"),
        ({"observations.npy": npy("((((")}, "damaged or cut off"),
        ({"observations.npy": npy("(" * 5000)}, "damaged or cut off"),
        ({"observations.npy": npy("{[]: 1}")}, "damaged or cut off"),
        ({"observations.npy": npy("{'descr': '<f1', 'fortran_order': False, 'shape': (1, 1)}", b"\0")}, "type <f1"),
        ({"observations.npy": b"hello"}, "is no NumPy array"),
        ({"readme.txt": b"hello"}, "The entry 'readme.txt' is no array"),
        ({}, "one of these entries is needed"),
        (
            {"observations.npy": npy("{'descr': '<U3', 'fortran_order': False, 'shape': (1, 1)}", b"a\0\0\0" * 3)},
            "is not a number",
        ),
    ],
)
def test_that_a_hostile_array_gives_one_sentence(tmp_path, entries, message):
    with pytest.raises(FileFormatError) as error:
        load(archive(tmp_path / "data.npz", entries))
    assert message in error.value.message
    assert error.value.message.endswith(".")


def test_that_an_entry_that_stands_there_twice_is_refused(tmp_path):
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("A.npy", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("A.npy", b"2")
    with pytest.raises(FileFormatError, match="stands there twice"):
        load(path)


def test_that_a_directory_that_claims_more_than_the_file_holds_is_refused_before_reading(tmp_path):
    path = archive(tmp_path / "data.npz", {"observations.npy": npy(HEADER % "(1, 2)", b"\0" * 16)})
    raw = bytearray(path.read_bytes())
    directory = raw.rindex(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = struct.pack("<I", 2**31)  # the uncompressed size
    path.write_bytes(raw)
    with pytest.raises(FileFormatError, match="claims 2147483648 bytes, more than the file holds"):
        load(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_that_a_compression_numpy_never_writes_is_refused(tmp_path, compression):
    entry = npy(HEADER % "(100, 1)", np.random.default_rng(0).random(100).tobytes())
    path = archive(tmp_path / "data.npz", {"observations.npy": entry}, compression)
    raw = bytearray(path.read_bytes())
    for broken in (False, True):
        if broken:
            raw[80:200] = b"\xff" * 120
            path.write_bytes(raw)
        with pytest.raises(FileFormatError, match=r"'observations.npy' is compressed in a way .*\.$"):
            load(path)


def test_that_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("lds_gui.files.npz_format._LARGEST", 2**20)
    path = archive(tmp_path / "data.npz", {"observations.npy": b"\0" * 2**21}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**13
    with pytest.raises(FileFormatError, match="NPZ is read up to"):
        load(path)


def test_that_a_flipped_bit_in_the_numbers_is_never_accepted(tmp_path):
    path = tmp_path / "data.npz"
    save(path, OTHERS["a Gaussian"])
    whole = path.read_bytes()
    place = whole.index(TIED_THIRD)
    for bit in range(64):
        raw = bytearray(whole)
        raw[place + bit // 8] ^= 1 << bit % 8
        path.write_bytes(raw)
        with pytest.raises(FileFormatError):
            load(path)


TIED_THIRD = struct.pack("<d", 1 / 3)


def test_that_random_damage_gives_one_sentence_or_the_same_data(tmp_path):
    path = tmp_path / "data.npz"
    save(path, DATA["several sequences with latents"])
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        raw = bytearray(whole)
        raw[rng.integers(len(raw))] ^= 1 << int(rng.integers(8))
        path.write_bytes(raw)
        value, message = attempt(path)
        assert "\n" not in message
        if value is not None:
            assert_same(value, DATA["several sequences with latents"])
