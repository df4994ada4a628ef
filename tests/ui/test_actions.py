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
    always |= {"new_session", "save", "save_as", "save_notebook", "replay_notebook", "settings", "lesson"}
    always |= {"export_picture", "export_data", "export_figures"}
    always |= {"swap", "show_learn", "show_gaussians", "reset_views", "reset_layout", "help"}
    assert {name for name, action in actions.items() if action.isEnabled()} == enabled | always


def test_that_everything_in_the_menus_has_keys_of_its_own_that_its_tip_names(window: MainWindow) -> None:
    entries = [
        action
        for menu in window.findChildren(QMenu)
        for action in menu.actions()
        if action.menu() is None and not action.isSeparator()
    ]
    keys = [action.shortcut().toString() for action in entries]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    for action in entries:
        assert action.shortcut().toString() in action.toolTip()


def test_that_views_are_reset_and_gaussians_swapped(window: MainWindow, find: Callable[..., QAction]) -> None:
    view = window.learn.panels["observations"].plot.getViewBox()
    view.setXRange(3, 4)
    find(QAction, "reset_views").trigger()
    assert view.state["autoRange"][0]
    before = window.session.state.gaussians
    find(QAction, "swap").trigger()
    assert window.session.state.gaussians.p is before.q
