"""The ELBO by iteration: the log-likelihood as a line, the bound as a staircase of half-steps."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, ROUNDING, Array, EMStep, is_open
from lds_gui.session import Run, RunStatus, State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.learn.elbo_scale import SCALES, Scale, falls
from lds_gui.ui.learn.kept_curves import KeptCurves
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table
from lds_gui.ui.numbers import readout, short
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import Theme

_MAX_DOTS = 120  # more would hide the line


class ElboPanel(ChoicePanel):
    """Shows log p(x) after each iteration and the bound between: an M-step raises it, an E-step closes the gap.

    The same on a scale of gaps to the best, or of changes, and over the logarithm of the iteration. Kept runs stand
    behind it.
    """

    name = "elbo"
    title = "ELBO"
    empty_text = "Press Run to see the ELBO climb"
    explanation = (
        "EM cannot maximise log p(x) directly: it climbs a lower bound, the ELBO. Each M-step raises the "
        "bound (a stair up); each E-step closes the gap to log p(x), which is the KL divergence from q to the "
        "true posterior of the latents.",
        "The line must never fall. A long flat stretch means that EM crawls, which is not the same as having "
        "arrived: see Why slow, or choose the gap to the best. Gaps that stay open after an E-step mean that digits "
        "are being lost. Thin broken lines are other runs: see Runs.",
    )
    legend = (("log p(x)", "good", "circle"), ("bound", "wrong", "stairs"))
    what = "Scale"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with a line below the plot for what EM tells of the shown iteration."""
        super().__init__(parent)
        self.findings = sentence("small", "elbo_findings")
        self.body.addWidget(self.findings)

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "nats", left_width=62)
        self._gap = Band()
        self.plot.addItem(self._gap)
        self._line = self.plot.curve()
        self._stairs = self.plot.curve()
        self.plot.crosshair.reader.add("log p(x)", self._line)
        self.plot.crosshair.reader.add("bound", self._stairs)
        self.kept = KeptCurves(self.plot)
        self._dots = self.plot.plot(pen=None, symbol="o", symbolSize=5)
        self._falls = self.plot.plot(pen=None, symbol="x", symbolSize=9)
        self._breakdown = self.plot.plot(pen=None, symbol="x", symbolSize=12)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._cursor, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self.kept.restyle(theme)
        self._line.setPen(line_pen(theme.color("good")))
        self._gap.set_color(theme.color("good", 3 * BAND_ALPHA))
        self._stairs.setPen(line_pen(theme.color("wrong")))
        self._dots.setSymbolBrush(theme.color("good"))
        self._dots.setSymbolPen(None)
        for marks in (self._falls, self._breakdown):
            marks.setSymbolPen(pg.mkPen(theme.positive, width=2))
        self._cursor.setPen(pg.mkPen(theme.accent, style=Qt.PenStyle.DashLine))

    def choices(self, state: State) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(scale.title for scale in SCALES)

    def has_picture(self, state: State) -> bool:
        return state.iteration is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return (
            (None,)
            if state.run is None
            else (
                *(state.run.history, state.run.n_recorded, state.iteration, state.before_e, self.choice.chosen),
                *(state.run.status is RunStatus.FAILED, state.runs, state.compared, state.matches_levels),
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
        scale = SCALES[self.choice.chosen]
        best = max(kept.log_likelihoods.max() for kept in (run, *state.runs) if kept.n_recorded)
        is_open = state.before_e and step.iteration == run.last_iteration  # its E-step is still to come
        values = run.log_likelihoods[:-1] if is_open else run.log_likelihoods
        iterations, heights = scale.line(values, best)
        self._line.setData(iterations, heights)
        corners, levels = _staircase(run.log_likelihoods, run.bounds)
        n_done = corners.size - int(is_open)
        stairs = scale.places(corners[:n_done], levels[:n_done], best) if scale.has_stairs else ([], [])
        self._stairs.setData(*stairs)
        self.keys[1].setVisible(scale.has_stairs)
        self._dots.setData(*((iterations, heights) if heights.size <= _MAX_DOTS else (iterations[-1:], heights[-1:])))
        broke = run.status is RunStatus.FAILED
        self._breakdown.setData(iterations[-1:] if broke else [], heights[-1:] if broke else [])
        self._draw_falls(run, scale, best)
        self.kept.draw(state, partial(scale.line, best=best))
        shown = np.array([step.iteration - (0.5 if state.before_e else 0.0)])
        self._cursor.setValue(float(scale.across(shown)[0]))
        self._show_gap(state, step, scale, best)
        self.plot.set_title("left", scale.unit)
        self.plot.set_title("bottom", "log₁₀ iteration" if scale.log_iterations else "iteration")
        self.note.setText("✕ EM broke down after this iteration" if broke else "")
        say(self.findings, _after_m(step) if state.before_e else _findings(run, step))
        self.findings.setToolTip(f"log p(x) less the bound after the E-step: {_exactly(step.gap)}")

    def _draw_falls(self, run: Run, scale: Scale, best: float) -> None:
        """Mark where log p(x) fell; falls by rounding on the scale of changes only, where they can be seen."""
        values = run.log_likelihoods
        fell = np.flatnonzero(falls(values) if scale.shows_changes else falls(values, ROUNDING)) + 1
        heights = scale.line(values, best)[1][fell - (1 if scale.shows_changes else 0)]
        self._falls.setData(scale.across(fell.astype(np.float64)), heights)

    def _show_gap(self, state: State, step: EMStep, scale: Scale, best: float) -> None:
        """Shade what the E-step is to close, between the bound and log p(x)."""
        bound = step.elbo_after_m
        if not state.before_e or bound is None or not scale.has_stairs:
            self._gap.set_data(*[np.empty(0)] * 3)
            return
        here = np.array([step.iteration - 0.5, float(step.iteration)])
        x, low = scale.places(here, np.full(2, bound), best)
        _, high = scale.places(here, np.full(2, step.log_likelihood), best)
        ends_are_finite = bool(np.isfinite(low).all() and np.isfinite(high).all())
        self._gap.set_data(*((x, low, high) if ends_are_finite else [np.empty(0)] * 3))

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
        found.append(f"gap after the E-step: {short(step.gap)} nats, which is rounding")
    wrong = np.flatnonzero(is_open(run.gaps, run.log_likelihoods))
    if wrong.size:
        iteration = step.iteration if step.iteration in wrong else int(wrong[-1])
        gap = float(run.gaps[iteration])
        found.append(f"✕ the E-step of iteration {iteration} leaves a gap of {short(gap)} nats: digits are lost")
    found += _fall(run)
    if step.floored:
        symbols = [parameter.symbol for parameter in PARAMETERS if parameter.name in step.floored]
        found.append(f"the floor raised {' and '.join(symbols)}")
    text = " · ".join(found)
    return text[:1].upper() + text[1:]


def _fall(run: Run) -> list[str]:
    """Name the newest fall beyond rounding: in which half-step, and by how much."""
    fell = np.flatnonzero(falls(run.log_likelihoods, ROUNDING)) + 1
    if not fell.size:
        return []
    iteration = int(fell[-1])
    before, bound, after = run.log_likelihoods[iteration - 1], run.bounds[iteration], run.log_likelihoods[iteration]
    half_step = "M-step" if bound < before else "E-step"
    return [f"✕ log p(x) fell by {short(before - after)} nats in the {half_step} of iteration {iteration}"]


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
