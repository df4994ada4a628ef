"""Expectation-maximisation beside the window, which can be paused, stepped and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from lds_gui.lds import Dataset, EMOptions, EMStep, LDSParams, NumericalError, ParameterError, em
from lds_gui.session.breakpoints import Breakpoints, first_halt
from lds_gui.session.history import Batch, History
from lds_gui.session.worker_process import WorkerProcess

_BATCH_SECONDS = 0.02  # steps of this long travel together: at thousands a second, one at a time is the slower part


class EMRun:
    """Drains `em(...)`, which computes in another process, into an append-only history.

    A thread waits for the steps and only ever appends to `history`; whoever watches asks for its length, at a pace of
    their own, so that a fast run can never flood the screen. A run starts paused: `resume` or `step` sets it going. One
    that is `held` does so when it is admitted; all else can be done with it before.

    Attributes:
        history: the steps so far, oldest first. Append-only.
        ended: whether the thread has done all it will do.
        reason: why it ended, in words; empty before.
        converged: whether it ended because the tolerance was reached.
        halt: why it has halted by itself, in words; empty if it has not, or has been set going again.
        error: what went wrong, if anything did. A `NumericalError` or `ParameterError` has a sentence for the user in
            `reason`; any other exception is a defect of the program.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        make_start: Callable[[], LDSParams],
        dataset: Dataset,
        options: EMOptions,
        *,
        held: bool = False,
        history: History | None = None,
    ) -> None:
        """Get ready, paused. `make_start` gives the first parameters; it is pickled and runs in the worker.

        `history`: that of an earlier run which goes on; its last parameters are the start.
        """
        self.history = history or History()
        n_done = len(self.history)
        self.ended = False
        self.reason = ""
        self.converged = False
        self.error: Exception | None = None
        self._breakpoints, self._are_new = Breakpoints(), False
        self.halt = ""
        self._worker = worker
        self._batches = worker.iterate(batches, make_start, dataset, options, n_done)
        self._signal = threading.Condition()
        self._held = held
        self._free_running = False
        self._steps_wanted = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._drain, name="EM run", daemon=True)
        self._thread.start()

    @property
    def breakpoints(self) -> Breakpoints:
        """What halts the run by itself; it may be replaced at any time."""
        return self._breakpoints

    @breakpoints.setter
    def breakpoints(self, breakpoints: Breakpoints) -> None:
        self._breakpoints, self._are_new = breakpoints, True

    def resume(self) -> None:
        """Go on until the run ends, or `pause` or `stop` is called."""
        self._steer(free_running=True)

    def admit(self) -> None:
        """Let a held run begin, if it has been told to."""
        with self._signal:
            self._held = False
            self._signal.notify_all()

    def pause(self) -> None:
        """Halt after the iteration that is being computed."""
        self._steer(free_running=False)

    def step(self, count: int = 1) -> None:
        """Compute one more iteration (the first time: the start), or so many, then halt."""
        self._steer(free_running=False, more_steps=count)

    def stop(self) -> None:
        """End the run at once, in the middle of an iteration if need be; the worker is closed for it."""
        self._steer(free_running=False, stopping=True)
        self._worker.close()

    def wait(self, seconds: float) -> bool:
        """Wait until the thread is gone, at most so long; say whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _steer(self, *, free_running: bool, more_steps: int = 0, stopping: bool = False) -> None:
        with self._signal:
            self._free_running = free_running
            self.halt = self.halt if stopping else ""
            self._steps_wanted = self._steps_wanted + more_steps if more_steps else 0
            self._stopping = self._stopping or stopping
            self._signal.notify_all()

    def _wait_to_go_on(self) -> bool:
        """Wait until there is something to do, and say whether it is more than to stop."""

        def is_told() -> bool:
            return self._stopping or (not self._held and (self._free_running or self._steps_wanted > 0))

        with self._signal:
            self._signal.wait_for(is_told)
            return not self._stopping

    def _take_wanted(self, available: Batch, before: Batch | None) -> tuple[int, str]:
        """Say how many of the available steps are wanted now, and why no more of them are, if a breakpoint says so."""
        with self._signal:
            count = len(available.figures) if self._free_running else min(len(available.figures), self._steps_wanted)
        if count == 0:
            return 0, ""
        are_new, self._are_new = self._are_new, False
        wanted = available.divided(count)[0]
        halt = first_halt(self._breakpoints, before, wanted, len(self.history), are_new=are_new)
        count, words = (count, "") if halt is None else (halt[0] + 1, halt[1])
        with self._signal:
            self._steps_wanted = max(self._steps_wanted - count, 0)
        return count, words

    def _halt(self, words: str) -> None:
        """Halt by a breakpoint, if there is something to say."""
        if words:
            with self._signal:
                self._free_running, self._steps_wanted, self.halt = False, 0, words

    def _drain(self) -> None:
        try:
            self._iterate()
        except (NumericalError, ParameterError) as error:
            self.error, self.reason = error, str(error)
        except Exception as error:
            if not self._stopping:  # else it is the closed worker's
                self.error, self.reason = error, f"An unexpected error ended the run: {error}"
        self.ended = True

    def _iterate(self) -> None:
        if not self._wait_to_go_on():
            return
        before: Batch | None = None  # the last step so far
        with closing(self._batches) as batches:
            for batch in batches:
                rest = batch
                while rest:
                    if not self._wait_to_go_on():
                        return
                    count, halt = self._take_wanted(rest, before)
                    part, rest = rest.divided(count)
                    self.history.append(part)
                    before = part.last if part else before
                    self._halt(halt)
                    if part.stop is not None:
                        self.reason, self.converged = part.stop.reason, part.stop.converged
                if batch.stop is None and not self._wait_to_go_on():
                    return


def batches(
    make_start: Callable[[], LDSParams], dataset: Dataset, options: EMOptions, n_done: int = 0
) -> Iterator[Batch]:
    """Make the start and run EM from it, where the computing happens.

    `n_done`: how many steps are there already, the start's included; the last of them is the start, and not sent again.
    """
    steps: list[EMStep] = []
    sent = time.monotonic()
    try:
        for step in em(make_start(), dataset, options, max(n_done - 1, 0)):
            if step.iteration < n_done:
                continue
            steps.append(step)
            if time.monotonic() - sent >= _BATCH_SECONDS:
                yield Batch.of(steps)
                steps, sent = [], time.monotonic()
    except (NumericalError, ParameterError):  # what came before it is good
        if steps:
            yield Batch.of(steps)
        raise
    if steps:
        yield Batch.of(steps)
