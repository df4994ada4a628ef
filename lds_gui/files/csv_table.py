"""From the bytes of a CSV or TSV file to rows of cells: encoding, delimiter, header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, product
from pathlib import Path

from lds_gui.files.errors import FileFormatError
from lds_gui.files.time_axis import is_date, is_time_name

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
SEQUENCE_NAMES = frozenset({"sequence", "trial"})
_NUMBER_LIKE = re.compile(r"[+\-−]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|[+\-−]?inf(inity)?", re.ASCII | re.IGNORECASE)
_DELIMITERS = "\t;,"
_SAMPLE_ROWS = 20


@dataclass(frozen=True)
class CsvTable:
    """The cells of a delimited text file.

    `rows` yields (row, cells); `row` counts the file's lines from 1, as an editor does. A blank line has no cells.
    """

    delimiter: str
    header: tuple[str, ...] | None
    rows: Iterator[tuple[int, list[str]]]
    n_comments: int


def _decoded(path: Path, raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFormatError(path, "The text is UTF-16; save it as UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise FileFormatError(
            path, f"Row {row}: the byte 0x{raw[error.start]:02X} is not UTF-8 text; save the file as UTF-8."
        ) from error


def _n_comment_lines(text: str) -> int:
    return next((i for i, line in enumerate(io.StringIO(text, newline="")) if not line.startswith("#")), 0)


def _cells(path: Path, text: str, delimiter: str, skip: int, strict: bool) -> Iterator[tuple[int, list[str]]]:
    lines = io.StringIO(text, newline="")
    for _ in range(skip):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)
    try:
        for cells in reader:
            yield skip + reader.line_num, cells
    except csv.Error as error:
        raise FileFormatError(path, f"Row {skip + reader.line_num}: {error}.") from error


def _delimiter(path: Path, text: str, skip: int) -> str:
    """Return the first of tab, semicolon and comma that cuts the first rows into equally many cells, more than one."""
    fewest = {",": 1}
    for strict, delimiter in product((True, False), _DELIMITERS):  # False: whose quotes are to be complained about
        try:
            rows = islice(_cells(path, text, delimiter, skip, strict), _SAMPLE_ROWS)
            sample = [len(cells) for _, cells in rows if cells]
        except FileFormatError:
            continue
        if sample and min(sample) == max(sample) > 1:
            return delimiter
        fewest[delimiter] = min(sample, default=0)
    return max(fewest, key=lambda delimiter: fewest[delimiter])


def _is_header(cells: list[str]) -> bool:
    """Whether the first row holds names: text throughout, or a first cell that only a header has."""
    first, *others = (cell.strip() for cell in cells)
    if is_time_name(first) or first.lower() in SEQUENCE_NAMES:
        return True
    if not first and others and others == [str(j) for j in range(len(others))]:
        return True  # a table with an unnamed index, its columns counted from 0
    filled = [cell for cell in (first, *others) if cell.lower() not in MISSING]
    return bool(filled) and not any(_NUMBER_LIKE.fullmatch(cell) or is_date(cell) for cell in filled)


def read_table(path: Path) -> CsvTable:
    """Read the file's text and find its delimiter and its header.

    Lines that begin with `#` above the first row are comments.

    Raises:
        FileFormatError: the file is empty or not UTF-8; while iterating, quotes that do not match.
    """
    text = _decoded(path, path.read_bytes())
    skip = _n_comment_lines(text)
    delimiter = _delimiter(path, text, skip)
    rows = _cells(path, text, delimiter, skip, strict=True)
    first = next((item for item in rows if any(cell.strip() for cell in item[1])), None)
    if first is None:
        raise FileFormatError(path, "The file is empty; it should hold a row of numbers for each time step.")
    cells = first[1]
    if _is_header(cells):
        return CsvTable(delimiter, tuple(" ".join(cell.split()) for cell in cells), rows, skip)
    return CsvTable(delimiter, None, chain([first], rows), skip)
