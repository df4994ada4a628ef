import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.session import COMPILING, History, Learning, Run, RunStatus, State
from lds_gui.session.preparation import LOADING
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import THEMES
from tests.situations import new_session, states

Find = Callable[..., QWidget]

RUN_IN_A_WINDOW = """
import sys
from dataclasses import replace
from PySide6.QtCore import QTimer
from lds_gui.lds import EMOptions
from lds_gui.files import presets
from lds_gui.session import Session
from lds_gui.ui.app import make_application, run_to_the_end, wait_for
from lds_gui.ui.main_window import MainWindow

make_application()
window = MainWindow(Session(presets()[0]), "light")
window.painted.connect(window.session.warm_up)
window.show()
wait_for(window.session, lambda state: bool(state.preparing))
for start in ("pca", "perturbed", "last"):
    options = EMOptions(max_iter=3, floor=0.01, structure={"Gamma": "diagonal"})
    window.session.set_learning(replace(window.session.state.learning, start=start, options=options))
    if start == "pca":
        state = run_to_the_end(window.session)
    else:
        window.session.run()
        state = wait_for(window.session, lambda s: s.run and not s.run.status.is_live and s.view_is_current)
    assert state.run.n_recorded == 4, state.run.reason
window.picture()
window.close()
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"numba", "scipy", "llvmlite"}))
"""


def test_that_the_process_of_the_window_never_loads_numba_or_scipy() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN_IN_A_WINDOW],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stdout + ended.stderr


def waiting(state: State, words: str) -> State:
    return replace(state, preparing=words, run=Run(History(), 0, Learning(), RunStatus.RUNNING))


@pytest.fixture
def show(window: MainWindow) -> Callable[[State], None]:
    def draw(state: State) -> None:
        window._draw(state)
        window.learn.draw_now()

    return draw


IDLE = states()["data only"]


@pytest.mark.parametrize(
    ("state", "words", "bar"),
    [
        (replace(IDLE, preparing=COMPILING), f"{COMPILING} …", True),
        (replace(IDLE, preparing=LOADING), "Ready", False),
        (waiting(IDLE, COMPILING), f"Waiting. {COMPILING} …", True),
        (waiting(IDLE, LOADING), f"Waiting. {LOADING} …", True),
        (waiting(IDLE, ""), "Computing the start …", False),
        (IDLE, "Ready", False),
    ],
)
def test_that_the_status_says_what_is_prepared_and_what_a_run_waits_for(
    show: Callable[[State], None], find: Find, state: State, words: str, bar: bool
) -> None:
    show(state)
    assert find(QLabel, "status_label").text() == words
    assert find(QProgressBar, "preparing_bar").isVisible() is bar


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_that_the_words_about_preparing_are_not_cut_off(
    window: MainWindow, qtbot: QtBot, show: Callable[[State], None], find: Find, size: tuple[int, int]
) -> None:
    window.resize(*size)
    show(waiting(IDLE, COMPILING))
    qtbot.wait(1)
    status = find(QLabel, "status_label")
    assert status.width() >= status.sizeHint().width()
    assert (window.width(), window.height()) == size


def test_that_the_engine_is_prepared_once_the_window_has_been_painted(qtbot: QtBot) -> None:
    window = MainWindow(new_session(), THEMES[0].name)
    qtbot.addWidget(window)
    painted = []
    window.painted.connect(lambda: painted.append(True))
    assert painted == []
    with qtbot.waitSignal(window.painted):
        window.show()
    window.repaint()
    assert painted == [True]
    window.close()


def test_that_nothing_is_prepared_in_a_window_that_is_closed_as_soon_as_it_is_painted(qtbot: QtBot) -> None:
    window = MainWindow(new_session(), THEMES[0].name)
    qtbot.addWidget(window)
    window.painted.connect(window.session.warm_up)  # would raise: its processes have been closed
    window.show()
    window.grab()
    window.close()
    with qtbot.assertNotEmitted(window.painted):
        qtbot.wait(1)
