"""The ELBO by iteration: the log-likelihood as a line, the bound as a staircase of half-steps."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, Array, EMStep, is_open
from lds_gui.session import Run, RunStatus, State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.numbers import readout, short
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import Theme

_MAX_DOTS = 120  # more would hide the line


class ElboPanel(Panel):
    """Shows log p(x) after each iteration and the bound between: an M-step raises it, an E-step closes the gap."""

    name = "elbo"
    title = "ELBO"
    empty_text = "Press Run to see the ELBO climb"
    explanation = (
        "EM cannot maximise log p(x) directly: it climbs a lower bound, the ELBO. Each M-step raises the "
        "bound (a stair up); each E-step closes the gap to log p(x), which is the KL divergence from q to the "
        "true posterior of the latents.",
        "The line must never fall. A long flat stretch means that EM crawls, which is not the same as having "
        "arrived: see Why slow. Gaps that stay open after an E-step mean that digits are being lost.",
    )
    legend = (("log-likelihood", "good", "circle"), ("bound, half-steps", "wrong", "stairs"))

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with a line below the plot for what EM tells of the shown iteration."""
        super().__init__(parent)
        self.findings = sentence("small", "elbo_findings")
        self.body.addWidget(self.findings)

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "nats", left_width=62)
        self._gap = Band()
        self.plot.addItem(self._gap)
        self._stairs = self.plot.plot()
        self._line = self.plot.plot()
        self._dots = self.plot.plot(pen=None, symbol="o", symbolSize=5)
        self._breakdown = self.plot.plot(pen=None, symbol="x", symbolSize=12)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._cursor, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._line.setPen(line_pen(theme.color("good")))
        self._gap.set_color(theme.color("good", 3 * BAND_ALPHA))
        self._stairs.setPen(line_pen(theme.color("wrong")))
        self._dots.setSymbolBrush(theme.color("good"))
        self._dots.setSymbolPen(None)
        self._breakdown.setSymbolPen(pg.mkPen(theme.positive, width=2))
        self._cursor.setPen(pg.mkPen(theme.accent, style=Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.iteration is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return (
            (None,)
            if state.run is None
            else (
                *(state.run.history, state.run.n_recorded, state.iteration, state.before_e),
                state.run.status is RunStatus.FAILED,
            )
        )

    def draw(self, state: State) -> None:
        super().draw(state)
        if not self.has_picture(state):
            say(self.findings, "")

    def draw_picture(self, state: State) -> None:
        run, step = state.run, state.step
        assert run is not None
        assert step is not None
        is_open = state.before_e and step.iteration == run.last_iteration  # its E-step is still to come
        values = run.log_likelihoods[:-1] if is_open else run.log_likelihoods
        iterations = np.arange(values.size, dtype=float)
        self._line.setData(iterations, values)
        stairs = _staircase(run.log_likelihoods, run.bounds)
        self._stairs.setData(*(corners[:-1] for corners in stairs) if is_open else stairs)
        self._dots.setData(*((iterations, values) if values.size <= _MAX_DOTS else (iterations[-1:], values[-1:])))
        broke = run.status is RunStatus.FAILED
        self._breakdown.setData(iterations[-1:] if broke else [], values[-1:] if broke else [])
        self._cursor.setValue(step.iteration - (0.5 if state.before_e else 0.0))
        self._show_gap(state, step)
        self.note.setText("✕ EM broke down after this iteration" if broke else "")
        say(self.findings, _after_m(step) if state.before_e else _findings(run, step))
        self.findings.setToolTip(f"log p(x) less the bound after the E-step: {_exactly(step.gap)}")

    def _show_gap(self, state: State, step: EMStep) -> None:
        """Shade what the E-step is to close, between the bound and log p(x)."""
        bound = step.elbo_after_m
        if not state.before_e or bound is None:
            self._gap.set_data(*[np.empty(0)] * 3)
            return
        here = np.array([step.iteration - 0.5, float(step.iteration)])
        self._gap.set_data(here, np.full(2, bound), np.full(2, step.log_likelihood))

    def table(self, state: State) -> Table:
        run = state.run
        assert run is not None
        return {
            "iteration": np.arange(run.n_recorded, dtype=float),
            "log_likelihood": run.log_likelihoods,
            "elbo_after_m": run.bounds,
            "gap": run.gaps,
        }


def _staircase(values: Array, bounds: Array) -> tuple[Array, Array]:
    """Give the corners of the staircase: level, up by the M-step at the half iteration, level, up by the E-step.

    Written with doubled points, since pyqtgraph's step mode cannot be clipped to the view.
    """
    iterations = np.arange(1.0, values.size)
    x = np.column_stack([iterations - 0.5, iterations - 0.5, iterations, iterations]).ravel()
    y = np.column_stack([values[:-1], bounds[1:], bounds[1:], values[1:]]).ravel()
    return np.concatenate([[0.0], x]), np.concatenate([values[:1], y])


def _findings(run: Run, step: EMStep) -> str:
    """Say what gap the shown iteration's E-step left, and what the floor did; and name the newest gap that is wrong."""
    found: list[str] = []
    if step.gap is not None and not is_open(step.gap, step.log_likelihood):
        found.append(f"gap after the E-step: {short(step.gap)} nats")
    wrong = np.flatnonzero(is_open(run.gaps, run.log_likelihoods))
    if wrong.size:
        iteration = step.iteration if step.iteration in wrong else int(wrong[-1])
        gap = float(run.gaps[iteration])
        found.append(f"✕ the E-step of iteration {iteration} leaves a gap of {short(gap)} nats: digits are lost")
    if step.floored:
        symbols = [parameter.symbol for parameter in PARAMETERS if parameter.name in step.floored]
        found.append(f"the floor raised {' and '.join(symbols)}")
    text = " · ".join(found)
    return text[:1].upper() + text[1:]


def _after_m(step: EMStep) -> str:
    """Say how much the M-step gained, by which block, and what the E-step is still to close."""
    assert step.elbo_after_m is not None
    gap = f"KL(q ‖ p(z | x)) = {short(step.log_likelihood - step.elbo_after_m)} nats open: the E-step closes it"
    if step.gains is None:
        return gap
    shares = zip(("μ₀ & Σ₀", "A & Σ", "B & Γ"), step.gains, strict=True)
    gained = ", ".join(f"{names} {short(gain)}" for names, gain in shares)
    return f"The M-step gained {short(step.gains.total)} nats ({gained}). {gap}"


def _exactly(gap: float | None) -> str:
    return "not known" if gap is None else f"{readout(gap)} nats"
