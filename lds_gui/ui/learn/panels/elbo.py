"""The ELBO by iteration: the log-likelihood as a line, the bound as a staircase of half-steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array, EMStep
from lds_gui.session import State
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.numbers import readout
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import Theme

_MAX_DOTS = 120  # more would hide the line


class ElboPanel(Panel):
    """Shows log p(x) after each iteration and the bound between: an M-step raises it, an E-step closes the gap."""

    name = "elbo"
    title = "ELBO"
    empty_text = "Press Run to see the ELBO climb"
    legend = (("log-likelihood", "good", "circle"), ("bound, half-steps", "wrong", "stairs"))

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "nats", left_width=62)
        self._stairs = self.plot.plot()
        self._line = self.plot.plot()
        self._dots = self.plot.plot(pen=None, symbol="o", symbolSize=5)
        self._falls = self.plot.plot(pen=None, symbol="x", symbolSize=12)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._cursor, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._line.setPen(line_pen(theme.color("good")))
        self._stairs.setPen(line_pen(theme.color("wrong")))
        self._dots.setSymbolBrush(theme.color("good"))
        self._dots.setSymbolPen(None)
        self._falls.setSymbolPen(pg.mkPen(theme.positive, width=2))
        self._cursor.setPen(pg.mkPen(theme.accent, style=Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.iteration is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return (None, 0, None) if state.run is None else (state.run.history, state.run.n_recorded, state.iteration)

    def draw_picture(self, state: State) -> None:
        assert state.run is not None
        steps = state.run.steps
        values = np.array([step.log_likelihood for step in steps])
        iterations = np.arange(values.size, dtype=float)
        self._line.setData(iterations, values)
        self._stairs.setData(*_staircase(values, _bounds(steps)))
        self._dots.setData(*((iterations, values) if values.size <= _MAX_DOTS else (iterations[-1:], values[-1:])))
        fallen = np.array([step.fall is not None for step in steps])
        self._falls.setData(iterations[fallen], values[fallen])
        self._cursor.setValue(float(state.iteration or 0))
        self.note.setText(_fall_note(steps))

    def table(self, state: State) -> Table:
        assert state.run is not None
        steps = state.run.steps
        return {
            "iteration": np.arange(len(steps), dtype=float),
            "log_likelihood": np.array([step.log_likelihood for step in steps]),
            "elbo_after_m": _bounds(steps),
        }


def _bounds(steps: Sequence[EMStep]) -> Array:
    """Collect the bound that each M-step reached; NaN at the start, which has none."""
    return np.array([np.nan if step.elbo_after_m is None else step.elbo_after_m for step in steps])


def _staircase(values: Array, bounds: Array) -> tuple[Array, Array]:
    """Give the corners of the staircase: level, up by the M-step at the half iteration, level, up by the E-step.

    Written with doubled points, since pyqtgraph's step mode cannot be clipped to the view.
    """
    iterations = np.arange(1.0, values.size)
    x = np.column_stack([iterations - 0.5, iterations - 0.5, iterations, iterations]).ravel()
    y = np.column_stack([values[:-1], bounds[1:], bounds[1:], values[1:]]).ravel()
    return np.concatenate([[0.0], x]), np.concatenate([values[:1], y])


def _fall_note(steps: Sequence[EMStep]) -> str:
    """Name the newest fall of the ELBO beyond rounding, which correct formulas never show."""
    for iteration in range(len(steps) - 1, 0, -1):
        fall = steps[iteration].fall
        if fall is not None:
            return f"✕ fell by {readout(fall)} nats at iteration {iteration}"
    return ""
