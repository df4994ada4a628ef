"""Runs from several seeds, ranked, of which the best can be kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSpinBox, QVBoxLayout, QWidget

from lds_gui.session import Restarts, Run, RunStatus, State
from lds_gui.ui.cards import label, say, sentence
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.learn.rows import RunRows
from lds_gui.ui.numbers import readout, short

MOST_RESTARTS = 1000
_SAME = 1e-3  # nats: levels that are closer are those of one maximum


class RestartsPanel(Panel):
    """Starts EM from several seeds beside each other, and lists what they reached, the best first.

    Signals:
        wanted(int): so many restarts.
        stop_wanted(): end those under way.
        keep_wanted(object): keep the one from this seed.
    """

    wanted = Signal(int)
    stop_wanted = Signal()
    keep_wanted = Signal(object)

    name = "restarts"
    title = "Restarts"
    empty_text = "Simulate or open data to restart EM from several seeds"
    explanation = (
        "EM climbs to the maximum that lies uphill from its start, which need not be the highest. Here it starts from "
        "several random seeds beside each other, with the settings of Learning; the best comes first.",
        "If many starts reach the same level, it is probably the highest. If the levels scatter, more starts, or more "
        "iterations, are needed. Keep makes a restart a run like any other, and shows it.",
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with a line for what the restarts tell."""
        super().__init__(parent)
        self.words = sentence("small", "restarts_words")
        self.problem = sentence("error", "restarts_problem")
        self.body.addWidget(self.words)
        self.body.addWidget(self.problem)

    def make_picture(self) -> QWidget:
        self.rows = RunRows(
            "restarts",
            ("start", "iterations", "log p(x)", "behind best"),
            figures=frozenset({1, 2, 3}),
            elastic=0,
        )
        self.rows.currentItemChanged.connect(lambda *_: self._enable())
        self.rows.itemDoubleClicked.connect(self._keep)
        self.count = QSpinBox()
        self.count.setObjectName("restarts_count")
        self.count.setRange(1, MOST_RESTARTS)
        self.count.setValue(10)
        self.count.setAccessibleName("How many starts")
        self.count.setToolTip("How many seeds to start from, counted up from the seed in Learning")
        self.start = QPushButton("Start")
        self.start.setObjectName("restarts_start")
        self.start.clicked.connect(self._start_or_stop)
        self.keep = QPushButton("Keep the best")
        self.keep.setObjectName("restarts_keep")
        self.keep.setToolTip("Make the chosen restart a run like any other, and show it")
        self.keep.clicked.connect(self._keep)
        self.progress = QProgressBar()
        self.progress.setObjectName("restarts_progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        line = QHBoxLayout()
        line.setSpacing(6)
        for part in (self.count, label("starts", "soft"), self.start, self.keep):
            line.addWidget(part)
        line.addWidget(self.progress, 1)
        line.addStretch(0)
        picture = QWidget()
        layout = QVBoxLayout(picture)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.rows, 1)
        layout.addLayout(line)
        return picture

    def has_picture(self, state: State) -> bool:
        return state.data is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.data is None, state.restarts

    def draw(self, state: State) -> None:
        super().draw(state)
        restarts = state.restarts
        say(self.words, "" if restarts is None else _in_words(restarts))
        say(self.problem, "" if restarts is None else restarts.problem)

    def draw_picture(self, state: State) -> None:
        restarts = state.restarts
        runs = () if restarts is None else restarts.ranked
        best = runs[0].level if runs else 0.0
        self.rows.show_rows({run.learning.seed: _row(run, best) for run in runs})
        is_running = restarts is not None and restarts.is_running
        self.start.setText("Stop" if is_running else "Start")
        self.start.setToolTip("End those under way" if is_running else "Run EM from so many seeds beside each other")
        self.count.setEnabled(not is_running)
        self.progress.setVisible(is_running)
        self.progress.setRange(0, 1 if restarts is None else restarts.n_wanted)
        self.progress.setValue(len(runs))
        self._enable()

    def _enable(self) -> None:
        ranked, chosen = self._ranked, self.rows.chosen
        self.keep.setEnabled(bool(ranked))
        is_best = chosen is None or (bool(ranked) and ranked[0].learning.seed == chosen)
        self.keep.setText("Keep the best" if is_best else "Keep this one")

    def _start_or_stop(self) -> None:
        restarts = None if self._state is None else self._state.restarts
        if restarts is not None and restarts.is_running:
            self.stop_wanted.emit()
        else:
            self.wanted.emit(self.count.value())

    def _keep(self) -> None:
        if self._ranked:
            chosen = self.rows.chosen
            self.keep_wanted.emit(self._ranked[0].learning.seed if chosen is None else chosen)

    @property
    def _ranked(self) -> tuple[Run, ...]:
        restarts = None if self._state is None else self._state.restarts
        return () if restarts is None else restarts.ranked

    def table(self, state: State) -> Table:
        runs = () if state.restarts is None else state.restarts.ranked
        return {
            "seed": np.array([float(run.learning.seed) for run in runs]),
            "iterations": np.array([float(run.last_iteration) for run in runs]),
            "log_likelihood": np.array([run.level for run in runs]),
        }


def _row(run: Run, best: float) -> tuple[str, ...]:
    if run.status is RunStatus.FAILED:
        return f"✕ {run.origin}: {run.reason}", str(max(run.last_iteration, 0)), "", ""
    return run.origin, str(run.last_iteration), readout(run.level), short(best - run.level)


def _in_words(restarts: Restarts) -> str:
    """Say how many are done, and whether they agree."""
    good = [run for run in restarts.ranked if run.status is not RunStatus.FAILED]
    n_failed = len(restarts.ended) - len(good)
    parts = [f"{len(restarts.ended)} of {restarts.n_wanted} done"]
    if n_failed:
        parts.append(f"{n_failed} broke down")
    if good:
        levels = np.array([run.level for run in good])
        parts.append(f"{int((levels > levels[0] - _SAME).sum())} within {short(_SAME)} nats of the best")
    n_open = sum(not run.converged for run in good)
    if n_open:
        parts.append(f"{n_open} at the limit of iterations, not converged")
    return ", ".join(parts)
