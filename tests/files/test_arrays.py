import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lds_gui.files import FileFormatError, ReadOptions, Role, load, load_data, preview, save
from tests.files.test_npz import HEADER, archive, npy
from tests.files.values import DATA, TIED, attempt

SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = st.sampled_from(["<f8", ">f8", "<f4", ">f2", "i1", "<u2", ">i4", "<i8", "<u8", "?"]).map(np.dtype)


@st.composite
def matrices(draw):
    dtype = draw(TYPES)
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, max_side=5))
    elements = {"i": st.integers(-100, 100), "u": st.integers(0, 100), "b": st.booleans()}.get(
        dtype.kind, st.floats(width=8 * dtype.itemsize, allow_infinity=False) if dtype.kind == "f" else None
    )
    array = draw(arrays.arrays(dtype, shape, elements=elements))
    return np.asfortranarray(array) if draw(st.booleans()) else array


def assert_is(data, array):
    wanted = array.astype(np.float64)
    if array.ndim == 3:
        assert len(data.dataset.sequences) == len(array)
    wanted = wanted[:, None] if array.ndim == 1 else wanted.reshape(-1, array.shape[-1])
    found = np.vstack(data.dataset.sequences)
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found[~np.isnan(found)]), np.signbit(wanted[~np.isnan(wanted)]))


@SETTINGS
@given(array=matrices())
def test_that_any_numbers_numpy_writes_come_back_from_npy_and_npz(tmp_path, array):
    np.save(tmp_path / "one.npy", array)
    np.savez_compressed(tmp_path / "two.npz", other=np.array("text"), numbers=array)
    for path, options in ((tmp_path / "one.npy", ReadOptions()), (tmp_path / "two.npz", ReadOptions(array="numbers"))):
        assert_is(load_data(path, options), array)
        assert preview(path, options).problem == ""


def test_that_an_array_may_be_turned_and_its_columns_have_roles(tmp_path):
    rows = np.array([[0.5, 1.0, 1.0, 5.0, 9.0], [1.5, 1.0, 2.0, 6.0, 9.0], [2.0, 2.0, 1.0, 7.0, 9.0]])
    np.save(tmp_path / "a.npy", rows.T)
    roles = (Role.LATENT, Role.SEQUENCE, Role.TIME, Role.OBSERVED, Role.IGNORED)
    data = load_data(tmp_path / "a.npy", ReadOptions(transposed=True, roles=roles))
    assert [x.tolist() for x in data.dataset.sequences] == [[[5.0], [6.0]], [[7.0]]]
    assert [z.tolist() for z in data.dataset.latents] == [[[0.5], [1.5]], [[2.0]]]
    assert data.time_values == ("1", "2", "1")
    assert "Column 5 is left out, as chosen." in data.notes
    assert "The array is read as variables × time." in data.notes


def test_that_the_array_of_an_npz_file_is_chosen_and_the_choice_is_shown(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, small=np.eye(2), A=np.zeros((5, 3)), word=np.array(["a"]), z=np.zeros((2, 3), complex))
    shown = preview(path)
    assert shown.options.array == "A"
    assert shown.arrays == (("small", "2 × 2 float64"), ("A", "5 × 3 float64"), ("word", "1 str32"))
    assert (shown.n_rows, shown.columns, shown.problem) == (5, ("x1", "x2", "x3"), "")
    assert load_data(path).dataset.n_steps == 5
    assert load_data(path, ReadOptions(array="small")).dataset.observations.tolist() == np.eye(2).tolist()
    for name, message in (
        ("none", "There is no array 'none' to read"),
        ("z", "no array 'z'"),
        ("word", "plain numbers"),
    ):
        with pytest.raises(FileFormatError, match=message) as error:
            load_data(path, ReadOptions(array=name))
        assert preview(path, ReadOptions(array=name)).problem == error.value.message


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_that_a_file_that_describes_itself_is_shown_as_it_is_read(tmp_path, suffix):
    save(tmp_path / f"data{suffix}", DATA["names and dates"])
    shown = preview(tmp_path / f"data{suffix}")
    assert shown.columns == ("month", "flow, 10⁸ m³", 'the "other"')
    assert shown.rows[0] == ("1958-03", "0.1", "")
    assert (shown.n_rows, shown.problem) == (3, "")
    save(tmp_path / f"model{suffix}", TIED)
    assert preview(tmp_path / f"model{suffix}").problem == "The file holds model parameters, not a data set."
    (tmp_path / f"broken{suffix}").write_bytes(b"{")
    assert preview(tmp_path / f"broken{suffix}").problem.endswith(".")


def test_that_a_whole_number_that_float64_cannot_hold_is_noted(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1, 2], [3, 2**53 + 1]]))
    assert any("first in row 2, column 2" in note for note in load_data(tmp_path / "a.npy").notes)
    np.save(tmp_path / "b.npy", np.array([[1, 2], [3, 2**53]], dtype=np.uint64))
    assert load_data(tmp_path / "b.npy").notes == ()


def pickled():
    file = io.BytesIO()
    np.save(file, np.array([[print]], dtype=object), allow_pickle=True)
    return file.getvalue()


BOMB = npy(HEADER % "(4294967296, 4294967296)", b"\0" * 64)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (pickled(), "has the type |O"),
        (BOMB, "claims 147573952589676412928 bytes of numbers, but has 64"),
        (npy(HEADER % "(1, 1)", b"\0" * 16), "claims 8 bytes of numbers, but has 16"),
        (npy(HEADER % "()", b"\0" * 8), "The array has no axis"),
        (npy(HEADER % "(0, 3)"), "The array is empty: 0 × 3 float64."),
        (npy(HEADER % "(1, 1, 1, 1)", b"\0" * 8), "claims the shape"),
        (npy(HEADER % "(1, 1)", struct.pack("<d", np.inf)), "row 1, column 1 is infinite"),
        (npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1)}", b"\0" * 16), "has the type <c16"),
        (npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1, 1)}", b"a\0\0\0"), "holds text"),
        (npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", b"\0" * 8), "holds records"),
        (npy("__import__('os').system('true')"), "its header is damaged or cut off"),
        (npy("(" * 5000), "its header is damaged or cut off"),
        (b"\x80\x04K\x01.", "is no NumPy array"),
        (b"PK\x03\x04", "is no NumPy array"),
        (b"", "is no NumPy array"),
    ],
)
def test_that_a_hostile_npy_file_gives_one_sentence(tmp_path, raw, message):
    (tmp_path / "a.npy").write_bytes(raw)
    value, said = attempt(tmp_path / "a.npy")
    assert value is None
    assert message in said
    assert "\n" not in said
    assert preview(tmp_path / "a.npy").problem == said


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"x.npy": pickled()}, "has the type |O"),
        ({"x.npy": BOMB}, "claims 147573952589676412928 bytes"),
        ({"x.npy": b"\0" * 5_000_000}, "is no NumPy array"),
        (
            {"word.npy": npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"a\0\0\0")},
            "no array of numbers",
        ),
    ],
)
def test_that_a_hostile_archive_of_plain_arrays_gives_one_sentence(tmp_path, entries, message, compression):
    path = archive(tmp_path / "data.npz", entries, compression)
    with pytest.raises(FileFormatError) as error:
        load(path)
    assert message in error.value.message
    assert preview(path).problem == error.value.message


def test_that_arrays_cut_off_at_every_64th_byte_give_one_sentence(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(400.0).reshape(-1, 4))
    np.savez_compressed(tmp_path / "a.npz", numbers=np.random.default_rng(0).random((100, 4)))
    for name in ("a.npy", "a.npz"):
        path = tmp_path / name
        whole = path.read_bytes()
        for size in range(0, len(whole), 64):
            path.write_bytes(whole[:size])
            value, message = attempt(path)
            assert value is None
            assert "\n" not in message
            assert preview(path).problem == message


def test_that_of_a_large_array_the_preview_looks_at_the_beginning_only(tmp_path, monkeypatch):
    path = tmp_path / "large.npy"
    np.save(path, np.arange(60.0).reshape(20, 3))
    whole = preview(path)
    assert not any("beginning" in note for note in whole.notes)
    monkeypatch.setattr("lds_gui.files.arrays._LOOKED_AT", 12)
    part = preview(path)
    assert (part.n_rows, part.rows, part.columns) == (whole.n_rows, whole.rows, whole.columns)
    assert "Only the beginning of this large array has been looked at." in part.notes
    turned = preview(path, ReadOptions(transposed=True))
    assert (turned.n_rows, len(turned.columns), turned.problem) == (3, 20, "")
