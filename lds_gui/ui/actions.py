"""Every action of the window, in one table: its words, icon, keys, menu, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from lds_gui.session import RunStatus, State


@dataclass(frozen=True)
class ActionInfo:
    """One action.

    Attributes:
        name: its object name.
        text: what the menu and the button say.
        menu: the title of the menu it is in.
        keys: its shortcut.
        tip: one sentence on what it does.
        icon: the name of its icon; empty for none.
        is_enabled: whether it can be used in this state.
    """

    name: str
    text: str
    menu: str
    keys: str
    tip: str
    icon: str = ""
    is_enabled: Callable[[State], bool] = lambda _state: True


def _status(state: State) -> RunStatus | None:
    return None if state.run is None else state.run.status


def _can_step(state: State) -> bool:
    return _status(state) in (None, RunStatus.RUNNING, RunStatus.PAUSED)


def _is_live(state: State) -> bool:
    return state.run is not None and state.run.status.is_live


ACTIONS: tuple[ActionInfo, ...] = (
    ActionInfo("open_data", "Open data…", "File", "Ctrl+O", "Open a data file (CSV, TSV, JSON or NPZ)"),
    ActionInfo("quit", "Quit", "File", "Ctrl+Q", "Close the window"),
    ActionInfo("simulate", "Simulate", "Model", "Ctrl+D", "Draw new data from the model above"),
    ActionInfo(
        "run",
        "Run",
        "Run",
        "F5",
        "Run EM, or go on with a paused run",
        "run",
        lambda s: _status(s) != RunStatus.RUNNING,
    ),
    ActionInfo(
        "pause", "Pause", "Run", "F6", "Halt after this iteration", "pause", lambda s: _status(s) is RunStatus.RUNNING
    ),
    ActionInfo("step", "Step", "Run", "F10", "Compute one iteration, then halt", "step", _can_step),
    ActionInfo("stop", "Stop", "Run", "Shift+F5", "End the run; its iterations stay", "stop", _is_live),
    ActionInfo(
        "reset", "Reset", "Run", "Ctrl+Backspace", "Forget the run", "reset", lambda state: state.run is not None
    ),
)


def make_actions(owner: QWidget, slots: dict[str, Callable[[], object]]) -> dict[str, QAction]:
    """Make every action of the table for a window; `slots` says what each does."""
    result: dict[str, QAction] = {}
    for info in ACTIONS:
        action = QAction(info.text, owner)
        action.setObjectName(info.name)
        action.setShortcut(QKeySequence(info.keys))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{info.tip} ({keys})")
        action.setStatusTip(info.tip)
        action.triggered.connect(slots[info.name])
        result[info.name] = action
    return result


def enable_actions(actions: dict[str, QAction], state: State) -> None:
    """Enable the actions that can be used in this state."""
    for info in ACTIONS:
        actions[info.name].setEnabled(info.is_enabled(state))
