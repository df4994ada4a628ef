"""Observations over time, with the fitted mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.session import Data, State, View
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.learn.panels.panel import Table, TimePanel, column_names, sequences_note, step_axis, view_note
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.stretches import Stretches
from lds_gui.ui.theme import Theme

_MISSING_ALPHA = 0.22
_KINDS = ("fitted", "one step ahead", "forecast")


class ObservationsPanel(TimePanel):
    """Shows one observed dimension: the data, and ± 2 standard deviations around what the model makes of them.

    By choice that is the fitted mean B E[z_t], given all data; the prediction from the steps before; or the forecast of
    the steps after the end.
    """

    name = "observations"
    title = "Observations"
    empty_text = "Simulate, or open data, to see the observations"
    explanation = (
        "The data, and what the model makes of them: the fitted mean with a band of two standard deviations "
        "of a new observation.",
        "Points outside the band more often than one in twenty, or for a while on one side, show what the "
        "model cannot explain. In shaded stretches nothing was observed: there the band widens.",
    )
    shows_view = True
    legend = (("data", "data", "dot"), ("model ± 2σ", "estimate", "band"), ("missing", "faint", "stretch"))

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with the choice of what the model is asked."""
        super().__init__(parent)
        self.kind = CompactChoice("What the model says in Observations")
        self.kind.setObjectName("kind_of_fit")
        self.kind.setToolTip(self.kind.accessibleName())
        self.kind.offer(_KINDS)
        self.kind.currentIndexChanged.connect(self._redraw)
        self.add_at_end_of_header(self.kind)

    def inputs(self, state: State) -> tuple[object, ...]:
        return *super().inputs(state), self.kind.chosen

    def draw(self, state: State) -> None:
        super().draw(state)
        self.kind.setVisible(state.view is not None)

    def make_picture(self) -> QWidget:
        self.plot = Plot("time t", "x₁")
        self._missing = Stretches()
        self.plot.addItem(self._missing, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        self._band = Band()
        self.plot.addItem(self._band)
        self._data = self.plot.dots("data")
        self._shown_data: tuple[Data | None, int] = None, 0
        self._n_missing = 0
        self._fitted = self.plot.curve()
        self.plot.crosshair.reader.add("data", self._data)
        self.plot.crosshair.reader.add("model", self._fitted)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._missing.set_color(theme.color("faint", _MISSING_ALPHA))
        self._band.set_color(theme.color("estimate", BAND_ALPHA))
        self._fitted.setPen(line_pen(theme.color("estimate")))

    def has_picture(self, state: State) -> bool:
        return state.data is not None

    def choices(self, state: State) -> tuple[str, ...]:
        return column_names(state)

    def draw_picture(self, state: State) -> None:
        assert state.data is not None
        dimension = self.choice.chosen
        observations, view = state.data.dataset.sequences[0], state.view
        column = observations[:, dimension]
        steps = step_axis(len(column))
        self._show_data(state, column, steps)
        if view is None:
            nothing = np.empty(0)
            self._fitted.setData(nothing, nothing)
            self._band.set_data(nothing, nothing, nothing)
        else:
            at, means, sds = _said(view, self.kind.chosen)
            mean, reach = means[:, dimension], 2 * sds[:, dimension]
            self._fitted.setData(at, mean)
            self._band.set_data(at, mean - reach, mean + reach)
        self.keys[1].setVisible(view is not None)
        self.keys[2].setVisible(self._n_missing > 0)
        missing = f"{self._n_missing} missing" if self._n_missing else ""
        self.note.setText(", ".join(filter(None, [view_note(state, ""), missing, sequences_note(state)])))
        name = self.choices(state)[dimension]
        self.plot.set_title("left", name if state.data.scale is None else f"{name}, standardised")
        self.plot.set_title("bottom", state.data.time_name)
        self.plot.bottom.set_step_labels(state.data.time_labels)

    def _show_data(self, state: State, column: Array, steps: Array) -> None:
        """Show the data, unless they are there already: a run changes only what the model makes of them."""
        wanted = state.data, self.choice.chosen
        if wanted == self._shown_data:
            return
        self._shown_data = wanted
        observed = np.isfinite(column)
        self._n_missing = int(observed.size - observed.sum())
        self.plot.expect_steps(len(column))
        self._missing.set_steps(~observed)
        self._data.setData(steps[observed], column[observed])

    def table(self, state: State) -> Table:
        assert state.data is not None
        observations, view = state.data.dataset.sequences[0], state.view
        result: Table = {"t": step_axis(len(observations))}
        result |= dict(zip(state.data.columns, observations.T, strict=True))
        if view is not None:
            result |= {f"fitted_{name}": c for name, c in zip(state.data.columns, view.fitted_means.T, strict=True)}
            result |= {f"sd_{name}": c for name, c in zip(state.data.columns, view.fitted_sds.T, strict=True)}
            if self.kind.chosen:
                at, means, sds = _said(view, self.kind.chosen)
                kind = ("fitted", "predicted", "forecast")[self.kind.chosen]
                result[f"{kind}_t"] = at
                result |= {f"{kind}_{name}": c for name, c in zip(state.data.columns, means.T, strict=True)}
                result |= {f"{kind}_sd_{name}": c for name, c in zip(state.data.columns, sds.T, strict=True)}
        return result


def _said(view: View, kind: int) -> tuple[Array, Array, Array]:
    """Give the steps, means and standard deviations of this kind of _KINDS."""
    n_steps = len(view.fitted_means)
    if kind == 0:
        return step_axis(n_steps), view.fitted_means, view.fitted_sds
    if kind == 1:
        return step_axis(n_steps), view.predicted_means, view.predicted_sds
    return n_steps + step_axis(len(view.forecast_means)), view.forecast_means, view.forecast_sds
