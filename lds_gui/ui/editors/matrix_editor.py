"""The editor of one matrix or vector: its symbol and name, its cells, and the sentence when an entry is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lds_gui.lds import Array, ParameterError
from lds_gui.ui.cards import label, repolish, say, sentence
from lds_gui.ui.editors.matrix_model import INVALID_ROLE, VALUE_ROLE, Index, MatrixModel
from lds_gui.ui.numbers import short
from lds_gui.ui.theme import LIGHT, Theme

_ROW_HEIGHT = 30  # a cell and the gap below it
_MIN_COLUMN_WIDTH = 48
_MAX_ROWS_SHOWN = 6


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
    """The cells: arrows move, typing replaces, Ctrl+C and Ctrl+V copy and paste at full precision."""

    def __init__(self, model: MatrixModel, name: str, parent: QWidget | None = None) -> None:
        """Make the table for a model; `name` is its object name."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setModel(model)
        self.matrix_model = model
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
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._can_begin_to_edit():
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.state() != QAbstractItemView.State.EditingState:
            self.clearSelection()

    def _can_begin_to_edit(self) -> bool:
        """Say so unless the Enter key comes from the cell that is being edited, which it closes."""
        return self.currentIndex().isValid() and self.state() != QAbstractItemView.State.EditingState

    def copy(self) -> None:
        """Put the selected block on the clipboard."""
        chosen = self.selectedIndexes()
        if chosen:
            rows = range(min(i.row() for i in chosen), max(i.row() for i in chosen) + 1)
            columns = range(min(i.column() for i in chosen), max(i.column() for i in chosen) + 1)
            QGuiApplication.clipboard().setText(self.matrix_model.texts_of(rows, columns))

    def paste(self) -> None:
        """Take a block of tab-separated numbers from the clipboard, from the current cell on."""
        lines = QGuiApplication.clipboard().text().strip("\n").splitlines()
        current: QModelIndex | QPersistentModelIndex = self.currentIndex()
        if lines and current.isValid():
            self.matrix_model.set_block(current.row(), current.column(), [line.split("\t") for line in lines])


class MatrixEditor(QWidget):
    """A matrix with its head and, below the cells, the sentence about a wrong entry.

    Signals:
        problem_changed(): whether a cell is wrong may have changed.
    """

    problem_changed = Signal()

    def __init__(
        self, symbol: str, title: str, name: str, commit: Callable[[Array], None], *, symmetric: bool = False
    ) -> None:
        """Make an empty editor; `name` is the object name of its table.

        `commit` is given each proposed matrix; it raises ParameterError to refuse it, with the sentence to show.
        """
        super().__init__()
        self._commit = commit
        self.model = MatrixModel(symmetric=symmetric, parent=self)
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
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(label(symbol, "symbol"))
        head.addWidget(label(title, "small"))
        head.addStretch(1)
        head.addWidget(self.badge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.table)
        layout.addWidget(self.error)
        layout.addWidget(self._restore, 0, Qt.AlignmentFlag.AlignLeft)
        self.model.edited.connect(self._propose)
        self.model.problem.connect(self._show_problem)

    @property
    def has_problem(self) -> bool:
        """Say whether a cell holds what could not be accepted."""
        return self.model.has_problem

    def show_values(self, values: Array) -> None:
        """Show accepted values; a pending wrong entry stays if they are the old ones."""
        self.model.show(values)

    def show_badge(self, text: str, *, bad: bool = False) -> None:
        """Show a short property of the matrix at the right of its head."""
        say(self.badge, text)
        repolish(self.badge, "bad", bad)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.table.restyle(theme)

    def _propose(self, values: Array) -> None:
        try:
            self._commit(values)
        except ParameterError as error:
            self.model.refuse(str(error))

    def _show_problem(self, text: str) -> None:
        say(self.error, text)
        self._restore.setVisible(self.has_problem)
        self.badge.setVisible(bool(self.badge.text()) and not self.has_problem)
        self.problem_changed.emit()
