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


def _has_estimate(state: State) -> bool:
    return state.step is not None


M_STEP, E_STEP = "M: raise the bound", "E: close the gap"

ACTIONS: tuple[ActionInfo, ...] = (
    ActionInfo("new_session", "New", "File", "Ctrl+N", "Begin anew with the first preset"),
    ActionInfo(
        "open_data", "Open…", "File", "Ctrl+O", "Open data (CSV, TSV, JSON, NPY, NPZ or MAT), or a session (.ldsession)"
    ),
    ActionInfo("paste_data", "Paste data…", "File", "Ctrl+Shift+V", "Take a table, or a file, from the clipboard"),
    ActionInfo(
        "cancel_data",
        "Cancel",
        "File",
        "Esc",
        "End the reading or the simulation that is under way",
        is_enabled=lambda state: bool(state.busy),
    ),
    ActionInfo("save", "Save", "File", "Ctrl+S", "Write everything there is to the session's file"),
    ActionInfo("save_as", "Save as…", "File", "Ctrl+Shift+S", "Write everything there is to another session file"),
    ActionInfo("save_notebook", "Save notebook…", "File", "Ctrl+Alt+N", "Save what was done as a Python file"),
    ActionInfo(
        "replay_notebook", "Replay notebook…", "File", "Ctrl+Alt+R", "Begin anew, and carry a saved notebook out"
    ),
    ActionInfo("quit", "Quit", "File", "Ctrl+Q", "Close the window"),
    ActionInfo(
        "undo", "Undo", "Edit", "Ctrl+Z", "Take the newest change back", is_enabled=lambda state: bool(state.to_undo)
    ),
    ActionInfo(
        "redo",
        "Redo",
        "Edit",
        "Ctrl+Shift+Z",
        "Make the change that was taken back again",
        is_enabled=lambda state: bool(state.to_redo),
    ),
    ActionInfo(
        "copy_script",
        "Copy as Python",
        "Edit",
        "Ctrl+Shift+C",
        "Copy a short script that computes the shown run again, to the last bit",
        is_enabled=_has_estimate,
    ),
    ActionInfo("swap", "Swap P and Q", "Edit", "Ctrl+Shift+P", "Exchange the two Gaussians of the tab Gaussians"),
    ActionInfo("simulate", "Simulate", "Model", "Ctrl+D", "Draw data from the model; the same seed, the same noise"),
    ActionInfo("dice", "New seed", "Model", "Ctrl+Shift+D", "Draw data with another seed"),
    ActionInfo("new_model", "Empty model", "Model", "Ctrl+Shift+N", "Begin with one latent and one observed variable"),
    ActionInfo("random_model", "Random model…", "Model", "Ctrl+R", "Make a random stable model of wished properties"),
    ActionInfo("save_preset", "Save as preset…", "Model", "Ctrl+Alt+S", "Keep the model as a preset of your own"),
    ActionInfo(
        "delete_preset",
        "Delete own preset",
        "Model",
        "Ctrl+Shift+Del",
        "Delete the preset of your own that is chosen",
        is_enabled=lambda state: state.preset.is_own and state.model is state.preset.params,
    ),
    ActionInfo(
        "copy_estimate",
        "Copy estimate to model",
        "Model",
        "Ctrl+Shift+E",
        "Make the estimate the model, in the basis in which it is shown; Simulate then draws from it",
        is_enabled=_has_estimate,
    ),
    ActionInfo(
        "run",
        "Run",
        "Run",
        "F5",
        "Run EM, or go on with a paused run",
        "run",
        lambda state: not state.is_running,
    ),
    ActionInfo("pause", "Pause", "Run", "F6", "Halt after this iteration", "pause", lambda state: state.is_running),
    ActionInfo(
        "play_back",
        "Play back",
        "Run",
        "Shift+F6",
        "Show the run again at the chosen speed, from the start if the end is shown",
        is_enabled=lambda state: _has_estimate(state) and not state.is_running,
    ),
    ActionInfo(
        "half_step_back",
        "Back",
        "Run",
        "Shift+F11",
        "Show the half-step before: the bound before it rose, or before its gap was closed",
        "half_step_back",
        lambda state: bool(state.iteration),
    ),
    ActionInfo(
        "half_step",
        M_STEP,
        "Run",
        "F11",
        "Show the next half-step, and compute it where it is new",
        "half_step",
        lambda state: _can_step(state) or (state.iteration is not None and not state.is_at_the_end),
    ),
    ActionInfo("step", "Step", "Run", "F10", "Compute one iteration, then halt", "step", _can_step),
    ActionInfo("stop", "Stop", "Run", "Shift+F5", "End the run; its iterations stay", "stop", _is_live),
    ActionInfo(
        "reset", "Reset", "Run", "Ctrl+Backspace", "Forget the run", "reset", lambda state: state.run is not None
    ),
    ActionInfo(
        "keep_estimate",
        "Start from here",
        "Run",
        "Ctrl+Shift+H",
        "Have the next run begin with the shown estimate",
        is_enabled=_has_estimate,
    ),
    ActionInfo(
        "branch",
        "Branch…",
        "Run",
        "Ctrl+B",
        "Go on from the shown iteration as a run of its own, with changes",
        is_enabled=_has_estimate,
    ),
    ActionInfo(
        "blink",
        "Swap with the compared run",
        "Run",
        "Ctrl+Shift+B",
        "Show the compared run in every panel, and compare it with the one shown so far; B does the same",
        is_enabled=lambda state: state.run is not None and state.other is not None,
    ),
    ActionInfo("export_picture", "Picture…", "Export", "Ctrl+P", "Save the window or a panel as PNG, SVG or PDF"),
    ActionInfo(
        "export_animation",
        "Animation…",
        "Export",
        "Ctrl+Alt+P",
        "Save the run as a moving picture, GIF or animated PNG",
        is_enabled=_has_estimate,
    ),
    ActionInfo(
        "export_report",
        "Report…",
        "Export",
        "Ctrl+Alt+H",
        "Save a report of the run: one HTML file with its pictures inside",
        is_enabled=_has_estimate,
    ),
    ActionInfo(
        "export_results",
        "Results…",
        "Export",
        "Ctrl+E",
        "Save the shown estimate as NPZ, JSON, MAT or CSV",
        is_enabled=_has_estimate,
    ),
    ActionInfo("export_figures", "Figures of a panel…", "Export", "Ctrl+Alt+G", "Save what a panel shows as CSV"),
    ActionInfo(
        "export_data",
        "Data…",
        "Export",
        "Ctrl+Alt+D",
        "Save the data as CSV, TSV, JSON or NPZ",
        is_enabled=lambda state: state.data is not None,
    ),
    ActionInfo("show_learn", "Learn", "View", "Ctrl+1", "Show the model, the data and how EM learns"),
    ActionInfo(
        "show_gaussians", "Gaussians", "View", "Ctrl+2", "Show two Gaussians and the KL divergence between them"
    ),
    ActionInfo("reset_layout", "Reset layout", "View", "Ctrl+Shift+0", "Put every panel back at its place"),
    ActionInfo("settings", "Settings…", "View", "Ctrl+,", "Choose colours, size, units, and what is kept"),
    ActionInfo("reset_views", "Reset views", "View", "Ctrl+0", "Show everything in every plot after zooming"),
    ActionInfo("lesson", "First steps", "Help", "Shift+F1", "Replay a lesson of five minutes, line by line"),
    ActionInfo(
        "help", "Keys and gestures", "Help", "F1", "List all keys, and what mouse and keyboard do in the editors"
    ),
)


def make_actions(
    owner: QWidget, prepare: Callable[[], object], slots: dict[str, Callable[[], object]]
) -> dict[str, QAction]:
    """Make every action of the table for a window; `slots` says what each does, `prepare` what comes before any."""
    result: dict[str, QAction] = {}
    for info in ACTIONS:
        action = QAction(info.text, owner)
        action.setObjectName(info.name)
        action.setShortcut(QKeySequence(info.keys))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{info.tip} ({keys})")
        action.setStatusTip(info.tip)
        action.triggered.connect(prepare)
        action.triggered.connect(slots[info.name])
        result[info.name] = action
    return result


def enable_actions(actions: dict[str, QAction], state: State) -> None:
    """Enable the actions that can be used in this state, and name what can be undone and redone."""
    for info in ACTIONS:
        actions[info.name].setEnabled(info.is_enabled(state))
    actions["half_step"].setText(E_STEP if state.iteration is None or state.before_e else M_STEP)
    actions["undo"].setText(f"Undo {state.to_undo}".rstrip())
    actions["redo"].setText(f"Redo {state.to_redo}".rstrip())
