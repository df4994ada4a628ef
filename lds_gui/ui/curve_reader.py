"""What curves are at a place: the figures behind what a plot shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF

from lds_gui.lds import Array

Points = Callable[[], "tuple[Array | None, Array | None]"]


class Reading(NamedTuple):
    """One curve's point (x, y), in the plot's units; `is_drawn` if it can be seen there."""

    name: str
    x: float
    y: float
    is_drawn: bool = True


class _Curve(NamedTuple):
    """Something that can be read: the item that shows it, its points, and whether these are what is drawn."""

    item: pg.PlotDataItem
    points: Points
    is_drawn: bool


class CurveReader:
    """Reads the curves and dots of a plot, of which each has a name; hidden ones are not read.

    The x of a curve ascend; dots in a plane may stand anywhere.
    """

    def __init__(self) -> None:
        """Know no curve yet."""
        self._curves: list[_Curve] = []
        self._names: dict[pg.PlotDataItem, str] = {}

    def __bool__(self) -> bool:
        """Whether there is any curve."""
        return bool(self._curves)

    def add(self, name: str, item: pg.PlotDataItem, points: Points | None = None) -> None:
        """Read this item under this name; `points` where they are not those that are drawn."""
        self._names[item] = name
        self._curves.append(_Curve(item, points or (lambda: (item.xData, item.yData)), points is None))

    def rename(self, item: pg.PlotDataItem, name: str) -> None:
        """Read this item under another name."""
        self._names[item] = name

    def readings(self, x: float, near: float) -> list[Reading]:
        """Read every curve at x: the point that is nearest, at most `near` away, unless that is another step."""
        found: list[Reading] = []
        for curve, xs, ys in self._shown():
            index = nearest(xs, x)
            is_other_step = xs[index] != x and float(xs[index]).is_integer() and float(x).is_integer()
            if not is_other_step and abs(xs[index] - x) <= near and np.isfinite(ys[index]):
                found.append(Reading(self._names[curve.item], float(xs[index]), float(ys[index]), curve.is_drawn))
        return found

    def nearest_x(self, x: float) -> float | None:
        """The x of a curve's point that is nearest to this x; None if there is no curve."""
        found = [float(xs[nearest(xs, x)]) for _, xs, _ in self._shown()]
        return min(found, key=lambda other: abs(other - x), default=None)

    def nearest_point(self, here: QPointF, scale: tuple[float, float], reach: float) -> Reading | None:
        """The point that is nearest to `here` in units of `scale`, at most `reach` of them away."""
        best: Reading | None = None
        for curve, xs, ys in self._shown():
            distances = np.hypot((xs - here.x()) / scale[0], (ys - here.y()) / scale[1])
            distances = np.where(np.isfinite(distances), distances, np.inf)
            index = int(distances.argmin())
            if distances[index] < reach:
                reach = float(distances[index])
                best = Reading(self._names[curve.item], float(xs[index]), float(ys[index]))
        return best

    def _shown(self) -> list[tuple[_Curve, Array, Array]]:
        """The curves that are there to be seen, with their points."""
        found: list[tuple[_Curve, Array, Array]] = []
        for curve in self._curves:
            xs, ys = curve.points() if curve.item.isVisible() else (None, None)
            if xs is not None and ys is not None and len(xs):
                found.append((curve, xs, ys))
        return found


def nearest(xs: Array, x: float) -> int:
    """The index of the one of the ascending xs that is nearest to x; the last of equal ones."""
    right = int(np.searchsorted(xs, x, side="right"))
    if right == 0 or (right < len(xs) and xs[right] - x < x - xs[right - 1]):
        return int(np.searchsorted(xs, xs[right], side="right")) - 1
    return right - 1
