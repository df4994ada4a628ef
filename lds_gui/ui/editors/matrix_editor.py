"""The editor of one matrix or vector: its symbol and name, its cells, and the sentence when an entry is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPalette,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lds_gui.lds import Array, ParameterError, nearest_psd, smallest_eigenvalue
from lds_gui.ui.cards import label, repolish, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.forms import COVARIANCE_FORMS, PLAIN
from lds_gui.ui.editors.matrix_model import INVALID_ROLE, VALUE_ROLE, Index, MatrixModel
from lds_gui.ui.editors.matrix_text import MATRIX_FORMATS, MatrixFormat, parse_block
from lds_gui.ui.editors.varying import Variation
from lds_gui.ui.numbers import NumberError, short
from lds_gui.ui.theme import LIGHT, Theme

_ROW_HEIGHT = 30  # a cell and the gap below it
_MIN_COLUMN_WIDTH = 48
_MAX_ROWS_SHOWN = 6
_DRAG_DISTANCE = 5  # pixels
_EDITABLE = Qt.ItemFlag.ItemIsEditable
_TURNS = {Qt.Key.Key_Up.value: 1.0, Qt.Key.Key_Down.value: -1.0}


class CellDelegate(QStyledItemDelegate):
    """Paints a cell as a field of its own."""

    theme: Theme = LIGHT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self.theme
        view: QWidget = option.widget  # type: ignore[attr-defined]
        rect = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -2.5)  # type: ignore[attr-defined]
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)  # type: ignore[attr-defined]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        is_invalid = bool(index.data(INVALID_ROLE))
        edge = "wrong" if is_invalid else "accent" if is_current and view.isActiveWindow() else "line"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color(edge))
        painter.setBrush(theme.color("accent_tint" if is_selected and not is_current else "field"))
        painter.drawRoundedRect(rect, 5, 5)
        painter.setPen(QColor(theme.wrong if is_invalid else theme.ink))
        painter.setFont(option.font)  # type: ignore[attr-defined]
        place = rect.adjusted(4, 0, -6, 0)
        text = _fitting_text(index, painter.fontMetrics(), int(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setFrame(False)
        return editor

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(_MIN_COLUMN_WIDTH, _ROW_HEIGHT)


def _fitting_text(index: Index, metrics: QFontMetrics, width: int) -> str:
    """Write a cell with 3 significant digits, or with as many as fit; a text that is no number is cut with dots."""
    value = index.data(VALUE_ROLE)
    if value is None:
        return metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, width)
    texts = [short(value, digits) for digits in (3, 2, 1)]
    return next((text for text in texts if metrics.horizontalAdvance(text) <= width), texts[-1])


class MatrixTable(QTableView):
    """The cells, as in a spreadsheet.

    Arrows and Tab move, typing replaces, Ctrl+C and Ctrl+V copy and paste at full precision. The wheel, Alt+↑ and
    Alt+↓, and dragging to the right or left on the current cell vary its number: with Shift ten times as fast, with
    Ctrl a tenth as fast.
    """

    def __init__(self, model: MatrixModel, name: str, parent: QWidget | None = None) -> None:
        """Make the table for a model; `name` is its object name."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setModel(model)
        self.matrix_model = model
        self._pressed_at: QPointF | None = None  # on the current cell, where a drag would begin
        self._variation: Variation | None = None
        self._delegate = CellDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)  # Tab goes to the next field; the arrows go to the next cell
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        model.modelReset.connect(self.fit)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._delegate.theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, theme.color("card"))
        self.setPalette(palette)
        self.viewport().update()

    def fit(self) -> None:
        """Fit the height to the rows and the columns to the width; beyond what is legible, scroll."""
        n_rows, n_columns = self.matrix_model.rowCount(), self.matrix_model.columnCount()
        if not n_columns:
            return
        width = max(self.viewport().width() // n_columns, _MIN_COLUMN_WIDTH)
        for column in range(n_columns):
            self.setColumnWidth(column, width)
        scrolls_sideways = width * n_columns > self.viewport().width()
        self.setFixedHeight(min(n_rows, _MAX_ROWS_SHOWN) * _ROW_HEIGHT + (10 if scrolls_sideways else 0))

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, _ROW_HEIGHT)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() == Qt.Key.Key_Escape and self.matrix_model.has_problem:
            self.matrix_model.restore()
        elif event.key() == Qt.Key.Key_Delete:
            self._clear()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in _TURNS:
            self._turn(_TURNS[event.key()], event.modifiers())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._can_begin_to_edit():
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _clear(self) -> None:
        """Make the selected cells 0."""
        chosen = [index for index in self.selectedIndexes() if self.matrix_model.flags(index) & _EDITABLE]
        if chosen:
            top, left = min(index.row() for index in chosen), min(index.column() for index in chosen)
            bottom, right = max(index.row() for index in chosen), max(index.column() for index in chosen)
            self.matrix_model.set_block(top, left, [["0"] * (right - left + 1) for _ in range(top, bottom + 1)])

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Go to the next cell that can be edited; from the last one, or backwards from the first, leave the table."""
        current: Index = self.currentIndex()
        if self.state() == QAbstractItemView.State.EditingState or not current.isValid():
            return super().focusNextPrevChild(forwards)
        model, n_columns = self.matrix_model, self.matrix_model.columnCount()
        place = current.row() * n_columns + current.column()
        while 0 <= (place := place + (1 if forwards else -1)) < model.rowCount() * n_columns:
            index = model.index(*divmod(place, n_columns))
            if model.flags(index) & Qt.ItemFlag.ItemIsEditable:
                self.setCurrentIndex(index)
                return True
        return super().focusNextPrevChild(forwards)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        is_current = index.isValid() and index == self.currentIndex() and self.hasFocus()
        plain = event.button() is Qt.MouseButton.LeftButton and self.state() != QAbstractItemView.State.EditingState
        editable = bool(self.matrix_model.flags(index) & Qt.ItemFlag.ItemIsEditable) if index.isValid() else False
        self._pressed_at = event.position() if is_current and plain and editable else None
        self._variation = None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            super().mouseMoveEvent(event)
            return
        pixels = event.position().x() - self._pressed_at.x()
        current: Index = self.currentIndex()
        if self._variation is None:
            if abs(pixels) < _DRAG_DISTANCE:
                return
            self._variation = Variation(self.matrix_model.value(current.row(), current.column()))
            self.viewport().setCursor(Qt.CursorShape.SizeHorCursor)
        value = self._variation.dragged(pixels, event.modifiers())
        self.matrix_model.vary(current.row(), current.column(), value, self._variation.name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self._variation = None
        self.viewport().unsetCursor()
        super().mouseReleaseEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        over = self.indexAt(event.position().toPoint())
        if over.isValid() and over == self.currentIndex() and self.hasFocus() and event.angleDelta().y():
            self._turn(event.angleDelta().y() / 120.0, event.modifiers())
            event.accept()
        elif self._scrolls():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _scrolls(self) -> bool:
        return any(bar.maximum() > bar.minimum() for bar in (self.verticalScrollBar(), self.horizontalScrollBar()))

    def _turn(self, notches: float, modifiers: Qt.KeyboardModifier) -> None:
        current: Index = self.currentIndex()
        if not self.matrix_model.flags(current) & Qt.ItemFlag.ItemIsEditable:
            return
        now = self.matrix_model.value(current.row(), current.column())
        if self._variation is None or self._variation.value != now:  # which was typed, or undone, in between
            self._variation = Variation(now)
        value = self._variation.turned(notches, modifiers)
        self.matrix_model.vary(current.row(), current.column(), value, self._variation.name)

    def currentChanged(self, current: Index, previous: Index) -> None:
        self._variation = None
        super().currentChanged(current, previous)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for form in MATRIX_FORMATS:
            menu.addAction(f"Copy as {form.title}", partial(self.copy, form))
        menu.addSeparator()
        menu.addAction("Paste", self.paste)
        menu.exec(event.globalPos())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            return  # the menu is about what is selected
        if self.state() != QAbstractItemView.State.EditingState:
            self.clearSelection()

    def _can_begin_to_edit(self) -> bool:
        """Say so unless the Enter key comes from the cell that is being edited, which it closes."""
        return self.currentIndex().isValid() and self.state() != QAbstractItemView.State.EditingState

    def copy(self, form: MatrixFormat = MATRIX_FORMATS[0]) -> None:
        """Put the selected block on the clipboard, or everything if a single cell is selected in another format."""
        chosen = self.selectedIndexes()
        rows, columns = range(self.matrix_model.rowCount()), range(self.matrix_model.columnCount())
        if len(chosen) > 1 or (chosen and form is MATRIX_FORMATS[0]):
            rows = range(min(i.row() for i in chosen), max(i.row() for i in chosen) + 1)
            columns = range(min(i.column() for i in chosen), max(i.column() for i in chosen) + 1)
        QGuiApplication.clipboard().setText(form.write(self.matrix_model.block(rows, columns)))

    def paste(self) -> None:
        """Take a block of numbers from the clipboard, from the current cell on; a whole matrix from the first."""
        text = QGuiApplication.clipboard().text()
        current: QModelIndex | QPersistentModelIndex = self.currentIndex()
        if not text.strip():
            return
        try:
            block = parse_block(text)
        except NumberError as error:
            self.matrix_model.problem.emit(str(error))
            return
        is_whole = (len(block), len(block[0])) == (self.matrix_model.rowCount(), self.matrix_model.columnCount())
        row, column = (0, 0) if is_whole or not current.isValid() else (current.row(), current.column())
        self.matrix_model.set_block(row, column, block)


class MatrixEditor(QWidget):
    """A matrix with its head and, below the cells, the sentence about a wrong entry.

    Signals:
        problem_changed(): whether a cell is wrong may have changed.
    """

    problem_changed = Signal()

    def __init__(
        self, symbol: str, title: str, name: str, commit: Callable[[Array, str], None], *, symmetric: bool = False
    ) -> None:
        """Make an empty editor; `name` is the object name of its table, and a symmetric matrix is a covariance.

        `commit` is given each proposed matrix and the gesture that it is part of; it raises ParameterError to refuse
        it, with the sentence to show.
        """
        super().__init__()
        self._commit = commit
        self._forms = COVARIANCE_FORMS if symmetric else (PLAIN,)
        self.model = MatrixModel(self._forms[0], parent=self)
        self.form = CompactChoice(f"Form in which {symbol} is entered")
        self.form.setObjectName(f"{name}_form")
        self.form.setToolTip(
            "cov: the covariance; sd, ρ: standard deviations on the diagonal, correlations beside it; "
            "L: the lower triangular factor, L Lᵀ = covariance"
        )
        self.form.offer([form.title for form in self._forms])
        self.form.currentIndexChanged.connect(lambda index: self.model.use_form(self._forms[index]))
        self.table = MatrixTable(self.model, name)
        self.table.setAccessibleName(f"{symbol}, {title}")
        self.badge = label("", "badge")
        self.badge.hide()
        self.error = sentence("error", f"{name}_error")
        self._restore = QPushButton("Restore")
        self._restore.setToolTip("Go back to the last valid values")
        self._restore.setProperty("flat_link", True)
        self._restore.setCursor(Qt.CursorShape.PointingHandCursor)
        self._restore.clicked.connect(self.model.restore)
        self._restore.hide()
        self._repair = QPushButton("Use the nearest valid matrix")
        self._repair.setObjectName(f"{name}_repair")
        self._repair.setToolTip("Raise the eigenvalues that are too small, and change nothing else")
        self._repair.setProperty("flat_link", True)
        self._repair.setCursor(Qt.CursorShape.PointingHandCursor)
        self._repair.clicked.connect(self.repair)
        self._repair.hide()
        self.repaired = sentence("hint", f"{name}_repaired")
        self._shown: Array | None = None
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(label(symbol, "symbol"))
        head.addWidget(label(title.removesuffix(" covariance") if symmetric else title, "small"))
        head.addStretch(1)
        head.addWidget(self.badge)
        head.addWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.table)
        layout.addWidget(self.error)
        layout.addWidget(self._repair, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._restore, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.repaired)
        self.model.edited.connect(self._propose)
        self.model.problem.connect(self._show_problem)

    @property
    def has_problem(self) -> bool:
        """Say whether a cell holds what could not be accepted."""
        return self.model.has_problem

    def restore(self) -> None:
        """Go back to the last valid values."""
        self.model.restore()

    def show_values(self, values: Array) -> None:
        """Show accepted values; a pending wrong entry stays if they are the old ones."""
        self.model.show(values)
        if self._shown is None or not np.array_equal(values, self._shown):
            self._shown = values
            say(self.repaired, "")  # which was about other values

    def repair(self) -> None:
        """Take the nearest valid matrix in the place of a covariance that is none; and say what that changed."""
        before = self.model.proposal
        for definite in (False, True):
            after = nearest_psd(before, definite=definite)
            self.model.propose(after)
            if not self.has_problem:
                break
        if self.has_problem:
            return
        change = np.abs(after - before)
        i, j = np.unravel_index(int(change.argmax()), change.shape)
        say(
            self.repaired,
            f"Smallest eigenvalue {short(smallest_eigenvalue(before))} → {short(smallest_eigenvalue(after))}; the "
            f"largest change is {short(float(change[i, j]))}, in row {i + 1}, column {j + 1}.",
        )
        self.table.setFocus()

    def show_badge(self, text: str, *, bad: bool = False) -> None:
        """Show a short property of the matrix at the right of its head."""
        say(self.badge, text)
        repolish(self.badge, "bad", bad)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.table.restyle(theme)

    def _propose(self, values: Array, gesture: str) -> None:
        say(self.repaired, "")
        try:
            self._commit(values, gesture)
        except ParameterError as error:
            self.model.refuse(str(error))

    def _show_problem(self, text: str) -> None:
        say(self.error, text)
        self._restore.setVisible(self.has_problem)
        self._repair.setVisible(self._forms is COVARIANCE_FORMS and self.model.is_repairable)
        self.badge.setVisible(bool(self.badge.text()) and not self.has_problem)
        self.problem_changed.emit()
