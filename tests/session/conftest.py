import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import Simulation
from lds_gui.session import Session
from tests.situations import new_session


@pytest.fixture(autouse=True, scope="session")
def with_compiled_engine(compiled_engine: None) -> None:
    """Ask for it, for every test here."""


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread will bring about; fail after half a minute."""

    def wait(condition: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(15_000):
            if condition():
                return
            pause.wait(0.002)
        pytest.fail("it did not happen within 30 s")

    return wait


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """A session that simulates a short sequence."""
    session = new_session()
    session.set_simulation(Simulation(25, 4))
    yield session
    session.close()
