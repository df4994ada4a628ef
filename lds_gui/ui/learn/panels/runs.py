"""The runs that are kept: to be shown, compared, renamed, branched and deleted."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QInputDialog, QPushButton, QTreeWidgetItem, QVBoxLayout, QWidget

from lds_gui.session import Run, State, differences, matched_iteration
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.flow_layout import FlowLayout
from lds_gui.ui.learn.kept_curves import run_pen
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.learn.rows import RunRows
from lds_gui.ui.numbers import readout
from lds_gui.ui.plots import line_pen
from lds_gui.ui.theme import LIGHT, Theme

_SWATCH = 18, 10  # px


class RunsPanel(Panel):
    """Lists the runs as a tree: a branch stands below the run that it left.

    Signals:
        show_wanted(int), compare_wanted(object), deletion_wanted(int): the number of a run; None for no comparison.
        rename_wanted(int, str): the number of a run, and its new name.
        blink_wanted(), branch_wanted(): the current run is to be swapped with the compared one; to be branched.
        levels_wanted(bool): whether iterations of compared runs are to be matched by level.
    """

    show_wanted = Signal(int)
    compare_wanted = Signal(object)
    deletion_wanted = Signal(int)
    rename_wanted = Signal(int, str)
    blink_wanted = Signal()
    branch_wanted = Signal()
    levels_wanted = Signal(bool)

    name = "runs"
    title = "Runs"
    empty_text = "Run EM: each run is kept here, to be compared with others"
    explanation = (
        "Every run on these data with its start, how far it came, and the log p(x) that it reached. The one in bold is "
        "shown in all panels; a branch, which leaves another run at some iteration, stands below it.",
        "Compare: what differs in the settings is named, both curves are in the panel ELBO, and B swaps the two runs "
        "in every panel. Runs that end at different levels have found different local maxima: see Restarts.",
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel."""
        self._theme = LIGHT
        self._last_shown: int | None = None
        super().__init__(parent)
        self.matching = CompactChoice("How iterations of compared runs are matched")
        self.matching.setObjectName("run_matching")
        self.matching.offer(["by iteration", "by level"])
        self.matching.setToolTip("Match compared runs by the iteration’s number, or by the log p(x) that was reached")
        self.matching.activated.connect(lambda index: self.levels_wanted.emit(bool(index)))
        self.add_at_end_of_header(self.matching)
        self.difference = sentence("small", "run_difference")
        self.body.addWidget(self.difference)

    def make_picture(self) -> QWidget:
        self.rows = RunRows("runs", ("run", "start", "iterations", "log p(x)"), figures=frozenset({2, 3}), elastic=1)
        self.rows.currentItemChanged.connect(lambda *_: self._enable())
        self.rows.itemDoubleClicked.connect(self._ask_for_name)
        self.buttons = {
            "show": _button("show", "Show", "Show this run in every panel", self._show),
            "compare": _button("compare", "Compare", "Compare this run with the shown one", self._compare),
            "blink": _button("blink", "Swap", "Swap the shown and the compared run in every panel (B)", self._blink),
            "branch": _button("branch", "Branch…", "Go on from the shown iteration as a run of its own", self._branch),
            "rename": _button("rename", "Rename…", "Give this run another name", self._ask_for_name),
            "delete": _button("delete", "Delete", "Forget this run; undo brings it back", self._delete),
        }
        line = FlowLayout(6)
        for button in self.buttons.values():
            line.addWidget(button)
        picture = QWidget()
        layout = QVBoxLayout(picture)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.rows, 1)
        layout.addLayout(line)
        return picture

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._theme = theme
        if self._state is not None and self.has_picture(self._state):
            self._mark(self._state)

    def has_picture(self, state: State) -> bool:
        return bool(_runs(state))

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.run, state.runs, state.compared, state.matches_levels, state.iteration

    def draw(self, state: State) -> None:
        super().draw(state)
        self.matching.setVisible(state.other is not None)
        with QSignalBlocker(self.matching):
            self.matching.setCurrentIndex(int(state.matches_levels))
        say(self.difference, _comparison(state))

    def draw_picture(self, state: State) -> None:
        runs = _runs(state)
        self.rows.show_rows(
            {run.number: (run.title, run.origin, str(run.last_iteration), readout(run.level)) for run in runs},
            {run.number: run.parent[0] for run in runs if run.parent is not None},
        )
        shown = None if state.run is None else state.run.number
        if shown is not None and (self.rows.chosen is None or shown != self._last_shown):
            self.rows.choose(shown)
        self._last_shown = shown
        self._mark(state)
        self._enable()

    def _mark(self, state: State) -> None:
        """Show which run is shown and which compared, and the line in which each is drawn."""
        shown = None if state.run is None else state.run.number
        for run in _runs(state):
            item = self.rows.item_of(run.number)
            font = item.font(0)
            font.setBold(run.number == shown)
            item.setFont(0, font)
            mark = "◆ " if run.number == state.compared else ""
            item.setText(0, f"{mark}{run.title}")
            words = f"{run.title}, shown" if run.number == shown else run.title
            item.setToolTip(0, f"{words}: {run.reason or run.status.value}")
            item.setIcon(0, self._swatch(None if run.number == shown else run.number, state.compared))
        self.rows.fit()

    def _swatch(self, number: int | None, compared: int | None) -> QIcon:
        """The line of a kept run, or that of the shown one."""
        picture = QPixmap(_SWATCH[0] * 2, _SWATCH[1] * 2)
        picture.setDevicePixelRatio(2)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        is_shown = number is None
        pen = line_pen(self._theme.color("good")) if is_shown else run_pen(self._theme, number, compared)
        pen.setWidthF(2.0)
        painter.setPen(pen)
        painter.drawLine(0, _SWATCH[1] // 2, _SWATCH[0], _SWATCH[1] // 2)
        painter.end()
        return QIcon(picture)

    def _enable(self) -> None:
        """Enable what can be done with the chosen run."""
        state, chosen = self._state, self.rows.chosen
        if state is None:
            return
        is_shown = state.run is not None and state.run.number == chosen
        self.buttons["show"].setEnabled(chosen is not None and not is_shown)
        self.buttons["compare"].setEnabled(chosen is not None and not is_shown and state.run is not None)
        is_compared = chosen is not None and chosen == state.compared
        self.buttons["compare"].setText("Compare no more" if is_compared else "Compare")
        self.buttons["blink"].setEnabled(state.other is not None and state.run is not None)
        self.buttons["branch"].setEnabled(state.step is not None)
        self.buttons["rename"].setEnabled(chosen is not None)
        self.buttons["delete"].setEnabled(chosen is not None)

    def _show(self) -> None:
        if self.rows.chosen is not None:
            self.show_wanted.emit(self.rows.chosen)

    def _compare(self) -> None:
        chosen = self.rows.chosen
        is_compared = self._state is not None and self._state.compared == chosen
        self.compare_wanted.emit(None if is_compared else chosen)

    def _blink(self) -> None:
        self.blink_wanted.emit()

    def _branch(self) -> None:
        self.branch_wanted.emit()

    def _delete(self) -> None:
        if self.rows.chosen is not None:
            self.deletion_wanted.emit(self.rows.chosen)

    def _ask_for_name(self, item: QTreeWidgetItem | None = None) -> None:  # noqa: ARG002
        chosen = self.rows.chosen
        run = None if self._state is None else next((run for run in _runs(self._state) if run.number == chosen), None)
        if run is None:
            return
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Rename run")
        dialog.setLabelText(f"Name of run {run.number}; none for its number")
        dialog.setTextValue(run.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(partial(self.rename_wanted.emit, run.number))
        dialog.open()

    def table(self, state: State) -> Table:
        runs = _runs(state)
        return {
            "run": np.array([float(run.number) for run in runs]),
            "branches_off": np.array([float("nan") if run.parent is None else float(run.parent[0]) for run in runs]),
            "at_iteration": np.array([float("nan") if run.parent is None else float(run.parent[1]) for run in runs]),
            "iterations": np.array([float(run.last_iteration) for run in runs]),
            "log_likelihood": np.array([run.level for run in runs]),
        }


def _runs(state: State) -> list[Run]:
    """All runs that have a number and an iteration, by number."""
    runs = state.runs if state.run is None else (*state.runs, state.run)
    return sorted((run for run in runs if run.number and run.n_recorded), key=lambda run: run.number)


def _comparison(state: State) -> str:
    """Say what differs between the shown run and the compared one, and which iterations belong together."""
    run, other = state.run, state.other
    if run is None or other is None or state.iteration is None:
        return ""
    matched = matched_iteration(run, state.iteration, other, by_level=state.matches_levels)
    lead = float(run.log_likelihoods[state.iteration] - other.log_likelihoods[matched])
    found = [f"{what}: {one} | {its}" for what, one, its in differences(run, other)]
    told = "; ".join(found) if found else "the settings are the same"
    return (
        f"{run.title} | {other.title}: {told}. Iteration {state.iteration} | {matched}: "
        f"log p(x) differs by {readout(lead)} nats."
    )


def _button(name: str, text: str, tip: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"run_{name}")
    button.setToolTip(tip)
    button.setProperty("small", True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the half-steps
    button.clicked.connect(act)
    return button
