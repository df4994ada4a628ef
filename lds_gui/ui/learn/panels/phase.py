"""Two latents against each other: truth, estimate, and where A drives them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.session import State, View
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table, sequences_note, true_latents, view_note
from lds_gui.ui.numbers import grouped, subscript
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import Theme

_MOST_POINTS = 3000
_CORNERS = 40  # of an ellipse
_ARROWS = 13, 9
_LONGEST_ARROW = 0.9  # of the distance between two arrows
_HEAD, _SPREAD = 0.3, 0.45  # of an arrow: the length of its head, and the angle of its two lines


class PhasePanel(ChoicePanel):
    """Shows two latents in a plane: the true path, the smoothed one with covariance ellipses, and the flow of A.

    With one latent, it is shown against itself one step before.
    """

    name = "phase"
    title = "Phase plane"
    empty_text = "Simulate data to see the true path; run EM to see the estimated one"
    explanation = (
        "Two latents against each other, so that time is the way along the curve: the truth dashed, the smoothed "
        "estimate solid, with ellipses of two standard deviations. Arrows show where A alone would drive the latents.",
        "A spiral is a damped oscillation, arrows that all point to one line a direction that fades slowly. The path "
        "leaves the flow where noise pushes it. Narrow ellipses: the data fix this direction well.",
    )
    legend = (
        ("true", "truth", "dashed"),
        ("smoothed, ellipses 2σ", "estimate", "solid"),
        ("flow of A", "faint", "solid"),
    )
    what = "Plane"
    shows_view = True

    def make_picture(self) -> QWidget:
        self.plot = Plot("z₁", "z₂")
        self._flow = self.plot.plot(connect="pairs")
        self._ellipses = self.plot.plot(connect="finite")
        self._true, self._smoothed = self.plot.plot(), self.plot.plot()
        self.plot.crosshair.in_plane = True
        self.plot.crosshair.reader.add("true", self._true)
        self.plot.crosshair.reader.add("smoothed", self._smoothed)
        self._ends = self.plot.plot(pen=None, symbol=["o", "s"], symbolSize=7)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._flow.setPen(line_pen(theme.color("faint", 0.7)))
        self._ellipses.setPen(line_pen(theme.color("estimate", 0.4)))
        self._true.setPen(line_pen(theme.color("truth"), Qt.PenStyle.DashLine))
        self._smoothed.setPen(line_pen(theme.color("estimate")))
        self._ends.setSymbolBrush(theme.color("estimate"))
        self._ends.setSymbolPen(None)

    def has_picture(self, state: State) -> bool:
        return state.view is not None or true_latents(state) is not None

    def choices(self, state: State) -> tuple[str, ...]:
        pairs = _planes(_n_latents(state))
        return tuple(" × ".join(f"z{subscript(i + 1)}" for i in pair) for pair in pairs)

    def draw_picture(self, state: State) -> None:
        view, true = state.view, true_latents(state)
        n = _n_latents(state)
        plane = _planes(n)[self.choice.chosen] if n > 1 else (0, 0)
        if true is not None and view is not None:
            true = view.shown_truth(true)
        path = None if view is None else _path(view.latent_means, plane)
        _draw(self._true, _path(true, plane))
        _draw(self._smoothed, path)
        has_path = path is not None and len(path) > 0
        ends = path[[0, -1]] if path is not None and has_path else np.empty((0, 2))
        self._ends.setData(ends[:, 0], ends[:, 1])
        self._draw_ellipses(view if n > 1 and has_path else None, plane)
        has_flow = n > 1 and has_path and view is not None and view.gauge.brings_params
        self._draw_flow(view if has_flow else None, path, plane)
        for key, shown in zip(self.keys, (true is not None, has_path, has_flow), strict=True):
            key.setVisible(bool(shown))
        names = [f"z{subscript(i + 1)}" for i in plane]
        self.plot.set_title("bottom", names[0] if n > 1 else "z₁ one step before")
        self.plot.set_title("left", names[1])
        words = "" if view is None or view.gauge.is_as_wished else view.gauge.latents_note
        n_steps = 0 if state.data is None else len(state.data.dataset.sequences[0])
        thinned = f"{_MOST_POINTS} of {grouped(n_steps)} steps" if n_steps > _MOST_POINTS else ""
        self.note.setText(", ".join(filter(None, [view_note(state, words), thinned, sequences_note(state)])))

    def _draw_ellipses(self, view: View | None, plane: tuple[int, int]) -> None:
        if view is None:
            self._ellipses.setData([], [])
            return
        corners = ellipses(view, plane)
        self._ellipses.setData(corners[:, 0], corners[:, 1])

    def _draw_flow(self, view: View | None, path: Array | None, plane: tuple[int, int]) -> None:
        A = None if view is None else view.shown_params.A
        if A is None or path is None or max(plane) >= len(A):
            self._flow.setData([], [])
            return
        strokes = flow(A[list(plane)][:, list(plane)], path)
        self._flow.setData(strokes[:, 0], strokes[:, 1])

    def table(self, state: State) -> Table:
        result: Table = {}
        view, true = state.view, true_latents(state)
        if true is not None:
            shown = true if view is None else view.shown_truth(true)
            result |= {f"true_z{i + 1}": column for i, column in enumerate(shown.T)}
        if view is not None:
            result |= {f"smoothed_z{i + 1}": column for i, column in enumerate(view.latent_means.T)}
        return result


def _n_latents(state: State) -> int:
    true, view = true_latents(state), state.view
    return max(0 if true is None else true.shape[1], 0 if view is None else view.latent_means.shape[1])


def _planes(n: int) -> list[tuple[int, int]]:
    """All pairs of n latents, neighbours first."""
    return sorted(((i, j) for i in range(n) for j in range(i + 1, n)), key=lambda pair: (pair[1] - pair[0], pair))


def _path(latents: Array | None, plane: tuple[int, int]) -> Array | None:
    """Give the way through the plane (k, 2), thinned evenly where it is long; None where there is none."""
    if latents is None or max(plane) >= latents.shape[1]:
        return None
    kept = np.unique(np.linspace(0, len(latents) - 1, min(len(latents), _MOST_POINTS)).astype(np.intp))
    if plane[0] == plane[1]:
        kept = kept[kept > 0]
        return np.column_stack([latents[kept - 1, plane[0]], latents[kept, plane[0]]])
    return latents[kept][:, list(plane)]


def _draw(item: object, path: Array | None) -> None:
    points = np.empty((0, 2)) if path is None else path
    item.setData(points[:, 0], points[:, 1])  # type: ignore[attr-defined]


def ellipses(view: View, plane: tuple[int, int]) -> Array:
    """Give the corners (k, 2) of the ellipses of two standard deviations; a row of NaN ends each."""
    centres = view.latent_means[view.ellipse_steps.astype(np.intp)][:, plane]
    values, vectors = np.linalg.eigh(view.ellipse_covs[:, plane][:, :, plane])
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS)
    corners = centres[:, None] + 2.0 * np.column_stack([np.cos(angles), np.sin(angles)]) @ roots.transpose(0, 2, 1)
    gaps = np.full((len(corners), 1, 2), np.nan)
    return np.concatenate([corners, gaps], axis=1).reshape(-1, 2)


def flow(A: Array, path: Array) -> Array:
    """Give arrows A z − z on a grid over the path's room, as pairs of points (k, 2), all shortened by one factor."""
    low, high = path.min(axis=0), path.max(axis=0)
    room = np.maximum(high - low, 1e-12)
    grid = np.meshgrid(*(np.linspace(low[i] - 0.05 * room[i], high[i] + 0.05 * room[i], _ARROWS[i]) for i in (0, 1)))
    starts = np.column_stack([axis.ravel() for axis in grid])
    unit = room / np.array(_ARROWS)  # both axes in distances between arrows, so that heads are not skewed
    moves = (starts @ A.T - starts) / unit
    longest = float(np.hypot(*moves.T).max(initial=0.0))
    moves *= _LONGEST_ARROW / longest if longest > 0.0 else 0.0
    strokes = [(np.zeros_like(moves), moves)]
    for sign in (-1.0, 1.0):
        cos, sin = np.cos(sign * _SPREAD), np.sin(sign * _SPREAD)
        back = moves @ np.array([[cos, sin], [-sin, cos]])
        strokes.append((moves, moves - _HEAD * back))
    ends = [np.stack([starts + begin * unit, starts + end * unit], axis=1).reshape(-1, 2) for begin, end in strokes]
    return np.concatenate(ends)
