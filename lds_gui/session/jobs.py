"""Computations beside the GUI thread, of which only the newest of each kind counts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Job:
    """A computation under way: its kind, its future result, and what to do with either outcome, in the GUI thread."""

    kind: str
    title: str
    future: Future[Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Jobs:
    """The computations under way, at most one of each kind.

    `submit` starts one and forgets an older one of the same kind; `collect`, called from the GUI thread, hands the
    finished ones to their callbacks. No callback ever runs in another thread.
    """

    def __init__(self, ended: Callable[[], object] = lambda: None) -> None:
        """Make a pool of four threads: a long file import, or the engine's compilation, does not hold up the panels.

        `ended` is called whenever something can be collected, in the thread that computed it.
        """
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="job")
        self._jobs: dict[str, Job] = {}
        self._ended = ended

    def submit(
        self,
        kind: str,
        title: str,
        compute: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Compute in a thread; then `done(result)` or `failed(exception)`, unless a newer job of that kind came."""
        self.forget(kind)
        job = self._jobs[kind] = Job(kind, title, self._pool.submit(compute), done, failed)
        job.future.add_done_callback(lambda _: self._ended())

    def forget(self, kind: str) -> None:
        """Drop the job of this kind, if there is one: its outcome no longer matters."""
        job = self._jobs.pop(kind, None)
        if job is not None:
            job.future.cancel()

    def is_pending(self, kind: str) -> bool:
        """Say whether a job of this kind is under way."""
        return kind in self._jobs

    @property
    def titles(self) -> tuple[str, ...]:
        """What is under way, in words."""
        return tuple(job.title for job in self._jobs.values() if job.title)

    @property
    def any_pending(self) -> bool:
        """Say whether anything is under way."""
        return bool(self._jobs)

    def collect(self) -> None:
        """Hand every finished outcome to its callback."""
        for job in [job for job in self._jobs.values() if job.future.done()]:
            if self._jobs.get(job.kind) is not job:
                continue  # an earlier callback replaced it
            del self._jobs[job.kind]
            error = job.future.exception()
            if error is None:
                job.done(job.future.result())
            elif isinstance(error, Exception):
                job.failed(error)
            else:
                raise error

    def close(self) -> None:
        """Drop everything, without waiting, and tell of nothing any more."""
        self._ended = lambda: None
        self._jobs.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
