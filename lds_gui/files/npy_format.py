"""NPY: one array of numbers without names, as `numpy.save` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.arrays import MOST_AXES, array_data, array_preview
from lds_gui.files.errors import FileFormatError
from lds_gui.files.npy_header import BROKEN_HEADER, HEADER_LIMIT, npy_header
from lds_gui.files.options import Preview, Progress, Reading, ReadOptions
from lds_gui.files.record import RecordError


def npy_reading(path: Path, options: ReadOptions) -> Reading:
    """Read a data set from an array.

    Raises:
        FileFormatError: it is no plain array of numbers, or claims more or less than the file holds.
    """
    yield Progress(0.0, "Reading the array")
    array = np.array(_mapped(path))
    yield Progress(0.5, f"Checking {len(array) if array.ndim else 1:,} rows")
    yield array_data(path, array, options)


def npy_preview(path: Path, options: ReadOptions) -> Preview:
    """Look at an array."""
    try:
        return array_preview(path, _mapped(path), options)
    except FileFormatError as error:
        return Preview(options, problem=error.message)


def _mapped(path: Path) -> NDArray[Any]:
    """Return the array as it lies in the file, of which only what is looked at is fetched."""
    size = path.stat().st_size
    with path.open("rb") as file:
        raw = file.read(HEADER_LIMIT)
    try:
        header = npy_header(raw, size, "The file", MOST_AXES)
    except RecordError as error:
        raise FileFormatError(path, str(error)) from error
    except BROKEN_HEADER as error:
        raise FileFormatError(path, "The file is no NumPy array: its header is damaged or cut off.") from error
    if header.dtype.kind == "U":
        raise FileFormatError(path, "The array holds text; a data set is made of numbers.")
    if not header.n_bytes:
        return np.empty(header.shape, header.dtype)
    order = "F" if header.by_column else "C"
    return np.memmap(path, header.dtype, "r", header.start, header.shape, order)
