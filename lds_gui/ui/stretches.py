"""Stretches of time, shaded over the whole height of a plot."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lds_gui.lds import Array
from lds_gui.lds.missing import Mask

_FAINTEST = 0.4  # of the tone: a single step among a million can still be seen


class Stretches(pg.GraphicsObject):
    """Shades stretches of time steps; each pixel column by the share of it that they take.

    However many there are, they are one row of pixels, stretched over the height. Add it with `ignoreBounds`.
    """

    def __init__(self) -> None:
        """Shade nothing yet."""
        super().__init__()
        self._bounds = np.zeros(1)  # where stretches begin and end, in turns
        self._covered = np.zeros(1)  # steps that lie in stretches, up to each of them
        self._color = QColor()
        self.setZValue(-20)

    def set_color(self, color: QColor) -> None:
        """Shade in this colour, of which the opacity counts."""
        self._color = color
        self.update()

    def set_steps(self, mask: Mask) -> None:
        """Shade the steps t for which mask[t − 1] holds, from t − ½ to t + ½."""
        edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
        lengths = np.diff(edges, prepend=0)
        lengths[::2] = 0
        self._bounds, self._covered = edges + 0.5, np.cumsum(lengths).astype(np.float64)
        self.setVisible(edges.size > 0)
        self.update()

    def shares(self, left: float, right: float, n_columns: int) -> Array:
        """Give the share of each of so many columns between two times that is shaded."""
        edges = np.linspace(left, right, n_columns + 1)
        return np.diff(np.interp(edges, self._bounds, self._covered)) * (n_columns / (right - left))

    def viewTransformChanged(self) -> None:
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        return self.viewRect() or QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        view = self.getViewBox()
        if view is None or self._color.alpha() == 0:
            return
        area = self.boundingRect()
        shares = self.shares(area.left(), area.right(), max(int(view.width()), 1))
        tones = np.where(shares > 0.0, _FAINTEST + (1.0 - _FAINTEST) * shares, 0.0)
        pixels = np.empty((len(tones), 4), dtype=np.uint8)
        pixels[:] = self._color.red(), self._color.green(), self._color.blue(), 0
        pixels[:, 3] = np.rint(tones * self._color.alpha())
        image = QImage(pixels.tobytes(), len(tones), 1, 4 * len(tones), QImage.Format.Format_RGBA8888)
        painter.drawImage(area, image)
