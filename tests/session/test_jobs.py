import threading
from collections.abc import Callable, Iterator

import pytest

from lds_gui.session.jobs import Jobs


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


def fail_the_test(error: Exception) -> None:
    raise AssertionError(error)


def test_that_a_result_is_handed_over_in_the_collecting_thread(jobs: Jobs, wait_until: Callable) -> None:
    computed_in, taken_in = [], []

    def compute() -> int:
        computed_in.append(threading.get_ident())
        return 42

    def take(result: int) -> None:
        taken_in.append((threading.get_ident(), result))

    jobs.submit("answer", "Thinking", compute, take, fail_the_test)
    assert jobs.is_pending("answer")
    assert jobs.titles == ("Thinking",)
    wait_until(lambda: (jobs.collect(), taken_in)[1])
    assert taken_in == [(threading.get_ident(), 42)]
    assert computed_in != [threading.get_ident()]
    assert not jobs.any_pending


def test_that_only_the_newest_of_a_kind_is_handed_over(jobs: Jobs, wait_until: Callable) -> None:
    gate, taken = threading.Event(), []
    jobs.submit("data", "", lambda: gate.wait(30) and "old", taken.append, fail_the_test)
    jobs.submit("data", "", lambda: "new", taken.append, fail_the_test)
    gate.set()
    wait_until(lambda: (jobs.collect(), not jobs.any_pending)[1])
    assert taken == ["new"]


def test_that_a_forgotten_job_hands_nothing_over(jobs: Jobs, wait_until: Callable) -> None:
    taken = []
    jobs.submit("data", "", lambda: "old", taken.append, fail_the_test)
    jobs.forget("data")
    jobs.submit("other", "", lambda: "other", taken.append, fail_the_test)
    wait_until(lambda: (jobs.collect(), not jobs.any_pending)[1])
    assert taken == ["other"]


def test_that_an_error_goes_to_its_own_callback(jobs: Jobs, wait_until: Callable) -> None:
    errors = []

    def compute() -> None:
        raise ValueError("no")

    jobs.submit("data", "", compute, lambda _: pytest.fail("there is no result"), errors.append)
    wait_until(lambda: (jobs.collect(), bool(errors))[1])
    assert [str(error) for error in errors] == ["no"]
