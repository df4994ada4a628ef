"""Blocks of numbers as text: read as spreadsheets, NumPy, MATLAB and LaTeX write them, and written the same ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lds_gui.lds import Array
from lds_gui.ui.numbers import NumberError, full

_NUMPY_CALL = re.compile(r"^\s*(?:np\.|numpy\.)?(?:array|matrix)\s*\(|,\s*dtype\s*=\s*[\w.]+|\)\s*$")
_NAME = re.compile(r"^\s*\w+\s*=\s*(?=\[|\\begin)")  # A = [1 2; 3 4]
_TENS = re.compile(r"\s*\\(?:cdot|times)\s*10\^\{?([-+]?\d+)\}?")
_ONE_COMMA = re.compile(r"[-+−]?\d+,\d+")
_LATEX_FRAME = re.compile(r"\\(?:begin|end)\{[a-zA-Z]*matrix\}|\\left\W|\\right\W")


def parse_block(text: str) -> list[list[str]]:
    """Cut a text into rows of cells, which are not yet read as numbers; all rows are equally long but for a mistake.

    Tab-separated lines (a spreadsheet), `[[1, 2], [3, 4]]` with or without `array(…)`, `[1 2; 3 4]`, LaTeX's matrices,
    and lines of cells between semicolons, commas or blanks. A comma between figures without a blank is a decimal sign
    where something else separates the cells; where nothing does, as in the lines 0,5 and 0,3, nobody can tell, and
    NumberError says so.
    """
    text = _TENS.sub(r"e\1", _NAME.sub("", text.strip("\r\n")))
    if "\t" in text:
        return [[cell.strip() for cell in line.split("\t")] for line in text.splitlines() if line.strip()]
    stripped = text.strip()
    if "\\\\" in stripped or "&" in stripped or "\\begin" in stripped:
        return _cut(_LATEX_FRAME.sub("", stripped), "\\\\", lambda row: row.split("&"))
    if "[" in stripped:
        inner = _NUMPY_CALL.sub("", _NUMPY_CALL.sub("", stripped)).strip()
        if inner.startswith("[["):
            rows = re.findall(r"\[([^\[\]]*)\]", inner)
            return [cells for cells in (_cells(row) for row in rows) if cells]
        inner = inner.strip("[]")
        return _cut(inner, ";" if ";" in inner else "\n", _cells)
    if "\n" in stripped and all(_ONE_COMMA.fullmatch(line.strip()) for line in stripped.splitlines()):
        raise NumberError("These lines may hold decimal commas or two columns; write 0.5, or put ; between columns")
    if "\n" in stripped:
        return _cut(stripped, "\n", lambda row: row.split(";") if ";" in row else _cells(row))
    if ";" in stripped:
        return _cut(stripped, ";", _cells)
    return [[stripped]] if _is_one(stripped) else [_cells(stripped)]


def _is_one(text: str) -> bool:
    """Say whether a line without tabs, brackets and semicolons is one number or formula."""
    return not re.search(r"[\d.)]\s+[-+−]?[\d.]", text) and not re.search(r",\s", text)


def _cut(text: str, separator: str, cells: Callable[[str], list[str]]) -> list[list[str]]:
    rows = [[cell.strip() for cell in cells(row)] for row in text.split(separator) if row.strip()]
    return rows or [[""]]


def _cells(row: str) -> list[str]:
    """The cells of a row between commas that a blank follows, or blanks; or between commas alone."""
    row = row.strip().strip(",")
    if re.search(r",\s", row):
        return [cell.strip() for cell in re.split(r",\s+", row)]
    cells = row.split()
    return cells if len(cells) > 1 else [cell.strip() for cell in row.split(",")]


@dataclass(frozen=True)
class MatrixFormat:
    """A way to write a matrix: what its menu entry says, and the writer."""

    name: str
    title: str
    write: Callable[[Array], str]


def _joined(values: Array, between: str, end: str) -> str:
    return end.join(between.join(full(float(value)) for value in row) for row in values)


def _latex(values: Array) -> str:
    rows = " \\\\\n".join(" & ".join(_latex_number(float(value)) for value in row) for row in values)
    return f"\\begin{{pmatrix}}\n{rows}\n\\end{{pmatrix}}"


def _latex_number(value: float) -> str:
    mantissa, e, exponent = full(value).partition("e")
    return f"{mantissa} \\cdot 10^{{{exponent}}}" if e else mantissa


MATRIX_FORMATS = (
    MatrixFormat("table", "table", lambda values: _joined(values, "\t", "\n")),
    MatrixFormat("numpy", "NumPy", lambda values: f"np.array([[{_joined(values, ', ', '], [')}]])"),
    MatrixFormat("matlab", "MATLAB", lambda values: f"[{_joined(values, ' ', '; ')}]"),
    MatrixFormat("latex", "LaTeX", _latex),
)
