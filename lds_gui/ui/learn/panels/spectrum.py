"""Where in frequency the observations have their power: in the data, under the truth, and under the estimate."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import Array, LDSParams, power_spectrum, spectral_radius
from lds_gui.session import State
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table, column_names, sequences_note
from lds_gui.ui.numbers import short
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import Theme

_FREQUENCIES = np.linspace(0.0, 0.5, 257)
_SHORTEST_PERIOD = 2.0


class SpectrumPanel(ChoicePanel):
    """Shows the power spectrum of one observed column on a log scale, and the data's periodogram."""

    name = "spectrum"
    title = "Spectrum"
    empty_text = "Simulate, or open data, to see their spectrum"
    explanation = (
        "How strongly the observations swing at each frequency. Dots: the data themselves (their periodogram, which "
        "scatters by nature). Lines: what the parameters imply, the truth dashed and the estimate solid.",
        "A peak is an oscillation; its period stands in the header. A peak of the dots that the line lacks is an "
        "oscillation that the model misses. Far right, the line is level with the observation noise.",
    )
    legend = (("data", "data", "dot"), ("true", "truth", "dashed"), ("estimate", "estimate", "solid"))
    what = "Column"

    def make_picture(self) -> QWidget:
        self.plot = Plot("frequency in cycles per step", "log₁₀ power")
        self._data = self.plot.plot(pen=None, symbol="o", symbolSize=3)
        self._true, self._estimate = self.plot.plot(), self.plot.plot()
        for name, item in (("data", self._data), ("true", self._true), ("estimate", self._estimate)):
            self.plot.crosshair.reader.add(name, item)
        self._known: dict[str, tuple[LDSParams, Array]] = {}
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._data.setSymbolBrush(theme.color("data"))
        self._data.setSymbolPen(None)
        self._true.setPen(line_pen(theme.color("truth"), Qt.PenStyle.DashLine))
        self._estimate.setPen(line_pen(theme.color("estimate")))

    def has_picture(self, state: State) -> bool:
        return state.data is not None and state.data.power is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.data, None if state.step is None else state.step.params, self.choice.chosen

    def choices(self, state: State) -> tuple[str, ...]:
        return column_names(state)

    def draw_picture(self, state: State) -> None:
        dimension = self.choice.chosen
        table = self._spectra(state)
        for (name, powers), item in zip(table.items(), (self._data, self._true, self._estimate), strict=True):
            frequencies = _frequencies(state) if name == "data" else _FREQUENCIES
            there = (
                np.zeros(0, bool) if powers is None else np.isfinite(powers[:, dimension]) & (powers[:, dimension] > 0)
            )
            values = np.empty(0) if powers is None else np.log10(powers[there, dimension])
            item.setData(frequencies[: there.size][there], values)
        for key, powers in zip(self.keys, table.values(), strict=True):
            key.setVisible(powers is not None)
        notes = _note(state, table["estimate"], dimension), _averaging(state), sequences_note(state)
        self.note.setText(", ".join(filter(None, notes)))
        assert state.data is not None
        name = self.choices(state)[dimension]
        self.plot.set_title("left", f"log₁₀ power of {name}, {name}² per cycle per step")

    def _spectra(self, state: State) -> dict[str, Array | None]:
        data, step = state.data, state.step
        assert data is not None
        assert data.power is not None
        return {
            "data": data.power[1],
            "true": None if data.truth is None else self._spectrum("true", data.truth),
            "estimate": None if step is None else self._spectrum("estimate", step.params),
        }

    def _spectrum(self, kind: str, params: LDSParams) -> Array:
        """The power (257, m); that of the same parameters as last time is not computed again."""
        known = self._known.get(kind)
        if known is None or known[0] is not params:
            known = self._known[kind] = params, power_spectrum(params, _FREQUENCIES)
        return known[1]

    def table(self, state: State) -> Table:
        assert state.data is not None
        result: Table = {"data_frequency": _frequencies(state), "frequency": _FREQUENCIES}
        for kind, powers in self._spectra(state).items():
            if powers is not None:
                names = state.data.columns
                result |= {f"{kind}_power_{name}": column for name, column in zip(names, powers.T, strict=True)}
        return result


def _frequencies(state: State) -> Array:
    assert state.data is not None
    assert state.data.power is not None
    return state.data.power[0]


def _averaging(state: State) -> str:
    """Say over how many frequencies the dots are means."""
    assert state.data is not None
    n_there, n_shown = len(state.data.dataset.sequences[0]) // 2 + 1, len(_frequencies(state))
    return f"dots are means of {n_there / n_shown:.3g} frequencies" if n_there > n_shown else ""


def _note(state: State, powers: Array | None, dimension: int) -> str:
    """Say where the estimate has its peak, and what a spectrum is of a model that is not stable."""
    if powers is None or state.step is None:
        return ""
    if spectral_radius(state.step.params.A) >= 1.0:
        return "not stable: only what is amplified"
    peak = int(np.argmax(powers[:, dimension]))
    if peak == 0:
        return "strongest at frequency 0"
    frequency = float(_FREQUENCIES[peak])
    return f"peak at {short(frequency)}: period {short(max(1.0 / frequency, _SHORTEST_PERIOD))} steps"
