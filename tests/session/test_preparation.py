import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, Simulation
from lds_gui.lds import preparation as engine
from lds_gui.session import COMPILING, RunStatus, Session
from lds_gui.session.preparation import LOADING, preparation
from lds_gui.session.worker_process import WorkerProcess
from tests.situations import new_session

PATIENCE = 60_000
GATE = "GATE_OF_THE_TEST"


def slow_compilation() -> Iterator[str]:
    """Say that it compiles, and be done when the test opens the gate: a file."""
    yield COMPILING
    pause = threading.Event()
    while not Path(os.environ[GATE]).exists():
        pause.wait(0.01)


def slow_loading() -> Iterator[str]:
    pause = threading.Event()
    while not Path(os.environ[GATE]).exists():
        pause.wait(0.01)
    yield from ()


def break_down() -> Iterator[str]:
    raise RuntimeError("out of cheese")
    yield


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(GATE, str(tmp_path / "gate"))
    return tmp_path / "gate"


@pytest.fixture
def session(qtbot: QtBot, gate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr("lds_gui.session.engine_room.preparation", slow_compilation)
    session = new_session()
    session.set_simulation(Simulation(25, 4))
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=2, tol=0.0)))
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    yield session
    gate.touch()
    session.close()


def test_that_what_is_loaded_from_the_cache_is_not_said_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.prepare(lambda: None)  # so that there is nothing left to compile
    engine.prepare(lambda: pytest.fail("something was compiled"))


def test_that_compiling_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    def compile_two(*_: object) -> None:
        for number in (1, 2):
            numba.njit(eval(f"lambda x: x + {number}"))(1.0)

    told = []
    monkeypatch.setattr(engine, "fit", compile_two)
    engine.prepare(lambda: told.append("compiling"))
    assert told == ["compiling"]


def test_that_a_worker_gets_ready_and_says_only_whether_it_compiles() -> None:
    worker = WorkerProcess()
    assert set(worker.iterate(preparation)) <= {COMPILING}
    assert list(worker.iterate(preparation)) == []
    worker.close()


def test_that_compiling_is_told_while_it_lasts(qtbot: QtBot, session: Session, gate: Path) -> None:
    session.warm_up()
    assert session.state.preparing == LOADING
    qtbot.waitUntil(lambda: session.state.preparing == COMPILING, timeout=PATIENCE)
    gate.touch()
    qtbot.waitUntil(lambda: session.state.preparing == "", timeout=PATIENCE)


def test_that_one_process_alone_compiles(qtbot: QtBot, session: Session) -> None:
    session.warm_up()
    qtbot.waitUntil(lambda: session.state.preparing == COMPILING, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session._engine_room._em_worker._process is None, timeout=PATIENCE)
    assert session._engine_room._view_worker._process is not None


@pytest.mark.parametrize("verb", [Session.run, Session.step])
def test_that_a_run_waits_for_the_engine_and_then_goes_on(
    qtbot: QtBot, session: Session, gate: Path, verb: Callable[[Session], None]
) -> None:
    verb(session)
    qtbot.waitUntil(lambda: session.state.preparing == COMPILING, timeout=PATIENCE)
    assert session.state.run.status.is_live
    assert session.state.run.n_recorded == 0
    assert session._engine_room.run._held
    gate.touch()
    qtbot.waitUntil(lambda: session.state.run.n_recorded >= 2, timeout=PATIENCE)


def test_that_a_run_that_waits_is_stopped_at_once_and_the_engine_is_prepared_all_the_same(
    qtbot: QtBot, session: Session, gate: Path
) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.state.preparing == COMPILING, timeout=PATIENCE)
    session.stop()
    assert session.state.run.status is RunStatus.STOPPED
    qtbot.waitUntil(lambda: not [t for t in threading.enumerate() if t.name == "EM run"], timeout=PATIENCE)
    assert session.state.preparing == COMPILING
    gate.touch()
    qtbot.waitUntil(lambda: session.state.preparing == "", timeout=PATIENCE)
    session.run()
    qtbot.waitUntil(lambda: session.state.run.status is RunStatus.FINISHED, timeout=PATIENCE)


def test_that_a_preparation_that_breaks_down_is_signalled_and_refuses_no_run(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lds_gui.session.engine_room.preparation", break_down)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE) as caught:
        session.run()
    assert str(caught.args[0]) == "out of cheese"
    qtbot.waitUntil(lambda: session.state.run.status is RunStatus.FINISHED, timeout=PATIENCE)
