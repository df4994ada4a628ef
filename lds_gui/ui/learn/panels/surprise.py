"""Which time steps surprise the model, and until which iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from lds_gui.lds import Array
from lds_gui.session import State, Surprise, surprise_grid
from lds_gui.ui.learn.panels.panel import Table, TimePanel, sequences_note
from lds_gui.ui.numbers import grouped, readout
from lds_gui.ui.plots import Plot
from lds_gui.ui.strip import HeatStrip, ScaleKey
from lds_gui.ui.theme import Theme

_MOST_TICKS = 8
_ENDS_OF_SCALE = 2.0, 98.0  # percentiles: a single outlier must not flatten all the rest
_MARGIN = 0.2  # of a row above the mark of what is shown
_MOST_NAMED = 3  # iterations
_LOWEST = 1  # of the choices


class SurprisePanel(TimePanel):
    """Shows log p(x_t | x_1..x_{t−1}) as colours: time to the right, iterations upwards, in rows of equal height.

    Signals:
        wanted(int, float): the iteration and the time step that someone has clicked on.
    """

    wanted = Signal(int, float)

    name = "surprise"
    title = "Surprise strip"
    empty_text = "Run EM to see which time steps surprise the model"
    explanation = (
        "How well each observation was predicted from those before it: log p(xₜ | x₁ … xₜ₋₁). A row is an iteration, "
        "the start at the bottom, and its steps add up to log p(x). What stands out is a surprise; hatched, no value.",
        "Upwards, all should fade as the model learns. A column that goes on standing out is an outlier, or something "
        "the model cannot express; the left end, a poor initial state. A click goes to iteration and time.",
    )
    what = "Figure"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with the scale of its colours."""
        super().__init__(parent)
        self.scale = ScaleKey("nats per step")
        self.scale.hide()
        self.add_to_header(self.scale)

    def make_picture(self) -> QWidget:
        self.plot = Plot("time t", "iteration")
        self.strip = HeatStrip()
        self._shown = pg.InfiniteLine(angle=0, movable=False)
        self.plot.addItem(self.strip)
        self.plot.addItem(self._shown, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self.plot.getViewBox().setMouseEnabled(x=True, y=False)
        scene: Any = self.plot.scene()
        scene.sigMouseClicked.connect(self._take_click)
        scene.sigMouseMoved.connect(self._tell)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self.plot.showGrid(x=False, y=False)
        self.strip.restyle(theme)
        self.scale.restyle(theme)
        self._shown.setPen(pg.mkPen(theme.color("accent"), width=2, style=Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.surprise is not None and state.data is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.data, state.surprise, state.iteration, self.choice.chosen, len(_rows(state))

    def choices(self, state: State) -> tuple[str, ...]:
        return ("Mean", "Lowest") if state.surprise is not None and _is_binned(state.surprise) else ("Mean",)

    def draw(self, state: State) -> None:
        super().draw(state)
        self.scale.setVisible(self.has_picture(state))
        if state.step is not None:
            self._empty.setText("Computing the first rows …")

    def draw_picture(self, state: State) -> None:
        surprise, rows = state.surprise, _rows(state)
        assert surprise is not None
        assert state.data is not None
        derived = self._derived(surprise)
        values = np.full((len(rows), derived.shape[1]), np.nan)
        is_there = np.isin(surprise.iterations, rows)  # else it is of a run that has gone on since
        values[np.searchsorted(rows, np.array(surprise.iterations)[is_there])] = derived[is_there]
        self.strip.set_data(surprise.edges, values, _levels(derived))
        self.scale.set_levels(self.strip.levels)
        view = self.plot.getViewBox()
        view.setLimits(yMin=0.0, yMax=float(len(rows)))
        view.setYRange(0.0, float(len(rows)), padding=0)
        self.plot.left.setTicks([_ticks(rows)])
        self.plot.expect_steps(surprise.n_steps)
        self.plot.set_title("bottom", state.data.time_name)
        self.plot.bottom.set_step_labels(state.data.time_labels)
        self._shown.setValue(_height(rows, state.iteration or 0))
        self.note.setText(_note(state, surprise, len(rows)))

    def _derived(self, surprise: Surprise) -> Array:
        return surprise.lowest if self.choice.chosen == _LOWEST and _is_binned(surprise) else surprise.log_densities

    def table(self, state: State) -> Table:
        surprise = state.surprise
        assert surprise is not None
        result: Table = {"first_t": surprise.edges[:-1] + 0.5, "last_t": surprise.edges[1:] - 0.5}
        tables = {"log_density": surprise.log_densities}
        if _is_binned(surprise):
            tables["lowest"] = surprise.lowest
        for name, rows in tables.items():
            result |= {f"{name}_{at}": row for at, row in zip(surprise.iterations, rows, strict=True)}
        return result

    def words_at(self, at: QPointF) -> str:
        """Say what is at this point of the plot's scene; empty if nothing is."""
        found = self._found(at)
        if found is None or self._state is None or self._state.surprise is None or self._state.data is None:
            return ""
        (iteration, step), surprise = found, self._state.surprise
        if iteration not in surprise.iterations:
            return f"Iteration {iteration}: not computed yet"
        if iteration in surprise.failed:
            return f"Iteration {iteration}: not computable"
        row = surprise.iterations.index(iteration)
        place = int(np.searchsorted(surprise.edges, step)) - 1
        first, last = round(surprise.edges[place] + 0.5), round(surprise.edges[place + 1] - 0.5)
        mean, lowest = surprise.log_densities[row, place], surprise.lowest[row, place]
        labels = self._state.data.time_labels
        names = [str(step) if labels is None else labels[step - 1] for step in (first, last)]
        if np.isnan(lowest):
            figures = "nothing observed"
        elif first == last:
            figures = f"log p(xₜ | x₁ … xₜ₋₁) = {readout(mean)} nats"
        else:
            figures = f"log p(xₜ | x₁ … xₜ₋₁) {readout(mean)} nats per step, lowest {readout(lowest)}"
        time = names[0] if first == last else " to ".join(names)
        return f"Iteration {iteration}, {self._state.data.time_name} = {time}: {figures}"

    def _found(self, at: QPointF) -> tuple[int, int] | None:
        """Give iteration and time step at a point of the scene, if there is one."""
        state, view = self._state, self.plot.getViewBox()
        if state is None or state.surprise is None or not view.sceneBoundingRect().contains(at):
            return None
        point, rows = view.mapSceneToView(at), _rows(state)
        step, row = round(point.x()), int(np.floor(point.y()))
        if not (1 <= step <= state.surprise.n_steps and 0 <= row < len(rows)):
            return None
        return rows[row], step

    def _take_click(self, click: Any) -> None:
        found = self._found(click.scenePos()) if click.button() == Qt.MouseButton.LeftButton else None
        if found is not None:
            click.accept()
            self.wanted.emit(found[0], float(found[1]))

    def _tell(self, at: QPointF) -> None:
        words, found = self.words_at(at), self._found(at)
        self.plot.crosshair.go_to(None if found is None else float(found[1]))
        if words:
            QToolTip.showText(QCursor.pos(), words, self.plot)
        else:
            QToolTip.hideText()


def _rows(state: State) -> tuple[int, ...]:
    """The iterations that have a row, derived or not."""
    return () if state.run is None else surprise_grid(state.run.n_recorded)


def _is_binned(surprise: Surprise) -> bool:
    return len(surprise.edges) - 1 < surprise.n_steps


def _levels(values: Array) -> tuple[float, float]:
    """The ends of the scale, which a few extreme values don't reach; apart even if all values are the same."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, _ENDS_OF_SCALE).tolist()
    reach = max(1e-9 * max(abs(low), abs(high)), 1e-9)
    return (low, high) if high - low > reach else (low - 0.5, high + 0.5)


def _ticks(rows: tuple[int, ...]) -> list[tuple[float, str]]:
    """Label some rows, at their middle: from the ninth on, every fourth row is a power of two."""
    stride = 1
    while len(rows) > _MOST_TICKS * stride:
        stride *= 2
    return [(row + 0.5, grouped(rows[row])) for row in range(0, len(rows), stride)]


def _height(rows: tuple[int, ...], iteration: int) -> float:
    """Where an iteration is among the rows, of which it need not be one: in the middle of its own, or between two."""
    following = (*rows, surprise_grid(2 * rows[-1] + 2)[len(rows)]) if rows else (0,)
    middle = np.interp(iteration, following, np.arange(len(following)) + 0.5)
    return float(min(middle, len(rows) - _MARGIN))


def _note(state: State, surprise: Surprise, n_rows: int) -> str:
    n_derived, width = len(surprise.iterations), round(surprise.edges[1] - surprise.edges[0])
    parts = (
        f"{n_derived} of {n_rows} rows" if n_derived < n_rows else "",
        f"bins of {grouped(width)} steps" if _is_binned(surprise) else "",
        _failed_in_words(surprise.failed),
        sequences_note(state),
    )
    return ", ".join(filter(None, parts))


def _failed_in_words(failed: tuple[int, ...]) -> str:
    if not failed:
        return ""
    more = ", …" if len(failed) > _MOST_NAMED else ""
    return f"not computable at iteration {', '.join(map(grouped, failed[:_MOST_NAMED]))}{more}"
