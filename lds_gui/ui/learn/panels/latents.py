"""True and smoothed latents over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.session import State
from lds_gui.ui.learn.panels.panel import Table, TimePanel, sequences_note, step_axis, view_note
from lds_gui.ui.numbers import subscript
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import Theme


class LatentsPanel(TimePanel):
    """Shows one latent dimension: the truth, and the smoothed mean ± 2 standard deviations, in the truth's basis."""

    name = "latents"
    title = "Latents"
    empty_text = "Simulate data to see the true latents; run EM to see the smoothed ones"
    explanation = (
        "The hidden variables that EM has to guess: the truth, where it is known, and the smoothed estimate "
        "with a band of two standard deviations, given all observations.",
        "About 95 % of the truth should lie in the band. Where it narrows, the data say more. Which latent is "
        "called first, and its sign and scale, is arbitrary: the lens decides.",
    )
    legend = (("true", "truth", "dashed"), ("smoothed ± 2σ", "estimate", "band"))

    def make_picture(self) -> QWidget:
        self.plot = Plot("time t", "z₁")
        self._band = Band()
        self.plot.addItem(self._band)
        self._smoothed = self.plot.curve()
        self._true = self.plot.curve()
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._band.set_color(theme.color("estimate", BAND_ALPHA))
        self._smoothed.setPen(line_pen(theme.color("estimate")))
        self._true.setPen(line_pen(theme.color("truth"), Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.view is not None or _true_latents(state) is not None

    def choices(self, state: State) -> tuple[str, ...]:
        return tuple(f"z{subscript(i + 1)}" for i in range(_n_dimensions(state)))

    def draw_picture(self, state: State) -> None:
        dimension = self.choice.chosen
        true, view = _true_latents(state), state.view
        nothing = np.empty(0)
        if true is not None and view is not None:
            true = view.shown_truth(true)
        has_true = true is not None and dimension < true.shape[1]
        shown_true = true[:, dimension] if true is not None and has_true else nothing
        self._true.setData(step_axis(len(shown_true)), shown_true)
        if view is None or dimension >= view.latent_means.shape[1]:
            self._smoothed.setData(nothing, nothing)
            self._band.set_data(nothing, nothing, nothing)
        else:
            mean, reach = view.latent_means[:, dimension], 2 * view.latent_sds[:, dimension]
            steps = step_axis(len(mean))
            self._smoothed.setData(steps, mean)
            self._band.set_data(steps, mean - reach, mean + reach)
        self.keys[0].setVisible(has_true)
        self.keys[1].setVisible(view is not None)
        basis = "" if view is None else view_note(state, view.gauge.latents_note)
        self.note.setText(", ".join(filter(None, [basis, sequences_note(state)])))
        self.plot.set_title("left", f"z{subscript(dimension + 1)}")
        if state.data is not None:
            self.plot.set_title("bottom", state.data.time_name)
            self.plot.bottom.set_step_labels(state.data.time_labels)

    def table(self, state: State) -> Table:
        result: Table = {}
        true, view = _true_latents(state), state.view
        result["t"] = step_axis(state.data.dataset.sequences[0].shape[0] if state.data is not None else 0)
        if true is not None and view is not None:
            true = view.shown_truth(true)
        if true is not None:
            result |= {f"true_z{i + 1}": true[:, i] for i in range(true.shape[1])}
        if view is not None:
            result |= {f"smoothed_z{i + 1}": column for i, column in enumerate(view.latent_means.T)}
            result |= {f"sd_z{i + 1}": column for i, column in enumerate(view.latent_sds.T)}
        return result


def _true_latents(state: State) -> Array | None:
    if state.data is None or state.data.dataset.latent_sequences is None:
        return None
    return state.data.dataset.latent_sequences[0]


def _n_dimensions(state: State) -> int:
    true, view = _true_latents(state), state.view
    return max(0 if true is None else true.shape[1], 0 if view is None else view.latent_means.shape[1])
