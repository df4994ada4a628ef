"""A crosshair over a plot: what its curves are at the cursor, and how much that is more than at a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from lds_gui.ui.curve_reader import CurveReader, Reading
from lds_gui.ui.numbers import readout
from lds_gui.ui.theme import SMALL_SIZE, Theme, text_font

if TYPE_CHECKING:
    from lds_gui.ui.plots import Plot

_REACH = 24.0  # px from the pointer to a point in a plane that it takes
_NEAR = 4.0  # px between two curves' points that are read together
_PAD, _GAP = 6, 14  # px around the rows of the read-out, and between its columns
_DOT = 3.0  # px, the radius of a mark on a curve
_OPACITY = 0.9  # of the read-out

Row = tuple[str, str]


class Crosshair(QWidget):
    """Lies over a plot, follows the pointer from point to point, and tells the figures there, with 12 digits.

    Shift and a click set a mark: the read-out then tells the differences from there, too. The same again takes the
    mark away. Curves are read at one x; with `in_plane`, the nearest point is read. Plots that are linked show the
    same x and the same mark.

    Attributes:
        reader: knows the curves.

    Signals:
        moved(object), marked(object): the x at the cursor and at the mark, chosen here; None for none.
    """

    moved = Signal(object)
    marked = Signal(object)

    def __init__(self, plot: Plot) -> None:
        """Lie over this plot; nothing can be read yet."""
        super().__init__(plot.viewport())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.in_plane = False
        self.reader = CurveReader()
        self._plot = plot
        self._theme: Theme | None = None
        self._at: float | None = None
        self._mark: float | None = None
        self._point: Reading | None = None
        self._marked_point: Reading | None = None
        self._pointer: QPointF | None = None  # in a plane, whose points may move under it
        plot.viewport().installEventFilter(self)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme

    def show_at(self, x: float | None) -> None:
        """Show the cursor at this x, or nowhere."""
        if x != self._at:
            self._at = x
            self.update()

    def go_to(self, x: float | None) -> None:
        """Show the cursor at this x, or nowhere, here and in the plots that are linked."""
        if x != self._at:
            self.show_at(x)
            self.moved.emit(x)

    def set_mark(self, x: float | None) -> None:
        """Set the mark to this x, or take it away."""
        self._mark = x
        self.update()

    @property
    def rows(self) -> list[Row]:
        """The read-out: names and figures; first those at the cursor, then the differences from the mark."""
        return self._rows_in_plane() if self.in_plane else self._rows_over_x()

    def _rows_over_x(self) -> list[Row]:
        found = self._readings(self._at)
        if self._at is None or not found:
            return []
        title = self._plot.title("bottom")
        name = {"time t": "t"}.get(title, title.partition(" in ")[0])
        rows = [(name, self._plot.bottom.step_label(self._at) or readout(self._at))]
        rows += [(reading.name, readout(reading.y)) for reading in found]
        if self._mark is not None and self._mark != self._at:
            rows.append((f"Δ {name}", readout(self._at - self._mark)))
            marked = {point.name: point.y for point in self._readings(self._mark)}
            rows += [(f"Δ {r.name}", readout(r.y - marked[r.name])) for r in found if r.name in marked]
        return rows

    def _rows_in_plane(self) -> list[Row]:
        point, mark = self._point, self._marked_point
        if point is None:
            return []
        across, up = self._plot.title("bottom"), self._plot.title("left")
        rows = [(point.name, ""), (across, readout(point.x)), (up, readout(point.y))]
        if mark is not None and mark != point:
            rows += [(f"Δ {across}", readout(point.x - mark.x)), (f"Δ {up}", readout(point.y - mark.y))]
        return rows

    def _readings(self, x: float | None) -> list[Reading]:
        return [] if x is None else self.reader.readings(x, _NEAR * self._pixel()[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.setGeometry(self._plot.viewport().rect())
        elif kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._follow(None if event.buttons() else event.position())
        elif kind == QEvent.Type.Leave:
            self._follow(None)
        elif kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent) and _asks_for_mark(event):
            self._follow(event.position())
            self._toggle_mark()
            return bool(self.reader)
        return super().eventFilter(watched, event)

    def _follow(self, position: QPointF | None) -> None:
        """Go to the point that is nearest to the pointer."""
        if not self.reader and position is not None:
            return  # whoever draws the plot tells where it is
        if position is not None and not self._view_rect().contains(position):
            position = None
        if self.in_plane:
            self._pointer = position
            before = self._point
            self._read_in_plane()
            if self._point != before:
                self.update()
            return
        here = None if position is None else self._to_view(position)
        x = None if here is None else self.reader.nearest_x(here.x())
        self.go_to(x)

    def _read_in_plane(self) -> None:
        """Read the point that is nearest to the pointer now."""
        here = None if self._pointer is None else self._to_view(self._pointer)
        self._point = None if here is None else self.reader.nearest_point(here, self._pixel(), _REACH)

    def _toggle_mark(self) -> None:
        if self.in_plane:
            self._marked_point = None if self._point == self._marked_point else self._point
            self.update()
        elif self._at is not None:
            self.set_mark(None if self._at == self._mark else self._at)
            self.marked.emit(self._mark)

    def _pixel(self) -> tuple[float, float]:
        """How large a pixel is in the plot's units."""
        width, height = self._plot.getViewBox().viewPixelSize()
        return float(width), float(height)

    def _to_view(self, position: QPointF) -> QPointF:
        return self._plot.getViewBox().mapSceneToView(self._plot.mapToScene(position.toPoint()))

    def _to_pixels(self, x: float, y: float) -> QPointF:
        return QPointF(self._plot.mapFromScene(self._plot.getViewBox().mapViewToScene(QPointF(x, y))))

    def _view_rect(self) -> QRectF:
        """Where the curves are, in pixels."""
        return QRectF(self._plot.mapFromScene(self._plot.getViewBox().sceneBoundingRect()).boundingRect())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.in_plane:
            self._read_in_plane()
        rows = self.rows
        if self._theme is None or (self._at, self._mark, self._point, self._marked_point) == (None,) * 4:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self._view_rect()
        painter.setClipRect(view)
        if not self.in_plane:
            self._paint_line(painter, view, self._mark, Qt.PenStyle.DashLine)
            self._paint_line(painter, view, self._at, Qt.PenStyle.SolidLine)
        points = [self._point, self._marked_point] if self.in_plane else self._readings(self._at)
        places = [self._to_pixels(point.x, point.y) for point in points if point is not None and point.is_drawn]
        painter.setPen(QPen(self._theme.color("ink"), 1.2))
        for place in places:
            radius = _DOT * (2 if self.in_plane else 1)
            painter.drawEllipse(place, radius, radius)
        painter.setClipping(False)
        if rows:
            cursor = places[0].x() if places else view.center().x()
            self._paint_rows(painter, view, rows, at_right=cursor < view.center().x())

    def _paint_line(self, painter: QPainter, view: QRectF, x: float | None, style: Qt.PenStyle) -> None:
        assert self._theme is not None
        if x is not None:
            across = self._to_pixels(x, 0.0).x()
            painter.setPen(QPen(self._theme.color("faint"), 1, style))
            painter.drawLine(QPointF(across, view.top()), QPointF(across, view.bottom()))

    def _paint_rows(self, painter: QPainter, view: QRectF, rows: list[Row], *, at_right: bool) -> None:
        """Write the read-out into the corner that is away from the cursor."""
        assert self._theme is not None
        painter.setFont(text_font(SMALL_SIZE))
        metrics = painter.fontMetrics()
        n_fitting = max(int((view.height() - 2 * _PAD) / metrics.height()), 2)
        if len(rows) > n_fitting:
            rows = [*rows[: n_fitting - 1], (f"and {len(rows) - n_fitting + 1} more", "")]
        widths = [max(metrics.horizontalAdvance(row[column]) for row in rows) for column in (0, 1)]
        width, height = sum(widths) + _GAP + 2 * _PAD, len(rows) * metrics.height() + 2 * _PAD
        left = view.right() - width - 2 if at_right else view.left() + 2
        box = QRectF(max(min(left, self.width() - width), 0.0), view.top() + 2, width, height)
        background = self._theme.color("card", _OPACITY)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(background)
        painter.drawRoundedRect(box, 4, 4)
        text = box.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        for place, (name, figure) in enumerate(rows):
            line = QRectF(text.left(), text.top() + place * metrics.height(), text.width(), metrics.height())
            painter.setPen(self._theme.color("soft"))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(self._theme.color("ink"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)


def _asks_for_mark(event: QMouseEvent) -> bool:
    return event.button() == Qt.MouseButton.LeftButton and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


def link(crosshairs: list[Crosshair]) -> None:
    """Have all of them show what one of them does."""
    for one in crosshairs:
        for other in crosshairs:
            if one is not other:
                one.moved.connect(other.show_at)
                one.marked.connect(other.set_mark)
