"""A table of texts and figures, which can be selected and copied."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QStaticText,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from lds_gui.ui.cards import ElidedLabel

_AIR = 20  # px beside a formula
_LOWERED, _RAISED = re.compile(r"_(\w)"), re.compile(r"\^(?:\(([^)]*)\)|(\S))")


def with_indices(formula: str) -> str:
    """A formula with its indices lowered and its powers raised, as rich text: Σ_Q, x^(1−α)."""
    text = _LOWERED.sub(r"<sub>\1</sub>", html.escape(formula))
    return _RAISED.sub(lambda match: f"<sup>{match[1] or match[2]}</sup>", text)


class ElidedFormula(ElidedLabel):
    """A formula with indices in one line, which ends in … where it is wider than its place."""

    def __init__(self) -> None:
        """Make an empty one."""
        super().__init__("", "hint")
        self._drawn = QStaticText()
        self._drawn.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_formula(self, formula: str) -> None:
        """Show this formula, unless it is there."""
        if self.toolTip() != formula:
            self.setText(with_indices(formula))
            self.setToolTip(formula)
            unbroken = QTextOption()
            unbroken.setWrapMode(QTextOption.WrapMode.NoWrap)
            self._drawn.setTextOption(unbroken)
            self._drawn.setText(self.text())

    def paintEvent(self, arg__1: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._drawn.prepare(font=self.font())
        size, room = self._drawn.size(), self.contentsRect()
        dots = "" if size.width() <= room.width() else "…"
        painter.setClipRect(room.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(dots), 0))
        painter.drawStaticText(QPointF(room.left(), room.center().y() - size.height() / 2), self._drawn)
        painter.setClipping(False)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), dots)


class Entry(NamedTuple):
    """What stands in a cell, all of it, and its colour role where that is not the ink; a formula has indices."""

    text: str
    tip: str = ""
    role: str = ""
    is_struck: bool = False
    is_formula: bool = False


class FigureTable(QTableWidget):
    """Rows of entries below heads; columns of figures are right-aligned, and one column takes the room that is left."""

    def __init__(self, name: str, heads: Sequence[str], *, figures: frozenset[int], elastic: int) -> None:
        """Make an empty table."""
        super().__init__(0, len(heads))
        self.setObjectName(name)
        self.setProperty("figures", True)
        self.setAccessibleName(name.replace("_", " "))
        self.setHorizontalHeaderLabels(list(heads))
        self._figures, self._elastic = figures, elastic
        self._longest = [0] * len(heads)  # characters that each column has had to hold
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setDefaultSectionSize(22)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column in range(len(heads)):
            mode = QHeaderView.ResizeMode.Stretch if column == elastic else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
            side = Qt.AlignmentFlag.AlignRight if column in figures else Qt.AlignmentFlag.AlignLeft
            item = self.horizontalHeaderItem(column)
            assert item is not None
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def show_rows(self, rows: Sequence[Sequence[Entry]], colors: dict[str, QColor]) -> None:
        """Show these rows; `colors` by role."""
        self.setRowCount(len(rows))
        self._write(rows, colors)
        for column, longest in enumerate(self._longest):
            needed = max((len(row[column].text) for row in rows if not row[column].is_formula), default=0)
            if needed > longest:  # columns only ever grow: they rest while figures change
                self._longest[column] = needed
                if column != self._elastic:
                    self.resizeColumnToContents(column)

    def _write(self, rows: Sequence[Sequence[Entry]], colors: dict[str, QColor]) -> None:
        for place, row in enumerate(rows):
            for column, entry in enumerate(row):
                item = self.item(place, column) or QTableWidgetItem()
                if item.tableWidget() is None:
                    self.setItem(place, column, item)
                    self._lay_out(item, column, entry)
                if entry.is_formula:
                    self._set_formula(place, column, entry)
                elif item.text() != entry.text or item.toolTip() != entry.tip:
                    item.setText(entry.text)
                    item.setToolTip(entry.tip)
                if entry.role in colors and item.foreground().color() != colors[entry.role]:
                    item.setForeground(colors[entry.role])

    def _lay_out(self, item: QTableWidgetItem, column: int, entry: Entry) -> None:
        side = Qt.AlignmentFlag.AlignRight if column in self._figures else Qt.AlignmentFlag.AlignLeft
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        font = item.font()
        font.setStrikeOut(entry.is_struck)
        item.setFont(font)

    def _set_formula(self, row: int, column: int, entry: Entry) -> None:
        cell = self.cellWidget(row, column)
        if not isinstance(cell, ElidedFormula):
            cell = ElidedFormula()
            self.setCellWidget(row, column, cell)
        if cell.toolTip() != entry.text:
            cell.show_formula(entry.text)
            header = self.horizontalHeader()
            if column != self._elastic:
                header.resizeSection(column, max(header.sectionSize(column), cell.sizeHint().width() + _AIR))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            lines = ["\t".join(self._whole(row, column) for column in range(self.columnCount())) for row in rows]
            QGuiApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)

    def _whole(self, row: int, column: int) -> str:
        """A figure at full length, where the tip has it."""
        item, cell = self.item(row, column), self.cellWidget(row, column)
        if cell is not None:
            return cell.toolTip()
        return "" if item is None else (item.toolTip() if column in self._figures else "") or item.text()
