import threading
from collections.abc import Callable

import pytest


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
