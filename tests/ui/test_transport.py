from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, EMStep
from lds_gui.session import History, Learning, Run, RunStatus, State
from lds_gui.ui.learn.transport import SPEEDS, _status_text
from lds_gui.ui.main_window import MainWindow
from tests.situations import states
from tests.ui.conftest import PATIENCE

STATE = states()["finished"]


def climbing(rate: float, status: RunStatus = RunStatus.PAUSED, converged: bool = False, **options: float) -> State:
    """A run whose gains fall by `rate` per iteration, from 1 nat on."""
    params = STATE.run.history[0].params
    values = -np.cumsum(rate ** np.arange(9))[::-1][:1] + np.concatenate([[0.0], np.cumsum(rate ** np.arange(8))])
    history = History.of(EMStep(k, params, value, value if k else None) for k, value in enumerate(values))
    learning = Learning(options=EMOptions(max_iter=10**6, **options))
    return replace(STATE, run=Run(history, len(history), learning, status, "", converged))


def about(rate: float, tolerance: float) -> int:
    return int(np.floor(np.log(tolerance / rate**7) / np.log(rate))) + 1


@pytest.mark.parametrize(("rate", "tolerance"), [(0.9, 1e-6), (0.5, 1e-3), (0.99, 1e-6)])
def test_that_the_status_says_how_many_iterations_are_still_needed(rate: float, tolerance: float) -> None:
    text = _status_text(climbing(rate, tol=tolerance), None)
    assert text.startswith("Paused, about ")
    told = int(text.removeprefix("Paused, about ").split(" more")[0].replace("\N{NARROW NO-BREAK SPACE}", ""))
    assert told == pytest.approx(about(rate, tolerance), rel=0.05)
    assert text.endswith(" until the tolerance")


def test_that_a_tolerance_per_entry_counts_all_entries() -> None:
    n_entries = STATE.data.dataset.observations.size
    whole = _status_text(climbing(0.9, tol=1e-4), None)
    assert _status_text(climbing(0.9, tol=0.0, rtol=1e-4 / n_entries), None) == whole


@pytest.mark.parametrize(
    ("state", "speed", "words"),
    [
        (climbing(0.9, RunStatus.RUNNING, tol=1e-6), 1234.4, "1\N{NARROW NO-BREAK SPACE}234 it/s, about 120 more"),
        (climbing(0.9, RunStatus.RUNNING, tol=1e-6), None, "Running, about 120 more"),
        (climbing(0.9, RunStatus.FINISHED, tol=1e-6), None, "Limit reached, about 120 more"),
        (climbing(0.9, RunStatus.STOPPED, tol=1e-6), None, "Stopped, about 120 more"),
    ],
)
def test_that_the_outlook_stands_beside_what_the_run_does(state: State, speed: float | None, words: str) -> None:
    assert _status_text(state, speed).startswith(words)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (climbing(0.9, RunStatus.RUNNING, tol=0.0), "Running"),
        (climbing(1.1, RunStatus.PAUSED, tol=1e-6), "Paused"),
        (climbing(0.9, RunStatus.FINISHED, True, tol=1e-6), "Converged"),
        (climbing(0.9, RunStatus.FAILED, tol=1e-6), "Failed"),
    ],
)
def test_that_nothing_is_said_where_nothing_can_be(state: State, words: str) -> None:
    assert _status_text(state, None) == words


def test_that_the_speed_slider_sets_the_speed_and_a_slow_run_can_be_paused(
    window: MainWindow, find: Callable[..., QWidget], qtbot: QtBot
) -> None:
    slider = find(QSlider, "speed_slider")
    assert find(QLabel, "speed_label").text() == "max"
    slider.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right):
        qtbot.keyClick(slider, key)
    assert window.session.state.speed == 1.0
    assert find(QLabel, "speed_label").text() == "1 / s"
    find(QPushButton, "run_button").click()
    qtbot.waitUntil(lambda: window.session.state.iteration == 0, timeout=PATIENCE)
    assert find(QLabel, "status_label").text().startswith("Playing")
    assert find(QPushButton, "pause_button").isVisible()
    find(QPushButton, "pause_button").click()
    assert not window.session.state.is_running
    assert find(QPushButton, "run_button").isVisible()


def test_that_every_speed_has_words_that_fit(window: MainWindow, find: Callable[..., QWidget]) -> None:
    words = find(QLabel, "speed_label")
    for speed in SPEEDS:
        window.session.set_speed(speed)
        assert words.fontMetrics().horizontalAdvance(words.text()) <= words.width()
        assert SPEEDS[find(QSlider, "speed_slider").value()] == speed
