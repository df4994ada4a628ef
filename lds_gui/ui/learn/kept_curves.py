"""The curves of the runs that are kept, behind the shown one's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from lds_gui.lds import Array
from lds_gui.session import Run, State, matched_iteration
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import SERIES, Theme

_MOST_CURVES = 12  # of the newest runs
_STYLES = (Qt.PenStyle.DashLine, Qt.PenStyle.DashDotLine, Qt.PenStyle.SolidLine)


def run_pen(theme: Theme, number: int, compared: int | None) -> QPen:
    """The pen for a kept run of this number, which may be the compared one: colours repeat, with other styles."""
    if number == compared:
        return line_pen(theme.color("compared"), Qt.PenStyle.DotLine)
    role = SERIES[(number - 1) % len(SERIES)]
    return line_pen(theme.color(role), _STYLES[(number - 1) // len(SERIES) % len(_STYLES)])


class KeptCurves:
    """One line for each of the newest kept runs; the compared one has its name at the end."""

    def __init__(self, plot: Plot) -> None:
        """Make them; they show nothing yet."""
        self._curves = [plot.curve() for _ in range(_MOST_CURVES)]
        self._reader = plot.crosshair.reader
        for curve in self._curves:
            curve.setZValue(-1)
            self._reader.add("", curve)
        self._name = pg.TextItem("", anchor=(1, 0))
        plot.addItem(self._name, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self._theme: Theme | None = None
        self._numbers: list[int] = []
        self._compared: int | None = None

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._colour()

    def draw(self, state: State, line: Callable[..., tuple[Array, Array]]) -> None:
        """Draw the kept runs of this state; `line` says where a run's log p(x) stands, and by what it is shifted."""
        runs = [run for run in state.runs if run.n_recorded][-_MOST_CURVES:]
        self._numbers = [run.number for run in runs]
        self._compared = state.compared
        self._colour()
        self._name.hide()
        for place, curve in enumerate(self._curves):
            there = place < len(runs)
            curve.setVisible(there)
            if not there:
                curve.setData([], [])
                continue
            run = runs[place]
            self._reader.rename(curve, run.title)
            across, heights = line(run.log_likelihoods, shift=_shift(state, run))
            curve.setData(across, heights)
            ends = np.flatnonzero(np.isfinite(heights))
            if run.number == state.compared and ends.size:
                self._name.setText(f"◆ {run.title}")
                end = float(across[ends[-1]])
                shown = across if state.run is None else line(state.run.log_likelihoods, shift=0.0)[0]
                has_room_at_left = end > 0.5 * float(shown.max(initial=0.0))
                self._name.setAnchor((1, 0) if has_room_at_left else (0, 0))
                self._name.setPos(end, float(heights[ends[-1]]))
                self._name.show()

    def _colour(self) -> None:
        if self._theme is not None:
            for curve, number in zip(self._curves, self._numbers, strict=False):
                curve.setPen(run_pen(self._theme, number, self._compared))
            self._name.setColor(self._theme.color("compared"))


def _shift(state: State, run: Run) -> float:
    """By how many iterations the compared run is moved, so that equal levels stand at the shown iteration."""
    if run.number != state.compared or not state.matches_levels or state.run is None or state.iteration is None:
        return 0.0
    return float(state.iteration - matched_iteration(state.run, state.iteration, run, by_level=True))
