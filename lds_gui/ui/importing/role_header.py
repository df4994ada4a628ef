"""The table's header: each column's name and, below it, the choice of its role."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableView, QWidget

from lds_gui.files import Role
from lds_gui.ui.theme import LIGHT, Theme, text_font
from lds_gui.ui.wheel import WheelGuard

ROLES = tuple(Role)
_EDGE = 10  # between a column's edge and its name
_NAME_HEIGHT = 30
_CHOICE_HEIGHT = 34
_TIPS = {
    Role.OBSERVED: "numbers that the model is to explain",
    Role.TIME: "labels of the steps",
    Role.SEQUENCE: "its value tells one sequence from the next",
    Role.LATENT: "the true latent of simulated data",
    Role.IGNORED: "left out",
}


class RoleHeader(QHeaderView):
    """Names over roles. Choices are only made for columns that have come into sight, so that a wide file costs little.

    Signals:
        chosen(tuple): the roles of all columns, after one was changed.
    """

    chosen = Signal(object)

    def __init__(self, table: QTableView) -> None:
        """Build the header for this table."""
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self._names: tuple[str, ...] = ()
        self._roles: tuple[Role, ...] | None = None
        self._choices: dict[int, QComboBox] = {}
        self._theme = LIGHT
        self._wheel_guard = WheelGuard(self)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(64)
        self.sectionResized.connect(self._place)
        table.horizontalScrollBar().valueChanged.connect(self._place)

    def forget(self) -> None:
        """Show no names until `show_roles` tells them, while the columns change."""
        self._names = ()

    def show_roles(self, names: tuple[str, ...], roles: tuple[Role, ...] | None) -> None:
        """Show these columns; without roles there is nothing to choose."""
        had_choices = self._roles is not None
        self._names, self._roles = names, roles
        for column in [column for column in self._choices if roles is None or column >= len(names)]:
            self._choices.pop(column).deleteLater()
        for column, choice in self._choices.items():
            self._draw_choice(column, choice)
        if had_choices is not (roles is not None):
            self.headerDataChanged(Qt.Orientation.Horizontal, 0, max(len(names) - 1, 0))
            self.geometriesChanged.emit()
        self._place()
        self.viewport().update()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.viewport().update()

    def choice(self, column: int) -> QComboBox | None:
        """Give a column's choice, if the column has been in sight."""
        return self._choices.get(column)

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        return QSize(
            self.sectionSize(logicalIndex), _NAME_HEIGHT if self._roles is None else _NAME_HEIGHT + _CHOICE_HEIGHT
        )

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        painter.save()
        painter.setFont(text_font(semibold=True))
        is_known = logicalIndex < len(self._names)
        is_left_out = is_known and self._roles is not None and self._roles[logicalIndex] is Role.IGNORED
        painter.setPen(self._theme.color("faint" if is_left_out else "ink"))
        place = QRect(rect.x() + _EDGE, rect.y() + 2, rect.width() - 2 * _EDGE, _NAME_HEIGHT - 2)
        name = self._names[logicalIndex] if is_known else ""
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, side, shown)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, object: QObject, event: QEvent) -> bool:
        if isinstance(object, QComboBox):
            column = object.property("column")
            if event.type() == QEvent.Type.FocusIn:
                self._bring_into_sight(column)
            elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
                if step:
                    self._go_to(column + step)
                    return True
        return super().eventFilter(object, event)

    def _go_to(self, column: int) -> None:
        if 0 <= column < len(self._names):
            self._bring_into_sight(column)
            choice = self._choices.get(column)
            if choice is not None:
                choice.setFocus(Qt.FocusReason.TabFocusReason)

    def _bring_into_sight(self, column: int) -> None:
        left, width = self.sectionViewportPosition(column), self.sectionSize(column)
        bar = self._table.horizontalScrollBar()
        if left < 0:
            bar.setValue(bar.value() + left)
        elif left + width > self.viewport().width():
            bar.setValue(bar.value() + left + width - self.viewport().width())
        self._place()

    def _place(self) -> None:
        """Put every choice under its name, and make those that come into sight, and the one on either side."""
        if self._roles is None or not self._names or self.count() != len(self._names):
            return
        first = max(self.visualIndexAt(0) - 1, 0)
        last = self.visualIndexAt(self.viewport().width() - 1)
        last = len(self._names) - 1 if last < 0 else min(last + 1, len(self._names) - 1)
        for column in range(first, last + 1):
            if column not in self._choices:
                self._choices[column] = self._make_choice(column)
        for column, choice in self._choices.items():
            left, width = self.sectionViewportPosition(column), self.sectionSize(column)
            choice.setGeometry(left + 4, _NAME_HEIGHT, width - 8, 28)
            choice.show()

    def _make_choice(self, column: int) -> QComboBox:
        choice = QComboBox(self.viewport())
        choice.setObjectName(f"role_{column + 1}")
        choice.setProperty("column", column)
        choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for role in ROLES:
            choice.addItem(role.value.capitalize())
        choice.activated.connect(partial(self._choose, column))
        choice.installEventFilter(self._wheel_guard)
        choice.installEventFilter(self)
        self._draw_choice(column, choice)
        before = max((other for other in self._choices if other < column), default=None)
        previous: QWidget = self._table if before is None else self._choices[before]
        QWidget.setTabOrder(previous, choice)
        return choice

    def _draw_choice(self, column: int, choice: QComboBox) -> None:
        assert self._roles is not None
        role, name = self._roles[column], self._names[column]
        choice.setCurrentIndex(ROLES.index(role))
        choice.setAccessibleName(f"Role of column {name}")
        choice.setToolTip(f"What the column “{name}” is for. Now {role.value}: {_TIPS[role]}")

    def _choose(self, column: int, index: int) -> None:
        if self._roles is not None and self._roles[column] is not ROLES[index]:
            self.chosen.emit((*self._roles[:column], ROLES[index], *self._roles[column + 1 :]))
