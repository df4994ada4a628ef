"""A bundle is read as it was written, or not at all."""

import io
import json
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lds_gui.files import FileFormatError
from lds_gui.files import bundle as module
from lds_gui.files.bundle import Bundle, read_bundle, write_bundle

ARRAYS = (np.arange(6.0).reshape(2, 3), np.array([[np.nan, -0.0], [5e-324, 1.7976931348623157e308]]), np.empty((0, 4)))
DOCUMENT = {"title": "Σ and μ₀", "numbers": [1, 2.5, None, True], "empty": {}}


def written(bundle: Bundle) -> bytes:
    file = io.BytesIO()
    write_bundle(file, bundle)
    return file.getvalue()


def sealed(write, tmp_path: Path) -> Path:
    """A zip made by `write`, with the digest of whatever it holds: as somebody would make it who means harm."""
    file = io.BytesIO()
    sealing = module._Sealing(file)
    with zipfile.ZipFile(sealing, "w", zipfile.ZIP_STORED) as archive:
        write(archive)
        archive.comment = b"0" * 64
    sealing.seal()
    path = tmp_path / "made.ldsession"
    path.write_bytes(file.getvalue())
    return path


def read(path: Path) -> Bundle:
    return read_bundle(path, "session", 2, "session file")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.ldsession"
    path.write_bytes(written(Bundle("session", 2, DOCUMENT, ARRAYS)))
    return path


def test_that_a_bundle_comes_back_to_the_last_bit(path: Path):
    found = read(path)
    assert found.document == DOCUMENT
    for array, its in zip(ARRAYS, found.arrays, strict=True):
        assert its.tobytes() == array.tobytes()
        assert its.shape == array.shape
        assert not its.flags.writeable


def test_that_the_same_content_gives_the_same_bytes(path: Path):
    assert written(Bundle("session", 2, DOCUMENT, ARRAYS)) == path.read_bytes()


def test_that_it_is_a_zip_that_others_can_open(path: Path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        with archive.open("arrays/0.npy") as member:
            np.testing.assert_array_equal(np.load(member, allow_pickle=False), ARRAYS[0])


def test_that_a_file_cut_off_anywhere_is_refused_with_a_sentence(path: Path):
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(FileFormatError, match=r"session file.*\.$"):
            read(path)


def test_that_no_flipped_bit_goes_unnoticed(path: Path):
    raw, chance = path.read_bytes(), random.Random(0)
    for _ in range(1000):
        place, bit = chance.randrange(len(raw)), chance.randrange(8)
        path.write_bytes(raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :])
        with pytest.raises(FileFormatError):
            read(path)


def test_that_a_newer_version_is_named(tmp_path: Path):
    path = tmp_path / "new.ldsession"
    path.write_bytes(written(Bundle("session", 3, DOCUMENT)))
    with pytest.raises(FileFormatError, match=r"newer program \(format 3\); this one reads up to 2"):
        read(path)


def test_that_an_older_version_is_read(tmp_path: Path):
    path = tmp_path / "old.ldsession"
    path.write_bytes(written(Bundle("session", 1, DOCUMENT)))
    assert read(path).version == 1


@pytest.mark.parametrize("content", [b"", b"PK", b"hello, world" * 20, b"PK\x03\x04" + b"\0" * 200])
def test_that_anything_else_is_refused_with_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "else.ldsession"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"\.$"):
        read(path)


HEAD = {"kind": "session", "version": 1, "n_arrays": 0, "content": {}}


def plain(name: str, raw: bytes, packed: int = zipfile.ZIP_STORED):
    return lambda archive: archive.writestr(zipfile.ZipInfo(name), raw, packed)


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


DOCUMENT_ENTRY = plain("document.json", json.dumps({**HEAD, "n_arrays": 1}).encode(), zipfile.ZIP_DEFLATED)

HOSTILE = {
    "no document": [plain("other.json", b"{}")],
    "a path out of it": [DOCUMENT_ENTRY, plain("../../evil.npy", npy(np.ones(3)))],
    "an absolute path": [DOCUMENT_ENTRY, plain("/etc/passwd", b"x")],
    "a pickle": [DOCUMENT_ENTRY, plain("arrays/0.npy", npy(np.array([print], dtype=object)))],
    "single precision": [DOCUMENT_ENTRY, plain("arrays/0.npy", npy(np.ones(3, np.float32)))],
    "text": [DOCUMENT_ENTRY, plain("arrays/0.npy", npy(np.array(["a"])))],
    "an array that is packed": [DOCUMENT_ENTRY, plain("arrays/0.npy", npy(np.ones(99)), zipfile.ZIP_DEFLATED)],
    "a bomb": [plain("document.json", b" " * (70 * 2**20), zipfile.ZIP_DEFLATED)],
    "a missing array": [DOCUMENT_ENTRY],
    "another number": [DOCUMENT_ENTRY, plain("arrays/1.npy", npy(np.ones(3)))],
    "cut numbers": [DOCUMENT_ENTRY, plain("arrays/0.npy", npy(np.ones(3))[:-1])],
    "no JSON": [plain("document.json", b"{", zipfile.ZIP_DEFLATED)],
    "no object": [plain("document.json", b"[1]", zipfile.ZIP_DEFLATED)],
    "deep JSON": [plain("document.json", b"[" * 100_000, zipfile.ZIP_DEFLATED)],
    "no UTF-8": [plain("document.json", b"\xff\xfe", zipfile.ZIP_DEFLATED)],
    "another kind": [plain("document.json", json.dumps({**HEAD, "kind": "x"}).encode(), zipfile.ZIP_DEFLATED)],
    "a version in words": [plain("document.json", json.dumps({**HEAD, "version": "1"}).encode(), zipfile.ZIP_DEFLATED)],
}


@pytest.mark.parametrize("entries", HOSTILE.values(), ids=HOSTILE)
def test_that_a_file_made_with_ill_will_is_refused_though_its_digest_is_right(entries, tmp_path: Path):
    path = sealed(lambda archive: [entry(archive) for entry in entries], tmp_path)
    with pytest.raises(FileFormatError, match=r"\.$"):
        read(path)


def test_that_an_entry_which_stands_there_twice_is_refused(tmp_path: Path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = sealed(lambda archive: [DOCUMENT_ENTRY(archive), DOCUMENT_ENTRY(archive)], tmp_path)
    with pytest.raises(FileFormatError, match="twice"):
        read(path)
