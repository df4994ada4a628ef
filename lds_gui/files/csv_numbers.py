"""From the cells of a table to numbers."""

from __future__ import annotations

import math
import re

from lds_gui.files.csv_table import MISSING

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+\-−]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_INFINITY = re.compile(r"[+\-−]?inf(inity)?", re.IGNORECASE)
_SHOWN = 40


class CellError(ValueError):
    """A cell that is no number: its place among the cells that were read, and what is wrong with it."""

    def __init__(self, index: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.index = index


class NumberReader:
    """Reads rows of cells, and remembers which decimal sign the file has shown so far.

    A comma can be a decimal sign where it does not separate the cells, and only in a file without decimal points.
    """

    def __init__(self, comma_is_free: bool) -> None:
        """Begin a file."""
        self.decimal_comma = False
        self._comma_is_free = comma_is_free
        self._seen_point = False

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
                    return values
        return [self._number(index, cell.strip()) for index, cell in enumerate(cells)]

    def _number(self, index: int, text: str) -> float:
        if text.lower() in MISSING:
            return math.nan
        shown = f"'{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}'"
        if self._comma_is_free and not self._seen_point and _DECIMAL_COMMA.fullmatch(text):
            self.decimal_comma = True
        elif self.decimal_comma and "." in text:
            raise CellError(index, f"{shown} has a decimal point, where earlier cells have a decimal comma.")
        self._seen_point = self._seen_point or "." in text
        plain = text.replace("−", "-")
        if self.decimal_comma:
            plain = plain.replace(",", ".")
        if _INFINITY.fullmatch(text):
            raise CellError(index, f"{shown} is not a finite number; leave the cell blank if the value is missing.")
        if not _NUMBER.fullmatch(plain):
            raise CellError(index, f"{shown} is not a number; a missing value is a blank cell, NA or NaN.")
        value = float(plain)
        if math.isinf(value):
            raise CellError(index, f"{shown} is too large for a 64-bit number, whose limit is 1.8e308.")
        return value
