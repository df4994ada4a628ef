"""The eigenvalues of A in the unit circle."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from lds_gui.session import State, matched_iteration
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.numbers import readout
from lds_gui.ui.plots import Plot
from lds_gui.ui.theme import SMALL_SIZE, Theme

_MAX_TRAIL = 400  # iterations; a longer history is thinned evenly


class EigenvaluesPanel(Panel):
    """Shows the eigenvalues of A in the complex plane: truth, start, estimate, and the way the estimate has come.

    Where the run is compared with another one, those of its matched iteration are there too. They don't depend on the
    latent basis, so nothing is aligned here.
    """

    name = "eigenvalues"
    title = "Eigenvalues of A"
    empty_text = "Simulate or run EM to see the eigenvalues of A"
    explanation = (
        "Each eigenvalue of A is one way the latents move: its modulus says how slowly a disturbance fades, "
        "its angle how fast it turns. The small dots are the way the estimate has come.",
        "Inside the circle the model is stable; on it, nothing is ever forgotten. A pair off the real axis "
        "oscillates. Do the circles come to rest on the truth’s crosses? No change of latent basis moves "
        "them.",
    )
    legend = (
        ("true", "truth", "cross"),
        ("start", "start", "triangle"),
        ("compared", "compared", "diamond"),
        ("estimate", "estimate", "circle"),
    )

    def make_picture(self) -> QWidget:
        self.plot = Plot("Re λ", "Im λ", left_width=46)
        self.plot.setAspectLocked(True)
        angle = np.linspace(0, 2 * np.pi, 181)
        self._circle = self.plot.plot(np.cos(angle), np.sin(angle))
        self._radius = pg.LabelItem(size=f"{SMALL_SIZE}px")
        self._radius.setParentItem(self.plot.getViewBox())
        self._radius.anchor(itemPos=(0, 1), parentPos=(0, 1), offset=(4, 2))
        self._trail = self.plot.plot(pen=None, symbol="o", symbolSize=2)
        self._true = self.plot.plot(pen=None, symbol="x", symbolSize=11)
        self._start = self.plot.plot(pen=None, symbol="t1", symbolSize=9)
        self._compared = self.plot.plot(pen=None, symbol="d", symbolSize=10)
        self._estimate = self.plot.plot(pen=None, symbol="o", symbolSize=8)
        self.plot.crosshair.in_plane = True
        for name, item in (
            *(("true", self._true), ("start", self._start)),
            *(("compared", self._compared), ("estimate", self._estimate)),
        ):
            self.plot.crosshair.reader.add(name, item)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._circle.setPen(pg.mkPen(theme.faint))
        self._radius.setText(self._radius.text, color=theme.soft)
        self._trail.setSymbolBrush(theme.color("estimate", 0.6))
        self._trail.setSymbolPen(None)
        self._true.setSymbolPen(None)
        self._true.setSymbolBrush(theme.color("truth"))
        self._start.setSymbolPen(pg.mkPen(theme.start, width=1.4))
        self._start.setSymbolBrush(None)
        self._compared.setSymbolBrush(theme.color("compared"))
        self._compared.setSymbolPen(pg.mkPen(theme.card, width=1))
        self._estimate.setSymbolBrush(theme.color("estimate"))
        self._estimate.setSymbolPen(pg.mkPen(theme.card, width=1))

    def has_picture(self, state: State) -> bool:
        return state.step is not None or _truth(state) is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        history = None if state.run is None else state.run.history
        return state.data, history, state.iteration, state.other, int(state.matches_levels)

    def draw_picture(self, state: State) -> None:
        values = _eigenvalues(state)
        items = {
            "true": self._true,
            "start": self._start,
            "compared": self._compared,
            "estimate": self._estimate,
        }
        for key, (text, item) in zip(self.keys, items.items(), strict=True):
            _set_points(item, values[text])
            key.setVisible(values[text].size > 0)
        _set_points(self._trail, _trail(state))
        shown = "estimate" if values["estimate"].size else "true"
        radius = float(np.abs(values[shown]).max())
        self._radius.setText(f"max |λ| = {radius:.4f}")
        self.note.setText("" if radius < 1 else "not stable")
        self.note.setToolTip(f"The spectral radius of A, {shown}: {readout(radius)}")

    def table(self, state: State) -> Table:
        result: Table = {}
        for text, values in _eigenvalues(state).items():
            result |= {f"{text}_real": values.real, f"{text}_imaginary": values.imag, f"{text}_modulus": np.abs(values)}
        return result


def _truth(state: State) -> NDArray[np.float64] | None:
    return None if state.data is None or state.data.truth is None else state.data.truth.A


def _eigenvalues(state: State) -> dict[str, NDArray[np.complex128]]:
    step = state.step
    start = None if state.run is None or step is None else state.run.history[0].params.A
    matrices = {
        "true": _truth(state),
        "start": start,
        "compared": _compared(state),
        "estimate": None if step is None else step.params.A,
    }
    return {
        text: np.empty(0, complex) if matrix is None else np.linalg.eigvals(matrix).astype(complex)
        for text, matrix in matrices.items()
    }


def _compared(state: State) -> NDArray[np.float64] | None:
    """Give the A of the other run at the iteration that belongs to the shown one; None without one."""
    run, other, iteration = state.run, state.other, state.iteration
    if run is None or other is None or iteration is None or not other.n_recorded:
        return None
    return other.history[matched_iteration(run, iteration, other, by_level=state.matches_levels)].params.A


def _trail(state: State) -> NDArray[np.complex128]:
    """Give the eigenvalues of every iteration up to the shown one, thinned if there are many."""
    if state.run is None or state.iteration is None:
        return np.empty(0, complex)
    shown = np.unique(np.linspace(0, state.iteration, min(state.iteration + 1, _MAX_TRAIL)).astype(int))
    return np.linalg.eigvals(state.run.history.transition_matrices(shown)).astype(complex).ravel()


def _set_points(item: pg.PlotDataItem, points: NDArray[np.complex128]) -> None:
    item.setData(points.real, points.imag)
