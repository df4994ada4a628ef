"""Several runs from different seeds beside each other, of which the best can be kept."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from lds_gui.lds import Dataset, EMOptions, LDSParams, NumericalError, ParameterError
from lds_gui.session.em_run import batches
from lds_gui.session.history import Batch, History
from lds_gui.session.starts import start_in_words
from lds_gui.session.state import Learning, Run, RunStatus
from lds_gui.session.worker_process import WorkerProcess

P = ParamSpec("P")
T = TypeVar("T")


class WorkerExecutor(Executor):
    """Processes of their own behind the interface of `concurrent.futures`; they end at once when it is shut down."""

    def __init__(self, n_workers: int | None = None) -> None:
        """Start nothing yet; as many processes as there are cores, unless a number is given."""
        n_workers = n_workers or os.cpu_count() or 1
        self._workers = [WorkerProcess() for _ in range(n_workers)]
        self._free: queue.SimpleQueue[WorkerProcess] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix="restart")

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it called in a process that is free."""
        return self._threads.submit(self._call, _Call(fn, args, kwargs))

    def _call(self, call: Callable[[], T]) -> T:
        worker = self._free.get()
        try:
            return worker.call(call)
        finally:
            self._free.put(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; with `cancel_futures`, end what is under way, in the middle of it."""
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures:
            for worker in self._workers:
                worker.close()
        self._threads.shutdown(wait=wait)
        for worker in self._workers if wait else ():
            worker.close()


@dataclass(frozen=True)
class _Call:
    """A call that travels."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]

    def __call__(self) -> Any:
        return self.function(*self.arguments, **self.named)


class Outcome:
    """What a run from one seed has come to; it travels between processes.

    Attributes:
        steps: its steps, in batches.
        problem: why it broke down, in words; empty if it did not.
    """

    def __init__(self, steps: list[Batch], problem: str = "") -> None:
        """Take what there is."""
        self.steps, self.problem = steps, problem

    def run(self, learning: Learning) -> Run:
        """Make it a run, which nobody has given a number yet."""
        history = History()
        for batch in self.steps:
            history.append(batch)
        stop = self.steps[-1].stop if self.steps else None
        status = RunStatus.FAILED if self.problem else RunStatus.FINISHED
        reason = self.problem or ("" if stop is None else stop.reason)
        converged = stop is not None and stop.converged
        return Run(history, len(history), learning, status, reason, converged, origin=start_in_words(learning))


def outcome(make_start: Callable[[], LDSParams], dataset: Dataset, options: EMOptions) -> Outcome:
    """Run EM to its end; where the computing happens."""
    steps: list[Batch] = []
    try:
        steps.extend(batches(make_start, dataset, options))  # which keeps what comes before an error
    except (NumericalError, ParameterError) as error:
        return Outcome(steps, str(error))
    return Outcome(steps)


class Restarter:
    """Runs of one data set, under way in an executor."""

    def __init__(self, executor: Executor) -> None:
        """Run nothing yet; the executor is shut down when all is done, or at `stop`."""
        self._executor = executor
        self._pending: list[tuple[Learning, Future[Outcome]]] = []

    def submit(self, learning: Learning, make_start: Callable[[], LDSParams], dataset: Dataset) -> None:
        """Have one more run made, with these settings."""
        self._pending.append((learning, self._executor.submit(outcome, make_start, dataset, learning.options)))

    @property
    def is_running(self) -> bool:
        """Whether some run has not been collected yet."""
        return bool(self._pending)

    def collect(self) -> list[Run]:
        """Give the runs that have ended since. Raises what nobody expects."""
        done = [entry for entry in self._pending if entry[1].done()]
        self._pending = [entry for entry in self._pending if entry not in done]
        if done and not self._pending:
            self.stop()
        return [future.result().run(learning) for learning, future in done]

    def stop(self) -> None:
        """End what is under way, and forget it."""
        self._pending.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)
