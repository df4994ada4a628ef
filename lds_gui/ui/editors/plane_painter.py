"""How a plane with handles is painted: faint grid, thin axes with few figures, curves, handles."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPolygonF

from lds_gui.ui.editors.plane import Handle, Range, Scene, View
from lds_gui.ui.numbers import short
from lds_gui.ui.theme import Theme

_RADIUS = 5.0
_RING = 9.0
_TICK = 4.0
_RIGHT = 6.0
_LEFT = (30.0, 76.0)  # the least and the most that the vertical axis' figures may take


def plot_area(rect: QRect, metrics: QFontMetrics, shown: Range) -> QRectF:
    """The rectangle of the plane itself, without the figures of the axes and their titles."""
    line = metrics.height()
    left = _LEFT[0]
    if shown.is_line or shown.height is not None:
        left = _RIGHT
    else:
        area = QRectF(0, 0, rect.width(), rect.height() - 2 * line)
        view = View(area, shown)
        widths = [metrics.horizontalAdvance(_figure(k, view.tick_step)) for k in view.ticks(vertical=True)]
        left = min(max(_LEFT[0], *(width + _TICK + 4.0 for width in widths)), _LEFT[1]) if widths else left
    return QRectF(rect).adjusted(left, line + 2.0, -_RIGHT, -(line + _TICK + 4.0))


def paint_scene(
    painter: QPainter, rect: QRectF, view: View, scene: Scene, theme: Theme, held: int | None, hovered: int | None
) -> None:
    """Paint the scene; `held` is the handle with the ring, `hovered` the one under the mouse."""
    _paint_axes(painter, rect, view, scene, theme)
    painter.save()
    painter.setClipRect(view.area)
    for curve in scene.curves:
        outline = QPolygonF(view.pixels(curve.points))
        painter.setBrush(theme.color(curve.role, 0.07) if curve.is_main else Qt.BrushStyle.NoBrush)
        pen = QPen(theme.color(curve.role if curve.is_main else "faint"), 1.6 if curve.is_main else 1.0)
        pen.setStyle(Qt.PenStyle.DashLine if curve.is_main and curve.is_dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawPolyline(outline)
    painter.restore()
    for index, handle in enumerate(scene.handles):
        if index not in (held, hovered):
            _paint_handle(painter, view, handle, theme)
    for index in dict.fromkeys((hovered, held)):
        if index is not None and index < len(scene.handles):
            ring = theme.color("accent" if index == held else "faint")
            painter.setPen(QPen(ring, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(view.pixel(scene.handles[index].at), _RING, _RING)
            _paint_handle(painter, view, scene.handles[index], theme)
    _paint_counts(painter, view, scene, theme)


def _paint_handle(painter: QPainter, view: View, handle: Handle, theme: Theme) -> None:
    middle = view.pixel(handle.at)
    painter.setPen(QPen(theme.color("card"), 1.5))
    painter.setBrush(theme.color(handle.role))
    if handle.is_centre:
        painter.drawRect(QRectF(middle.x() - 4.5, middle.y() - 4.5, 9, 9))
    else:
        painter.drawEllipse(middle, _RADIUS, _RADIUS)


def _paint_counts(painter: QPainter, view: View, scene: Scene, theme: Theme) -> None:
    """Write how many handles there are where several lie on each other."""
    pixels = [view.pixel(handle.at).toPoint() for handle in scene.handles if not handle.is_centre]
    painter.setPen(theme.color("soft"))
    for (x, y), count in Counter((p.x(), p.y()) for p in pixels).items():
        if count > 1:
            above = y - _RING - painter.fontMetrics().descent()
            painter.drawText(QPointF(x + _RING - 2, above), f"×{count}")


def _paint_axes(painter: QPainter, rect: QRectF, view: View, scene: Scene, theme: Theme) -> None:
    area, step, metrics = view.area, view.tick_step, painter.fontMetrics()
    faint, line, soft = (QPen(theme.color(role), 1.0) for role in ("line", "faint", "soft"))
    across = view.ticks()
    is_flat = view.range.is_line or view.range.height is not None
    down = () if is_flat else view.ticks(vertical=True)
    xs = [view.pixel(complex(k * step, view.range.centre.imag)).x() for k in across]
    ys = [view.pixel(complex(view.range.centre.real, k * step)).y() for k in down]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for places, ticks, is_vertical in ((xs, across, True), (ys, down, False)):
        for place, k in zip(places, ticks, strict=True):
            painter.setPen(line if k == 0 else faint)
            if is_vertical and not (is_flat and k):
                painter.drawLine(QLineF(place, area.top(), place, area.bottom()))
            elif not is_vertical:
                painter.drawLine(QLineF(area.left(), place, area.right(), place))
    painter.setPen(line)
    painter.drawLine(QLineF(area.left(), area.bottom(), area.right(), area.bottom()))
    if not is_flat:
        painter.drawLine(QLineF(area.left(), area.top(), area.left(), area.bottom()))
    for place in xs:
        painter.drawLine(QLineF(place, area.bottom(), place, area.bottom() + _TICK))
    for place in ys:
        painter.drawLine(QLineF(area.left() - _TICK, place, area.left(), place))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(soft)
    title = metrics.horizontalAdvance(scene.titles[0])
    baseline = area.bottom() + _TICK + 2.0 + metrics.ascent()
    painter.drawText(QPointF(rect.right() - title, baseline), scene.titles[0])
    if not view.range.is_line:
        painter.drawText(QPointF(rect.left(), rect.top() + metrics.ascent()), scene.titles[1])
    texts = [_figure(k, step) for k in across]
    widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
    every = 1
    while every * step * view.scale < widest + 8:
        every += 1
    for k, x, text in zip(across, xs, texts, strict=True):
        width = metrics.horizontalAdvance(text)
        if k % every == 0 and x + width / 2 < rect.right() - title - 6 and x - width / 2 >= rect.left():
            painter.drawText(QPointF(x - width / 2, baseline), text)
    for k, y in zip(down, ys, strict=True):
        text = _figure(k, step)
        middle = y + (metrics.ascent() - metrics.descent()) / 2
        if middle - metrics.ascent() < rect.top() + metrics.height() - metrics.descent():
            continue  # where the title stands
        painter.drawText(QPointF(area.left() - _TICK - 3 - metrics.horizontalAdvance(text), middle), text)


def _figure(multiple: int, step: float) -> str:
    return short(multiple * step, 9)
