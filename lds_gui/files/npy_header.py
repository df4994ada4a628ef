"""The header of a `.npy` array, checked against what there is before anything is allocated. No pickle is ever read."""

from __future__ import annotations

import ast
import math
import re
import struct
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.options import shown
from lds_gui.files.record import RecordError

HEADER_LIMIT = 10_012  # bytes in which a header ends
_MAGIC = b"\x93NUMPY"
_NUMBER = re.compile(r"[<>|=]?(f[248]|[iu][1248]|b1)")
_TEXT = re.compile(r"[<>]U\d{1,7}")
BROKEN_HEADER = (struct.error, SyntaxError, ValueError)


@dataclass(frozen=True)
class NpyHeader:
    """Type and shape of an array, its order in memory, and where its numbers begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    by_column: bool
    start: int

    @property
    def n_bytes(self) -> int:
        """The bytes that the numbers take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def array(self, raw: bytes) -> NDArray[Any]:
        """Return the array of a whole file, header and all."""
        array: NDArray[Any] = (
            np.frombuffer(raw, self.dtype, offset=self.start) if self.n_bytes else np.empty(0, self.dtype)
        )
        return array.reshape(self.shape, order="F" if self.by_column else "C")


def npy_header(raw: bytes, size: int, what: str, most_axes: int) -> NpyHeader:
    """Read the header at the beginning of `raw`; the whole array has `size` bytes. `what` names it in a sentence.

    Raises:
        RecordError: it is no plain array of numbers or text with so many axes, or claims more or less than there is.
        ValueError, SyntaxError, struct.error: the header is no Python literal.
    """
    if raw[:6] != _MAGIC or len(raw) < 12:
        raise RecordError(f"{what} is no NumPy array.")
    start, length = (10, struct.unpack("<H", raw[8:10])[0]) if raw[6] == 1 else (12, struct.unpack("<I", raw[8:12])[0])
    header = _literal(raw[start : start + min(length, 10_000)].decode("latin-1").strip())
    parts = cast(dict[str, object], header) if isinstance(header, dict) else {}
    descr, by_column, shape = (parts.get(key) for key in ("descr", "fortran_order", "shape"))
    if not (isinstance(descr, str) and isinstance(by_column, bool) and isinstance(shape, tuple)):
        raise RecordError(f"{what} holds records, or has a broken header; only plain arrays are read.")
    sizes = tuple(size for size in cast(tuple[object, ...], shape) if type(size) is int and size >= 0)
    if len(sizes) != len(cast(tuple[object, ...], shape)) or len(sizes) > most_axes:
        raise RecordError(f"{what} claims the shape {str(cast(object, shape))[:60]}, which no array here has.")
    if not (_NUMBER.fullmatch(descr) or _TEXT.fullmatch(descr)):
        raise RecordError(f"{what} has the type {shown(descr)}; only plain numbers and text are read.")
    found = NpyHeader(np.dtype(descr), sizes, by_column, start + length)
    there = size - found.start
    if found.n_bytes != there:
        raise RecordError(f"{what} claims {found.n_bytes} bytes of numbers, but has {there}.")
    return found


def _literal(text: str) -> object:
    """Return the value that the text spells in Python. Raises ValueError or SyntaxError."""
    try:
        return ast.literal_eval(text)
    except (TypeError, MemoryError, RecursionError) as error:  # what cannot be a key; what is nested too deeply
        raise ValueError("The header is no Python literal.") from error
