"""A small picture of one number's way over the iterations, beside what the pointer is on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.ui.numbers import readout
from lds_gui.ui.theme import LIGHT, SMALL_SIZE, Theme, text_font

_PAD = 8.0
_LINE = 44.0  # height of the curve


@dataclass(frozen=True, eq=False)
class Trace:
    """The values (k,) of a number at some iterations (k,), of which the shown one is one; its truth where known."""

    title: str
    iterations: Array
    values: Array
    shown: int
    truth: float | None = None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is written below the curve: names, and values at 12 digits."""
        at = int(np.searchsorted(self.iterations, self.shown))
        found = [("first", self.values[0]), (f"at {self.shown}", self.values[at]), ("last", self.values[-1])]
        if self.truth is not None:
            found.append(("true", self.truth))
        return [(name, readout(float(value))) for name, value in found]


class EntryTrace(QWidget):
    """The pop-over. It lies on its parent, takes no clicks, and stays within it."""

    def __init__(self, parent: QWidget) -> None:
        """Make it, out of sight."""
        super().__init__(parent)
        self._around, self._theme = parent, LIGHT
        self._trace: Trace | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def show_beside(self, cell: QRectF, trace: Trace) -> None:
        """Show this beside a cell of the parent, on the side where there is room."""
        self._trace = trace
        metrics = QFontMetricsF(text_font(SMALL_SIZE))
        texts = [trace.title, *(f"{name}    {value}" for name, value in trace.lines)]
        width = max(metrics.horizontalAdvance(text) for text in texts) + 2 * _PAD + 6
        height = metrics.height() * len(texts) + _LINE + 3 * _PAD
        room = self._around.size()
        x = cell.right() + 4 if cell.right() + 4 + width <= room.width() else cell.left() - 4 - width
        y = min(cell.top(), room.height() - height)
        self.setGeometry(round(max(x, 0.0)), round(max(y, 0.0)), round(width), round(height))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._trace is None:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("faint"))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setFont(text_font(SMALL_SIZE))
        step = QFontMetricsF(text_font(SMALL_SIZE)).height()
        area = QRectF(_PAD, _PAD, self.width() - 2 * _PAD, step)
        painter.setPen(theme.color("ink"))
        painter.drawText(area, self._trace.title)
        self._paint_curve(painter, self._trace, QRectF(_PAD, 1.5 * _PAD + step, area.width(), _LINE))
        area.moveTop(2 * _PAD + step + _LINE)
        for name, value in self._trace.lines:
            painter.setPen(theme.color("soft"))
            painter.drawText(area, name)
            painter.setPen(theme.color("ink"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight), value)
            area.translate(0.0, step)

    def _paint_curve(self, painter: QPainter, trace: Trace, area: QRectF) -> None:
        levels = trace.values if trace.truth is None else np.append(trace.values, trace.truth)
        low, reach = float(levels.min()), float(np.ptp(levels)) or 1.0
        begin, span = float(trace.iterations[0]), float(np.ptp(trace.iterations)) or 1.0
        if not np.isfinite(reach):
            return

        def place(iteration: float, value: float) -> QPointF:
            x, y = (iteration - begin) / span, (value - low) / reach
            return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

        if trace.truth is not None:
            painter.setPen(QPen(self._theme.color("truth"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(place(begin, trace.truth), place(begin + span, trace.truth))
        painter.setPen(QPen(self._theme.color("estimate"), 1))
        points = zip(trace.iterations.tolist(), trace.values.tolist(), strict=True)
        painter.drawPolyline(QPolygonF([place(*point) for point in points]))
        at = int(np.searchsorted(trace.iterations, trace.shown))
        painter.setBrush(self._theme.color("estimate"))
        painter.drawEllipse(place(float(trace.shown), float(trace.values[at])), 3, 3)
