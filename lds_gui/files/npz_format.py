"""NPZ: NumPy's zip of arrays, every kind of value as one array for each field; or plain arrays of any names.

`numpy.load` is not used for reading: it allocates whatever a header claims. Here the zip directory and each header are
checked against each other and against the file's size before anything is allocated, and no pickle is ever read.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.arrays import MOST_AXES, array_data, array_preview, described
from lds_gui.files.errors import FileFormatError
from lds_gui.files.kinds import Value, from_fields, is_own, to_fields
from lds_gui.files.npy_header import BROKEN_HEADER, HEADER_LIMIT, NpyHeader, npy_header
from lds_gui.files.options import Preview, Progress, ReadOptions, shown
from lds_gui.files.record import RecordError
from lds_gui.files.value_preview import value_preview
from lds_gui.lds import ParameterError

_LARGEST = 2**30  # converting takes as much again
_DEFLATE_LIMIT = 1032  # no deflate stream grows by more than this factor
_OWN_AXES = 2
_BROKEN = (*BROKEN_HEADER, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError)


def npz_reading(path: Path, options: ReadOptions) -> Generator[Progress | Value, None, None]:
    """Read a value from an NPZ file, or a data set from one of its arrays.

    Raises:
        FileFormatError: the zip is broken, an entry is no plain array of numbers or text, or claims more than there is.
    """
    yield Progress(0.0, "Reading the arrays")
    with _archive(path) as archive:
        is_own = _is_own(archive, options)
        name = "" if is_own else _chosen(_headers(archive), options)
        content = _own(archive, path) if is_own else _array(archive, name, MOST_AXES)
    if isinstance(content, np.ndarray):
        yield Progress(0.5, f"Checking the array '{shown(name)}'")
        content = array_data(path, content, options)
    yield content


def npz_preview(path: Path, options: ReadOptions) -> Preview:
    """Look at an NPZ file: at the data set it holds, or at its arrays and one of them."""
    known = options
    arrays: tuple[tuple[str, str], ...] = ()
    try:
        with _archive(path) as archive:
            if _is_own(archive, options):
                return value_preview(_own(archive, path), options)
            headers = _headers(archive)
            arrays = tuple((name, described(header.shape, header.dtype.name)) for name, header in headers.items())
            known = replace(options, array=_chosen(headers, options))
            array = _array(archive, str(known.array), MOST_AXES)
    except FileFormatError as error:
        return Preview(known, arrays=arrays, problem=error.message)
    return replace(array_preview(path, array, known), arrays=arrays)


@contextmanager
def _archive(path: Path) -> Generator[zipfile.ZipFile]:
    """Open an archive whose sizes are possible; whatever is wrong in it then is a FileFormatError."""
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            _check_sizes(archive, path.stat().st_size)
            yield archive
        except (RecordError, ParameterError) as error:
            raise FileFormatError(path, str(error)) from error
        except FileFormatError:
            raise
        except _BROKEN as error:
            raise FileFormatError(path, "The file is no complete NPZ archive: it is damaged or cut off.") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [member.filename.removesuffix(".npy") for member in archive.infolist()]


def _is_own(archive: zipfile.ZipFile, options: ReadOptions) -> bool:
    """Whether the archive is to be read as a value of this program: one field an array."""
    names = _names(archive)
    return not names or (options.array is None and is_own(names))


def _own(archive: zipfile.ZipFile, path: Path) -> Value:
    return from_fields({name: _field(archive, name) for name in _names(archive)}, path.stem)


def _headers(archive: zipfile.ZipFile) -> dict[str, NpyHeader]:
    """Return the header of each array of numbers or text. Raises RecordError if there is none."""
    headers: dict[str, NpyHeader] = {}
    refused: list[RecordError] = []
    for name in _names(archive):
        try:
            headers[name] = _header(archive, name, MOST_AXES)
        except RecordError as error:
            refused.append(error)
    if not headers:
        raise refused[0]
    return headers


def _chosen(headers: dict[str, NpyHeader], options: ReadOptions) -> str:
    """Return the array's name that is asked for, else the largest's. Raises RecordError if there is none."""
    if options.array is not None:
        if options.array not in headers:
            listed = ", ".join(map(shown, headers))
            raise RecordError(f"There is no array '{shown(options.array)}' to read; there are {shown(listed, 200)}.")
        return options.array
    numbers = {name: header for name, header in headers.items() if header.dtype.kind != "U" and header.shape}
    if not numbers:
        raise RecordError("The archive holds no array of numbers with an axis of time.")
    return max(numbers, key=lambda name: numbers[name].n_bytes)


def _check_sizes(archive: zipfile.ZipFile, file_size: int) -> None:
    members = archive.infolist()
    counts = Counter(member.filename for member in members)
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RecordError(f"The entry '{member.filename}' is compressed in a way that NumPy never uses.")
        if not member.filename.endswith(".npy") or counts[member.filename] > 1:
            raise RecordError(f"The entry '{member.filename}' is no array, or stands there twice.")
        if member.file_size > _DEFLATE_LIMIT * (member.compress_size + 1) or member.compress_size > file_size:
            raise RecordError(
                f"The entry '{member.filename}' claims {member.file_size} bytes, more than the file holds."
            )
    total = sum(member.file_size for member in members)
    if total > _LARGEST:
        raise RecordError(f"The arrays take {total / 2**30:.1f} GiB; NPZ is read up to {_LARGEST / 2**30:.0f} GiB.")


def _field(archive: zipfile.ZipFile, name: str) -> object:
    """Return an array as one of float64, and text, or an array without axes, as what Python has for it."""
    array = _array(archive, name, _OWN_AXES)
    if array.ndim == 0 or array.dtype.kind == "U":
        return array.tolist()
    return array.astype(np.float64)


def _header(archive: zipfile.ZipFile, name: str, most_axes: int) -> NpyHeader:
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as file:
        return npy_header(file.read(HEADER_LIMIT), member.file_size, f"The entry '{shown(name)}'", most_axes)


def _array(archive: zipfile.ZipFile, name: str, most_axes: int) -> NDArray[Any]:
    raw = archive.read(f"{name}.npy")
    return npy_header(raw[:HEADER_LIMIT], len(raw), f"The entry '{shown(name)}'", most_axes).array(raw)


def write_npz(file: BinaryIO, value: Value) -> None:
    """Write a value as NPZ, uncompressed: the bits of every float64 as they are."""
    arrays = {name: np.asarray(field) for name, field in to_fields(value).items()}
    np.savez(file, allow_pickle=False, **arrays)
