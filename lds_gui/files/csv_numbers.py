"""From the cells of a table to numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np

from lds_gui.files.csv_table import MISSING
from lds_gui.files.options import shown
from lds_gui.lds import Array

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+\-−]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_INFINITY = re.compile(r"[+\-−]?inf(inity)?", re.IGNORECASE)


class CellError(ValueError):
    """A cell that is no number: its place among the cells that were read, and what is wrong with it."""

    def __init__(self, index: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.index = index


class NumberReader:
    """Reads rows of cells, and remembers which decimal sign the file has shown so far.

    Where nobody says which it is, a comma can be a decimal sign if it does not separate the cells, and only in a file
    without decimal points. `missing` are further codes for a missing value: a number, or a text.
    """

    def __init__(self, comma_is_free: bool, decimal: str | None = None, missing: Iterable[str] = ()) -> None:
        """Begin a file."""
        self.decimal_comma = decimal == ","
        self._comma_is_free = comma_is_free and decimal is None
        self._seen_point = False
        values = {code: _value(code) for code in missing}
        self._codes = {value for value in values.values() if value is not None}
        self._missing = MISSING | {code.strip().lower() for code, value in values.items() if value is None}

    @property
    def is_settled(self) -> bool:
        """Whether it is known which the decimal sign is."""
        return self.decimal_comma or self._seen_point or not self._comma_is_free

    @property
    def state(self) -> tuple[bool, bool]:
        """What has been learned from the cells so far; setting it goes back."""
        return self.decimal_comma, self._seen_point

    @state.setter
    def state(self, state: tuple[bool, bool]) -> None:
        self.decimal_comma, self._seen_point = state

    def note_points(self, seen: bool) -> None:
        """Remember that somebody else has read cells with decimal points."""
        self._seen_point = self._seen_point or seen

    def blank_codes(self, values: Array) -> None:
        """Put NaN in the place of each number that stands for a missing value."""
        if self._codes:
            values[np.isin(values, list(self._codes))] = np.nan

    def row(self, cells: list[str]) -> list[float]:
        """Return the numbers of these cells, NaN where one is missing. Raises CellError."""
        joined = "".join(cells)
        if not self.decimal_comma and "_" not in joined:  # the usual row, ten times as fast; float() takes 1_000
            try:
                values = [float(cell) for cell in cells]
            except ValueError:
                pass
            else:
                if all(map(math.isfinite, values)):
                    self._seen_point = self._seen_point or "." in joined
                    return [math.nan if value in self._codes else value for value in values] if self._codes else values
        return [self._number(index, cell.strip()) for index, cell in enumerate(cells)]

    def _number(self, index: int, text: str) -> float:
        if text.lower() in self._missing:
            return math.nan
        quoted = f"'{shown(text)}'"
        if self._comma_is_free and not self._seen_point and _DECIMAL_COMMA.fullmatch(text):
            self.decimal_comma = True
        elif self.decimal_comma and "." in text:
            raise CellError(index, f"{quoted} has a decimal point, where {self._origin} a decimal comma.")
        self._seen_point = self._seen_point or "." in text
        plain = text.replace("−", "-")
        if self.decimal_comma:
            plain = plain.replace(",", ".")
        if _INFINITY.fullmatch(text):
            raise CellError(index, f"{quoted} is not a finite number; leave the cell blank if the value is missing.")
        if not _NUMBER.fullmatch(plain):
            raise CellError(index, f"{quoted} is not a number; a missing value is a blank cell, NA or NaN.")
        value = float(plain)
        if math.isinf(value):
            raise CellError(index, f"{quoted} is too large for a 64-bit number, whose limit is 1.8e308.")
        return math.nan if value in self._codes else value

    @property
    def _origin(self) -> str:
        return "earlier cells have" if self._comma_is_free else "the file is to have"


def _value(code: str) -> float | None:
    """Return the number that a code for a missing value is; None where it is a text."""
    plain = code.strip().replace("−", "-").replace(",", ".")
    return float(plain) if _NUMBER.fullmatch(plain) and math.isfinite(float(plain)) else None
