"""P and Q as figures that can be dragged: densities in one dimension, ellipses in two, and in two of more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lds_gui.lds import Array, Gaussian, with_block
from lds_gui.session import GaussianPair
from lds_gui.ui.editors.ellipse_handles import N_SIGMAS, axes_of, outline, with_axis_moved
from lds_gui.ui.editors.plane import Curve, Handle, Move, Points, Range, Scene, nice
from lds_gui.ui.numbers import short, subscript

_LETTERS = ("p", "q")
_AIR = 1.15
_HEADROOM = 1.1  # above the higher peak
_REACH = 4.0  # standard deviations of a density that are drawn
_CORNERS = 241  # of a density
_LEAST_SD = 1e-3  # relative to the range in view: the narrowest peak that is drawn to its height


@dataclass(frozen=True)
class Cut:
    """Which dimensions are shown, counted from 0; and of more than two, the others at their means or at any place."""

    dims: tuple[int, ...]
    is_conditional: bool = False

    def of(self, gaussian: Gaussian) -> Gaussian:
        """The Gaussian that is shown."""
        if self.dims == tuple(range(gaussian.dim)):
            return gaussian
        if self.is_conditional:
            return gaussian.conditional(self.dims, gaussian.mean)
        return gaussian.marginal(self.dims)


@dataclass(frozen=True, eq=False)
class Moved:
    """What becomes of a move: mean or covariance of "p" or "q", and where the handle stands then."""

    name: str
    mean: Array | None
    cov: Array | None
    at: complex


class PairHandles:
    """The mean of either as one handle, and the ends of its axes, or the point of its width, as the others."""

    def scene(self, pair: GaussianPair, families: Sequence[str], cut: Cut, near: Sequence[complex] = ()) -> Scene:
        """Both figures; the ends of axes that could stand at several places stand near the former ones."""
        shown = cut.of(pair.p), cut.of(pair.q)
        return self._line(shown, cut) if len(cut.dims) == 1 else self._plane(shown, families, cut, near)

    def owner(self, scene: Scene, handle: int) -> str:
        """Whose handle it is: "p" or "q"."""
        return _LETTERS[int(handle >= len(scene.handles) // 2)]

    def changed(self, pair: GaussianPair, families: Sequence[str], cut: Cut, scene: Scene, move: Move) -> Moved:
        """Move the mean, or give the covariance another axis of the kind that its family allows."""
        name = self.owner(scene, move.handle)
        gaussian: Gaussian = getattr(pair, name)
        dims = list(cut.dims)
        own = move.handle % (len(scene.handles) // 2)
        if own == 0:
            mean = gaussian.mean.copy()
            mean[dims] = [move.target.real, move.target.imag][: len(dims)]
            at = complex(move.target.real, scene.handles[move.handle].at.imag) if len(dims) == 1 else move.target
            return Moved(name, mean, None, at)
        shown = cut.of(gaussian)
        if len(dims) == 1:
            sd = max(abs(move.target.real - shown.mean[0]), 0.0)
            cov, at = np.array([[sd**2]]), complex(move.target.real, 0.0)
            return Moved(name, None, self._restored(gaussian, cut, cov, families[_LETTERS.index(name)]), at)
        centre = complex(*shown.mean)
        family = families[_LETTERS.index(name)]
        if family == "full":
            block, end = with_axis_moved(shown.cov, move, centre)
        else:
            along = own - 1
            wish = (move.target - centre).real if along == 0 else (move.target - centre).imag
            sd = abs(wish) / N_SIGMAS
            variances = np.diagonal(shown.cov).copy()
            variances[along] = sd**2
            block = np.eye(2) * sd**2 if family == "isotropic" else np.diag(variances)
            end = complex(wish, 0.0) if along == 0 else complex(0.0, wish)
        return Moved(name, None, self._restored(gaussian, cut, block, family), centre + end)

    def reading(self, pair: GaussianPair, cut: Cut, scene: Scene, handle: int) -> str:
        """Where the mean is, or how wide the figure is."""
        name = self.owner(scene, handle)
        shown = cut.of(getattr(pair, name))
        kind = "" if len(cut.dims) == pair.dim else (", conditional" if cut.is_conditional else ", marginal")
        if handle % (len(scene.handles) // 2) == 0:
            places = (f"x{subscript(i + 1)} = {short(float(x))}" for i, x in zip(cut.dims, shown.mean, strict=True))
            return f"{name.upper()}{kind}: mean {', '.join(places)}"
        sds, directions = axes_of(shown.cov)
        if len(sds) == 1:
            return f"{name.upper()}{kind}: sd {short(sds[0])}, variance {short(sds[0] ** 2)}"
        angle = math.degrees(math.atan2(directions[0].imag, directions[0].real))
        return f"{name.upper()}{kind}: sd {short(sds[0])} and {short(sds[1])} along the axes, turned by {short(angle)}°"

    def _restored(self, gaussian: Gaussian, cut: Cut, block: Array, family: str) -> Array:
        """The whole covariance with this one in the shown dimensions."""
        if family == "isotropic":
            return np.eye(gaussian.dim) * block[0, 0]
        if cut.is_conditional:  # which lacks what the other dimensions explain
            block = block + gaussian.marginal(cut.dims).cov - cut.of(gaussian).cov
        return with_block(gaussian.cov, cut.dims, block)

    def _plane(
        self, shown: tuple[Gaussian, Gaussian], families: Sequence[str], cut: Cut, near: Sequence[complex]
    ) -> Scene:
        handles: list[Handle] = []
        curves: list[Curve] = []
        for index, (letter, gaussian) in enumerate(zip(_LETTERS, shown, strict=True)):
            centre, half = complex(*gaussian.mean), len(near) // 2
            ends_before = [place - centre for place in near[index * half + 1 : (index + 1) * half]]
            if families[index] == "full":
                sds, directions = axes_of(gaussian.cov, ends_before)
            else:
                sds, directions = _upright(gaussian.cov, ends_before)
            ends = [centre + N_SIGMAS * sd * u for sd, u in zip(sds, directions, strict=True)]
            name = letter.upper()
            handles.append(Handle(f"mean of {name}", centre, is_centre=True, role=letter))
            handles += [
                Handle(f"{which} axis of {name}", end, role=letter)
                for which, end in zip(("one", "other"), ends, strict=True)
            ]
            curves += [Curve(np.array([centre, end])) for end in ends]
            for n_sigmas in (N_SIGMAS, 1.0):
                line = outline(centre, sds, directions, n_sigmas)
                curves.append(Curve(line, is_main=True, role=letter, is_dashed=letter == "q"))
        low, high = _bounds(np.concatenate([curve.points for curve in curves]))
        middle = 0.5 * (low + high)
        half = nice(_AIR * 0.5 * max((high - low).real, (high - low).imag))
        middle = _rounded(middle, half / 8.0)
        titles = tuple(f"x{subscript(i + 1)}" for i in cut.dims)
        step = 10.0 ** math.floor(math.log10(half / 50.0))
        return Scene((titles[0], titles[1]), tuple(handles), tuple(curves), Range(middle, half), step)

    def _line(self, shown: tuple[Gaussian, Gaussian], cut: Cut) -> Scene:
        means = [float(gaussian.mean[0]) for gaussian in shown]
        sds = [math.sqrt(float(gaussian.cov[0, 0])) for gaussian in shown]
        reach = _REACH * 0.9
        low = min(mean - reach * sd for mean, sd in zip(means, sds, strict=True))
        high = max(mean + reach * sd for mean, sd in zip(means, sds, strict=True))
        half = nice(0.5 * (high - low)) if high > low else 1.0
        middle = _rounded(complex(0.5 * (low + high)), half / 8.0)
        widest = max(*sds, _LEAST_SD * half)
        narrow = [max(sd, _LEAST_SD * half) for sd in sds]
        height = _HEADROOM / (math.sqrt(2.0 * math.pi) * min(narrow)) if widest else 1.0
        handles: list[Handle] = []
        curves: list[Curve] = []
        for letter, mean, sd in zip(_LETTERS, means, sds, strict=True):
            drawn = max(sd, 1e-9 * half)
            x = np.unique(
                np.concatenate([np.linspace(middle.real - half, middle.real + half, _CORNERS), mean + drawn * _SIGMAS])
            )
            density = np.exp(-0.5 * ((x - mean) / drawn) ** 2) / (drawn * math.sqrt(2.0 * math.pi))
            points = np.concatenate([[complex(x[0])], x + 1j * np.minimum(density, 2.0 * height), [complex(x[-1])]])
            curves.append(Curve(points, is_main=True, role=letter, is_dashed=letter == "q"))
            peak = min(1.0 / (drawn * math.sqrt(2.0 * math.pi)), height)
            name = letter.upper()
            handles.append(Handle(f"peak of {name}", complex(mean, peak), is_centre=True, role=letter))
            handles.append(Handle(f"width of {name}", complex(mean + sd, peak * math.exp(-0.5)), role=letter))
        step = 10.0 ** math.floor(math.log10(half / 50.0))
        title = f"x{subscript(cut.dims[0] + 1)}"
        return Scene((title, "density"), tuple(handles), tuple(curves), Range(middle, half, height=height), step)


_SIGMAS = np.linspace(-_REACH, _REACH, 121)


def _upright(block: Array, near: Sequence[complex]) -> tuple[list[float], list[complex]]:
    """The axes of a diagonal covariance: those of the coordinates, on the sides where they were."""
    sds = [math.sqrt(float(value)) for value in np.diagonal(block)]
    directions = [1 + 0j, 1j]
    if len(near) == 2:
        directions = [
            -u if (place * u.conjugate()).real < 0.0 else u for u, place in zip(directions, near, strict=True)
        ]
    return sds, directions


def _bounds(points: Points) -> tuple[complex, complex]:
    low = complex(float(points.real.min()), float(points.imag.min()))
    return low, complex(float(points.real.max()), float(points.imag.max()))


def _rounded(point: complex, step: float) -> complex:
    return complex(round(point.real / step) * step, round(point.imag / step) * step)
