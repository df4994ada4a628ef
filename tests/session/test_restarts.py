from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, LDSParams, ParameterError, Simulation
from lds_gui.session import LAST_START, PERTURBED_START, Restarts, RunStatus, Session
from lds_gui.session.restarts import WorkerExecutor, outcome
from lds_gui.session.starts import with_seeds
from tests.situations import new_session, oscillator, random_model

PATIENCE = 60_000


def refuse() -> LDSParams:
    raise ParameterError("B", "B does not fit the data.")


def learn(session: Session, max_iter: int = 4, **changes: object) -> None:
    options = EMOptions(max_iter=max_iter, tol=0.0)
    session.set_learning(replace(session.state.learning, options=options, **changes))  # type: ignore[arg-type]


def all_done(qtbot: QtBot, session: Session) -> Restarts:
    qtbot.waitUntil(
        lambda: session.state.restarts is not None and not session.state.restarts.is_running, timeout=PATIENCE
    )
    assert session.state.restarts is not None
    return session.state.restarts


def test_that_an_executor_of_processes_computes_and_raises() -> None:
    executor = WorkerExecutor(2)
    assert [future.result() for future in [executor.submit(pow, 2, k) for k in range(5)]] == [1, 2, 4, 8, 16]
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result()
    executor.shutdown()
    with pytest.raises(RuntimeError):
        executor.submit(pow, 2, 2)


def test_that_shutting_it_down_ends_what_is_under_way() -> None:
    executor = WorkerExecutor(1)
    future: Future[Any] = executor.submit(outcome, _start, oscillator()[1], EMOptions(max_iter=10**7, tol=0.0))
    executor.shutdown(wait=True, cancel_futures=True)
    assert future.done()


def _start() -> LDSParams:
    return random_model(2, 3)


def test_that_what_breaks_down_says_why() -> None:
    assert outcome(refuse, oscillator()[1], EMOptions()).problem == "B does not fit the data."


def test_that_restarts_are_ranked_and_the_best_is_kept(qtbot: QtBot, session: Session) -> None:
    learn(session, 6)
    session.restart(5)
    restarts = all_done(qtbot, session)
    assert sorted(run.learning.seed for run in restarts.ended) == [0, 1, 2, 3, 4]
    levels = [run.level for run in restarts.ranked]
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 5, "each has a start of its own"
    session.keep_restart(restarts.ranked[0].learning.seed)
    run = session.state.run
    assert run is not None
    assert run.level == max(levels)
    assert run.origin == f"Random, seed {run.learning.seed}"
    assert run.number == 1
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    session.keep_restart(restarts.ranked[1].learning.seed)
    assert [kept.number for kept in session.state.runs] == [1]
    session.keep_restart(restarts.ranked[0].learning.seed)
    assert session.state.run.number == 1, "it is there already"
    session.keep_restart(restarts.ranked[1].learning.seed)
    session.keep_restart(99)
    assert session.state.run is not None
    assert session.state.run.number == 2


def test_that_a_restart_is_the_very_run_of_that_seed(qtbot: QtBot, session: Session) -> None:
    learn(session, 6)
    session.restart(3)
    best = all_done(qtbot, session).ranked[0]
    session.set_learning(best.learning)
    session.run()
    qtbot.waitUntil(lambda: session.state.run is not None and not session.state.is_running, timeout=PATIENCE)
    assert session.state.run is not None
    np.testing.assert_array_equal(session.state.run.log_likelihoods, best.log_likelihoods)


def test_that_the_chosen_start_is_kept_where_it_has_a_seed(session: Session) -> None:
    chosen = replace(session.state.learning, start=PERTURBED_START, seed=7)
    assert [(one.start, one.seed) for one in with_seeds(chosen, 3)] == [(PERTURBED_START, seed) for seed in (7, 8, 9)]
    assert {one.start for one in with_seeds(session.state.learning, 3)} == {"random"}


def test_that_restarts_can_be_stopped_and_those_that_are_done_stay(qtbot: QtBot, session: Session) -> None:
    learn(session, 10**7)
    session.restart(3)
    qtbot.waitUntil(lambda: session.state.restarts is not None, timeout=PATIENCE)
    session.stop_restarts()
    restarts = session.state.restarts
    assert restarts is not None
    assert not restarts.is_running
    learn(session, 2)
    session.restart(2)
    assert len(all_done(qtbot, session).ended) == 2


def test_that_new_data_end_restarts(qtbot: QtBot, session: Session) -> None:
    learn(session, 10**7)
    session.restart(2)
    qtbot.waitUntil(lambda: session.state.restarts is not None, timeout=PATIENCE)
    session.set_simulation(Simulation(30, 9))
    session.simulate()
    qtbot.waitUntil(lambda: session.state.restarts is None, timeout=PATIENCE)
    assert session._restarter is None


def test_that_failed_restarts_come_last(qtbot: QtBot, session: Session) -> None:
    learn(session)
    session.restart(2)
    restarts = all_done(qtbot, session)
    failed = replace(restarts.ended[0], status=RunStatus.FAILED)
    assert replace(restarts, ended=(failed, *restarts.ended)).ranked[-1] is failed


def test_that_a_start_that_is_not_there_is_told(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    data = session.state.data
    assert data is not None
    session._state = replace(session.state, data=replace(data, truth=None))
    learn(session, start=PERTURBED_START)
    session.restart(2)
    assert session.state.restarts is not None
    assert "no known truth" in session.state.restarts.problem
    learn(session, start=LAST_START)
    session.restart(2)
    assert len(all_done(qtbot, session).ended) == 2, "from random starts"


def test_that_another_executor_can_be_handed_in(qtbot: QtBot) -> None:
    made: list[Executor] = []

    def make() -> Executor:
        made.append(ThreadPoolExecutor(1))
        return made[-1]

    session = new_session(make)
    session.set_simulation(Simulation(25, 4))
    learn(session)
    session.restart(2)
    assert len(all_done(qtbot, session).ended) == 2
    assert len(made) == 1
    session.close()


def test_that_an_unexpected_error_of_a_restart_is_signalled(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(session)
    monkeypatch.setattr("lds_gui.session.restarts.outcome", _break_down)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE) as caught:
        session.restart(2)
    assert str(caught.args[0]) == "out of cheese"
    assert session.state.restarts is not None
    assert not session.state.restarts.is_running


def _break_down(*_: object) -> Callable[[], None]:
    raise RuntimeError("out of cheese")
