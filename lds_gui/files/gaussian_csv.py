"""A Gaussian as a table of text: the mean in the first row, and the covariance in those below."""

from __future__ import annotations

import csv
from pathlib import Path

from lds_gui.files.csv_table import is_number_like
from lds_gui.files.errors import FileFormatError
from lds_gui.lds import MOST_DIMENSIONS, Gaussian, ParameterError

SUFFIXES = (".csv", ".tsv", ".txt")
_MOST_BYTES = 1_000_000


def load_gaussian_csv(path: Path) -> Gaussian:
    """Read n + 1 rows of n numbers, separated by commas, semicolons, tabs or blanks; a row of names may stand above.

    Raises FileFormatError, naming row and column, for anything else, and OSError.
    """
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise FileFormatError(
            path, f"A Gaussian in a text file takes at most {_MOST_BYTES:,} bytes, but this has {size:,}."
        )
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise FileFormatError(path, "The file is not text in UTF-8.") from None
    rows = [_cells(line) for line in lines]
    if rows and not all(is_number_like(cell) for cell in rows[0]):
        del rows[0]  # names
    if not rows:
        raise FileFormatError(path, "The file is empty: the mean should stand in its first row, the covariance below.")
    n = len(rows[0])
    if n > MOST_DIMENSIONS * 10:
        raise FileFormatError(path, f"The mean has {n} entries, and {MOST_DIMENSIONS * 10} are the most.")
    if len(rows) != n + 1:
        raise FileFormatError(
            path, f"Below the mean of {n} should stand {n} rows of the covariance, but there are {len(rows) - 1}."
        )
    numbers = [_numbers(path, place, row, n) for place, row in enumerate(rows, start=1)]
    try:
        return Gaussian(numbers[0], numbers[1:])
    except ParameterError as error:
        raise FileFormatError(path, error.message) from error


def _cells(line: str) -> list[str]:
    delimiter = next((mark for mark in (";", "\t", ",") if mark in line), None)
    cells = line.split() if delimiter is None else next(csv.reader([line], delimiter=delimiter))
    return [cell.strip().replace("−", "-") for cell in cells]


def _numbers(path: Path, place: int, row: list[str], n: int) -> list[float]:
    if len(row) != n:
        raise FileFormatError(path, f"Row {place} should have {n} numbers, but has {len(row)}.")
    found: list[float] = []
    for column, cell in enumerate(row, start=1):
        try:
            found.append(float(cell))
        except ValueError:
            raise FileFormatError(path, f"Row {place}, column {column}: “{cell}” is not a number.") from None
    return found
