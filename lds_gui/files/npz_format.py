"""NPZ: NumPy's zip of arrays, every kind of value as one array for each field.

`numpy.load` is not used for reading: it allocates whatever a header claims. Here the zip directory and each header are
checked against each other and against the file's size before anything is allocated, and no pickle is ever read.
"""

from __future__ import annotations

import ast
import math
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.errors import FileFormatError
from lds_gui.files.kinds import Value, from_fields, to_fields
from lds_gui.files.record import RecordError
from lds_gui.lds import ParameterError

_LARGEST = 4 * 2**30
_DEFLATE_LIMIT = 1032  # no deflate stream grows by more than this factor
_MOST_AXES = 2
_MAGIC = b"\x93NUMPY"
_NUMBER = re.compile(r"[<>|=]?(f[248]|[iu][1248]|b1)")
_TEXT = re.compile(r"[<>]U\d{1,7}")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
)


def read_npz(path: Path) -> Value:
    """Read a value from an NPZ file.

    Raises:
        FileFormatError: the zip is broken, an entry is no plain array of numbers or text, or claims more than there is.
    """
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            _check_sizes(archive, path.stat().st_size)
            fields = {member.filename.removesuffix(".npy"): _field(archive, member) for member in archive.infolist()}
            return from_fields(fields, path.stem)
        except (RecordError, ParameterError) as error:
            raise FileFormatError(path, str(error)) from error
        except _BROKEN as error:
            raise FileFormatError(path, "The file is no complete NPZ archive: it is damaged or cut off.") from error


def _check_sizes(archive: zipfile.ZipFile, file_size: int) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RecordError(f"The entry '{member.filename}' is compressed in a way that NumPy never uses.")
        if not member.filename.endswith(".npy") or names.count(member.filename) > 1:
            raise RecordError(f"The entry '{member.filename}' is no array, or stands there twice.")
        if member.file_size > _DEFLATE_LIMIT * (member.compress_size + 1) or member.compress_size > file_size:
            raise RecordError(
                f"The entry '{member.filename}' claims {member.file_size} bytes, more than the file holds."
            )
    total = sum(member.file_size for member in members)
    if total > _LARGEST:
        raise RecordError(f"The arrays take {total / 2**30:.1f} GiB; NPZ is read up to {_LARGEST / 2**30:.0f} GiB.")


def _field(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> object:
    """Return an array as one of float64, and text, or an array without axes, as what Python has for it."""
    array = _array(archive.read(member), member.filename.removesuffix(".npy"))
    if array.ndim == 0 or array.dtype.kind == "U":
        return array.tolist()
    return array.astype(np.float64)


def _array(raw: bytes, name: str) -> NDArray[Any]:
    if raw[:6] != _MAGIC or len(raw) < 12:
        raise RecordError(f"The entry '{name}' is no NumPy array.")
    start, length = (10, struct.unpack("<H", raw[8:10])[0]) if raw[6] == 1 else (12, struct.unpack("<I", raw[8:12])[0])
    header = _literal(raw[start : start + min(length, 10_000)].decode("latin-1").strip())
    parts = cast(dict[str, object], header) if isinstance(header, dict) else {}
    descr, by_column, shape = (parts.get(key) for key in ("descr", "fortran_order", "shape"))
    if not (isinstance(descr, str) and isinstance(by_column, bool) and isinstance(shape, tuple)):
        raise RecordError(f"The entry '{name}' holds records, or has a broken header; only plain arrays are read.")
    sizes = tuple(size for size in cast(tuple[object, ...], shape) if type(size) is int and size >= 0)
    if len(sizes) != len(cast(tuple[object, ...], shape)) or len(sizes) > _MOST_AXES:
        raise RecordError(
            f"The entry '{name}' claims the shape {str(cast(object, shape))[:60]}, which no array here has."
        )
    if not (_NUMBER.fullmatch(descr) or _TEXT.fullmatch(descr)):
        raise RecordError(f"The entry '{name}' has the type {descr}; only plain numbers and text are read.")
    dtype = np.dtype(descr)
    needed, there = math.prod(sizes) * dtype.itemsize, len(raw) - start - length
    if needed != there:
        raise RecordError(f"The entry '{name}' claims {needed} bytes of numbers, but has {there}.")
    array: NDArray[Any] = np.frombuffer(raw, dtype, offset=start + length) if needed else np.empty(0, dtype)
    return array.reshape(sizes, order="F" if by_column else "C")


def _literal(text: str) -> object:
    """Return the value that the text spells in Python. Raises ValueError or SyntaxError."""
    try:
        return ast.literal_eval(text)
    except (TypeError, MemoryError, RecursionError) as error:  # what cannot be a key; what is nested too deeply
        raise ValueError("The header is no Python literal.") from error


def write_npz(file: BinaryIO, value: Value) -> None:
    """Write a value as NPZ, uncompressed: the bits of every float64 as they are."""
    arrays = {name: np.asarray(field) for name, field in to_fields(value).items()}
    np.savez(file, allow_pickle=False, **arrays)
