import os
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from lds_gui.lds import Dataset, EMFault, Gaussian, LDSParams, Posterior, smooth
from lds_gui.session.worker_process import Kept, WorkerDiedError, WorkerProcess
from tests.situations import oscillator


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    yield worker
    worker.kill()


def count_to(n: int) -> Iterator[int]:
    yield from range(1, n + 1)


def fail_after_two() -> Iterator[int]:
    yield 1
    yield 2
    raise EMFault("Gamma", 3, "Γ is not finite.")


def own_process() -> int:
    print("what is printed does not disturb the answers")
    return os.getpid()


def echo(value: object) -> object:
    return value


def sleep_for_ever() -> Iterator[int]:
    yield 1
    threading.Event().wait()


class Unpicklable(Exception):  # noqa: N818
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_strangely() -> None:
    raise Unpicklable(1, 2)


def test_that_items_come_over_in_order(worker: WorkerProcess) -> None:
    assert list(worker.iterate(count_to, 5)) == [1, 2, 3, 4, 5]
    assert list(worker.iterate(count_to, 0)) == []


def test_that_one_process_serves_many_calls(worker: WorkerProcess) -> None:
    first = worker.call(own_process)
    assert first != os.getpid()
    assert worker.call(own_process) == first


def test_that_an_exception_comes_over_with_its_traceback(worker: WorkerProcess) -> None:
    items = worker.iterate(fail_after_two)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(EMFault, match="Γ is not finite") as caught:
        next(items)
    assert caught.value.iteration == 3
    assert "fail_after_two" in caught.value.__notes__[0]
    assert worker.call(echo, 1) == 1


def test_that_an_exception_that_cannot_travel_is_quoted(worker: WorkerProcess) -> None:
    with pytest.raises(RuntimeError, match="1 and 2") as caught:
        worker.call(fail_strangely)
    assert "Unpicklable" in caught.value.__notes__[0]


def test_that_killing_ends_an_endless_computation(worker: WorkerProcess, wait_until: Callable) -> None:
    items: list[int] = []
    thread = threading.Thread(target=lambda: items.extend(worker.iterate(sleep_for_ever)))
    thread.start()
    wait_until(lambda: worker._process is not None)
    process = worker._process
    worker.kill()
    thread.join(30)
    assert not thread.is_alive()
    assert process.poll() is not None


def test_that_ending_an_iteration_early_leaves_a_worker_that_can_be_used(worker: WorkerProcess) -> None:
    items = worker.iterate(count_to, 5)
    next(items)
    items.close()
    assert list(worker.iterate(count_to, 2)) == [1, 2]


def test_that_a_process_that_dies_is_told(worker: WorkerProcess) -> None:
    with pytest.raises(WorkerDiedError, match="has died, code 3"):
        worker.call(os._exit, 3)
    assert worker.call(echo, "again") == "again"


def test_that_a_process_that_died_while_idle_is_replaced(worker: WorkerProcess) -> None:
    process = worker.start()
    process.kill()
    process.wait()
    assert worker.call(echo, "again") == "again"


def test_that_a_worker_that_was_killed_starts_again_when_it_is_used(worker: WorkerProcess) -> None:
    worker.start()
    worker.kill()
    assert worker.call(echo, 5) == 5


def test_that_a_closed_worker_starts_no_process_any_more(worker: WorkerProcess) -> None:
    worker.start()
    worker.close()
    with pytest.raises(WorkerDiedError, match="closed"):
        worker.call(echo, 5)
    assert worker._process is None


def values() -> list[object]:
    params, dataset = oscillator()
    return [
        params,
        dataset,
        Dataset([dataset.observations, dataset.observations]),
        Gaussian([0], [[1]]),
        smooth(params, dataset.observations),
    ]


@pytest.mark.parametrize("value", values(), ids=lambda value: type(value).__name__)
def test_that_values_arrive_unchanged_and_read_only(worker: WorkerProcess, value: object) -> None:
    copy = worker.call(echo, value)
    assert type(copy) is type(value)
    for name, original in vars(value).items():
        arrived = getattr(copy, name)
        np.testing.assert_equal(arrived, original)
        for array in arrived if isinstance(arrived, tuple) else (arrived,):
            assert not (isinstance(array, np.ndarray) and array.flags.writeable), name
    assert isinstance(value, LDSParams | Dataset | Gaussian | Posterior)


def shelf_of(value: object, *others: object) -> int:
    return id(value)


def test_that_what_is_kept_travels_once_as_long_as_it_is_the_same(worker: WorkerProcess) -> None:
    one, other = Dataset(np.zeros((3, 1))), Dataset(np.ones((3, 1)))
    first = worker.call(shelf_of, Kept(one), 5)
    assert worker.call(shelf_of, Kept(one)) == first
    np.testing.assert_array_equal(worker.call(echo, Kept(other)).observations, other.observations)
    np.testing.assert_array_equal(worker.call(echo, Kept(other)).observations, other.observations)
    np.testing.assert_array_equal(worker.call(echo, Kept(one)).observations, one.observations)
    worker.kill()
    np.testing.assert_array_equal(worker.call(echo, Kept(one)).observations, one.observations)
