"""Numbers and arrays as they come in: copied, checked and read-only; and how a number is written in a sentence."""

import operator
from dataclasses import fields, is_dataclass
from typing import Any, cast

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


def floats(value: ArrayLike, field: str, refusal: str, subject: str) -> Array:
    """An own float64 copy of `value`, NaN where it is masked.

    Raises ParameterError with the sentence `refusal` where these are no numbers in rows of equal length; `subject` and
    its verb ("A must be real, but is") begin the sentence for complex ones, which would lose their imaginary part.
    """
    try:
        is_complex = np.iscomplexobj(np.asarray(value))
        array = None if is_complex else np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        raise ParameterError(field, refusal) from None
    if array is None:
        raise ParameterError(field, f"{subject} complex.")
    if isinstance(value, np.ma.MaskedArray):
        array[np.ma.getmaskarray(cast("np.ma.MaskedArray[Any, Any]", value))] = np.nan
    return array


def frozen_array(value: ArrayLike, ndim: int, field: str, symbol: str) -> Array:
    """An own, read-only float64 copy of `value` with `ndim` axes, every entry finite.

    Raises ParameterError for anything else.
    """
    refusal = f"{symbol} must be an array of numbers with rows of equal length."
    array = floats(value, field, refusal, f"{symbol} must be real, but is")
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
