from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.ui.learn.panels.phase import PhasePanel, ellipses, flow
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATES = states()
STATE = STATES["finished"]


@pytest.fixture
def panel(qtbot: QtBot) -> PhasePanel:
    panel = PhasePanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def test_that_the_paths_are_the_latents_in_the_shown_basis(panel: PhasePanel) -> None:
    panel.draw(STATE)
    np.testing.assert_array_equal(np.column_stack(panel._smoothed.getData()), STATE.view.latent_means)
    np.testing.assert_array_equal(np.column_stack(panel._true.getData()), STATE.data.dataset.latents)


def test_that_every_pair_of_six_latents_can_be_chosen(panel: PhasePanel) -> None:
    state = STATES["n = 6"]
    panel.draw(state)
    assert panel.choice.count() == 15
    panel.choice.setCurrentIndex(panel.choice.findText("z₂ × z₅"))
    np.testing.assert_array_equal(panel._smoothed.getData()[1], state.view.latent_means[:, 4])


def test_that_one_latent_is_shown_against_itself_one_step_before(panel: PhasePanel) -> None:
    state = STATES["n = 1"]
    panel.draw(state)
    x, y = panel._smoothed.getData()
    np.testing.assert_array_equal(x[1:], y[:-1])
    np.testing.assert_array_equal(y, state.view.latent_means[1:, 0])


def test_that_ellipses_are_where_the_distance_is_two_standard_deviations() -> None:
    corners = ellipses(STATE.view, (0, 1)).reshape(-1, 41, 2)
    assert np.isnan(corners[:, -1]).all()
    for step, cov, points in zip(STATE.view.ellipse_steps, STATE.view.ellipse_covs, corners[:, :-1], strict=True):
        off = points - STATE.view.latent_means[int(step)]
        np.testing.assert_allclose(np.einsum("ki,ij,kj->k", off, np.linalg.inv(cov), off), 4.0, rtol=1e-9)


def test_that_arrows_point_where_the_transition_goes() -> None:
    A = np.array([[0.5, 0.0], [0.0, 1.0]])
    strokes = flow(A, np.array([[-2.0, -1.0], [2.0, 1.0]])).reshape(-1, 2, 2)
    shafts = strokes[: len(strokes) // 3]
    moves = shafts[:, 1] - shafts[:, 0]
    expected = shafts[:, 0] @ A.T - shafts[:, 0]
    np.testing.assert_allclose(moves[:, 1], 0.0, atol=1e-12)
    there = np.abs(expected[:, 0]) > 1e-12
    assert np.ptp(moves[there, 0] / expected[there, 0]) < 1e-12
    assert np.isfinite(flow(np.eye(2), np.zeros((1, 2)))).all()


def test_that_a_long_path_is_thinned_and_keeps_its_ends(panel: PhasePanel) -> None:
    path = np.random.default_rng(1).standard_normal((50_000, 2))
    panel.draw(replace(STATE, view=replace(STATE.view, latent_means=path)))
    x, y = panel._smoothed.getData()
    assert len(x) == 3000
    assert (x[0], y[-1]) == (path[0, 0], path[-1, 1])


def test_that_no_flow_is_drawn_where_no_change_of_basis_leads_to_the_shown_one(panel: PhasePanel) -> None:
    state = replace(STATE, view=replace(STATE.view, gauge=STATE.view.gauge._replace(brings_params=False)))
    panel.draw(STATE)
    assert len(panel._flow.getData()[0]) > 0
    panel.draw(state)
    assert panel._flow.getData()[0] is None or len(panel._flow.getData()[0]) == 0
    assert panel.keys[2].isHidden()
