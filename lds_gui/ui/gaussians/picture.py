"""The picture of two Gaussians: densities in one dimension, ellipses in two, marginals of two in more."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QStackedLayout

from lds_gui.lds import Array, Gaussian
from lds_gui.session import GaussianPair
from lds_gui.ui.cards import Card, LegendKey, label
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.numbers import subscript
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import Theme

_STYLES = {"p": Qt.PenStyle.SolidLine, "q": Qt.PenStyle.DashLine}
_SIGMAS = (1.0, 2.0)
_ANGLES = np.linspace(0.0, 2 * np.pi, 121)


class GaussiansPicture(Card):
    """Shows P and Q."""

    def __init__(self) -> None:
        """Build both kinds of picture; the dimension decides which is shown."""
        super().__init__("P and Q")
        self._pair: GaussianPair | None = None
        self._keys = (LegendKey("P", "p", "solid"), LegendKey("Q", "q", "dashed"))
        for key in self._keys:
            self.add_to_header(key)
        self._caption = label("", "small")
        self.add_at_end_of_header(self._caption)
        self._choices = tuple(CompactChoice(f"Dimension on the {axis} axis") for axis in ("horizontal", "vertical"))
        for choice in self._choices:
            choice.currentIndexChanged.connect(self._choose)
            self.add_at_end_of_header(choice)
        self._densities = Plot("x₁", "density")
        self._ellipses = Plot("x₁", "x₂")
        self._ellipses.setAspectLocked(True)
        self._curves = {name: self._densities.plot() for name in _STYLES}
        self._rings = {name: [self._ellipses.plot() for _ in _SIGMAS] for name in _STYLES}
        self._centres = {name: self._ellipses.plot(pen=None, symbolSize=8) for name in _STYLES}
        self._stack = QStackedLayout()
        self._stack.addWidget(self._densities)
        self._stack.addWidget(self._ellipses)
        self.body.addLayout(self._stack, 1)

    def draw(self, pair: GaussianPair) -> None:
        """Show this pair."""
        self._pair = pair
        self._offer_dimensions(pair.dim)
        if pair.dim == 1:
            self._draw_densities(pair)
            self._caption.setText("densities")
        else:
            self._draw_ellipses(pair)
            self._caption.setText("1σ and 2σ ellipses" if pair.dim == 2 else "1σ and 2σ ellipses of the marginal in")
        self._stack.setCurrentWidget(self._densities if pair.dim == 1 else self._ellipses)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for plot in (self._densities, self._ellipses):
            plot.restyle(theme)
        for key in self._keys:
            key.restyle(theme)
        for name, style in _STYLES.items():
            self._curves[name].setPen(line_pen(theme.color(name), style))
            self._curves[name].setFillLevel(0.0)
            self._curves[name].setBrush(theme.color(name, 0.12))
            for ring in self._rings[name]:
                ring.setPen(line_pen(theme.color(name), style))
                ring.setFillLevel("enclosed")
                ring.setBrush(theme.color(name, 0.08))
            self._centres[name].setSymbol("o" if name == "p" else "s")
            self._centres[name].setSymbolBrush(theme.color(name))
            self._centres[name].setSymbolPen(pg.mkPen(theme.card))

    def _offer_dimensions(self, dim: int) -> None:
        """Offer a pair of dimensions where there is more than one pair."""
        names = [f"x{subscript(i + 1)}" for i in range(dim)]
        for choice in self._choices:
            choice.offer(names)
            choice.setVisible(dim > 2)
        if dim > 1:
            self._keep_apart(self._choices[1])

    def _keep_apart(self, other: CompactChoice) -> None:
        """Have the other choice make way if both are of the same dimension."""
        first, second = (choice.chosen for choice in self._choices)
        if first == second:
            with QSignalBlocker(other):
                other.setCurrentIndex((first + 1) % other.count())

    @Slot()
    def _choose(self) -> None:
        self._keep_apart(self._choices[1] if self.sender() is self._choices[0] else self._choices[0])
        if self._pair is not None:
            self.draw(self._pair)

    def _draw_densities(self, pair: GaussianPair) -> None:
        both = {"p": pair.p, "q": pair.q}
        sds = {name: float(np.sqrt(gaussian.cov[0, 0])) for name, gaussian in both.items()}
        lowest = min(gaussian.mean[0] - 4 * sds[name] for name, gaussian in both.items())
        highest = max(gaussian.mean[0] + 4 * sds[name] for name, gaussian in both.items())
        for name, gaussian in both.items():
            mean, sd = float(gaussian.mean[0]), sds[name]
            if sd == 0:  # all the mass at one point: an arrow has no height in a density; a line to the axis' top
                self._curves[name].setData(np.array([mean, mean]), np.array([0.0, 1.0]))
                continue
            x = np.unique(np.concatenate([np.linspace(lowest, highest, 400), mean + sd * np.linspace(-4, 4, 201)]))
            with np.errstate(over="ignore"):  # far out, where the density is 0
                self._curves[name].setData(x, np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))

    def _draw_ellipses(self, pair: GaussianPair) -> None:
        first, second = (choice.chosen for choice in self._choices)
        self._ellipses.set_title("bottom", f"x{subscript(first + 1)}")
        self._ellipses.set_title("left", f"x{subscript(second + 1)}")
        for name, gaussian in (("p", pair.p), ("q", pair.q)):
            for ring, n_sigmas in zip(self._rings[name], _SIGMAS, strict=True):
                ring.setData(*_ellipse(gaussian, [first, second], n_sigmas).T)
            self._centres[name].setData(gaussian.mean[[first]], gaussian.mean[[second]])


def _ellipse(gaussian: Gaussian, dimensions: list[int], n_sigmas: float) -> Array:
    """Give the outline of {x : (x − μ)ᵀ Σ⁻¹ (x − μ) = n_sigmas²} of the marginal, which may be flat; (121, 2)."""
    values, vectors = np.linalg.eigh(gaussian.cov[np.ix_(dimensions, dimensions)])
    axes = vectors * np.sqrt(np.maximum(values, 0.0))
    circle = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    return gaussian.mean[dimensions] + n_sigmas * circle @ axes.T
