from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.session import History, RunStatus, State
from lds_gui.ui.learn.elbo_scale import SCALES
from lds_gui.ui.learn.panels.elbo import ElboPanel
from lds_gui.ui.theme import LIGHT
from tests.situations import states


def changed(state: State, iteration: int, **changes: object) -> State:
    """The same run, but for one of its steps."""
    steps = state.run.history[:]
    steps[iteration] = replace(steps[iteration], **changes)
    return replace(state, run=replace(state.run, history=History.of(steps)))


def panel_of(qtbot: QtBot, state) -> ElboPanel:
    panel = ElboPanel()
    qtbot.addWidget(panel)
    panel.restyle(LIGHT)
    panel.draw(state)
    return panel


def test_that_the_staircase_rises_by_the_m_step_half_way_and_by_the_e_step_at_the_iteration(qtbot: QtBot) -> None:
    state = states()["finished"]
    steps = state.run.steps
    panel = panel_of(qtbot, state)
    x, y = panel._stairs.xData, panel._stairs.yData
    assert (x[0], y[0]) == (0.0, steps[0].log_likelihood)
    for k in range(1, len(steps)):
        corners = list(zip(x[4 * k - 3 : 4 * k + 1], y[4 * k - 3 : 4 * k + 1], strict=True))
        assert corners == [
            (k - 0.5, steps[k - 1].log_likelihood),
            (k - 0.5, steps[k].elbo_after_m),
            (k, steps[k].elbo_after_m),
            (k, steps[k].log_likelihood),
        ]
    assert np.all(np.diff(y) >= 0)


def test_that_a_breakdown_is_marked_at_the_last_good_step(qtbot: QtBot) -> None:
    state = states()["finished"]
    panel = panel_of(qtbot, replace(state, run=replace(state.run, status=RunStatus.FAILED)))
    assert panel.note.text() == "✕ EM broke down after this iteration"
    x, y = panel._breakdown.getData()
    last = state.run.last_iteration
    assert (x.tolist(), y.tolist()) == ([float(last)], [state.run.history[last].log_likelihood])
    panel.draw(state)
    assert panel.note.text() == ""


def test_that_the_cursor_stands_at_the_shown_iteration(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, states()["paused at an earlier iteration"])
    assert panel._cursor.value() == 2


def test_that_the_gap_after_the_e_step_is_told_with_its_figure(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, changed(states()["finished"], 4, gap=2.5e-13))
    assert panel.findings.text() == "Gap after the E-step: 2.5e−13 nats, which is rounding"
    assert "2.5e−13 nats" in panel.findings.toolTip()


@pytest.mark.parametrize("iteration", [2, 4])
def test_that_a_gap_beyond_rounding_is_named_whichever_iteration_is_shown(qtbot: QtBot, iteration: int) -> None:
    panel = panel_of(qtbot, changed(states()["finished"], iteration, gap=0.125))
    assert f"✕ the E-step of iteration {iteration} leaves a gap of 0.125 nats" in panel.findings.text()


@pytest.mark.parametrize(
    ("floored", "words"), [(("Gamma",), "the floor raised Γ"), (("Sigma", "Sigma0"), "the floor raised Σ and Σ₀")]
)
def test_that_the_floor_is_told_where_it_acted(qtbot: QtBot, floored: tuple[str, ...], words: str) -> None:
    state = changed(states()["finished"], 4, floored=floored)
    panel = panel_of(qtbot, state)
    assert panel.findings.text().endswith(words)
    panel.draw(replace(state, shown_iteration=3))
    assert "floor" not in panel.findings.text()
    panel.draw(states()["nothing yet"])
    assert panel.findings.text() == ""


@pytest.mark.parametrize("place", range(len(SCALES)), ids=[scale.title for scale in SCALES])
def test_that_each_scale_shows_its_own_figures(qtbot: QtBot, place: int) -> None:
    state = states()["finished"]
    panel = panel_of(qtbot, state)
    panel.choice.setCurrentIndex(place)
    levels, scale = state.run.log_likelihoods, SCALES[place]
    iterations = np.arange(5.0)
    expected = {
        "value": levels,
        "gap": np.append(np.log10(levels[-1] - levels[:-1]), np.nan),
        "change": np.log10(np.diff(levels)),
    }[scale.kind]
    across = np.log10(np.maximum(iterations, 0.5)) if scale.log_iterations else iterations
    np.testing.assert_allclose(panel._line.yData, expected)
    np.testing.assert_array_equal(panel._line.xData, across[-len(expected) :])
    assert panel.keys[1].isHidden() == (scale.kind == "change")


@pytest.mark.parametrize("place", [0, 2])
def test_that_a_fall_is_marked_where_it_happened_and_named(qtbot: QtBot, place: int) -> None:
    state = states()["finished"]
    before = state.run.log_likelihoods[2]
    state = changed(state, 3, log_likelihood=before - 0.5, elbo_after_m=before + 1.0)
    panel = panel_of(qtbot, state)
    panel.choice.setCurrentIndex(place)
    assert panel._falls.xData.tolist() == [3.0]
    assert panel._falls.yData[0] == pytest.approx(before - 0.5 if place == 0 else np.log10(0.5))
    assert "✕ log p(x) fell by 0.5 nats in the E-step of iteration 3" in panel.findings.text()
    panel.draw(changed(state, 3, log_likelihood=before - 0.5, elbo_after_m=before - 1.0))
    assert "in the M-step of iteration 3" in panel.findings.text()


def test_that_kept_runs_stand_behind_and_the_compared_one_is_named(qtbot: QtBot) -> None:
    state = states()["other runs"]
    panel = panel_of(qtbot, state)
    visible = [curve for curve in panel.kept._curves if curve.isVisible()]
    np.testing.assert_array_equal(visible[0].yData, state.runs[0].log_likelihoods)
    assert len(visible) == 2
    assert (panel.kept._name.toPlainText(), panel.kept._name.isVisible()) == ("◆ Run 1", True)
    panel.draw(replace(state, compared=None))
    assert not panel.kept._name.isVisible()


def test_that_the_compared_run_is_moved_so_that_equal_levels_meet(qtbot: QtBot) -> None:
    state = replace(states()["other runs"], matches_levels=True, shown_iteration=4)
    panel = panel_of(qtbot, state)
    assert panel.kept._curves[0].xData.tolist() == [2.0, 3.0, 4.0], "its last level stands at the shown iteration"
    panel.draw(replace(state, shown_iteration=1))
    assert panel.kept._curves[0].xData.tolist() == [0.0, 1.0, 2.0], "as this is the same run, cut short"
