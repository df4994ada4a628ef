"""Named fields as they come out of a JSON or NPZ file, taken out one by one with their type checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = "str | bool | int | float | list[str] | NDArray[np.float64]"


class RecordError(ValueError):
    """A field that is missing, unknown, or of the wrong type."""


class Record:
    """The fields of one file. `close` says which of them nobody has asked for."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        """Keep the fields."""
        self._fields = dict(fields)
        self._taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Whether the field is there, and not null."""
        return self._fields.get(name) is not None

    def _take(self, name: str) -> object:
        self._taken.add(name)
        if name not in self:
            raise RecordError(f"The entry '{name}' is missing.")
        return self._fields[name]

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._take(name)
        if not isinstance(value, str):
            raise RecordError(f"'{name}' must be a text, not {_shown(value)}.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value: object = self._take(name)
        items = cast(list[object], value) if isinstance(value, list) else [None]
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) < len(items):
            raise RecordError(f"'{name}' must be a list of texts, not {_shown(cast(object, value))}.")
        return texts

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        if default is not None and name not in self:
            return default
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise RecordError(f"'{name}' must be a whole number, not {_shown(value)}.")
        return value

    def number(self, name: str, default: float) -> float:
        """Return a number, or the default where the field is not there."""
        if name not in self:
            return default
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RecordError(f"'{name}' must be a number, not {_shown(value)}.")
        try:
            return float(value)
        except OverflowError:
            raise RecordError(f"'{name}' exceeds what a 64-bit number can hold.") from None

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise RecordError(f"'{name}' must be true or false, not {_shown(value)}.")
        return value

    def array(self, name: str, ndim: int, missing: bool = False) -> NDArray[np.float64]:
        """Return an array of numbers with `ndim` axes; with `missing`, null stands for NaN."""
        value = self._take(name)
        if isinstance(value, np.ndarray):
            array = cast(NDArray[np.float64], value)
        else:
            try:
                array = np.array(_numbers(value, ndim, missing, name), dtype=np.float64)
            except RecordError:
                raise
            except (ValueError, OverflowError) as error:
                raise RecordError(f"'{name}' must have rows of equal length, and numbers up to 1.8e308.") from error
        if array.ndim != ndim:
            raise RecordError(f"'{name}' must have {_axes(ndim)}, but has {_axes(array.ndim)}.")
        return array

    def close(self) -> None:
        """Raise RecordError for the first field that was not taken: it would be lost without a word."""
        unknown = next((name for name in self._fields if name not in self._taken), None)
        if unknown is not None:
            known = ", ".join(sorted(self._taken))
            raise RecordError(f"The entry '{unknown}' is unknown here; the known ones are {known}.")


def _axes(ndim: int) -> str:
    return "1 axis" if ndim == 1 else f"{ndim} axes"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _numbers(value: object, ndim: int, missing: bool, where: str) -> object:
    """Check nested lists leaf by leaf, since numpy would take '1' and True for numbers."""
    if ndim > 0:
        if not isinstance(value, list):
            raise RecordError(f"{where}: {_shown(value)} stands where a list of numbers should.")
        label = "row" if ndim == 2 else "entry"
        return [
            _numbers(item, ndim - 1, missing, f"{where}, {label} {i + 1}")
            for i, item in enumerate(cast(list[object], value))
        ]
    if missing and value is None:
        return np.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{where}: {_shown(value)} is not a number.")
    return value
