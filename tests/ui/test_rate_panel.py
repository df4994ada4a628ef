from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMStep
from lds_gui.session import History, Run, RunStatus, State
from lds_gui.ui.learn.panels.rate import RatePanel, slowest_direction
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["finished"]


def climbing(values: np.ndarray) -> State:
    """A run with these log-likelihoods."""
    params = STATE.run.history[0].params
    history = History.of(EMStep(k, params, float(value), None) for k, value in enumerate(values))
    return replace(STATE, run=Run(history, len(history), STATE.run.learning, RunStatus.PAUSED), shown_iteration=None)


@pytest.fixture
def panel(qtbot: QtBot) -> RatePanel:
    panel = RatePanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def test_that_a_geometric_climb_is_a_straight_line_towards_its_limit(panel: RatePanel) -> None:
    state = climbing(-50.0 - 2.0 * 0.9 ** np.arange(20))
    panel.draw(state)
    table = panel.table(state)
    np.testing.assert_allclose(table["log10_rest"], np.log10(2.0 * 0.9 ** np.arange(20)), atol=1e-8)
    assert panel.outlook.text().startswith("Rate 0.9: about 21.9 iterations for each further digit")
    x, y = panel._fit.getData()
    np.testing.assert_allclose((y[1] - y[0]) / (x[1] - x[0]), np.log10(0.9), rtol=1e-9)


def test_that_only_what_could_be_known_at_the_shown_iteration_is_told(panel: RatePanel) -> None:
    values = -50.0 - 2.0 * 0.9 ** np.arange(20)
    values[10:] = values[9] + 5.0
    panel.draw(replace(climbing(values), shown_iteration=9))
    assert panel._rest.getData()[0].max() == 9
    assert "Rate 0.9" in panel.outlook.text()


def test_that_gains_that_grow_have_no_rate(panel: RatePanel) -> None:
    panel.draw(climbing(np.array([-10.0, -9.9, -9.6, -9.0, -8.0])))
    assert panel.outlook.text().startswith("No steady rate yet")
    assert panel.keys[1].isHidden()


def test_that_the_slowest_direction_is_relative_to_each_parameters_size() -> None:
    before = STATE.run.history[0].params
    after = replace(before, A=before.A + 0.01 * np.linalg.norm(before.A) * np.array([[1.0, 0.0], [0.0, 0.0]]))
    direction = slowest_direction(before, after)
    np.testing.assert_allclose(direction["A"], [[1.0, 0.0], [0.0, 0.0]], atol=1e-12)
    assert not np.any(direction["B"])
    assert slowest_direction(before, before) == {}


def test_that_the_entries_that_move_most_are_named(panel: RatePanel) -> None:
    panel.draw(STATE)
    assert panel.direction.text().startswith("Slowest direction: ")
    panel.draw(climbing(-50.0 - 2.0 * 0.9 ** np.arange(20)))
    assert panel.direction.text() == "No parameter moves any more"
