from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from lds_gui.session import Learning, Run, RunStatus
from lds_gui.ui.actions import ACTIONS, enable_actions
from lds_gui.ui.main_window import MainWindow
from tests.situations import states


@pytest.mark.parametrize("info", ACTIONS, ids=lambda info: info.name)
def test_that_every_action_has_its_keys_its_tip_and_its_menu(
    info, window: MainWindow, find: Callable[..., QAction]
) -> None:
    action = find(QAction, info.name)
    assert not action.shortcut().isEmpty()
    assert action.shortcut().toString() in action.toolTip()
    assert action.toolTip().startswith(info.tip)
    menus = [menu for menu in window.findChildren(QMenu) if action in menu.actions()]
    assert [menu.title().replace("&", "") for menu in menus] == [info.menu]


def test_that_no_two_actions_share_their_keys() -> None:
    assert len({info.keys for info in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize(
    ("status", "enabled"),
    [
        (None, {"run", "step", "half_step"}),
        (RunStatus.RUNNING, {"pause", "step", "half_step", "stop", "reset"}),
        (RunStatus.PAUSED, {"run", "step", "half_step", "stop", "reset"}),
        (RunStatus.FINISHED, {"run", "reset"}),
        (RunStatus.STOPPED, {"run", "reset"}),
        (RunStatus.FAILED, {"run", "reset"}),
    ],
)
def test_that_only_what_can_be_done_is_enabled(status: RunStatus | None, enabled: set[str]) -> None:
    state = states()["data only"]
    if status is not None:
        state = replace(state, run=Run([], 0, Learning(), status))
    actions = {info.name: QAction(info.text) for info in ACTIONS}
    enable_actions(actions, state)
    always = {"open_data", "paste_data", "quit", "simulate", "dice", "new_model", "random_model", "save_preset"}
    always |= {"show_learn", "show_gaussians", "help"}
    assert {name for name, action in actions.items() if action.isEnabled()} == enabled | always
