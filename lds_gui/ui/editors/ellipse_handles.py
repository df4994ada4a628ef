"""A covariance as the 2σ ellipse that it has in two chosen dimensions; in one dimension an interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from lds_gui.lds import Array, LDSParams, principal_axes, sds_and_correlations, with_block
from lds_gui.ui.editors.changes import Change
from lds_gui.ui.editors.plane import Curve, Handle, Move, Points, Range, Scene, nice
from lds_gui.ui.numbers import readout, short, subscript

N_SIGMAS = 2.0
_SNAP = 4.0  # px from the centre in which an axis gets the length 0
_LEAST = 1e-3  # relative to the other axis: the shortest one of a covariance that must be definite
_AIR = 1.25
_AIR_AROUND_MEAN = 1.6  # which need not be in the middle of the picture
_EQUAL = 1e-9  # relative difference of two axes of a circle, which have no direction of their own
_ANGLES = np.linspace(0.0, 2.0 * np.pi, 121)


class EllipseHandles:
    """The ends of the principal axes as handles, and of the initial state the mean as well."""

    def __init__(self, name: str, letter: str, *, definite: bool = False, has_mean: bool = False) -> None:
        """Make the handles of the covariance `name` of variables that are called `letter`."""
        self._name, self._letter, self._definite, self._has_mean = name, letter, definite, has_mean
        self.dimensions: tuple[int, ...] = (0,)
        what = "the mean or the end of a 2σ axis" if has_mean else "the end of an axis of the 2σ ellipse"
        self.hint = f"Drag {what} (Shift keeps length, Ctrl angle), or use Tab and arrow keys."

    def count(self, model: LDSParams) -> int:
        """How many dimensions there are to choose from."""
        return len(self._cov(model))

    def names(self, model: LDSParams) -> list[str]:
        """What the dimensions are called."""
        return [self._letter + subscript(i + 1) for i in range(self.count(model))]

    def scene(self, model: LDSParams, near: Sequence[complex] = ()) -> Scene:
        """The ellipse with its axes; of the ways to order and turn these, the one whose ends are nearest to `near`."""
        centre, block = self._centre(model), self._block(model)
        near_ends = [place - centre for place in (near[1:] if self._has_mean else near)]
        sds, directions = axes_of(block, near_ends)
        ends = [complex(centre + N_SIGMAS * sd * u) for sd, u in zip(sds, directions, strict=True)]
        is_line = len(ends) == 1
        names = ("end of the interval",) if is_line else _names(sds)
        handles = tuple(Handle(f"{name} of {self._symbol(model)}", at) for name, at in zip(names, ends, strict=True))
        if self._has_mean:
            handles = (Handle("mean μ₀", centre, is_centre=True), *handles)
        half = nice((_AIR_AROUND_MEAN if self._has_mean else _AIR) * N_SIGMAS * max(sds)) if max(sds) else 1.0
        middle = _rounded(centre, half / 4.0)
        figure = outline(centre, sds, directions, N_SIGMAS)
        axes = [Curve(np.array([centre, end])) for end in ends]
        titles = [self._letter + subscript(i + 1) for i in self.dimensions]
        shown = Range(middle, half, is_line)
        step = 10.0 ** math.floor(math.log10(half / 50.0))
        return Scene((titles[0], titles[-1]), handles, (*axes, Curve(figure, is_main=True)), shown, step)

    def changed(self, model: LDSParams, move: Move) -> Change:
        """The mean moved; or the covariance with one axis turned and of another length, the other as long as before.

        Raises ParameterError.
        """
        if self._has_mean and move.handle == 0:
            wish = complex(move.target.real, 0.0) if len(self.dimensions) == 1 else move.target
            mean = model.mu0.copy()
            mean[list(self.dimensions)] = [wish.real, wish.imag][: len(self.dimensions)]
            return Change("mu0", mean, wish)
        centre, block = self._centre(model), self._block(model)
        new, end = with_axis_moved(block, move, centre, definite=self._definite)
        return Change(self._parameter(model), with_block(self._cov(model), self.dimensions, new), centre + end)

    def reading(self, model: LDSParams, handle: int) -> str:
        """Standard deviations along the axes, how they are turned, and the correlation; or where the mean is."""
        return self._say(model, handle, short)

    def exactly(self, model: LDSParams, handle: int) -> str:
        """The same at full length."""
        return self._say(model, handle, readout)

    def note(self, model: LDSParams) -> str:
        """What is particular about this covariance; empty if nothing is."""
        return "Tied to Σ: what changes here changes Σ." if self._has_mean and model.is_tied else ""

    def _say(self, model: LDSParams, handle: int, write: Callable[[float], str]) -> str:
        if self._has_mean and handle == 0:
            places = (f"{self._letter}{subscript(i + 1)} = {write(float(model.mu0[i]))}" for i in self.dimensions)
            return f"mean μ₀: {', '.join(places)}"
        block = self._block(model)
        if len(block) == 1:
            return f"sd {write(math.sqrt(block[0, 0]))}, variance {write(float(block[0, 0]))}"
        sds, directions = axes_of(block)
        angle = math.degrees(math.atan2(directions[0].imag, directions[0].real))
        angle = 0.0 if abs(angle) < 1e-9 else angle
        own, correlations = sds_and_correlations(block)
        relation = f"correlation {write(float(correlations[0, 1]))}" if own.all() else "one of the two has no variance"
        if not own.any():
            relation = "neither has any variance"
        if _is_circle(sds):
            return f"sd {write(sds[0])} in every direction; {relation}"
        return f"sd {write(sds[0])} and {write(sds[1])} along the axes, turned by {write(angle)}°; {relation}"

    def _parameter(self, model: LDSParams) -> str:
        return "Sigma" if self._name == "Sigma0" and model.is_tied else self._name

    def _symbol(self, model: LDSParams) -> str:
        return {"Sigma": "Σ", "Gamma": "Γ", "Sigma0": "Σ₀"}[self._parameter(model)]

    def _cov(self, model: LDSParams) -> Array:
        return getattr(model, self._parameter(model))

    def _block(self, model: LDSParams) -> Array:
        return self._cov(model)[np.ix_(self.dimensions, self.dimensions)]

    def _centre(self, model: LDSParams) -> complex:
        if not self._has_mean:
            return 0j
        x = [float(model.mu0[i]) for i in self.dimensions]
        return complex(x[0], x[1] if len(x) > 1 else 0.0)


def with_axis_moved(block: Array, move: Move, centre: complex, *, definite: bool = False) -> tuple[Array, complex]:
    """The covariance (1 or 2 dimensions) whose axis is moved by the end of its 2σ; and where that end is then.

    The axis is turned and gets another length, and the other one stays as long as it was.
    """
    wish, start = move.wish(centre), move.origin - centre
    if len(block) == 1:
        wish, start = complex(wish.real), complex(start.real)
    snap = _SNAP * move.per_pixel if move.per_pixel else 0.5 * abs(move.step)
    sds, directions = axes_of(block)
    dragged = _nearest_axis(sds, directions, start)
    direction = start / abs(start) if start else directions[dragged]
    if abs(wish) > snap:
        direction = wish / abs(wish)
    length = abs(wish) / N_SIGMAS if abs(wish) > snap else 0.0
    if definite:
        length = max(length, _LEAST * max(sds))
    new = np.array([[length**2]])
    if len(sds) == 2:
        other = sds[1 - dragged]
        along, across = (np.array([u.real, u.imag]) for u in (direction, 1j * direction))
        new = length**2 * np.outer(along, along) + other**2 * np.outer(across, across)
    return new, N_SIGMAS * length * direction


def outline(centre: complex, sds: Sequence[float], directions: Sequence[complex], n_sigmas: float) -> Points:
    """The ellipse of so many standard deviations; in one dimension the interval's ends."""
    if len(sds) == 1:
        return np.array([centre - n_sigmas * sds[0], centre + n_sigmas * sds[0]])
    turning = sds[0] * directions[0] * np.cos(_ANGLES) + sds[1] * directions[1] * np.sin(_ANGLES)
    return centre + n_sigmas * turning


def axes_of(block: Array, near: Sequence[complex] = ()) -> tuple[list[float], list[complex]]:
    """Half-lengths in standard deviations, and directions; in the order and with the signs whose ends are nearest to
    `near`, if that is given; else the longest first and to the right.
    """
    found, vectors = principal_axes(block)
    sds = [float(sd) for sd in found]
    if len(sds) == 1:
        return sds, [-1 + 0j if near and near[0].real < 0.0 else 1 + 0j]
    first = complex(float(vectors[0, 0]), float(vectors[1, 0]))
    if _is_circle(sds):
        first = next((place / abs(place) for place in near if place), 1 + 0j)
    directions = [_rightwards(first), _rightwards(1j * first)]
    if len(near) != 2:
        return sds, directions

    ways = [
        ((sds[i], sign * directions[i]), (sds[1 - i], other_sign * directions[1 - i]))
        for i, sign, other_sign in product((0, 1), (1, -1), (1, -1))
    ]
    best = min(ways, key=lambda way: sum(abs(N_SIGMAS * sd * u - at) for (sd, u), at in zip(way, near, strict=True)))
    return [sd for sd, _ in best], [u for _, u in best]


def _nearest_axis(sds: list[float], directions: list[complex], start: complex) -> int:
    """The axis that has an end at this place."""
    ends = [N_SIGMAS * sd * u for sd, u in zip(sds, directions, strict=True)]
    distances = [min(abs(start - end), abs(start + end)) for end in ends]
    return distances.index(min(distances))


def _rightwards(direction: complex) -> complex:
    """Of the two opposite directions the one to the right; of up and down, up."""
    is_steep = abs(direction.real) <= _EQUAL
    return -direction if (direction.imag < 0.0 if is_steep else direction.real < 0.0) else direction


def _is_circle(sds: Sequence[float]) -> bool:
    return len(sds) == 2 and abs(sds[0] - sds[1]) <= _EQUAL * max(sds)


def _names(sds: Sequence[float]) -> tuple[str, str]:
    if _is_circle(sds):
        return "one axis", "other axis"
    return ("longer axis", "shorter axis") if sds[0] > sds[1] else ("shorter axis", "longer axis")


def _rounded(point: complex, step: float) -> complex:
    return complex(round(point.real / step) * step, round(point.imag / step) * step)
