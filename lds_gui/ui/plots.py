"""Plots in the house style: thin axes at left and bottom, true minus signs, bands that stay fast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lds_gui.lds import Array
from lds_gui.ui.crosshair import Crosshair
from lds_gui.ui.numbers import MINUS, short
from lds_gui.ui.theme import SMALL_SIZE, Theme, text_font

pg.setConfigOptions(antialias=True)

BAND_ALPHA = 0.18
_LONGEST_TICK = 1e6  # from here on ticks are written with a power of ten
_MOST_DOTS = 4000  # in sight at once
_MAX_SMOOTH_CORNERS = 300  # along each edge of a band; smoothing more of them takes tens of milliseconds
_PIECE = 24  # corners of a piece of a longer band: many small polygons are filled much faster than a large one


class Axis(pg.AxisItem):
    """An axis whose ticks are written with true minus signs, and optionally with the labels of time steps."""

    def __init__(self, orientation: str) -> None:
        """Make an axis at "left" or "bottom"."""
        super().__init__(orientation, maxTickLength=4)
        self._step_labels: tuple[str, ...] | None = None
        self.enableAutoSIPrefix(False)
        self.setStyle(tickTextOffset=4, autoExpandTextSpace=False)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)  # writing the ticks takes longer than drawing a curve

    def set_step_labels(self, labels: tuple[str, ...] | None) -> None:
        """Write `labels[t - 1]` at step t, instead of t."""
        self._step_labels = labels
        self.picture = None
        self.update()

    def step_label(self, step: float) -> str:
        """What is written at this step; empty where steps have no labels."""
        labels, place = self._step_labels, round(step)
        return labels[place - 1] if labels is not None and 1 <= place <= len(labels) else ""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self._step_labels is None:
            if values and max(map(abs, values)) >= _LONGEST_TICK:
                return [short(value * scale, 4) for value in values]
            return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]
        n_steps = len(self._step_labels)
        at_steps = [round(value) if abs(value - round(value)) < 1e-6 else 0 for value in values]
        return [self._step_labels[step - 1] if 1 <= step <= n_steps else "" for step in at_steps]


class Plot(pg.PlotWidget):
    """A plot widget in the house style. Items are made once, and updated by `setData`."""

    def __init__(self, x_title: str, y_title: str, *, left_width: int = 52) -> None:
        """Make an empty plot with axis titles (with units where there are any)."""
        self.bottom, self.left = Axis("bottom"), Axis("left")
        super().__init__(axisItems={"bottom": self.bottom, "left": self.left}, enableMenu=False)
        self._titles = {"bottom": x_title, "left": y_title}
        self._theme: Theme | None = None
        self._dots: list[tuple[pg.PlotDataItem, str]] = []
        self.hideButtons()
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)  # finding what changed takes longer
        self.left.setWidth(left_width)
        self.bottom.setHeight(36)
        self.setMinimumSize(120, 80)
        self._item().setContentsMargins(0, 2, 6, 0)
        self.setFrameShape(self.Shape.NoFrame)
        self.crosshair = Crosshair(self)

    def curve(self, **style: Any) -> pg.PlotDataItem:
        """Add a curve, or dots, over time: however many points there are, a pixel column shows its extremes only."""
        item = self._item().plot(**style)
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        return item

    def dots(self, color_role: str) -> pg.PlotDataItem:
        """Add dots over time. Where too many of them are in sight, a line from extreme to extreme replaces them.

        Single extremes as dots would show two clouds with nothing between them, where there is most.
        """
        item = self.curve(pen=None, symbol="o", symbolSize=4)
        self._dots.append((item, color_role))
        self.getViewBox().sigXRangeChanged.connect(self._thin_dots)
        return item

    def _thin_dots(self) -> None:
        (left, right), _ = self.getViewBox().viewRange()
        for item, color_role in self._dots:
            x = item.xData
            n_in_sight = 0 if x is None else int(np.searchsorted(x, right)) - int(np.searchsorted(x, left))
            self._style_dots(item, color_role, dense=n_in_sight > _MOST_DOTS)

    def _style_dots(self, item: pg.PlotDataItem, color_role: str, *, dense: bool) -> None:
        if self._theme is None or item.opts["symbol"] is (None if dense else "o"):
            return
        item.setSymbol(None if dense else "o")  # pyright: ignore[reportArgumentType]
        item.setPen(line_pen(self._theme.color(color_role)) if dense else None)

    def expect_steps(self, n_steps: int) -> None:
        """Make room for so many steps before they come, so that dots are never made for all of a million of them."""
        view = self.getViewBox()
        if view.state["autoRange"][0] and n_steps > 1:
            view.setRange(xRange=(1.0, float(n_steps)), disableAutoRange=False)

    @property
    def chosen_range(self) -> tuple[float, float, float, float] | None:
        """The stretch (left, right, bottom, top) that someone has chosen by hand; None where everything is shown."""
        view = self.getViewBox()
        if all(view.state["autoRange"]):
            return None
        (left, right), (bottom, top) = view.viewRange()
        return float(left), float(right), float(bottom), float(top)

    def choose_range(self, stretch: tuple[float, float, float, float] | None) -> None:
        """Show this stretch (left, right, bottom, top), or everything."""
        if stretch is None:
            self.reset_view()
        elif np.isfinite(stretch).all() and stretch[0] < stretch[1] and stretch[2] < stretch[3]:
            self.getViewBox().setRange(xRange=stretch[:2], yRange=stretch[2:], padding=0)

    def title(self, side: str) -> str:
        """The title of the axis at "left" or "bottom"."""
        return self._titles[side]

    def set_title(self, side: str, text: str) -> None:
        """Write the title of the axis at "left" or "bottom"."""
        if self._titles[side] != text:
            self._titles[side] = text
            if self._theme is not None:
                self._write_title(side, self._theme)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.setBackground(theme.color("card"))
        self.crosshair.restyle(theme)
        for side, axis in (("left", self.left), ("bottom", self.bottom)):
            axis.setPen(QPen(theme.color("line"), 1))
            axis.setTextPen(theme.color("soft"))
            axis.setTickFont(text_font(SMALL_SIZE))
            self._write_title(side, theme)
        for item, color_role in self._dots:
            item.setSymbolBrush(theme.color(color_role))
            item.setSymbolPen(None)
            if item.opts["symbol"] is None:
                item.setPen(line_pen(theme.color(color_role)))
        self._item().showGrid(x=False, y=True, alpha=0.25)

    def reset_view(self) -> None:
        """Show everything again after panning or zooming."""
        self.getViewBox().enableAutoRange()

    def _write_title(self, side: str, theme: Theme) -> None:
        axis = self.left if side == "left" else self.bottom
        axis.setLabel(self._titles[side], color=theme.soft, **{"font-size": f"{SMALL_SIZE}px"})  # pyright: ignore

    def _item(self) -> pg.PlotItem:
        item = self.getPlotItem()
        assert item is not None
        return item


def line_pen(color: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Give the pen for curves: one pixel wide, since Qt needs seconds for thicker noisy lines."""
    pen = QPen(color, 1, style)
    pen.setCosmetic(True)
    return pen


class Band(pg.GraphicsObject):
    """The area between two curves, painted with at most one corner per pixel column."""

    def __init__(self) -> None:
        """Make an empty band."""
        super().__init__()
        self._x = self._low = self._high = np.empty(0)
        self._brush = QColor()
        self._bounds = QRectF()
        self.setZValue(-10)

    def set_color(self, color: QColor) -> None:
        """Fill the band with this colour."""
        self._brush = color
        self.update()

    def set_data(self, x: Array, low: Array, high: Array) -> None:
        """Show the area between `low` and `high` (both of x's shape, x ascending)."""
        self.prepareGeometryChange()
        self._x, self._low, self._high = x, low, high
        if x.size:
            bottom, top = float(low.min()), float(high.max())
            self._bounds = QRectF(float(x[0]), bottom, float(x[-1] - x[0]), top - bottom)
        else:
            self._bounds = QRectF()
        self.informViewBoundsChanged()
        self.update()

    def dataBounds(self, axis: int, **_options: object) -> tuple[float, float] | None:
        """Tell pyqtgraph's automatic range what this item covers."""
        if not self._x.size:
            return None
        bounds = self._bounds
        return (bounds.left(), bounds.right()) if axis == 0 else (bounds.top(), bounds.bottom())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        view = self.getViewBox()
        if self._x.size < 2 or view is None:
            return
        (left, right), _ = view.viewRange()
        first = max(int(np.searchsorted(self._x, left)) - 1, 0)
        last = min(int(np.searchsorted(self._x, right)) + 2, self._x.size)
        x, low, high = self._x[first:last], self._low[first:last], self._high[first:last]
        n_columns = max(int(view.width()), 1)
        if x.size > n_columns:
            starts = np.linspace(0, x.size, n_columns, endpoint=False).astype(np.intp)
            x, low, high = x[starts], np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._brush)
        smooth = x.size <= _MAX_SMOOTH_CORNERS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        piece = x.size if smooth else _PIECE
        for begin in range(0, x.size - 1, piece):
            part = slice(begin, begin + piece + 1)
            around = np.concatenate([x[part], x[part][::-1]]), np.concatenate([high[part], low[part][::-1]])
            painter.drawPolygon(pg.functions.arrayToQPolygonF(*around))
