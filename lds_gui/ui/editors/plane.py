"""A plane with handles: what is shown in it, and how its points and the pixels correspond. Points are complex."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

Points = NDArray[np.complex128]
_NICE = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TICKS = (1.0, 2.0, 5.0, 10.0)
_GROWTH = 1.25


def nice(size: float) -> float:
    """The smallest number with a short name that is not below `size`; 1 for 0."""
    if not 0.0 < size < math.inf:
        return 1.0
    power = 10.0 ** max(math.floor(math.log10(size)), -300)
    return next((step * power for step in _NICE if step * power >= size), 10.0 * power)


@dataclass(frozen=True)
class Handle:
    """A point that can be dragged.

    Attributes:
        name: what it is, in words.
        at: where it stands.
        is_centre: whether it moves the whole figure, and is drawn as a square.
        role: the colour role of the figure that it belongs to.
    """

    name: str
    at: complex
    is_centre: bool = False
    role: str = "truth"


@dataclass(frozen=True, eq=False)
class Curve:
    """A line through these points; a main one is strong, in the colour of its role, and its inside is tinted."""

    points: Points
    is_main: bool = False
    role: str = "truth"
    is_dashed: bool = True


@dataclass(frozen=True)
class Range:
    """What part of the plane is in view: `half` to both sides of the centre in the direction that has less room.

    A line is a plane in which only the horizontal position counts. With a `height`, the vertical direction has a scale
    of its own, from 0 at the bottom to this at the top, as that of densities.
    """

    centre: complex
    half: float
    is_line: bool = False
    height: float | None = None

    def grown(self) -> Range:
        """A larger part around the same centre."""
        return replace(self, half=_GROWTH * self.half)


@dataclass(frozen=True, eq=False)
class Scene:
    """What is shown: the titles of both axes, handles, curves, the range that suits them, and an arrow key's step."""

    titles: tuple[str, str]
    handles: tuple[Handle, ...]
    curves: tuple[Curve, ...]
    range: Range
    step: float


@dataclass(frozen=True)
class Move:
    """A wish: the handle with this index, which stood at `origin`, is to go to `target`.

    Attributes:
        per_pixel: how long a pixel is, if it is dragged with the mouse; 0 if it is moved by keys.
        step: by how much a key moves it; 0 if it is dragged.
        keeps_modulus, keeps_angle: what the dragging shall not change.
    """

    handle: int
    origin: complex
    target: complex
    per_pixel: float = 0.0
    step: complex = 0j
    keeps_modulus: bool = False
    keeps_angle: bool = False

    def wish(self, centre: complex = 0j) -> complex:
        """The target, relative to the centre, with modulus or angle kept as is asked for."""
        start, wish = self.origin - centre, self.target - centre
        if self.keeps_modulus and wish:
            return abs(start) * (wish / abs(wish))
        if self.keeps_angle and start:
            direction = start / abs(start)
            return max((wish * direction.conjugate()).real, 0.0) * direction
        return wish


@dataclass(frozen=True)
class View:
    """A range of the plane in a rectangle of pixels, both directions to the same scale unless it has a height."""

    area: QRectF
    range: Range

    @property
    def scale(self) -> float:
        """Pixels for a unit."""
        is_wide = self.range.is_line or self.range.height is not None
        room = self.area.width() if is_wide else min(self.area.width(), self.area.height())
        return max(room, 1.0) / 2.0 / self.range.half

    def pixel(self, point: complex) -> QPointF:
        """Where a point is drawn."""
        return self.pixels(np.array([point]))[0]

    def pixels(self, points: Points) -> list[QPointF]:
        """Where several points are drawn."""
        offsets = (points - self.range.centre) * self.scale
        middle = self.area.center()
        xs = (middle.x() + offsets.real).tolist()
        if self.range.height is None:
            ys = (middle.y() - offsets.imag * (not self.range.is_line)).tolist()
        else:
            ys = (self.area.bottom() - points.imag / self.range.height * self.area.height()).tolist()
        return [QPointF(x, y) for x, y in zip(xs, ys, strict=True)]

    def holds(self, point: complex) -> bool:
        """Whether a point is in view."""
        return self.area.contains(self.pixel(point))

    @property
    def tick_step(self) -> float:
        """The distance of the ticks, the same on both axes."""
        most = 2.0 * self.range.half / 3.0
        power = 10.0 ** math.floor(math.log10(most))
        return max(step * power for step in _TICKS if step * power <= most)

    def ticks(self, *, vertical: bool = False) -> Sequence[int]:
        """The multiples of the step that are in view, from left to right or from the bottom to the top."""
        room = self.area.height() if vertical else self.area.width()
        middle = self.range.centre.imag if vertical else self.range.centre.real
        reach = room / 2.0 / self.scale
        step = self.tick_step
        return range(math.ceil((middle - reach) / step - 1e-9), math.floor((middle + reach) / step + 1e-9) + 1)
