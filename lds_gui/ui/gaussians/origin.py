"""Where the divergence comes from: p log(p / q), point by point."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStackedLayout, QStyleOptionGraphicsItem, QWidget

from lds_gui.lds import Array, Gaussian, pointwise
from lds_gui.session import GaussianPair, Laboratory
from lds_gui.ui.cards import Card, LegendKey, label
from lds_gui.ui.editors.ellipse_handles import axes_of, outline
from lds_gui.ui.editors.plane import nice
from lds_gui.ui.gaussians.pair_handles import Cut
from lds_gui.ui.gaussians.picture import shown_pair
from lds_gui.ui.heatmap import colors_of
from lds_gui.ui.numbers import short, subscript
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import LIGHT, Theme

STYLES = {"p": Qt.PenStyle.SolidLine, "q": Qt.PenStyle.DashLine}
_PIXELS = 110  # of the map, each way: 12,000 points take 1 ms
_REACH = 3.6  # standard deviations around both means
_POINTS = 601
_STEPS = 8.0  # of the box


class OriginPicture(Card):
    """Shows p log(p / q): as a curve with p and q in one dimension, as a map with both ellipses in two."""

    def __init__(self) -> None:
        """Build both kinds of picture; the dimension decides which is shown."""
        super().__init__("Where it comes from")
        self._keys = (LegendKey("adds", "positive", "band"), LegendKey("subtracts", "negative", "band"))
        for key in self._keys:
            self.add_to_header(key)
        self.note = label("", "small", name="kl_origin_note")
        self.add_at_end_of_header(self.note)
        self._line_plot = Plot("x₁", "nats per unit of x", left_width=58)
        self._map_plot = Plot("x₁", "x₂")
        self._map_plot.setAspectLocked(True)
        self._curves = {name: self._line_plot.plot() for name in ("p", "q")}
        self._integrand = self._line_plot.plot()
        for name, curve in (("p", self._curves["p"]), ("q", self._curves["q"]), ("p log(p/q)", self._integrand)):
            self._line_plot.crosshair.reader.add(name, curve)
        self._bands = {sign: Band() for sign in ("positive", "negative")}
        for band in self._bands.values():
            self._line_plot.addItem(band)
        self._map = SignedMap()
        self._map_plot.addItem(self._map)
        self._rings = {name: self._map_plot.plot() for name in ("p", "q")}
        self._stack = QStackedLayout()
        self._stack.addWidget(self._line_plot)
        self._stack.addWidget(self._map_plot)
        self.body.addLayout(self._stack, 1)

    def draw(self, pair: GaussianPair, cut: Cut, laboratory: Laboratory) -> None:
        """Show this pair in these dimensions."""
        shown, unit = shown_pair(pair, cut), "bits" if laboratory.in_bits else "nats"
        per_unit = 1.0 / np.log(2.0) if laboratory.in_bits else 1.0
        if len(cut.dims) == 1:
            peak = self._draw_line(shown, per_unit)
            self._line_plot.set_title("left", f"{unit} per unit of x")
        else:
            peak = self._draw_map(shown, cut, per_unit)
        self._stack.setCurrentWidget(self._line_plot if len(cut.dims) == 1 else self._map_plot)
        self.note.setText(_note(pair, cut, peak, unit))

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for plot in (self._line_plot, self._map_plot):
            plot.restyle(theme)
        self._map_plot.showGrid(x=False, y=False)  # it would lie over the map, and be painted with it
        for key in self._keys:
            key.restyle(theme)
        for name in ("p", "q"):
            pen = line_pen(theme.color(name), STYLES[name])
            self._curves[name].setPen(pen)
            self._rings[name].setPen(pen)
        self._integrand.setPen(line_pen(theme.color("ink")))
        for sign, band in self._bands.items():
            band.set_color(theme.color(sign, 2 * BAND_ALPHA))
        self._map.restyle(theme)

    def _draw_line(self, pair: GaussianPair, per_unit: float) -> float:
        (low,), (high,) = _bounds(pair)
        x = np.linspace(low, high, _POINTS)
        found = pointwise(pair.p, pair.q, x[:, None])
        integrand = found.integrand * per_unit
        self._curves["p"].setData(x, found.p)
        self._curves["q"].setData(x, found.q)
        self._integrand.setData(x, integrand)
        whole = np.nan_to_num(integrand)
        self._bands["positive"].set_data(x, np.zeros_like(x), np.maximum(whole, 0.0))
        self._bands["negative"].set_data(x, np.minimum(whole, 0.0), np.zeros_like(x))
        return _peak(integrand)

    def _draw_map(self, pair: GaussianPair, cut: Cut, per_unit: float) -> float:
        low, high = _bounds(pair)
        axes = [np.linspace(low[i], high[i], _PIXELS) for i in (0, 1)]
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        values = pointwise(pair.p, pair.q, grid).integrand.reshape(_PIXELS, _PIXELS) * per_unit
        self._map.set_data(values, QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1]))
        self._map.setVisible(bool(np.isfinite(values).any()))
        for name, gaussian in (("p", pair.p), ("q", pair.q)):
            sds, directions = axes_of(gaussian.cov)
            line = outline(complex(*gaussian.mean), sds, directions, 1.0)
            self._rings[name].setData(line.real, line.imag)
        for side, dim in zip(("bottom", "left"), cut.dims, strict=True):
            self._map_plot.set_title(side, f"x{subscript(dim + 1)}")
        return _peak(values)


class SignedMap(pg.GraphicsObject):
    """A matrix of values as colours, on one scale that is symmetric about 0; the first row at the bottom."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self._values: Array = np.zeros((1, 1))
        self._bounds = QRectF()
        self._theme = LIGHT
        self._image = QImage()
        self.setZValue(-10)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._make_image()

    def set_data(self, values: Array, bounds: QRectF) -> None:
        """Show these values over this rectangle."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
        self._values, self._bounds = values, bounds
        self._make_image()

    def _make_image(self) -> None:
        colors = np.ascontiguousarray(colors_of(self._values[::-1], self._theme))
        rows, columns = colors.shape
        self._image = QImage(colors.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        painter.save()
        painter.translate(self._bounds.center())
        painter.scale(1.0, -1.0)  # rows go upwards here, and downwards in an image
        painter.translate(-self._bounds.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._bounds, self._image)
        painter.restore()


def _bounds(pair: GaussianPair) -> tuple[Array, Array]:
    """The box that holds what counts of P, and the middle of Q."""
    sds = np.sqrt(np.maximum(np.diagonal(pair.p.cov), 1e-300))
    others = np.sqrt(np.maximum(np.diagonal(pair.q.cov), 1e-300))
    low = np.minimum(pair.p.mean - _REACH * sds, pair.q.mean - others)
    high = np.maximum(pair.p.mean + _REACH * sds, pair.q.mean + others)
    steps = np.array([nice(size) for size in (high - low).tolist()]) / _STEPS  # so that axes rest while P is dragged
    return np.floor(low / steps) * steps, np.ceil(high / steps) * steps


def _peak(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0))


def _note(pair: GaussianPair, cut: Cut, peak: float, unit: str) -> str:
    singular = [name for name, one in (("P", pair.p), ("Q", pair.q)) if _has_no_density(cut.of(one))]
    if singular:
        return f"{' and '.join(singular)} has no density: its covariance is singular"
    part = ""
    if len(cut.dims) < pair.dim:
        part = "of the conditionals" if cut.is_conditional else "of the marginals"
    scale = f"±{short(peak)} {unit} per unit area" if len(cut.dims) > 1 else ""
    return ", ".join(filter(None, [part, scale]))


def _has_no_density(gaussian: Gaussian) -> bool:
    return gaussian.rank < gaussian.dim
