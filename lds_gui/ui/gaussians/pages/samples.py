"""Divergences by Monte Carlo: the estimate runs beside the exact value, with its error."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from lds_gui.lds import Estimate, Mean, ParameterError
from lds_gui.session import MOST_SAMPLES, Session
from lds_gui.ui.cards import label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, whole_reader
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.results import action_button
from lds_gui.ui.gaussians.units import BITS_PER_NAT, unit_name
from lds_gui.ui.numbers import grouped, readout, short
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import Theme

_KINDS = {"KL(P ‖ Q)": "kl_pq", "KL(Q ‖ P)": "kl_qp", "Jensen–Shannon": "jensen_shannon"}
_SIGMAS = 2.0


class SamplesPage(Page):
    """The estimate over the number of samples, with ± 2 standard errors, and the exact value where there is one."""

    name = "samples"
    title = "Monte Carlo"
    tip = "The same by samples, with their error; Jensen–Shannon’s divergence has no formula"

    def __init__(self, session: Session) -> None:
        """Build the page."""
        super().__init__(session)
        self._shown: Shown | None = None
        self.kind = CompactChoice("Which divergence is estimated")
        self.kind.setObjectName("kl_sampled")
        self.kind.setToolTip(self.kind.accessibleName())
        self.kind.offer(list(_KINDS))
        self.kind.show()
        self.kind.currentIndexChanged.connect(self._redraw)
        problem = ProblemPlace("kl_n_samples_error")
        self._problem = problem
        self.count = NumberField("kl_n_samples", whole_reader("number of samples", 2, MOST_SAMPLES), problem)
        self.count.setFixedWidth(86)
        self.count.setToolTip("How many samples of each are drawn")
        self.count.committed.connect(self._set_count)
        self.start = action_button("kl_sample", "Sample", "Draw samples of P and of Q", self._start_or_stop)
        self.start.setProperty("primary", True)
        self.plot = Plot("log₁₀ samples", "nats", left_width=66)
        self._band = Band()
        self.plot.addItem(self._band)
        self._line = self.plot.curve()
        self.plot.crosshair.reader.add("estimate", self._line)
        self._exact = pg.InfiniteLine(angle=0, movable=False)
        self.plot.addItem(self._exact, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self.results: dict[str, QLabel] = {
            name: label("", "hint", wrap=True, name=f"kl_sampled_{name}") for name in _KINDS.values()
        }
        for result in self.results.values():
            result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trouble = sentence("error", "kl_samples_trouble")
        line = QHBoxLayout()
        line.setSpacing(8)
        for part in (self.kind, self.count, label("samples of each", "soft"), self.start):
            line.addWidget(part)
        line.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addLayout(line)
        left.addWidget(problem)
        left.addWidget(self.trouble)
        for result in self.results.values():
            left.addWidget(result)
        left.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(left, 1)
        both.addWidget(self.plot, 1)
        self.body.addLayout(both, 1)

    def draw(self, shown: Shown) -> None:
        self._shown = shown
        laboratory = shown.laboratory
        self.count.show_value(laboratory.n_samples)
        self.start.setText("Stop" if laboratory.is_sampling else "Sample")
        say(self.trouble, laboratory.problem)
        per_unit = BITS_PER_NAT if laboratory.in_bits else 1.0
        unit = unit_name(laboratory.in_bits)
        for title, name in _KINDS.items():
            last = laboratory.estimates[-1] if laboratory.estimates else None
            self.results[name].setText(_result(title, name, last, shown.values.get(name), per_unit, unit))
        self._draw_plot(shown, list(_KINDS.values())[self.kind.chosen], per_unit, unit)

    def _draw_plot(self, shown: Shown, name: str, per_unit: float, unit: str) -> None:
        estimates = [estimate for estimate in shown.laboratory.estimates if np.isfinite(_mean(estimate, name).error)]
        x = np.log10(np.array([float(estimate.n_samples) for estimate in estimates]))
        values = per_unit * np.array([_mean(estimate, name).value for estimate in estimates])
        errors = per_unit * _SIGMAS * np.array([_mean(estimate, name).error for estimate in estimates])
        self._line.setData(x, values)
        self._band.set_data(x, values - errors, values + errors)
        exact = shown.values.get(name)
        there = exact is not None and np.isfinite(exact)
        self._exact.setVisible(bool(there and len(estimates)))
        if there and exact is not None:
            self._exact.setValue(exact * per_unit)
        self.plot.set_title("left", unit)
        if len(estimates) > 10:  # the first few would make the rest a flat line
            later = slice(len(x) // 2, None)
            low, high = float((values - errors)[later].min()), float((values + errors)[later].max())
            if there and exact is not None:
                low, high = min(low, exact * per_unit), max(high, exact * per_unit)
            self.plot.getViewBox().setYRange(low, high)

    def restyle(self, theme: Theme) -> None:
        self.plot.restyle(theme)
        self._line.setPen(line_pen(theme.color("estimate")))
        self._band.set_color(theme.color("estimate", BAND_ALPHA))
        self._exact.setPen(line_pen(theme.color("truth"), Qt.PenStyle.DashLine))

    def _redraw(self) -> None:
        if self._shown is not None:
            self.draw(self._shown)

    def _set_count(self, count: object) -> None:
        assert isinstance(count, int)
        try:
            self._session.lab.set_n_samples(count)
        except ParameterError as error:
            self._problem.tell("kl_n_samples", str(error))

    def _start_or_stop(self) -> None:
        lab = self._session.lab
        if self._session.state.laboratory.is_sampling:
            lab.stop_sampling()
        else:
            lab.sample()


def _mean(estimate: Estimate, name: str) -> Mean:
    return getattr(estimate, name)


def _result(title: str, name: str, last: Estimate | None, exact: float | None, per_unit: float, unit: str) -> str:
    if last is None:
        return f"{title}: press Sample" if name == "jensen_shannon" else ""
    value, error = (per_unit * figure for figure in _mean(last, name))
    words = f"{title} = {short(value, 6)} ± {short(error, 2)} {unit}, {grouped(last.n_samples)} samples"
    if exact is None or not np.isfinite(exact) or not error:
        return words
    away = abs(value - exact * per_unit) / error
    return f"{words}; exact {readout(exact * per_unit)}, {short(away, 2)} standard errors away"
