"""A zip of one JSON document and the arrays that it speaks of, sealed by a digest: what a session file is made of.

The last 64 bytes, the zip's comment, are the SHA-256 of all bytes before them: a file that is cut off, or of which one
bit has changed, is not read at all. Sizes and names are checked before anything is allocated, and no pickle is ever
read, since whoever makes a file can make its digest, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.errors import FileFormatError
from lds_gui.files.npy_header import BROKEN_HEADER, HEADER_LIMIT, npy_header
from lds_gui.files.record import RecordError

Tree = Any  # what JSON can hold

_SEAL = 64  # bytes: a SHA-256 in hexadecimal digits
_DOCUMENT, _ARRAY = "document.json", re.compile(r"arrays/(0|[1-9]\d{0,6})\.npy")
_LARGEST = 8 * 2**30  # bytes that the arrays may take
_LARGEST_DOCUMENT = 64 * 2**20
_MOST_ARRAYS = 100_000
_DEFLATE_LIMIT = 1032  # no deflate stream grows by more than this factor
_MOST_AXES = 3
_CHUNK = 2**20
_BROKEN = (*BROKEN_HEADER, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, RecordError)


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a file holds.

    Attributes:
        kind: what it is, a word.
        version: of its layout, counted from 1.
        document: everything but the arrays.
        arrays: float64, which the document speaks of by their numbers.
    """

    kind: str
    version: int
    document: dict[str, Tree]
    arrays: Sequence[NDArray[np.float64]] = ()


class _Sealing(io.RawIOBase):
    """Hands bytes on and adds them up; the last 64 are held back, and replaced by the digest of those before."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self._tail = file, hashlib.sha256(), b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        if view.nbytes >= _SEAL:
            self._pass(self._tail)
            self._pass(view[:-_SEAL])
            self._tail = bytes(view[-_SEAL:])
        else:
            tail = self._tail + bytes(view)
            self._pass(tail[:-_SEAL])
            self._tail = tail[-_SEAL:]
        return view.nbytes

    def _pass(self, data: bytes | memoryview) -> None:
        self._digest.update(data)
        self._file.write(data)

    def seal(self) -> None:
        self._file.write(self._digest.hexdigest().encode())


def write_bundle(file: BinaryIO, bundle: Bundle) -> None:
    """Write a bundle: the bits of every number as they are."""
    sealing = _Sealing(file)
    with zipfile.ZipFile(cast(BinaryIO, sealing), "w", zipfile.ZIP_STORED) as archive:
        head = {"kind": bundle.kind, "version": bundle.version, "n_arrays": len(bundle.arrays)}
        text = json.dumps({**head, "content": bundle.document}, ensure_ascii=False, allow_nan=False)
        archive.writestr(_member(_DOCUMENT), text.encode(), zipfile.ZIP_DEFLATED)
        for number, array in enumerate(bundle.arrays):
            with archive.open(_member(f"arrays/{number}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, np.float64), (1, 0), allow_pickle=False)
        archive.comment = b"0" * _SEAL
    sealing.seal()


def _member(name: str) -> zipfile.ZipInfo:
    """An entry without a date: the same content gives the same bytes."""
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def read_bundle(path: Path, kind: str, version: int, title: str, *, with_arrays: bool = True) -> Bundle:
    """Read a bundle of this kind, of this version or an older one; `title` says what it is in a sentence.

    Without its arrays it is only looked at; that it is whole is checked all the same.

    Raises:
        FileFormatError: it is something else, of a newer version, damaged, cut off, or claims more than there is.
    """
    try:
        with path.open("rb") as file:
            _check_seal(file, path, title)
            with zipfile.ZipFile(file) as archive:
                return _read(archive, path, kind, version, title, with_arrays)
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except MemoryError as error:
        raise FileFormatError(path, "The file does not fit into this computer's memory.") from error
    except FileFormatError:
        raise
    except (*_BROKEN, UnicodeDecodeError, RecursionError) as error:
        raise FileFormatError(path, f"The file is no {title}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, RecordError) else "it is damaged."


def _check_seal(file: BinaryIO, path: Path, title: str) -> None:
    """Raise FileFormatError unless the digest at the end is that of all bytes before it."""
    begin = file.read(4)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise FileFormatError(path, f"The file is empty, and no {title}.")
    if begin != b"PK\x03\x04":
        raise FileFormatError(path, f"The file is no {title}: it begins like something else.")
    digest, left = hashlib.sha256(), size - _SEAL
    while left > 0:
        chunk = file.read(min(left, _CHUNK))
        if not chunk:
            break
        digest.update(chunk)
        left -= len(chunk)
    if size <= _SEAL or file.read(_SEAL) != digest.hexdigest().encode():
        raise FileFormatError(
            path, f"The {title} is damaged or cut off: its checksum is not that of its {size:,} bytes."
        )
    file.seek(0)


def _read(archive: zipfile.ZipFile, path: Path, kind: str, version: int, title: str, with_arrays: bool) -> Bundle:
    members = _checked_members(archive, path.stat().st_size)
    whole: object = json.loads(archive.read(members[_DOCUMENT]))
    head = cast("dict[str, Tree]", whole) if isinstance(whole, dict) else {}
    found, its_version, document = head.get("kind"), head.get("version"), head.get("content")
    if found != kind or type(its_version) is not int or its_version < 1:
        raise RecordError(f"it does not say that it is one, of a version from 1 to {version}.")
    if its_version > version:
        raise FileFormatError(
            path, f"The {title} was written by a newer program (format {its_version}); this one reads up to {version}."
        )
    if not isinstance(document, dict) or head.get("n_arrays") != len(members) - 1:
        raise RecordError("arrays are missing, or its content is.")
    arrays = [_array(archive, members, number) for number in range(len(members) - 1 if with_arrays else 0)]
    return Bundle(kind, its_version, cast("dict[str, Tree]", document), arrays)


def _checked_members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    members = {info.filename: info for info in infos}
    if len(members) < len(infos) or _DOCUMENT not in members or len(infos) > _MOST_ARRAYS + 1:
        raise RecordError("entries are there twice, too many, or missing.")
    for name, info in members.items():
        if name != _DOCUMENT and not _ARRAY.fullmatch(name):
            raise RecordError(f"the entry {name[:60]!a} has no place in it.")
        packed = zipfile.ZIP_DEFLATED if name == _DOCUMENT else zipfile.ZIP_STORED
        if info.compress_type != packed or info.flag_bits & 1:
            raise RecordError(f"the entry {name} is packed in a way that is not read.")
        most = info.compress_size * (_DEFLATE_LIMIT if name == _DOCUMENT else 1)
        if info.compress_size > size or info.file_size > most:
            raise RecordError(f"the entry {name} claims {info.file_size:,} bytes, more than the file can hold.")
    if members[_DOCUMENT].file_size > _LARGEST_DOCUMENT or sum(info.file_size for info in infos) > _LARGEST:
        raise RecordError(f"it claims more than the {_LARGEST / 2**30:.0f} GiB that are read.")
    return members


def _array(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], number: int) -> NDArray[np.float64]:
    name = f"arrays/{number}.npy"
    if name not in members:
        raise RecordError(f"the entry {name} is missing.")
    raw = archive.read(members[name])
    header = npy_header(raw[:HEADER_LIMIT], len(raw), f"the entry {name}", _MOST_AXES)
    if header.dtype != np.dtype("<f8"):
        raise RecordError(f"the entry {name} holds no 64-bit numbers.")
    array = header.array(raw).copy()  # in an order and at an address that compiled code is used to
    array.setflags(write=False)
    return array
