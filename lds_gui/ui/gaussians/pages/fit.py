"""Q of a restricted family fitted to P: what each direction of the divergence looks for."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout

from lds_gui.lds import FORWARD, RESTRICTIONS, REVERSE, Gaussian, ParameterError, best_gaussian, kl_divergence
from lds_gui.session import GaussianPair, Laboratory, Session
from lds_gui.ui.cards import LegendKey, label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.ellipse_handles import N_SIGMAS, axes_of, outline
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.results import action_button
from lds_gui.ui.gaussians.units import BITS_PER_NAT, unit_name
from lds_gui.ui.numbers import readout, short
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import SERIES, Theme

_OBJECTIVES = {
    FORWARD: "moment matching: Q covers all of P",
    REVERSE: "mode seeking: Q stays where P is dense",
}
_BEST = SERIES[1]
_CORNERS = np.linspace(-4.0, 4.0, 161)


class FitPage(Page):
    """Steps of gradient descent on the divergence, as Q in the picture and as a curve, beside the best there is."""

    name = "fit"
    title = "Fit Q to P"
    tip = "Gradient descent for a diagonal or isotropic Q, beside the analytic optimum"

    def __init__(self, session: Session) -> None:
        """Build the page."""
        super().__init__(session)
        self.objective = CompactChoice("What is to be made small")
        self.objective.setObjectName("kl_fit_objective")
        self.objective.offer(list(_OBJECTIVES))
        self.family = CompactChoice("What Q is to be")
        self.family.setObjectName("kl_fit_family")
        self.family.offer(RESTRICTIONS)
        for choice in (self.objective, self.family):
            choice.setToolTip(choice.accessibleName())
            choice.show()
            choice.activated.connect(self._set_fit)
        lab = session.lab
        self.start = action_button("kl_fit", "Fit", "Descend along the gradient from where Q is", lab.fit_q)
        self.start.setProperty("primary", True)
        self.play = action_button("kl_fit_play", "Play", "Show the steps one after the other", self._play_or_pause)
        self.keep = action_button("kl_fit_keep", "Keep as Q", "Make the shown step’s Gaussian Q", lab.keep_fit)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("kl_fit_step")
        self.slider.setAccessibleName("Step of the fit shown")
        self.slider.setToolTip("The step that is shown")
        self.slider.valueChanged.connect(lab.show_step)
        self.words = label("", "hint", wrap=True, name="kl_fit_words")
        self.trouble = sentence("error", "kl_fit_trouble")
        self.plot = Plot("step", "nats", left_width=58)
        self._line = self.plot.curve()
        self.plot.crosshair.reader.add("divergence", self._line)
        self._here = self.plot.plot(pen=None, symbol="o", symbolSize=7)
        self._least = pg.InfiniteLine(angle=0, movable=False)
        self.plot.addItem(self._least, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self.plane = Plot("x₁", "x₂")
        self._figures = {name: self.plane.plot() for name in ("p", "q", "best")}
        self._keys = tuple(
            LegendKey(*key) for key in (("P", "p", "solid"), ("Q", "q", "dashed"), ("best", _BEST, "dashdot"))
        )
        self._lay_out()

    def _lay_out(self) -> None:
        choices, steps, legend = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (choices, steps):
            line.setSpacing(8)
        legend.setSpacing(12)
        for part in (label("minimise", "soft"), self.objective, label("with Q", "soft"), self.family, self.start):
            choices.addWidget(part)
        choices.addStretch(1)
        steps.addWidget(self.play)
        steps.addWidget(self.slider, 1)
        steps.addWidget(self.keep)
        for key in self._keys:
            legend.addWidget(key)
        legend.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addLayout(choices)
        left.addLayout(steps)
        left.addWidget(self.trouble)
        left.addWidget(self.words)
        left.addStretch(1)
        left.addLayout(legend)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(left, 4)
        both.addWidget(self.plot, 3)
        both.addWidget(self.plane, 3)
        self.body.addLayout(both, 1)

    def draw(self, shown: Shown) -> None:
        laboratory = shown.laboratory
        self.objective.setCurrentIndex(list(_OBJECTIVES).index(laboratory.fit_objective))
        self.family.setCurrentIndex(RESTRICTIONS.index(laboratory.fit_family))
        n_steps = len(laboratory.fit)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(n_steps - 1, 0))
            self.slider.setValue(laboratory.shown_step)
        for part in (self.slider, self.play, self.keep):
            part.setEnabled(n_steps > 0)
        self.play.setText("Pause" if laboratory.plays_fit else "Play")
        say(self.trouble, laboratory.problem)
        per_unit, unit = BITS_PER_NAT if laboratory.in_bits else 1.0, unit_name(laboratory.in_bits)
        pair = laboratory.fit_pair or shown.pair
        best = _best(pair, laboratory)
        self._draw_curve(laboratory, pair, best, per_unit, unit)
        self._draw_plane(pair, laboratory, best)
        self.words.setText(_in_words(pair, laboratory, best, per_unit, unit))

    def _draw_curve(
        self, laboratory: Laboratory, pair: GaussianPair, best: Gaussian | None, per_unit: float, unit: str
    ) -> None:
        values = per_unit * np.array([step.divergence for step in laboratory.fit])
        steps = np.arange(float(len(values)))
        self._line.setData(steps, values)
        here = laboratory.shown_step if len(values) else 0
        self._here.setData(steps[here : here + 1], values[here : here + 1])
        self._least.setVisible(best is not None and bool(len(values)))
        if best is not None:
            self._least.setValue(per_unit * _divergence(pair.p, best, laboratory.fit_objective))
        self.plot.set_title("left", unit)

    def _draw_plane(self, pair: GaussianPair, laboratory: Laboratory, best: Gaussian | None) -> None:
        step = laboratory.step
        shown = {"p": pair.p, "q": pair.q if step is None else step.q, "best": best}
        self.plane.setAspectLocked(pair.dim > 1)
        self.plane.set_title("left", "density" if pair.dim == 1 else "x₂")
        for name, gaussian in shown.items():
            x, y = (np.empty(0), np.empty(0)) if gaussian is None else _figure(gaussian)
            self._figures[name].setData(x, y)

    def restyle(self, theme: Theme) -> None:
        for plot in (self.plot, self.plane):
            plot.restyle(theme)
        for key in self._keys:
            key.restyle(theme)
        self._line.setPen(line_pen(theme.color("q")))
        self._here.setSymbolBrush(theme.color("q"))
        self._here.setSymbolPen(None)
        self._least.setPen(line_pen(theme.color(_BEST), Qt.PenStyle.DashDotLine))
        self._figures["p"].setPen(line_pen(theme.color("p")))
        self._figures["q"].setPen(line_pen(theme.color("q"), Qt.PenStyle.DashLine))
        self._figures["best"].setPen(line_pen(theme.color(_BEST), Qt.PenStyle.DashDotLine))

    def _set_fit(self) -> None:
        objective = list(_OBJECTIVES)[self.objective.chosen]
        self._session.lab.set_fit(RESTRICTIONS[self.family.chosen], objective)

    def _play_or_pause(self) -> None:
        lab = self._session.lab
        if self._session.state.laboratory.plays_fit:
            lab.pause_fit()
        else:
            lab.play_fit()


def _best(pair: GaussianPair, laboratory: Laboratory) -> Gaussian | None:
    try:
        return best_gaussian(pair.p, laboratory.fit_family, laboratory.fit_objective)
    except ParameterError:  # P has no density: said when a fit is asked for
        return None


def _divergence(p: Gaussian, q: Gaussian, objective: str) -> float:
    return (kl_divergence(p, q) if objective == FORWARD else kl_divergence(q, p)).total


def _figure(gaussian: Gaussian) -> tuple[np.ndarray, np.ndarray]:
    """The 2σ ellipse in the first two dimensions; in one, the density."""
    if gaussian.dim == 1:
        mean, sd = float(gaussian.mean[0]), float(np.sqrt(gaussian.cov[0, 0]))
        x = mean + sd * _CORNERS
        with np.errstate(divide="ignore", invalid="ignore"):
            return x, np.exp(-0.5 * _CORNERS**2) / (sd * np.sqrt(2.0 * np.pi))
    sds, directions = axes_of(gaussian.cov[:2, :2])
    line = outline(complex(*gaussian.mean[:2]), sds, directions, N_SIGMAS)
    return line.real, line.imag


def _in_words(pair: GaussianPair, laboratory: Laboratory, best: Gaussian | None, per_unit: float, unit: str) -> str:
    objective = laboratory.fit_objective
    goal = f"{objective}, {_OBJECTIVES[objective]}."
    if best is None:
        return goal
    least = per_unit * _divergence(pair.p, best, objective)
    found = f"{goal} The best {laboratory.fit_family} Q has {readout(least)} {unit}."
    step = laboratory.step
    if step is None:
        return found
    return (
        f"{found} Step {step.iteration} of {len(laboratory.fit) - 1}: {readout(per_unit * step.divergence)} {unit}, "
        f"gradient {short(step.gradient_norm)}."
    )
