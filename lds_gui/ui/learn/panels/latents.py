"""True and smoothed latents over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array
from lds_gui.session import LENSES, State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.learn.panels.panel import Table, TimePanel, sequences_note, step_axis, true_latents, view_note
from lds_gui.ui.numbers import readout, short, subscript
from lds_gui.ui.plots import BAND_ALPHA, Band, Plot, line_pen
from lds_gui.ui.theme import SERIES, Theme

_MOST_NAMED = 4  # eigenvalues


class LatentsPanel(TimePanel):
    """Shows one latent dimension: the truth, the filtered mean, and the smoothed mean ± 2 standard deviations.

    The basis is that of the gauge lens, which is chosen here; what does not depend on it stands below.

    Signals:
        lens_chosen(str): the name of the lens that everything is to be seen through.
    """

    lens_chosen = Signal(str)

    name = "latents"
    title = "Latents"
    empty_text = "Simulate data to see the true latents; run EM to see the smoothed ones"
    explanation = (
        "The hidden variables that EM has to guess: the truth, where it is known, and the smoothed estimate "
        "with a band of two standard deviations, given all observations.",
        "About 95 % of the truth should lie in the band. Where it narrows, the data say more. Which latent is "
        "called first, and its sign and scale, is arbitrary: the lens decides.",
    )
    legend = (
        ("true", "truth", "dashed"),
        ("smoothed ± 2σ", "estimate", "band"),
        ("filtered", SERIES[0], "dashdot"),
    )

    shows_view = True

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with the choice of the lens and a line for what every lens shows alike."""
        super().__init__(parent)
        self.lens = CompactChoice("Gauge lens: the basis in which latents and matrices are shown")
        self.lens.setObjectName("lens")
        self.lens.offer([lens.title for lens in LENSES])
        for index, lens in enumerate(LENSES):
            self.lens.setItemData(index, lens.tip, Qt.ItemDataRole.ToolTipRole)
        self.lens.setToolTip(self.lens.accessibleName())
        self.lens.activated.connect(lambda index: self.lens_chosen.emit(LENSES[index].name))
        self.add_at_end_of_header(self.lens)
        self.invariants = sentence("small", "invariants")
        self.body.addWidget(self.invariants)

    def draw(self, state: State) -> None:
        super().draw(state)
        self.lens.setCurrentIndex([lens.name for lens in LENSES].index(state.lens))
        self.lens.setVisible(state.view is not None)
        say(self.invariants, _invariants(state))

    def make_picture(self) -> QWidget:
        self.plot = Plot("time t", "z₁")
        self._band = Band()
        self.plot.addItem(self._band)
        self._filtered = self.plot.curve()
        self._smoothed = self.plot.curve()
        self._true = self.plot.curve()
        self._shown_true: tuple[Array | None, int] = None, -1
        for name, curve in (("true", self._true), ("smoothed", self._smoothed), ("filtered", self._filtered)):
            self.plot.crosshair.reader.add(name, curve)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._band.set_color(theme.color("estimate", BAND_ALPHA))
        self._smoothed.setPen(line_pen(theme.color("estimate")))
        self._filtered.setPen(line_pen(theme.color(SERIES[0]), Qt.PenStyle.DashDotLine))
        self._true.setPen(line_pen(theme.color("truth"), Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.view is not None or true_latents(state) is not None

    def choices(self, state: State) -> tuple[str, ...]:
        return tuple(f"z{subscript(i + 1)}" for i in range(_n_dimensions(state)))

    def draw_picture(self, state: State) -> None:
        dimension = self.choice.chosen
        true, view = true_latents(state), state.view
        nothing = np.empty(0)
        if true is not None and view is not None:
            true = view.shown_truth(true)
        has_true = true is not None and dimension < true.shape[1]
        shown_true = true[:, dimension] if true is not None and has_true else nothing
        if true is not self._shown_true[0] or dimension != self._shown_true[1]:
            self._shown_true = true, dimension
            self._true.setData(step_axis(len(shown_true)), shown_true)
        if view is None or dimension >= view.latent_means.shape[1]:
            self._smoothed.setData(nothing, nothing)
            self._filtered.setData(nothing, nothing)
            self._band.set_data(nothing, nothing, nothing)
        else:
            mean, reach = view.latent_means[:, dimension], 2 * view.latent_sds[:, dimension]
            steps = step_axis(len(mean))
            self._smoothed.setData(steps, mean)
            self._band.set_data(steps, mean - reach, mean + reach)
            self._filtered.setData(steps, view.filtered_means[:, dimension])
        self.keys[0].setVisible(has_true)
        for key in self.keys[1:]:
            key.setVisible(view is not None)
        self.note.setText(", ".join(filter(None, [_basis_and_share(state, dimension), sequences_note(state)])))
        self.plot.set_title("left", f"z{subscript(dimension + 1)}")
        if state.data is not None:
            self.plot.set_title("bottom", state.data.time_name)
            self.plot.bottom.set_step_labels(state.data.time_labels)

    def table(self, state: State) -> Table:
        result: Table = {}
        true, view = true_latents(state), state.view
        result["t"] = step_axis(state.data.dataset.sequences[0].shape[0] if state.data is not None else 0)
        if true is not None and view is not None:
            true = view.shown_truth(true)
        if true is not None:
            result |= {f"true_z{i + 1}": true[:, i] for i in range(true.shape[1])}
        if view is not None:
            result |= {f"smoothed_z{i + 1}": column for i, column in enumerate(view.latent_means.T)}
            result |= {f"filtered_z{i + 1}": column for i, column in enumerate(view.filtered_means.T)}
            result |= {f"sd_z{i + 1}": column for i, column in enumerate(view.latent_sds.T)}
        return result


def _basis_and_share(state: State, dimension: int) -> str:
    """Say in which basis the latents are, where the lens does not, and how much of the true one is recovered."""
    view = state.view
    if view is None:
        return ""
    words = view_note(state, "" if view.gauge.is_as_wished else view.gauge.latents_note)
    if view.r_squared is None or dimension >= len(view.r_squared):
        return words
    return ", ".join(filter(None, [words, f"R² {short(view.r_squared[dimension], 4)}"]))


def _invariants(state: State) -> str:
    """Say what no change of basis changes: the eigenvalues of A, log p(x), and how well the observations are fitted."""
    view, run = state.view, state.run
    if view is None or run is None or view.iteration >= run.n_recorded:
        return ""
    values = np.linalg.eigvals(view.shown_params.A)
    shown = sorted(values.tolist(), key=lambda value: (-round(abs(value), 9), -complex(value).imag))
    found = [_eigenvalue(complex(value)) for value in shown if complex(value).imag >= 0.0]
    more = ", …" if len(found) > _MOST_NAMED else ""
    level = readout(float(run.log_likelihoods[view.iteration]))
    words = f"λ = {', '.join(found[:_MOST_NAMED])}{more}; L = {level}"
    return f"Through every lens: {words}; rms of x − fitted x = {short(view.misfit)}"


def _eigenvalue(value: complex) -> str:
    pair = f" ± {short(value.imag)}i" if value.imag else ""
    return f"{short(value.real)}{pair}"


def _n_dimensions(state: State) -> int:
    true, view = true_latents(state), state.view
    return max(0 if true is None else true.shape[1], 0 if view is None else view.latent_means.shape[1])
