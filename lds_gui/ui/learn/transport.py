"""The transport bar: run, pause, step, stop, reset, and the slider over the iterations."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QVBoxLayout,
)

from lds_gui.lds import convergence_rate
from lds_gui.session import COMPILING, Run, RunStatus, Session, State
from lds_gui.ui.actions import E_STEP, M_STEP
from lds_gui.ui.cards import PAD, ElidedLabel, label, repolish, say, sentence
from lds_gui.ui.learn.panels.panel import start_note
from lds_gui.ui.numbers import grouped, readout, rounded, short
from lds_gui.ui.theme import Theme, icon

_LIKELIHOOD_TIP = "log p(x) under the shown iteration's parameters, in nats: the bound, its gap closed"
_BOUND_TIP = "The bound after the M-step, in nats: below log p(x) by KL(q ‖ p(z | x)), which the E-step will close"
# half-steps per second; None: as fast as possible
SPEEDS: tuple[float | None, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, None)
_TELLING = 8  # the newest log-likelihoods, which tell how EM converges
_BUTTONS = ("run", "pause", "half_step_back", "half_step", "step", "stop", "reset")


class TransportBar(QFrame):
    """Steers the run, and chooses the iteration that every panel shows."""

    def __init__(self, session: Session, actions: dict[str, QAction]) -> None:
        """Build the bar; it steers this session."""
        super().__init__()
        self.setObjectName("card")
        self._session = session
        self._progress: deque[tuple[float, int]] = deque(maxlen=60)
        self.failure = sentence("error", "failure")
        layout = QHBoxLayout()
        layout.setSpacing(8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(PAD, 8, PAD, 8)
        whole.setSpacing(4)
        self.halt = sentence("hint", "halt")
        whole.addWidget(self.failure)
        whole.addWidget(self.halt)
        whole.addLayout(layout)
        self._buttons = {name: _button_for(actions[name]) for name in _BUTTONS}
        for button in self._buttons.values():
            layout.addWidget(button)
        self._buttons["half_step_back"].setText("")
        half_step = self._buttons["half_step"]
        half_step.setFixedWidth(max(half_step.fontMetrics().horizontalAdvance(text) for text in (M_STEP, E_STEP)) + 46)
        self._buttons["run"].setProperty("primary", True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("iteration_slider")
        self.slider.setMinimumWidth(110)
        self.slider.setAccessibleName("Iteration shown")
        self.slider.setToolTip("The iteration that every panel shows; at the right end it follows the run")
        self.slider.valueChanged.connect(session.show_iteration)
        layout.addWidget(self.slider, 1)
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setObjectName("speed_slider")
        self.speed.setFixedWidth(60)
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setPageStep(1)
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a drag, the arrows are those of the half-steps
        self.speed.setAccessibleName("Speed in half-steps per second")
        self.speed.valueChanged.connect(lambda place: session.set_speed(SPEEDS[place]))
        layout.addWidget(self.speed)
        self.speed_label = label("", "small", name="speed_label")
        self.speed_label.setFixedWidth(self.speed_label.fontMetrics().horizontalAdvance("0.5 / s"))
        layout.addWidget(self.speed_label)
        self.preparing = QProgressBar()
        self.preparing.setObjectName("preparing_bar")
        self.preparing.setAccessibleName("The engine is being prepared")
        self.preparing.setRange(0, 0)  # nobody knows how long
        self.preparing.setTextVisible(False)
        self.preparing.setFixedSize(60, 4)
        self.preparing.hide()
        layout.addWidget(self.preparing)
        self.iteration = label("", name="iteration_label")
        self.log_likelihood = label("", name="log_likelihood_label")
        self.log_likelihood.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.log_likelihood.setToolTip(_LIKELIHOOD_TIP)
        self.status = ElidedLabel("status_label", "soft")
        for place in (self.iteration, self.log_likelihood, self.status):
            layout.addWidget(place)

    def draw(self, state: State) -> None:
        """Show where the run stands."""
        run, step = state.run, state.step
        self._show_run_or_pause(state)
        last = 0 if run is None else max(run.last_iteration, 0)
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        self.slider.setValue(state.iteration or 0)
        self.slider.blockSignals(False)
        self._show_speed(state.speed)
        self.iteration.setText("" if step is None else f"iteration <b>{step.iteration}</b> / {last}")
        symbol, bound = ("F" if state.before_e else "L"), state.bound
        self.log_likelihood.setText("" if bound is None else f"{symbol} = {readout(bound, fixed=True)}")
        self.log_likelihood.setToolTip(_BOUND_TIP if state.before_e else _LIKELIHOOD_TIP)
        self._fix_width(self.iteration, f"iteration {last} / {last}")
        self._fix_width(self.log_likelihood, "L = −0000000.00000")
        self.preparing.setVisible(_is_preparing(state))
        for part in (self.speed, self.speed_label):
            part.setHidden(_is_preparing(state))  # the words about it need the room
        self.status.setText(_status_text(state, self._speed(state)))
        failed = run is not None and run.status is RunStatus.FAILED
        repolish(self.status, "role", "error" if failed else "soft")
        say(self.failure, run.reason if run is not None and failed else "")
        say(self.halt, "" if run is None else run.halt)
        self.status.setToolTip(self.status.text() if run is None or not run.reason else run.reason)

    def _show_run_or_pause(self, state: State) -> None:
        """Show of these two buttons the one that can be used; the other one's focus goes to it."""
        runs = state.is_running
        shown, hidden = (self._buttons[name] for name in (("pause", "run") if runs else ("run", "pause")))
        had_focus = hidden.hasFocus()
        shown.show()
        if had_focus:
            shown.setFocus()
        hidden.hide()

    def _show_speed(self, speed: float | None) -> None:
        self.speed.blockSignals(True)
        self.speed.setValue(SPEEDS.index(speed) if speed in SPEEDS else len(SPEEDS) - 1)
        self.speed.blockSignals(False)
        self.speed_label.setText("max" if speed is None else f"{short(speed)} / s")
        words = "as fast as it can be computed" if speed is None else f"{short(speed)} half-steps per second"
        self.speed.setToolTip(f"How fast runs are shown: {words}")

    def _fix_width(self, place: QLabel, widest: str) -> None:
        """Keep the width of a figure that changes, so that the slider does not; it only ever grows."""
        width = place.fontMetrics().horizontalAdvance(widest) + 8
        place.setMinimumWidth(max(width, place.minimumWidth()) if place.text() else 0)

    def _speed(self, state: State) -> float | None:
        """Give the iterations per second of the last seconds of a run that is under way; None while it is not known."""
        run = state.run
        if run is None or run.status is not RunStatus.RUNNING:
            self._progress.clear()
            return None
        self._progress.append((time.monotonic(), run.n_recorded))
        (begin, first), (end, last) = self._progress[0], self._progress[-1]
        return (last - first) / (end - begin) if end - begin > 0.5 else None

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme.on_accent if name == "run" else theme.ink, theme.faint))


def _button_for(action: QAction) -> QPushButton:
    button = QPushButton(action.text())
    button.setObjectName(f"{action.objectName()}_button")
    button.setAccessibleName(action.text())
    button.setIconSize(QSize(14, 14))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else a click that turns it off gives the next button the focus
    button.clicked.connect(action.trigger)

    def follow() -> None:
        if button.text():  # else it is one that shows its icon only
            button.setText(action.text())
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    return button


def _is_preparing(state: State) -> bool:
    """Whether to tell that the engine is being prepared: loading it is only told where a run waits for it."""
    return state.preparing == COMPILING or bool(state.preparing and start_note(state))


def _status_text(state: State, speed: float | None) -> str:
    if state.busy:
        return f"{state.busy} …"
    run = state.run
    if start_note(state):
        return start_note(state)
    if _is_preparing(state):
        return f"{state.preparing} …"
    if run is None:
        return "Ready" if state.data is not None else "No data yet"
    outlook = "" if run.converged else _outlook(state, run)
    words = "Playing" if state.plays else run.status.value.capitalize()
    if run.halt:
        words = "Breakpoint"
    if run.status is RunStatus.RUNNING and speed is not None:
        words = f"{grouped(round(speed))} it/s" if speed >= 1000 else f"{short(speed)} it/s"
        words = words if outlook else f"Running, {words}"
    if run.status is RunStatus.FINISHED:
        words = "Converged" if run.converged else "Limit reached"
        if not outlook and run.reason:
            return f"{words}: {run.reason}"
    return ", ".join(filter(None, [words, outlook]))


def _outlook(state: State, run: Run) -> str:
    """Say how many iterations are still needed, where the last ones tell."""
    if state.data is None or run.status is RunStatus.FAILED:
        return ""
    options, dataset = run.learning.options, state.data.dataset
    tolerance = options.tolerance(dataset.n_observed)
    remaining = convergence_rate(run.log_likelihoods[-_TELLING:], tolerance).remaining_iterations
    if not remaining:
        return ""
    count = rounded(remaining)
    return f"about {grouped(count)} more {'iteration' if count == 1 else 'iterations'} until the tolerance"
