"""The usual rows of a table, many at a time: the compiled parser with what it leaves to Python."""

from __future__ import annotations

import numpy as np

from lds_gui.files.csv_columns import Columns
from lds_gui.files.csv_content import Block, label_columns, numeric_columns
from lds_gui.files.csv_kernel import UNUSUAL, parse, powers
from lds_gui.files.csv_numbers import CellError, NumberReader

_NOT_READ, _LABEL = -1, -2


class BlockReader:
    """Reads chunks of lines that hold no quoted cell and no blank row."""

    def __init__(self, delimiter: str, columns: Columns) -> None:
        """Begin a file."""
        self._delimiter = ord(delimiter)
        labels, numeric = label_columns(columns), numeric_columns(columns)
        self._n_numbers, self._n_labels = len(numeric), len(labels)
        self._places = np.full(len(columns.names), _NOT_READ)
        self._places[list(labels)] = _LABEL
        self._places[list(numeric)] = np.arange(len(numeric))
        self._powers = powers()
        self._tens = np.array([10.0**q for q in range(23)])

    def read(self, lines: list[str], numbers: NumberReader) -> Block | None:
        """Return these lines' content; None for whatever wants the careful reader, whose state is left as it was."""
        raw = "".join(lines).encode()
        text = np.frombuffer(bytearray(raw), dtype=np.uint8)
        values = np.empty((len(lines), self._n_numbers))
        spans = np.empty(2 * self._n_labels * len(lines), dtype=np.int64)
        doubtful, counts = np.empty(4 * values.size, dtype=np.int64), np.zeros(2, dtype=np.int64)
        comma = numbers.decimal_comma and self._delimiter != ord(",")
        n_rows = parse(
            text, self._delimiter, comma, self._places, *self._powers, self._tens, values, values.view(np.uint64),
            spans, doubtful, counts,
        )  # fmt: skip
        if n_rows == UNUSUAL or n_rows != len(lines):
            return None
        before = numbers.state
        cells = [(row, column, raw[a:b]) for row, column, a, b in doubtful[: 4 * counts[0]].reshape(-1, 4).tolist()]
        if not all(cell.isascii() for *_, cell in cells):
            return None
        if not numbers.is_settled and any(b"," in cell for *_, cell in cells):
            return None  # which decimal sign the file has depends on the order of its cells
        numbers.note_points(bool(counts[1]))
        try:
            for row, column, cell in cells:
                values[row, self._places[column]] = numbers.row([cell.decode()])[0]
        except CellError:
            numbers.state = before
            return None
        numbers.blank_codes(values)
        texts = [raw[a:b].decode().strip() for a, b in zip(spans[::2].tolist(), spans[1::2].tolist(), strict=True)]
        n = max(self._n_labels, 1)
        return Block(values, [texts[k::n] for k in range(self._n_labels)])
