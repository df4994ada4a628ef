"""The small pieces that every card is made of: frame, labels, legend keys."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lds_gui.ui.flow_layout import FlowLayout
from lds_gui.ui.theme import LIGHT, SMALL_SIZE, Theme, text_font

GAP = 10  # between cards
PAD = 12  # inside a card


def label(text: str = "", role: str = "", *, wrap: bool = False, name: str = "") -> QLabel:
    """Make a label; `role` is one that the style sheet knows, `name` its object name."""
    result = QLabel(text)
    if role:
        result.setProperty("role", role)
    if name:
        result.setObjectName(name)
    result.setWordWrap(wrap)
    return result


def sentence(role: str, name: str = "") -> QLabel:
    """Make a place for a sentence that can be selected and copied; it takes no room while it is empty."""
    result = label("", role, wrap=True, name=name)
    result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    result.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    result.hide()
    return result


class ElidedLabel(QLabel):
    """A line of text that ends in … where it is wider than its place; the whole of it is its tooltip."""

    def __init__(self, name: str, role: str = "") -> None:
        """Make an empty label."""
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def setText(self, arg__1: str) -> None:
        super().setText(arg__1)
        self.setToolTip(arg__1)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, arg__1: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def say(place: QLabel, text: str) -> None:
    """Show the sentence at its place, or free the place if there is none."""
    if place.text() != text:
        place.setText(text)
    place.setVisible(bool(text))


def repolish(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and have the widget take the new look."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Card(QFrame):
    """A frame with a header line and a body, the unit of the window's layout."""

    def __init__(self, title: str, *, section: bool = False, parent: QWidget | None = None) -> None:
        """Make an empty card; `section` gives the title the look of a section head."""
        super().__init__(parent)
        self.setObjectName("card")
        self.title_label = label(title.upper() if section else title, "section" if section else "title")
        self._beside_title = FlowLayout(10)
        self._beside_title.addWidget(self.title_label)
        self._head = QWidget()
        self.header = QHBoxLayout(self._head)
        self.header.setContentsMargins(0, 0, 0, 0)
        self.header.setSpacing(10)
        self.header.addLayout(self._beside_title, 1)
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD - 2, PAD, PAD)
        layout.setSpacing(8 if section else 4)
        layout.addWidget(self._head)
        layout.addWidget(self._content, 1)
        if section:
            self._beside_title.addWidget(self._folding_button(title))

    def _folding_button(self, title: str) -> QPushButton:
        self._folding = QPushButton("▾")
        self._folding.setObjectName(f"fold_{title.lower()}")
        self._folding.setAccessibleName(f"Fold {title}")
        self._folding.setToolTip(f"Fold or unfold {title}")
        self._folding.setProperty("flat_link", True)
        self._folding.setCheckable(True)
        self._folding.toggled.connect(self._fold)
        return self._folding

    @property
    def is_folded(self) -> bool:
        """Whether only the header of a section is shown."""
        return self._folding.isChecked()

    def fold(self, folded: bool) -> None:
        """Show the header of a section only, or all of it."""
        self._folding.setChecked(folded)

    def _fold(self, folded: bool) -> None:
        self._content.setHidden(folded)
        self._folding.setText("▸" if folded else "▾")

    def take_head(self) -> QWidget:
        """Give the header away, to whoever puts it elsewhere; the card goes on below it."""
        layout = self.layout()
        assert layout is not None
        layout.removeWidget(self._head)
        layout.setContentsMargins(PAD, 0, PAD, PAD)
        self.setProperty("headless", True)
        return self._head

    def add_to_header(self, widget: QWidget) -> None:
        """Put a widget beside the title; where the line is too short, it begins a new one."""
        self._beside_title.addWidget(widget)

    def add_at_end_of_header(self, widget: QWidget) -> None:
        """Put a widget at the right end of the header line."""
        self.header.addWidget(widget)


class LegendKey(QWidget):
    """One entry of a legend: the mark as the plot draws it, and its name."""

    _MARK_WIDTHS: ClassVar = {"dot": 9, "circle": 11, "cross": 11, "triangle": 11, "diamond": 11}  # a line's is 20

    def __init__(self, text: str, role: str, mark: str, parent: QWidget | None = None) -> None:
        """Make the entry.

        `mark` is one of solid, dashed, dashdot, band, stretch, dot, cross, circle, triangle, diamond, stairs.
        """
        super().__init__(parent)
        self._text, self._role, self._mark = text, role, mark
        self._mark_width = self._MARK_WIDTHS.get(mark, 20)
        self._theme = LIGHT
        self.setFont(text_font(SMALL_SIZE))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Legend: {text}")

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.setFont(text_font(SMALL_SIZE))
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(self._mark_width + 4 + metrics.horizontalAdvance(self._text), metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.color(self._role)
        middle = self.height() / 2
        self._paint_mark(painter, color, middle)
        painter.setPen(self._theme.color("soft"))
        rect = QRectF(self._mark_width + 4, 0, self.width(), self.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)

    def _paint_mark(self, painter: QPainter, color: QColor, y: float) -> None:
        w = self._mark_width
        x = w / 2
        pen = QPen(color, 1.6)
        match self._mark:
            case "solid":
                painter.setPen(pen)
                painter.drawLine(QPointF(2, y), QPointF(w - 2, y))
            case "dashed" | "dashdot":
                pen.setStyle(Qt.PenStyle.DashLine if self._mark == "dashed" else Qt.PenStyle.DashDotLine)
                painter.setPen(pen)
                painter.drawLine(QPointF(2, y), QPointF(w - 1, y))
            case "band":
                band = QColor(color)
                band.setAlphaF(0.25)
                painter.fillRect(QRectF(2, y - 5, w - 4, 10), band)
                painter.setPen(pen)
                painter.drawLine(QPointF(2, y), QPointF(w - 2, y))
            case "dot" | "circle":
                radius = 2.0 if self._mark == "dot" else 3.5
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                painter.drawEllipse(QPointF(x, y), radius, radius)
            case "cross":
                painter.setPen(pen)
                for sign in (1, -1):
                    painter.drawLine(QPointF(x - 3.5, y - 3.5 * sign), QPointF(x + 3.5, y + 3.5 * sign))
            case "triangle":
                painter.setPen(pen)
                painter.drawPolygon(QPolygonF([QPointF(x - 4, y + 3), QPointF(x + 4, y + 3), QPointF(x, y - 4)]))
            case "diamond":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                corners = [QPointF(x - 4.5, y), QPointF(x, y - 4.5), QPointF(x + 4.5, y), QPointF(x, y + 4.5)]
                painter.drawPolygon(QPolygonF(corners))
            case "stretch":
                shade = QColor(color)
                shade.setAlphaF(0.35)
                painter.fillRect(QRectF(4, 0, w - 8, self.height()), shade)
            case "stairs":
                painter.setPen(pen)
                painter.drawPolyline(QPolygonF([QPointF(2, y + 4), QPointF(8, y + 4), QPointF(8, y), QPointF(14, y)]))
                painter.drawPolyline(QPolygonF([QPointF(14, y), QPointF(14, y - 4), QPointF(w - 1, y - 4)]))
            case _:
                raise ValueError(f"There is no legend mark {self._mark!r}")
