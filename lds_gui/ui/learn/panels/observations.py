"""Observations over time, with the fitted mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from lds_gui.session import State
from lds_gui.ui.learn.panels.panel import Table, TimePanel, sequences_note, step_axis, view_note
from lds_gui.ui.numbers import subscript
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import Theme


class ObservationsPanel(TimePanel):
    """Shows one observed dimension: the data, and the fitted mean B E[z_t] ± 2 standard deviations of a new x_t."""

    name = "observations"
    title = "Observations"
    empty_text = "Simulate, or open data, to see the observations"
    explanation = (
        "The data, and what the model makes of them: the fitted mean with a band of two standard deviations "
        "of a new observation.",
        "Points outside the band more often than one in twenty, or for a while on one side, show what the "
        "model cannot explain. In gaps the band widens.",
    )
    legend = (("data", "data", "dot"), ("fitted mean ± 2σ", "estimate", "band"))

    def make_picture(self) -> QWidget:
        self.plot = Plot("time t", "x₁")
        self._band = Band()
        self.plot.addItem(self._band)
        self._data = self.plot.dots("data")
        self._fitted = self.plot.curve()
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._band.set_color(theme.color("estimate", BAND_ALPHA))
        self._fitted.setPen(line_pen(theme.color("estimate")))

    def has_picture(self, state: State) -> bool:
        return state.data is not None

    def choices(self, state: State) -> tuple[str, ...]:
        if state.data is None:
            return ()
        if state.data.truth is not None:
            return tuple(f"x{subscript(i + 1)}" for i in range(state.data.dataset.obs_dim))
        return state.data.columns

    def draw_picture(self, state: State) -> None:
        assert state.data is not None
        dimension = self.choice.chosen
        observations, view = state.data.dataset.sequences[0], state.view
        column = observations[:, dimension]
        steps = step_axis(len(column))
        observed = np.isfinite(column)
        self.plot.expect_steps(len(column))
        self._data.setData(steps[observed], column[observed])
        if view is None:
            nothing = np.empty(0)
            self._fitted.setData(nothing, nothing)
            self._band.set_data(nothing, nothing, nothing)
        else:
            mean, reach = view.fitted_means[:, dimension], 2 * view.fitted_sds[:, dimension]
            self._fitted.setData(steps, mean)
            self._band.set_data(steps, mean - reach, mean + reach)
        self.keys[1].setVisible(view is not None)
        n_missing = int(observed.size - observed.sum())
        missing = f"{n_missing} missing" if n_missing else ""
        self.note.setText(", ".join(filter(None, [view_note(state, ""), missing, sequences_note(state)])))
        name = self.choices(state)[dimension]
        self.plot.set_title("left", name if state.data.scale is None else f"{name}, standardised")
        self.plot.set_title("bottom", state.data.time_name)
        self.plot.bottom.set_step_labels(state.data.time_labels)

    def table(self, state: State) -> Table:
        assert state.data is not None
        observations, view = state.data.dataset.sequences[0], state.view
        result: Table = {"t": step_axis(len(observations))}
        result |= dict(zip(state.data.columns, observations.T, strict=True))
        if view is not None:
            result |= {f"fitted_{name}": c for name, c in zip(state.data.columns, view.fitted_means.T, strict=True)}
            result |= {f"sd_{name}": c for name, c in zip(state.data.columns, view.fitted_sds.T, strict=True)}
        return result
