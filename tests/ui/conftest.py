from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, Simulation
from lds_gui.session import State
from lds_gui.ui.main_window import MainWindow
from tests.situations import new_session

PATIENCE = 60_000


@pytest.fixture(autouse=True, scope="session")
def with_compiled_engine(compiled_engine: None) -> None:
    """Ask for it, for every test here."""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The main window on a short simulation that has arrived."""
    session = new_session()
    session.set_simulation(Simulation(25, 4))
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=5, tol=0.0)))
    window = MainWindow(session, "light")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    yield window
    window.close()


@pytest.fixture
def find(window: MainWindow) -> Callable[..., QWidget]:
    """Find a widget by its class and object name, as anything that drives the window from outside would."""

    def find(kind: type, name: str):
        found = window.findChildren(kind, name)
        assert len(found) == 1, f"{len(found)} {kind.__name__} named {name}"
        return found[0]

    return find


@pytest.fixture
def settled(window: MainWindow, qtbot: QtBot) -> Callable[[], State]:
    """Wait until the run has ended, and what it shows is derived and drawn."""

    def wait() -> State:
        def is_settled() -> bool:
            state = window.session.state
            ended = state.run is not None and not state.run.status.is_live
            return ended and (state.step is None or (state.view is not None and state.view.params is state.step.params))

        qtbot.waitUntil(is_settled, timeout=PATIENCE)
        window.learn.draw_now()
        return window.session.state

    return wait
