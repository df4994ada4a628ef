"""A heat strip over time: rows of equal height, one colour for each value, and the key that tells what colours mean."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyleOptionGraphicsItem, QWidget

from lds_gui.lds import Array
from lds_gui.ui.numbers import short
from lds_gui.ui.theme import LIGHT, SMALL_SIZE, Theme, text_font

_N_SHADES = 255  # the shade behind them is that of no value
_FAINTEST = 0.06  # of a scale, so that a value is never the colour of the card
_BAR_WIDTH, _BAR_HEIGHT = 64, 9


def scale_colors(theme: Theme) -> tuple[QColor, QColor, QColor]:
    """Give the colours from ordinary to extraordinary: lightness alone orders them, in either theme."""
    return _mixed(theme.color("card"), theme.color("wrong"), _FAINTEST), theme.color("wrong"), theme.color("ink")


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    red, green, blue = (1.0 - share) * _rgb(one) + share * _rgb(other)
    return QColor(round(red), round(green), round(blue))


def _rgb(color: QColor) -> Array:
    return np.array([color.red(), color.green(), color.blue()], dtype=np.float64)


class HeatStrip(pg.GraphicsObject):
    """Rows of values over bins of time, the first row at the bottom; low values stand out.

    Where a pixel column shows several bins it has the colour of the lowest, so that none can hide. No value is hatched.
    """

    def __init__(self) -> None:
        """Make an empty strip."""
        super().__init__()
        self._values = self._edges = np.empty(0)
        self._levels = 0.0, 1.0
        self._shades = np.empty((0, 0), dtype=np.uint8)
        self._colors = np.empty((0, 4), dtype=np.uint8)
        self._bounds = QRectF()
        self.setZValue(-10)
        self.restyle(LIGHT)

    @property
    def values(self) -> Array:
        """What is shown, (rows, bins)."""
        return self._values

    @property
    def levels(self) -> tuple[float, float]:
        """The values that have the first and the last colour; those beyond have them, too."""
        return self._levels

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        stops = np.array([_rgb(color) for color in scale_colors(theme)])
        at = np.linspace(1.0, 0.0, _N_SHADES)
        columns = [np.interp(at, [0.0, 0.5, 1.0], stops[:, channel]) for channel in range(3)]
        opaque = np.column_stack([*columns, np.full(_N_SHADES, 255.0)])
        self._colors = np.vstack([opaque, np.zeros(4)]).round().astype(np.uint8)
        self._hatching = QBrush(theme.color("faint"), Qt.BrushStyle.BDiagPattern)
        self.update()

    def set_data(self, edges: Array, values: Array, levels: tuple[float, float]) -> None:
        """Show values (rows, bins), NaN where there is none, between these edges (bins + 1,) of equally wide bins."""
        self.prepareGeometryChange()
        self._edges, self._values, self._levels = edges, values, levels
        self._shades = _shades(values, levels)
        self._bounds = QRectF(edges[0], 0.0, edges[-1] - edges[0], len(values))
        self.informViewBoundsChanged()
        self.update()

    def dataBounds(self, axis: int, **_options: object) -> tuple[float, float] | None:
        """Tell pyqtgraph's automatic range what this item covers; while it is empty, nothing, not a point."""
        if not self._shades.size:
            return None
        bounds = self._bounds
        return (bounds.left(), bounds.right()) if axis == 0 else (bounds.top(), bounds.bottom())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        view = self.getViewBox()
        if view is None or not self._shades.size:
            return
        (left, right), _ = view.viewRange()
        edges = self._edges
        first = max(int(np.searchsorted(edges, left, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges, right)), len(edges) - 1)
        if last <= first:
            return
        transform = painter.transform()
        painter.save()
        painter.resetTransform()  # in pixels: hatching is to be as dense at every scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        width = edges[1] - edges[0]  # the last bin may be narrower, and is drawn up to its end
        whole = transform.mapRect(QRectF(edges[first], 0.0, edges[last] - edges[first], len(self._shades)))
        shades, full = self._shades[:, first:last], (last - first) * width / (edges[last] - edges[first])
        n_columns = max(int(whole.width()), 1)
        if last - first > n_columns:
            starts = np.linspace(0, last - first, n_columns, endpoint=False).astype(np.intp)
            shades, full = np.minimum.reduceat(shades, starts, axis=1), 1.0
        painter.setClipRect(whole)
        painter.fillRect(whole, self._hatching)
        pixels = np.ascontiguousarray(self._colors[shades[::-1]])
        rows, columns = shades.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        painter.drawImage(QRectF(whole.x(), whole.y(), whole.width() * full, whole.height()), image)
        painter.restore()


def _shades(values: Array, levels: tuple[float, float]) -> NDArray[np.uint8]:
    """The number of each value's shade: the lower the value, the lower; _N_SHADES for none."""
    low, high = levels
    with np.errstate(invalid="ignore"):
        shares = np.clip((values - low) / max(high - low, 1e-300), 0.0, 1.0)
    shades = np.round(np.nan_to_num(shares) * (_N_SHADES - 1)).astype(np.uint8)
    shades[np.isnan(values)] = _N_SHADES
    return shades


class ScaleKey(QWidget):
    """The entry of a legend that tells which colours the values have: from the lowest to the highest."""

    def __init__(self, unit: str, parent: QWidget | None = None) -> None:
        """Make the entry, of a scale of 0 to 1 at first."""
        super().__init__(parent)
        self._unit, self._low, self._high = unit, "0", "1"
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_levels((0.0, 1.0))

    @property
    def text(self) -> str:
        """What the scale says."""
        return f"{self._low} … {self._high} {self._unit}"

    def set_levels(self, levels: tuple[float, float]) -> None:
        """Name the values at the ends of the scale, beyond which the colours stay the same."""
        self._low, self._high = (f"{sign}\u2009{short(level)}" for sign, level in zip("≤≥", levels, strict=True))
        self.setAccessibleName(f"Legend: colours from {self.text}")
        self.updateGeometry()
        self.update()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.setFont(text_font(SMALL_SIZE))
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = sum(metrics.horizontalAdvance(text) for text in (self._low, f"{self._high} {self._unit}"))
        return QSize(width + _BAR_WIDTH + 9, metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        begin = self.fontMetrics().horizontalAdvance(self._low) + 4
        bar = QRectF(begin, (self.height() - _BAR_HEIGHT) // 2, _BAR_WIDTH, _BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for at, color in zip((1.0, 0.5, 0.0), scale_colors(self._theme), strict=True):
            gradient.setColorAt(at, color)
        painter.fillRect(bar, gradient)
        painter.setPen(self._theme.color("faint"))
        painter.drawRect(bar.adjusted(0.0, 0.0, -1.0, -1.0))
        painter.setPen(self._theme.color("soft"))
        align = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(self.rect(), align, self._low)
        painter.drawText(self.rect().adjusted(begin + _BAR_WIDTH + 4, 0, 0, 0), align, f"{self._high} {self._unit}")
