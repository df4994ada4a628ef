"""Which directions cost: KL(P ‖ Q) split into independent parts."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from lds_gui.lds import Directions, dimension_costs, directions
from lds_gui.session import Session
from lds_gui.ui.cards import LegendKey, label
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.units import BITS_PER_NAT, unit_name
from lds_gui.ui.numbers import short, signed, subscript
from lds_gui.ui.plots import Plot
from lds_gui.ui.theme import SERIES, Theme

_PARTS = (("different width", SERIES[0]), ("different mean", SERIES[1]))
_MOST_ENTRIES = 4  # of a direction that is named
_SMALLEST = 0.05  # entry of a direction that is named


class DirectionsPage(Page):
    """Bars of what each eigen-direction of Σ_Q⁻¹ Σ_P costs; where all is diagonal, these are the dimensions."""

    name = "directions"
    title = "Which direction costs"
    tip = "KL(P ‖ Q) split by eigen-direction of Σ_Q⁻¹ Σ_P, in which both fall into independent parts"

    def __init__(self, session: Session) -> None:
        """Build the page."""
        super().__init__(session)
        self.plot = Plot("direction, the costliest first", "nats", left_width=58)
        self.plot.getViewBox().setMouseEnabled(x=False, y=False)
        self._bars = tuple(pg.BarGraphItem(x=[], height=[], width=0.7) for _ in _PARTS)
        for bar in self._bars:
            self.plot.addItem(bar)
        self._keys = tuple(LegendKey(text, role, "band") for text, role in _PARTS)
        self.words = label("", "hint", wrap=True, name="kl_directions_words")
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        legend = QHBoxLayout()
        legend.setSpacing(12)
        for key in self._keys:
            legend.addWidget(key)
        legend.addStretch(1)
        right = QVBoxLayout()
        right.addLayout(legend)
        right.addWidget(self.words, 1)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.plot, 1)
        line.addLayout(right, 1)
        self.body.addLayout(line, 1)

    def draw(self, shown: Shown) -> None:
        pair, in_bits = shown.pair, shown.laboratory.in_bits
        found, unit = directions(pair.p, pair.q), unit_name(in_bits)
        per_unit = BITS_PER_NAT if in_bits else 1.0
        self.plot.set_title("left", unit)
        parts = [np.empty(0)] * 2 if found is None else [found.shape_costs * per_unit, found.mean_costs * per_unit]
        base = np.zeros(len(parts[0]))
        x = np.arange(1.0, len(base) + 1.0)
        for bar, part in zip(self._bars, parts, strict=True):
            bar.setOpts(x=x, y0=base, height=part, width=0.7)
            base = base + part
        self.plot.bottom.setTicks([[(float(place), str(int(place))) for place in x]])
        by_dimension = dimension_costs(pair.p, pair.q)
        self.words.setText(_in_words(found, None if by_dimension is None else by_dimension * per_unit, unit, per_unit))

    def restyle(self, theme: Theme) -> None:
        self.plot.restyle(theme)
        for (_, role), bar in zip(_PARTS, self._bars, strict=True):
            bar.setOpts(brush=theme.color(role, 0.6), pen=pg.mkPen(theme.color(role)))
        for key in self._keys:
            key.restyle(theme)


def _in_words(found: Directions | None, by_dimension: np.ndarray | None, unit: str, per_unit: float) -> str:
    if found is None:
        return "A covariance is singular: there is no common basis in which both are regular."
    lines: list[str] = []
    for place in range(min(len(found.ratios), 3)):
        cost = short(float(found.costs[place]) * per_unit)
        ratio, shift = short(float(found.ratios[place])), short(abs(float(found.shifts[place])))
        lines.append(
            f"{place + 1}: along {_named(found.vectors[:, place])}, {cost} {unit}; the variance of P is {ratio} × that "
            f"of Q, the means are {shift} sd of Q apart"
        )
    if by_dimension is not None:
        sums = " + ".join(f"{short(float(cost))}" for cost in by_dimension[:8])
        more = " + …" if len(by_dimension) > 8 else ""
        lines.append(f"Diagonal, so it is the sum over x{subscript(1)} …: {sums}{more}")
    return "\n".join(lines)


def _named(vector: np.ndarray) -> str:
    """The direction by its largest entries."""
    order = [int(i) for i in np.argsort(-np.abs(vector)) if abs(vector[i]) >= _SMALLEST][:_MOST_ENTRIES]
    sign = 1.0 if vector[order[0]] > 0.0 else -1.0
    parts = [f"{signed(float(sign * vector[i]), 2)} x{subscript(i + 1)}" for i in order]
    return " ".join(parts).removeprefix("+")
