from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import white_noise_tests
from lds_gui.session import Residuals, State
from lds_gui.ui.learn.panels.residuals import ResidualsPanel, quantiles
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["finished"]


def with_residuals(values: np.ndarray) -> State:
    """A state whose first column has these innovations."""
    standardised = np.tile(values[:, None], (1, STATE.data.dataset.obs_dim))
    tests = tuple(white_noise_tests(column) for column in standardised.T)
    residuals = Residuals(standardised, np.zeros(len(values)), tests)
    return replace(STATE, view=replace(STATE.view, residuals=residuals))


@pytest.fixture
def panel(qtbot: QtBot) -> ResidualsPanel:
    panel = ResidualsPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def test_that_white_noise_passes_and_a_wave_does_not(panel: ResidualsPanel) -> None:
    panel.draw(with_residuals(np.random.default_rng(3).standard_normal(400)))
    assert panel.tests.text().count("✓") == 2
    panel.draw(with_residuals(np.sin(np.arange(400) / 5)))
    assert "✕ Ljung–Box" in panel.tests.text()
    assert "✕ Jarque–Bera" in panel.tests.text()


def test_that_the_histogram_is_a_density_that_counts_outliers_at_its_ends(panel: ResidualsPanel) -> None:
    panel.draw(with_residuals(np.r_[np.linspace(-1, 1, 98), 50.0, -50.0]))
    heights, width = panel._classes.opts["height"], panel._classes.opts["width"]
    assert heights.sum() * width == pytest.approx(1.0)
    assert heights[0] == heights[-1] == pytest.approx(0.01 / width)


def test_that_gaussian_quantiles_lie_on_the_diagonal_and_many_are_thinned() -> None:
    expected, found = quantiles(np.random.default_rng(1).standard_normal(100_000))
    assert len(expected) == 500
    assert np.abs(expected - found)[5:-5].max() < 0.1
    assert found[0] == found.min()
    assert quantiles(np.empty(0))[0].size == 0


def test_that_a_column_that_was_never_observed_and_too_few_values_are_said(panel: ResidualsPanel) -> None:
    panel.draw(with_residuals(np.full(30, np.nan)))
    assert panel.tests.text() == "Nothing was observed in this column"
    panel.draw(with_residuals(np.array([0.5, -0.5, 1.0] + [np.nan] * 27)))
    assert "Jarque–Bera: too few values" in panel.tests.text()


def test_that_without_residuals_there_are_words_instead(panel: ResidualsPanel) -> None:
    panel.draw(with_residuals(np.random.default_rng(3).standard_normal(40)))
    panel.draw(replace(STATE, view=replace(STATE.view, residuals=None)))
    assert panel.tests.text() == ""
    assert panel._stack.currentWidget() is not panel.picture
