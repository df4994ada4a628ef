import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from lds_gui.lds import EMOptions, LDSParams, NumericalError, ParameterError, em
from lds_gui.session.em_run import EMRun
from lds_gui.session.worker_process import WorkerProcess
from tests.situations import oscillator, random_model

OPTIONS = EMOptions(max_iter=8, tol=0.0)
PATIENCE = 30.0
SOME_MODEL = partial(random_model, 2, 3)


def refuse() -> LDSParams:
    raise ParameterError("B", "B does not fit the data.")


def break_down() -> LDSParams:
    raise RuntimeError("out of cheese")


@pytest.fixture
def start_run() -> Iterator[Callable[..., EMRun]]:
    runs: list[EMRun] = []

    def start(
        make_start: Callable[[], LDSParams] = SOME_MODEL, options: EMOptions = OPTIONS, held: bool = False
    ) -> EMRun:
        runs.append(EMRun(WorkerProcess(), make_start, oscillator()[1], options, held=held))
        return runs[-1]

    yield start
    for run in runs:
        run.stop()
        assert run.wait(PATIENCE)


def log_likelihoods(run: EMRun) -> list[float]:
    return [step.log_likelihood for step in run.history]


def test_that_a_run_records_the_very_steps_that_em_yields(start_run: Callable[..., EMRun]) -> None:
    run = start_run()
    run.resume()
    assert run.wait(PATIENCE)
    expected = [step.log_likelihood for step in em(random_model(2, 3), oscillator()[1], OPTIONS)]
    assert log_likelihoods(run) == expected
    assert run.ended
    assert "limit of 8 iterations" in run.reason
    assert run.error is None


def test_that_a_run_waits_until_it_is_told_to_go(start_run: Callable[..., EMRun]) -> None:
    run = start_run()
    assert not run.wait(0.05)
    assert len(run.history) == 0


def test_that_a_held_run_begins_what_it_was_told_when_it_is_admitted(
    start_run: Callable[..., EMRun], wait_until: Callable
) -> None:
    run = start_run(held=True)
    run.step()
    run.step()
    assert not run.wait(0.05)
    assert run._worker._process is None
    run.admit()
    wait_until(lambda: len(run.history) == 2)
    assert not run.wait(0.02)
    assert len(run.history) == 2


def diverging() -> LDSParams:
    return replace(random_model(2, 3), A=[[1e200, 0.0], [0.0, 1e200]])


def test_that_a_breakdown_keeps_the_steps_before_it(start_run: Callable[..., EMRun]) -> None:
    run = start_run(diverging)
    run.resume()
    assert run.wait(PATIENCE)
    assert isinstance(run.error, NumericalError)
    assert run.error.iteration == len(run.history)


def test_that_stepping_computes_one_iteration_for_each_call(
    start_run: Callable[..., EMRun], wait_until: Callable
) -> None:
    run = start_run()
    for n_steps in (1, 2, 3):
        run.step()
        wait_until(lambda n=n_steps: len(run.history) == n)
        assert not run.wait(0.02)
        assert len(run.history) == n_steps


def test_that_pausing_and_resuming_changes_no_number(start_run: Callable[..., EMRun], wait_until: Callable) -> None:
    run = start_run()
    run.resume()
    wait_until(lambda: len(run.history) >= 1)
    run.pause()
    run.resume()
    assert run.wait(PATIENCE)
    assert log_likelihoods(run) == [step.log_likelihood for step in em(random_model(2, 3), oscillator()[1], OPTIONS)]


def test_that_stopping_ends_the_thread_and_keeps_what_was_recorded(
    start_run: Callable[..., EMRun], wait_until: Callable
) -> None:
    run = start_run(options=EMOptions(max_iter=10_000, tol=0.0))
    run.resume()
    wait_until(lambda: len(run.history) >= 2)
    run.stop()
    assert run.wait(PATIENCE)
    assert 2 <= len(run.history) < 10_001


def test_that_a_start_that_is_refused_ends_the_run_with_its_sentence(start_run: Callable[..., EMRun]) -> None:
    run = start_run(refuse)
    run.resume()
    assert run.wait(PATIENCE)
    assert run.reason == "B does not fit the data."
    assert isinstance(run.error, ParameterError)
    assert run.ended


def test_that_a_defect_of_the_program_is_kept_and_not_swallowed(start_run: Callable[..., EMRun]) -> None:
    run = start_run(break_down)
    run.resume()
    assert run.wait(PATIENCE)
    assert isinstance(run.error, RuntimeError)
    assert "out of cheese" in run.reason


def test_that_what_is_handed_over_is_read_only(start_run: Callable[..., EMRun]) -> None:
    run = start_run()
    run.step()
    run.resume()
    assert run.wait(PATIENCE)
    with pytest.raises(ValueError, match="read-only"):
        run.history[-1].params.A[0, 0] = np.nan


def endless_start() -> LDSParams:
    threading.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("begun", [False, True])
def test_that_stopping_does_not_wait_for_what_is_being_computed(
    start_run: Callable[..., EMRun], wait_until: Callable, begun: bool
) -> None:
    run = start_run(endless_start)
    run.resume()
    if begun:
        wait_until(lambda: run._worker._process is not None)
    run.stop()
    assert run.wait(PATIENCE)
    assert len(run.history) == 0
    assert run.error is None
    assert run._worker._process is None
