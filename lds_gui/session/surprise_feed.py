"""Fills the surprise strip up, row by row, while someone looks at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lds_gui.session.engine_room import EngineRoom
from lds_gui.session.state import Run, State
from lds_gui.session.surprise import Row, Surprise, derive_rows
from lds_gui.session.worker_process import Kept


class SurpriseFeed:
    """Has the rows derived in the process for views, between these, and keeps them for every run that is there.

    Attributes:
        is_wanted: whether someone looks.
    """

    def __init__(
        self,
        engine_room: EngineRoom,
        state: Callable[[], State],
        replace_state: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Derive nothing yet. `state` gives the newest state; `replace_state` is told of rows, `failed` of errors."""
        self.is_wanted = False
        self._engine_room, self._state = engine_room, state
        self._replace_state, self._failed = replace_state, failed
        self._kept: tuple[Surprise, ...] = ()

    def of(self, run: Run | None) -> Surprise | None:
        """What has been derived of this run's surprise; None if nothing has."""
        return next((kept for kept in self._kept if run is not None and kept.history is run.history), None)

    @property
    def lacks_rows(self) -> bool:
        """Whether rows are wanted that are not there."""
        state = self._state()
        if not self.is_wanted or state.data is None or state.run is None:
            return False
        n_recorded = state.run.n_recorded
        return n_recorded > 0 if state.surprise is None else bool(state.surprise.missing(n_recorded))

    def derive(self) -> None:
        """Derive the next rows, if some are wanted and no view is.

        Where a run is followed, a view is always wanted: there, views and rows take turns.
        """
        state, room = self._state(), self._engine_room
        data, run = state.data, state.run
        if data is None or run is None or not self.lacks_rows or room.is_deriving_rows or room.preparing:
            return
        if room.is_deriving and not state.follows_run:
            return
        surprise = state.surprise or Surprise.begun(run.history, len(data.dataset.sequences[0]))
        iterations = surprise.next_batch(run.n_recorded)
        params = [run.history[iteration].params for iteration in iterations]
        take = partial(self._take, surprise, iterations)
        room.derive_rows(derive_rows, params, Kept(data.dataset), take=take, failed=self._fail)

    def _take(self, before: Surprise, iterations: list[int], rows: list[Row | None]) -> None:
        surprise = before.with_rows(iterations[: len(rows)], rows)
        state = self._state()
        histories = [run.history for run in state.all_runs]
        others = (kept for kept in self._kept if kept is not before and kept.history in histories)
        self._kept = (*others, surprise)
        self._replace_state()

    def _fail(self, error: Exception) -> None:
        self.is_wanted = False  # until someone looks again: rows that are tried again would fail again
        self._failed(error)
