"""Numbers and arrays as they come in: copied, checked and read-only; and how a number is written in a sentence."""

import operator
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lds_gui.lds.errors import NumericalError, ParameterError

Array = NDArray[np.float64]

_LARGEST_COUNT = 10**12
_AXES = ((), ("entry",), ("row", "column"))


class Remade:
    """A frozen dataclass that pickles as the arguments it was made with, so that a copy is as checked as the original.

    Unpickled arrays would otherwise be writable.
    """

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Make the copy by the constructor, from the fields."""
        assert is_dataclass(self)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))


def freeze(value: Remade, names: Sequence[str], when: str = "") -> None:
    """Make these fields of a result read-only; NumericalError if one is not finite, naming the step (and `when`)."""
    for name in names:
        array = cast(Array, getattr(value, name))
        if not np.isfinite(array).all():
            quantity = name.replace("_", " ").replace("covs", "covariances")
            step = int(np.argwhere(~np.isfinite(array))[0][0]) + 1
            raise NumericalError(quantity, f"The {quantity} are not finite from step {step}{when} on.")
        array.setflags(write=False)


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
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(field, refusal) from None
    if array is None:
        raise ParameterError(field, f"{subject} complex.")
    if isinstance(value, np.ma.MaskedArray):
        array[np.ma.getmaskarray(cast("np.ma.MaskedArray[Any, Any]", value))] = np.nan
    return array


def frozen_array(value: ArrayLike, ndim: int, field: str, symbol: str, *, gaps: bool = False) -> Array:
    """An own, read-only float64 copy of `value` with `ndim` axes, every entry finite or, with `gaps`, NaN.

    Raises ParameterError for anything else.
    """
    refusal = f"{symbol} must be an array of numbers with rows of equal length."
    array = floats(value, field, refusal, f"{symbol} must be real, but is")
    if array.ndim != ndim:
        kind = ("a number", "a vector", "a matrix")[ndim]
        raise ParameterError(field, f"{symbol} must be {kind}, but has {array.ndim} axes where {ndim} are right.")
    if array.size == 0:
        raise ParameterError(field, f"{symbol} is empty, but needs at least one entry.")
    bad = np.argwhere(np.isinf(array) if gaps else ~np.isfinite(array))
    if bad.size:
        place = ", ".join(f"{name} {index + 1}" for name, index in zip(_AXES[ndim], bad[0], strict=True))
        raise ParameterError(field, f"{symbol} must be finite, but is {array[tuple(bad[0])]} in {place}.")
    array.setflags(write=False)
    return array


def check_whole(value: object, field: str, name: str, least: int) -> None:
    """Raise ParameterError, with `name` as the subject of the sentence, unless this is an int from `least` to 10¹²."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, SupportsIndex):
        raise ParameterError(field, f"{name} must be a whole number, but is {value!r}.")
    number = operator.index(value)
    if number < least:
        raise ParameterError(field, f"{name} must be at least {least}, but is {number}.")
    if number > _LARGEST_COUNT:
        shown = figure(number) if number < 10**300 else "more than 10³⁰⁰"
        raise ParameterError(field, f"{name} must be at most {_LARGEST_COUNT}, but is {shown}.")


def check_rng(rng: object) -> None:
    """Raise ParameterError unless this is a NumPy Generator."""
    if not isinstance(rng, np.random.Generator):
        raise ParameterError("rng", f"rng must be a numpy.random.Generator, such as default_rng(0), but is {rng!r}.")
