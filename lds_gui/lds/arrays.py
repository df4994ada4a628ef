"""Numbers and arrays as they come in: copied, checked and read-only; and how a number is written in a sentence."""

import operator
from dataclasses import fields, is_dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lds_gui.lds.errors import ParameterError

Array = NDArray[np.float64]

_AXES = ((), ("entry",), ("row", "column"))


class Remade:
    """A frozen dataclass that pickles as the arguments it was made with, so that a copy is as checked as the original.

    Unpickled arrays would otherwise be writable.
    """

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Make the copy by the constructor, from the fields."""
        assert is_dataclass(self)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))


def figure(value: float) -> str:
    """A number for people: three significant digits, with a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def frozen_array(value: ArrayLike, ndim: int, field: str, symbol: str) -> Array:
    """An own, read-only float64 copy of `value` with `ndim` axes, every entry finite.

    Raises ParameterError for anything else.
    """
    try:
        array = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        raise ParameterError(field, f"{symbol} must be an array of numbers with rows of equal length.") from None
    if array.ndim != ndim:
        kind = ("a number", "a vector", "a matrix")[ndim]
        raise ParameterError(field, f"{symbol} must be {kind}, but has {array.ndim} axes where {ndim} are right.")
    if array.size == 0:
        raise ParameterError(field, f"{symbol} is empty, but needs at least one entry.")
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        place = ", ".join(f"{name} {index + 1}" for name, index in zip(_AXES[ndim], bad[0], strict=True))
        raise ParameterError(field, f"{symbol} must be finite, but is {array[tuple(bad[0])]} in {place}.")
    array.setflags(write=False)
    return array


def whole_number(value: int, field: str, name: str, least: int) -> int:
    """`value` as an int that is at least `least`; raises ParameterError with `name` as the subject of the sentence."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ParameterError(field, f"{name} must be a whole number, but is {value!r}.") from None
    if number < least:
        raise ParameterError(field, f"{name} must be at least {least}, but is {number}.")
    return number
