from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import Dataset, LDSParams, power_spectrum
from lds_gui.session import Data, mean_powers
from lds_gui.ui.learn.panels.spectrum import SpectrumPanel, _note
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["finished"]


@pytest.fixture
def panel(qtbot: QtBot) -> SpectrumPanel:
    panel = SpectrumPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def test_that_the_curves_are_the_models_spectra(panel: SpectrumPanel) -> None:
    panel.draw(STATE)
    panel.choice.setCurrentIndex(1)
    for item, params in ((panel._true, STATE.data.truth), (panel._estimate, STATE.step.params)):
        frequencies, values = item.getData()
        np.testing.assert_allclose(10**values, power_spectrum(params, frequencies)[:, 1], rtol=1e-12)


def test_that_the_same_parameters_are_not_computed_twice(panel: SpectrumPanel) -> None:
    panel.draw(STATE)
    known = panel._known["true"][1]
    panel.choice.setCurrentIndex(1)
    assert panel._known["true"][1] is known


def test_that_powers_of_a_long_series_are_averages_that_keep_the_variance() -> None:
    x = np.random.default_rng(5).standard_normal((100_000, 2)) * [1.0, 3.0]
    x[:, 1] += 2.0
    frequencies, powers = mean_powers(Dataset(x))
    assert frequencies.shape == (1024,)
    assert powers.shape == (1024, 2)
    np.testing.assert_allclose(powers[1:].mean(axis=0), x.var(axis=0), rtol=0.02)
    assert powers[0, 1] > 100 * powers[1:, 1].mean()
    assert np.all(np.diff(frequencies) > 0)


def test_that_a_column_without_values_has_no_power() -> None:
    x = np.column_stack([np.arange(8.0), np.full(8, np.nan)])
    powers = mean_powers(Dataset(x))[1]
    assert np.isfinite(powers[:, 0]).all()
    assert np.isnan(powers[:, 1]).all()


def test_that_the_note_tells_the_period_of_the_peak_and_what_is_not_stable() -> None:
    angle = 2 * np.pi / 8
    A = 0.99 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    params = LDSParams(A, [[1.0, 0.0]], np.eye(2), [[0.1]], [0.0, 0.0])
    state = replace(STATE, data=Data(STATE.data.dataset, "file"))

    def note(chosen: LDSParams) -> str:
        step = replace(STATE.step, params=chosen)
        return _note(_Shown(state, step), power_spectrum(chosen, np.linspace(0.0, 0.5, 257)), 0)

    assert note(params) == "peak at 0.125: period 8 steps"
    assert note(replace(params, A=1.2 * A)) == "not stable: only what is amplified"
    assert note(LDSParams([[0.9]], [[1.0]], [[1.0]], [[0.1]], [0.0])) == "strongest at frequency 0"


class _Shown:
    """A state that shows another step than its run's."""

    def __init__(self, state, step) -> None:
        self.data, self.step = state.data, step
