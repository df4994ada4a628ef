from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import BlockGains, EMStep
from lds_gui.session import History, Run, RunStatus, State
from lds_gui.ui.learn.panels.gains import GainsPanel, negative_part
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["finished"]


def earning(*gains: tuple[float, float, float], separate: bool = False) -> State:
    """A run whose M-steps gain so much by each block."""
    params = STATE.run.history[0].params
    if separate:
        params = replace(params, Sigma0=params.Sigma)
    steps = [EMStep(0, params, -100.0, None)]
    for k, gain in enumerate(gains, start=1):
        steps.append(EMStep(k, params, -100.0 + k, -100.0 + k, gains=BlockGains(*gain)))
    history = History.of(steps)
    run = Run(history, len(history), STATE.run.learning, RunStatus.PAUSED)
    return replace(STATE, run=run, shown_iteration=None)


@pytest.fixture
def panel(qtbot: QtBot) -> GainsPanel:
    panel = GainsPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def test_that_the_history_gives_the_gains_of_each_step() -> None:
    steps = STATE.run.steps
    np.testing.assert_array_equal(STATE.run.gains[1:], [step.gains for step in steps[1:]])
    assert np.isnan(STATE.run.gains[0]).all()


def test_that_shares_are_those_of_what_was_gained(panel: GainsPanel) -> None:
    panel.draw(earning((1.0, 1.0, 2.0), (0.0, 3.0, 1.0), (0.0, 0.0, 0.0)))
    tops = np.column_stack([area._high for area in panel._areas])
    np.testing.assert_allclose(tops, [[0.25, 0.5, 1.0], [0.0, 0.75, 1.0], [0.0, 0.0, 0.0]])


def test_that_bars_of_losses_go_down_and_those_of_gains_are_stacked(panel: GainsPanel) -> None:
    panel.draw(earning((1.0, -0.5, 2.0)))
    panel.choice.setCurrentIndex(1)
    bottoms = [float(bar.opts["y0"][0]) for bar in panel._bars]
    heights = [float(bar.opts["height"][0]) for bar in panel._bars]
    assert bottoms == [0.0, 0.0, 1.0]
    assert heights == [1.0, -0.5, 2.0]


def test_that_a_loss_is_named_and_rounding_is_none() -> None:
    assert negative_part(earning((1.0, 1.0, 1.0), (1.0, -1e-10, 1.0)).run) == ""
    lost = negative_part(earning((1.0, 1.0, 1.0), (1.0, 1.0, -0.25)).run)
    assert lost == "✕ Iteration 2: B & Γ lost 0.25 nats of the bound"
    assert negative_part(earning((1.0, -0.25, 1.0), separate=True).run).startswith("✕ Iteration 1: A & Σ lost 0.25")


def test_that_a_loss_to_the_covariance_that_serves_twice_is_no_fault() -> None:
    words = negative_part(earning((1.0, -0.25, 1.0)).run)
    assert words.startswith("Iteration 1: A & Σ lost 0.25 nats, which Σ gained")
    assert negative_part(earning((0.1, -0.25, 0.0)).run).startswith("✕")
