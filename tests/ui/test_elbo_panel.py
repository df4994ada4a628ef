from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from lds_gui.ui.learn.panels.elbo import ElboPanel
from lds_gui.ui.theme import LIGHT
from tests.situations import states


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
    x, y = panel._stairs.getData()
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


def test_that_a_fall_is_marked_and_named(qtbot: QtBot) -> None:
    state = states()["finished"]
    history = [*state.run.history[:3], replace(state.run.history[3], fall=0.125), *state.run.history[4:]]
    panel = panel_of(qtbot, replace(state, run=replace(state.run, history=history)))
    assert panel.note.text() == "✕ fell by 0.125 nats at iteration 3"
    x, y = panel._falls.getData()
    assert (x.tolist(), y.tolist()) == ([3.0], [history[3].log_likelihood])
    panel.draw(state)
    assert panel.note.text() == ""


def test_that_the_cursor_stands_at_the_shown_iteration(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, states()["paused at an earlier iteration"])
    assert panel._cursor.value() == 2
