"""The way of every parameter over the iterations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, Array, LDSParams
from lds_gui.session import State, View
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table
from lds_gui.ui.numbers import subscript
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import SERIES, Theme

_MOST_POINTS = 300  # iterations; a longer history is thinned evenly
_MOST_LINES = 36
_PADDING = 0.1  # share of the heights: names stand above their lines
_N_NAMED = 6  # lines that bear their name
_APART = 0.08  # of the height: names that are closer stand in one line
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class PathsPanel(ChoicePanel):
    """Shows over iterations: the entries of a parameter, norms, moduli of eigenvalues, or the distance to the truth."""

    name = "paths"
    title = "Parameter paths"
    empty_text = "Run EM to see the way of every parameter"
    explanation = (
        "How each number of the model moves from iteration to iteration: the entries of one matrix, the size of each "
        "matrix, the moduli of A’s eigenvalues, or how far each matrix still is from the truth.",
        "Lines that have come to rest are learned. Entries that keep drifting while the bound stands still only turn "
        "the latent basis: norms and eigenvalues tell the difference. Through a lens, entries are as shown elsewhere.",
    )
    what = "Quantity"
    shows_view = True

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "entry", left_width=62)
        self._lines = [self.plot.plot() for _ in range(_MOST_LINES)]
        for line in self._lines:
            self.plot.crosshair.reader.add("", line)
        self.plot.getViewBox().setDefaultPadding(_PADDING)
        self._names = [pg.TextItem("", anchor=(1, 1)) for _ in range(_N_NAMED)]
        for name in self._names:
            self.plot.addItem(name, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._cursor, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        for index, line in enumerate(self._lines):
            style = _STYLES[index // len(SERIES) % len(_STYLES)]
            line.setPen(line_pen(theme.color(SERIES[index % len(SERIES)]), style))
        for name in self._names:
            name.setColor(theme.ink)
        self._cursor.setPen(pg.mkPen(theme.accent, style=Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.run is not None and state.run.n_recorded > 0

    def inputs(self, state: State) -> tuple[object, ...]:
        run = state.run
        if run is None:
            return (None,)
        gauge = None if state.view is None else state.view.gauge
        return run.history, run.n_recorded, state.iteration, self.choice.chosen, gauge

    def choices(self, state: State) -> tuple[str, ...]:
        return tuple(_quantities(state))

    def draw_picture(self, state: State) -> None:
        quantity = list(_quantities(state))[self.choice.chosen]
        iterations, lines = self._computed(state, quantity)
        shown = dict(sorted(lines.items(), key=lambda item: -float(np.ptp(item[1])))[:_MOST_LINES])
        nothing = ("", np.empty(0))
        for item, (name, values) in zip(self._lines, [*shown.items(), *[nothing] * _MOST_LINES], strict=False):
            item.setData(iterations[: values.size], values)
            self.plot.crosshair.reader.rename(item, name)
        ends = {name: float(values[-1]) for name, values in list(shown.items())[:_N_NAMED]}
        names = named_together(ends, _APART * float(np.ptp([*shown.values()])))
        for item, (text, height) in zip(self._names, [*names, *[("", 0.0)] * _N_NAMED], strict=False):
            item.setText(text)
            item.setVisible(bool(text))
            item.setPos(float(iterations[-1]), height)
        self._cursor.setValue(state.iteration or 0)
        self.plot.set_title("left", _AXES.get(quantity, f"entries of {quantity}"))
        hidden = len(lines) - len(shown)
        self.note.setText(f"the {_MOST_LINES} that move most, of {len(lines)}" if hidden else "")

    def _computed(self, state: State, quantity: str) -> tuple[Array, dict[str, Array]]:
        """Give the iterations (k,), and each line's values (k,) by its name."""
        run = state.run
        assert run is not None
        kept = np.unique(np.linspace(0, run.n_recorded - 1, min(run.n_recorded, _MOST_POINTS)).astype(np.intp))
        return kept.astype(np.float64), _quantities(state)[quantity](run.history.stacked(kept.tolist()))

    def table(self, state: State) -> Table:
        quantity = list(_quantities(state))[self.choice.chosen]
        iterations, lines = self._computed(state, quantity)
        return {"iteration": iterations, **{name.replace("‖", "|"): values for name, values in lines.items()}}


def named_together(ends: dict[str, float], apart: float) -> list[tuple[str, float]]:
    """Give one text and its height for each group of lines that end closer to each other than `apart`."""
    groups: list[list[str]] = []
    for name in sorted(ends, key=ends.__getitem__):
        if groups and ends[name] - ends[groups[-1][-1]] < apart:
            groups[-1].append(name)
        else:
            groups.append([name])
    return [(", ".join(sorted(group)), ends[group[-1]]) for group in groups]


_AXES = {"norms": "Frobenius norm", "|λ|": "|λ| of A", "distance": "relative distance to the truth"}
_SYMBOLS = {parameter.name: parameter.symbol for parameter in PARAMETERS}
_Stacks = dict[str, Array]  # parameters of k iterations, (k, …) by name
_Measure = Callable[[_Stacks], dict[str, Array]]  # lines (k,) by name


def _quantities(state: State) -> dict[str, _Measure]:
    """Give what can be shown, and how it is measured on the parameters of some iterations."""
    if state.run is None or state.run.n_recorded == 0:
        return {}
    view, first = state.view, state.run.history[0].params
    result: dict[str, _Measure] = {}
    for name, symbol in _SYMBOLS.items():
        if getattr(first, name) is not None:
            result[symbol] = partial(_entries, name, view)
    result["norms"] = _norms
    result["|λ|"] = _moduli
    truth = None if view is None else view.true_params
    if truth is not None and (truth.latent_dim, truth.obs_dim) == (first.latent_dim, first.obs_dim):
        result["distance"] = partial(_distances, truth, view)
    return result


def _entries(name: str, view: View | None, stacks: _Stacks) -> dict[str, Array]:
    stack = (stacks if view is None else view.shown_stacks(stacks))[name]
    places = np.ndindex(stack.shape[1:])
    return {_SYMBOLS[name] + "".join(subscript(i + 1) for i in place): stack[(..., *place)] for place in places}


def _sizes(stack: Array) -> Array:
    """The Frobenius norm of each of the k parameters (k, …)."""
    return np.sqrt((stack.reshape(len(stack), -1) ** 2).sum(axis=1))


def _norms(stacks: _Stacks) -> dict[str, Array]:
    return {f"‖{_SYMBOLS[name]}‖": _sizes(stack) for name, stack in stacks.items()}


def _moduli(stacks: _Stacks) -> dict[str, Array]:
    moduli = np.sort(np.abs(np.linalg.eigvals(stacks["A"])), axis=1)[:, ::-1]
    return {f"|λ{subscript(i + 1)}|": column for i, column in enumerate(moduli.T)}


def _distances(truth: LDSParams, view: View | None, stacks: _Stacks) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, stack in (stacks if view is None else view.shown_stacks(stacks)).items():
        true = getattr(truth, name)
        if true is not None:
            size = float(np.linalg.norm(true))
            found[_SYMBOLS[name]] = _sizes(stack - true) / (size if size > 0.0 else 1.0)
    return found
