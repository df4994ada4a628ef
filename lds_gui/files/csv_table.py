"""From the lines of a CSV or TSV file to rows of cells: delimiter, header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, product
from pathlib import Path

from lds_gui.files.errors import FileFormatError
from lds_gui.files.options import ReadOptions
from lds_gui.files.text_source import tabbed
from lds_gui.files.time_axis import is_date, is_time_name

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
SEQUENCE_NAMES = frozenset({"sequence", "trial"})
BLANKS = " "
_NUMBER_LIKE = re.compile(r"[+\-−]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|[+\-−]?inf(inity)?", re.ASCII | re.IGNORECASE)
_DELIMITERS = "\t;,"
_SAMPLE_ROWS = 20


@dataclass(frozen=True)
class Layout:
    """How a text is cut into cells.

    `row` is the line at which the first row ends, counted from 1 as an editor does: the header, if there is one.
    """

    delimiter: str
    n_comments: int
    first: tuple[str, ...]
    row: int
    has_header: bool

    @property
    def header(self) -> tuple[str, ...] | None:
        """The names in the first row."""
        return tuple(" ".join(cell.split()) for cell in self.first) if self.has_header else None

    @property
    def cut_at(self) -> str:
        """The one character between cells, once runs of blanks are tabs."""
        return "\t" if self.delimiter == BLANKS else self.delimiter


class Records:
    """Rows of cells from a chunk of lines and, where a quoted cell runs on beyond it, the lines that follow.

    Yields (row, cells); `row` counts lines from 1, beginning at `n_before` + 1. A blank line has no cells. `n_lines`
    is how many lines were used.
    """

    def __init__(
        self, path: Path, lines: list[str], more: Iterable[str], delimiter: str, n_before: int, strict: bool = True
    ) -> None:
        """Begin a chunk."""
        self._path, self._n_chunk, self._before = path, len(lines), n_before
        self._reader = csv.reader(chain(lines, more), delimiter=delimiter, skipinitialspace=True, strict=strict)

    @property
    def n_lines(self) -> int:
        """How many lines have been used."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield what is left. Raises FileFormatError where quotes do not match."""
        while self.n_lines < self._n_chunk:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileFormatError(self._path, f"Row {self._before + self.n_lines}: {error}.") from error
            yield self._before + self.n_lines, cells


def find_layout(path: Path, lines: list[str], options: ReadOptions) -> Layout:
    """Find delimiter and header from the first lines of a text, as far as the options don't tell them.

    Lines that begin with `#` above the first row are comments.

    Raises:
        FileFormatError: the text is empty, or its quotes do not match; or the options are of no known kind.
    """
    if options.delimiter not in (None, BLANKS, *_DELIMITERS):
        raise FileFormatError(path, "The delimiter must be a comma, a semicolon, a tab or a blank.")
    if options.decimal not in (None, ".", ","):
        raise FileFormatError(path, "The decimal sign must be a point or a comma.")
    skip = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    delimiter = options.delimiter or _delimiter(path, lines[skip:])
    rows = _rows(path, lines[skip:], delimiter, skip)
    nothing: tuple[int, list[str]] = (0, [])
    row, cells = next((item for item in rows if any(cell.strip() for cell in item[1])), nothing)
    if not row:
        raise FileFormatError(path, "The file is empty; it should hold a row of numbers for each time step.")
    has_header = _is_header(cells) if options.header is None else options.header
    return Layout(delimiter, skip, tuple(cells), row, has_header)


def _rows(path: Path, lines: list[str], delimiter: str, skip: int, strict: bool = True) -> Records:
    if delimiter == BLANKS:
        return Records(path, [tabbed(line) for line in lines], (), "\t", skip, strict)
    return Records(path, lines, (), delimiter, skip, strict)


def _delimiter(path: Path, lines: list[str]) -> str:
    """Return the first of tab, semicolon and comma that cuts the first rows into equally many cells, more than one.

    Blanks are taken where none of these separates anything, and all that lies between them is numbers.
    """
    fewest = {",": 1}
    for strict, delimiter in product((True, False), _DELIMITERS):  # False: whose quotes are to be complained about
        try:
            sample = [
                len(cells) for _, cells in islice(_rows(path, lines, delimiter, 0, strict), _SAMPLE_ROWS) if cells
            ]
        except FileFormatError:
            continue
        if sample and min(sample) == max(sample) > 1:
            return delimiter
        fewest[delimiter] = min(sample, default=0)
    found = max(fewest, key=lambda delimiter: fewest[delimiter])
    return BLANKS if fewest[found] <= 1 and _is_cut_by_blanks(lines[:_SAMPLE_ROWS]) else found


def _is_cut_by_blanks(lines: list[str]) -> bool:
    rows = [cells for line in lines if (cells := line.split())]
    below = [cell for cells in rows[1:] or rows for cell in cells]
    widths = {len(cells) for cells in rows}
    return (
        len(widths) == 1 and max(widths) > 1 and all(is_number_like(cell) or cell.lower() in MISSING for cell in below)
    )


def is_number_like(cell: str) -> bool:
    """Whether a cell is written like a number, with either decimal sign."""
    return _NUMBER_LIKE.fullmatch(cell) is not None


def _is_header(cells: list[str]) -> bool:
    """Whether the first row holds names: text throughout, or a first cell that only a header has."""
    first, *others = (cell.strip() for cell in cells)
    if is_time_name(first) or first.lower() in SEQUENCE_NAMES:
        return True
    if not first and others and others == [str(j) for j in range(len(others))]:
        return True  # a table with an unnamed index, its columns counted from 0
    filled = [cell for cell in (first, *others) if cell.lower() not in MISSING]
    return bool(filled) and not any(is_number_like(cell) or is_date(cell) for cell in filled)
