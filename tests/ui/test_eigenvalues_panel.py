from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, em
from lds_gui.session import History, Learning, Run, RunStatus, State
from lds_gui.ui.learn.panels.eigenvalues import EigenvaluesPanel
from lds_gui.ui.theme import THEMES
from tests.situations import random_model, states

STATE = states()["finished"]


def compared(n_iterations: int = 9, latent_dim: int = 3) -> State:
    """The finished run of 4 iterations, compared with another one."""
    steps = em(random_model(latent_dim, 3, seed=8), STATE.data.dataset, EMOptions(max_iter=n_iterations, tol=0.0))
    history = History.of(steps)
    other = Run(history, len(history), Learning(), RunStatus.FINISHED, number=7)
    return replace(STATE, runs=(other,), compared=7)


@pytest.fixture
def panel(qtbot: QtBot) -> EigenvaluesPanel:
    panel = EigenvaluesPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def drawn(panel: EigenvaluesPanel) -> np.ndarray:
    x, y = panel._compared.getData()
    return np.sort_complex(np.empty(0) if x is None else x + 1j * y)


def test_that_the_compared_run_is_there_at_its_matched_iteration(panel: EigenvaluesPanel) -> None:
    state = compared()
    panel.draw(replace(state, shown_iteration=2))
    np.testing.assert_allclose(drawn(panel), np.sort_complex(np.linalg.eigvals(state.runs[0].history[2].params.A)))
    assert not panel.keys[2].isHidden()
    assert panel.table(state)["compared_modulus"].size == 3


def test_that_it_can_be_matched_by_level(panel: EigenvaluesPanel) -> None:
    state = replace(compared(), shown_iteration=3)
    panel.draw(state)
    run, other = state.run, state.runs[0]
    high = np.flatnonzero(other.log_likelihoods >= run.log_likelihoods[3])
    iteration = int(high[0]) if high.size else other.last_iteration
    assert iteration != 3, "the example says nothing"
    panel.draw(replace(state, matches_levels=True))
    np.testing.assert_allclose(drawn(panel), np.sort_complex(np.linalg.eigvals(other.history[iteration].params.A)))


def test_that_without_a_comparison_there_is_no_mark_of_it(panel: EigenvaluesPanel) -> None:
    panel.draw(compared())
    panel.draw(STATE)
    assert drawn(panel).size == 0
    assert panel.keys[2].isHidden()
    empty = replace(compared().runs[0], history=History(), n_recorded=0)
    panel.draw(replace(compared(), runs=(empty,)))
    assert drawn(panel).size == 0
