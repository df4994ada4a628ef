"""The processes that compute: the engine made ready in them, the run under way, and what is derived for the panels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lds_gui.lds import Dataset, EMOptions, LDSParams
from lds_gui.session.em_run import EMRun
from lds_gui.session.history import History
from lds_gui.session.jobs import Jobs
from lds_gui.session.preparation import LOADING, preparation
from lds_gui.session.worker_process import BEHIND, WorkerDiedError, WorkerProcess

_PATIENCE = 5.0  # s; a thread whose process has been killed ends within milliseconds
_PREPARATION, _VIEW, _ROWS, _GAUSSIANS = "preparation", "view", "rows", "gaussians"


class EngineRoom:
    """One process runs EM, another derives views; the engine is prepared in the latter, and then loaded in both.

    A process that is to stop is ended and replaced. Everything here is called from the GUI thread; the jobs' outcomes
    are collected there by the session.

    Attributes:
        preparing: what is being done to get the engine ready, in words; empty when it is, or nobody has needed it.
        run: the run under way, if there is one.
    """

    def __init__(self, jobs: Jobs, failed: Callable[[Exception], None]) -> None:
        """Compute nothing yet; `failed` is told of what nobody expects."""
        self.preparing = ""  # written by the job that prepares, too
        self.run: EMRun | None = None
        self._jobs, self._failed = jobs, failed
        self._em_worker, self._view_worker = WorkerProcess(), WorkerProcess(BEHIND)
        self._is_prepared = False

    @property
    def is_deriving(self) -> bool:
        """Whether a view is being derived."""
        return self._jobs.is_pending(_VIEW)

    @property
    def is_deriving_rows(self) -> bool:
        """Whether rows are being derived, or wait for a view."""
        return self._jobs.is_pending(_ROWS)

    def start(self) -> None:
        """Start the processes and get the engine ready now, so that the first run need not wait for them."""
        for worker in (self._em_worker, self._view_worker):
            worker.start()
        self.prepare()

    def close(self) -> None:
        """End everything."""
        if self.run is not None:
            self.run.stop()
            self.run.wait(_PATIENCE)
            self.run = None
        for worker in (self._em_worker, self._view_worker):
            worker.close()

    def begin(
        self,
        make_start: Callable[[], LDSParams],
        dataset: Dataset,
        options: EMOptions,
        history: History | None = None,
    ) -> EMRun:
        """Make a run, paused, which begins, or goes on from this history's end, as soon as the engine is ready."""
        self.prepare()
        held = not self._is_prepared
        self.run = EMRun(self._em_worker, make_start, dataset, options, held=held, history=history)
        return self.run

    def end_run(self) -> None:
        """End the run under way at once, if there is one."""
        if self.run is not None:
            self.run.stop()
            self.run, self._em_worker = None, WorkerProcess()
            if self._is_prepared:
                self._load("em", self._em_worker)

    def derive(
        self,
        compute: Callable[..., Any],
        *arguments: Any,
        take: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Compute what panels show, in the process for that, and have the result taken, or the error."""
        worker = self._view_worker
        self._jobs.submit(_VIEW, "", lambda: worker.call(compute, *arguments), take, failed)

    def derive_rows(
        self,
        compute: Callable[..., Any],
        *arguments: Any,
        take: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Compute what fills a picture up bit by bit, in the process for views: between them, not beside them."""
        worker = self._view_worker
        self._jobs.submit(_ROWS, "", lambda: worker.call(compute, *arguments), take, failed)

    def compute_gaussians(
        self,
        compute: Callable[..., Any],
        *arguments: Any,
        take: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Compute something of the estimate in the process for views, as soon as it is free."""
        worker = self._view_worker
        self._jobs.submit(_GAUSSIANS, "", lambda: worker.call(compute, *arguments), take, failed)

    def forget_view(self) -> None:
        """Forget what is being derived, rows included, if something is, and don't let it compute to its end."""
        if self.is_deriving or self.is_deriving_rows:
            self._jobs.forget(_VIEW)
            self._jobs.forget(_ROWS)
            self._view_worker.close()
            self._view_worker = WorkerProcess(BEHIND)
            if self._is_prepared:
                self._load("view", self._view_worker)

    def prepare(self) -> None:
        """Get the engine ready, unless that has been done: one process alone compiles it, if that is needed."""
        if self._is_prepared or self._jobs.is_pending(_PREPARATION):
            return
        worker = self._view_worker

        def compute() -> None:
            for words in worker.iterate(preparation):
                self.preparing = words

        self.preparing = LOADING
        self._jobs.submit(_PREPARATION, "", compute, lambda _: self._prepared(), self._preparation_failed)
        self._load("em", self._em_worker)

    def _prepared(self) -> None:
        self._is_prepared = True
        self.preparing = ""
        if self.run is None:
            self._load("em", self._em_worker)
        else:
            self.run.admit()

    def _preparation_failed(self, error: Exception) -> None:
        self._prepared()  # a run will meet the same error, or not
        self._failed(error)

    def _load(self, kind: str, worker: WorkerProcess) -> None:
        """Have a process load the engine before it is used, if it need not be compiled for that."""

        def load() -> None:
            for _ in worker.iterate(preparation):
                worker.kill()

        def failed(error: Exception) -> None:
            if not isinstance(error, WorkerDiedError):  # it was no longer needed, or its next use will tell
                self._failed(error)

        self._jobs.submit(f"load {kind}", "", load, lambda _: None, failed)
