"""The first rows of a file as a table: what is a number, what is missing, and what cannot be read."""

from __future__ import annotations

from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from lds_gui.files import Preview, ReadOptions, Role
from lds_gui.files.csv_numbers import CellError, NumberReader
from lds_gui.ui.numbers import short
from lds_gui.ui.theme import LIGHT, Theme, text_font

_MISSING = "–"
_FIGURES = 6  # of a number in an array
_NUMERIC = (Role.OBSERVED, Role.LATENT)
_Index = QModelIndex | QPersistentModelIndex


class Kind(Enum):
    """What a cell is; the value is the colour that it has."""

    NUMBER = "ink"
    LABEL = "soft"
    MISSING = "faint"
    IGNORED = "faint "  # of the same colour, and yet not the same
    WRONG = "wrong"


class PreviewModel(QAbstractTableModel):
    """A preview's rows, each cell told apart by its column's role."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._preview = Preview(ReadOptions())
        self._roles: tuple[Role, ...] | None = None
        self._reader = NumberReader(False, ".")
        self._theme = LIGHT

    def show(self, preview: Preview, roles: tuple[Role, ...] | None) -> None:
        """Show these rows; `roles` is None where a file says itself what its columns are."""
        old, options = self._preview, preview.options
        is_same_size = (len(old.rows), len(old.columns)) == (len(preview.rows), len(preview.columns))
        if not is_same_size:
            self.beginResetModel()
        self._preview, self._roles = preview, roles
        self._reader = NumberReader(False, options.decimal, options.missing)
        if not is_same_size:
            self.endResetModel()
        elif preview.columns:
            self._redraw()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._redraw()

    def kind(self, row: int, column: int) -> tuple[Kind, str]:
        """Say what a cell is, and a sentence about it, or its full text, if it is not what it looks like."""
        text = self._preview.rows[row][column]
        role = Role.OBSERVED if self._roles is None else self._roles[column]
        if role is Role.IGNORED:
            return Kind.IGNORED, "This column is left out."
        if role not in _NUMERIC:
            return Kind.LABEL, ""
        if self._preview.options.delimiter is None:  # an array's cells, which are numbers
            return (Kind.MISSING, "No value here.") if text in ("", "nan") else (Kind.NUMBER, text)
        try:
            (value,) = self._reader.row([text])
        except CellError as error:
            return Kind.WRONG, str(error)
        if value == value:
            return Kind.NUMBER, ""
        return Kind.MISSING, f"No value here: the file has “{text.strip()}”." if text.strip() else "No value here."

    def shown(self, row: int, column: int) -> str:
        """Give a cell's text: as it is in a text file, and as short as elsewhere on the screen in an array."""
        text = self._preview.rows[row][column].strip()
        if self._preview.options.delimiter is None and "." in text:
            try:
                return short(float(text), _FIGURES)
            except ValueError:
                return text
        return text

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._preview.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._preview.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._preview.columns[section] if orientation is Qt.Orientation.Horizontal else str(section + 1)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.FontRole:
            return text_font()
        kind, sentence = self.kind(index.row(), index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _MISSING if kind is Kind.MISSING else self.shown(index.row(), index.column())
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.color(kind.value.strip())
            case Qt.ItemDataRole.ToolTipRole:
                return sentence or None
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return sentence or None
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if kind is Kind.LABEL else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def _redraw(self) -> None:
        last = self.index(self.rowCount() - 1, self.columnCount() - 1)
        if last.isValid():
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last.column())
