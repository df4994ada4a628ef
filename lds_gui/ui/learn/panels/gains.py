"""Which block of parameters earned what the M-step gained."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.session import Run, State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table
from lds_gui.ui.numbers import short
from lds_gui.ui.plots import Band, Plot
from lds_gui.ui.theme import SERIES, Theme

_BLOCKS = tuple(zip(("μ₀ & Σ₀", "A & Σ", "B & Γ"), SERIES, ["band"] * 3, strict=False))
_MOST_BARS, _MOST_AREAS = 30, 600
_ALPHA = 0.55
_WIDE = 0.15  # share: an area with room for its name
_ROUNDING = 1e-9  # nats relative to the log-likelihood: a smaller negative part is arithmetic


class GainsPanel(ChoicePanel):
    """Shows each M-step's gain in the bound, split by block: as shares of the gain, or as bars in nats."""

    name = "gains"
    title = "Who earned it"
    empty_text = "Run EM to see which parameters raise the bound"
    explanation = (
        "Each M-step raises the bound by fitting three blocks of parameters, and the three parts add up: the initial "
        "state, the transition (A & Σ) and the observation (B & Γ). Shares tell who does the work, bars how much.",
        "Early on B & Γ usually earn most; later one block does the slow rest. A part below zero is named. Where Σ is "
        "the initial covariance, too, it may serve one part at the other’s cost. Else an exact M-step never loses.",
    )
    legend = _BLOCKS
    what = "Kind of picture"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with a line for what is negative."""
        super().__init__(parent)
        self.findings = sentence("small", "gains_findings")
        self.body.addWidget(self.findings)

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "share of the gain", left_width=62)
        self._areas = [Band() for _ in _BLOCKS]
        self._bars = [pg.BarGraphItem(x=[], height=[], width=0.8) for _ in _BLOCKS]
        self._edges = [self.plot.plot() for _ in _BLOCKS]
        for j, ((text, _, _), edge) in enumerate(zip(_BLOCKS, self._edges, strict=True)):
            self.plot.crosshair.reader.add(f"{text}, nats", edge, partial(self._gains_of, j))
        self._names = [pg.TextItem(text, anchor=(0.5, 0.5)) for text, _, _ in _BLOCKS]
        for item in (*self._areas, *self._bars):
            self.plot.addItem(item)
        for name in self._names:
            self.plot.addItem(name, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._cursor, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        for (_, role, _), area, bar, edge in zip(_BLOCKS, self._areas, self._bars, self._edges, strict=True):
            area.set_color(theme.color(role, _ALPHA))
            bar.setOpts(brush=theme.color(role, _ALPHA), pen=pg.mkPen(theme.color(role)))
            edge.setPen(pg.mkPen(theme.color(role)))
        for name in self._names:
            name.setColor(theme.ink)
        self._cursor.setPen(pg.mkPen(theme.accent, style=Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.run is not None and state.run.n_recorded > 1

    def inputs(self, state: State) -> tuple[object, ...]:
        run = state.run
        return (None,) if run is None else (run.history, run.n_recorded, state.iteration, self.choice.chosen)

    def choices(self, state: State) -> tuple[str, ...]:  # noqa: ARG002
        return "shares", "bars"

    def draw(self, state: State) -> None:
        super().draw(state)
        if not self.has_picture(state):
            say(self.findings, "")

    def draw_picture(self, state: State) -> None:
        run, shown = state.run, state.iteration
        assert run is not None
        assert shown is not None
        as_shares = self.choice.chosen == 0
        self.plot.set_title("left", "share of the gain" if as_shares else "nats per iteration")
        self._draw_shares(run if as_shares else None)
        self._draw_bars(None if as_shares else run, shown)
        self._cursor.setValue(shown)
        self.note.setText("" if shown == 0 else f"iteration {shown}: {short(run.gains[shown].sum())} nats")
        say(self.findings, negative_part(run))

    def _draw_shares(self, run: Run | None) -> None:
        x, tops = (np.empty(0), np.empty((0, 3))) if run is None else _shares(run)
        low = np.zeros(len(x))
        for j, (area, edge, name) in enumerate(zip(self._areas, self._edges, self._names, strict=True)):
            high = tops[:, j]
            area.set_data(x, low, high)
            edge.setData(x, high)
            inner = (high - low)[x.size // 10 : x.size - x.size // 10]  # a name at the edge would be cut off
            widest = x.size // 10 + (int(inner.argmax()) if inner.size else 0)
            name.setVisible(bool(x.size > 4 and high[widest] - low[widest] > _WIDE))
            if name.isVisible():
                name.setPos(x[widest], 0.5 * (low[widest] + high[widest]))
            low = high

    def _draw_bars(self, run: Run | None, shown: int) -> None:
        first = max(shown - _MOST_BARS + 1, 1)
        gains = np.empty((0, 3)) if run is None else run.gains[first : shown + 1]
        x = first + np.arange(len(gains), dtype=np.float64)
        up, down = np.zeros(len(x)), np.zeros(len(x))
        for column, bar in zip(gains.T, self._bars, strict=True):
            base = np.where(column >= 0.0, up, down)
            bar.setOpts(x=x, y0=base, height=column, width=0.8)
            up, down = up + np.maximum(column, 0.0), down + np.minimum(column, 0.0)

    def _gains_of(self, block: int) -> tuple[Array | None, Array | None]:
        """Give the iterations and what this block gained in each, in nats."""
        run = None if self._state is None else self._state.run
        return (None, None) if run is None else (np.arange(1.0, run.n_recorded), run.gains[1:, block])

    def table(self, state: State) -> Table:
        run = state.run
        assert run is not None
        names = ("initial", "transition", "observation")
        gains: Table = {f"gain_{name}": column for name, column in zip(names, run.gains[1:].T, strict=True)}
        return {"iteration": np.arange(1.0, run.n_recorded), **gains}


def _shares(run: Run) -> tuple[Array, Array]:
    """Give the iterations (k,), thinned evenly, and where the area of each block ends (k, 3), from 0 to 1.

    Where there are many, each stands for a stretch of iterations, and the shares are those of what it gained.
    """
    gains = np.maximum(run.gains[1:], 0.0)
    starts = np.unique(np.linspace(0, len(gains), min(len(gains), _MOST_AREAS), endpoint=False).astype(np.intp))
    sums = np.add.reduceat(gains, starts, axis=0)
    total = sums.sum(axis=1, keepdims=True)
    tops = np.cumsum(np.divide(sums, total, out=np.zeros_like(sums), where=total > 0.0), axis=1)
    return np.asarray(starts + 1.0, dtype=np.float64), tops


def negative_part(run: Run) -> str:
    """Name the newest block that an M-step made worse by more than rounding; empty if there is none."""
    gains = run.gains
    floor = -_ROUNDING * np.maximum(np.abs(run.log_likelihoods), 1.0)
    rows, columns = np.nonzero(gains < floor[:, None])
    if not rows.size:
        return ""
    iteration, block = int(rows[-1]), int(columns[-1])
    words = f"Iteration {iteration}: {_BLOCKS[block][0]} lost {short(-float(gains[iteration, block]))} nats"
    shares_sigma = run.history[iteration].params.is_tied and block < 2 and gains[iteration].sum() >= floor[iteration]
    return f"{words}, which Σ gained in its other part: it is Σ₀, too" if shares_sigma else f"✕ {words} of the bound"
