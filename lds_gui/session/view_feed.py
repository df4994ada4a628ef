"""Keeps the view that of the shown half-step, while someone looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from lds_gui.lds import EMStep, NumericalError, ParameterError
from lds_gui.session.engine_room import EngineRoom
from lds_gui.session.state import State
from lds_gui.session.view import View, derive_view
from lds_gui.session.worker_process import Kept

_MOST_FORMER = 2  # views, each of which takes some ten times the memory of the data


class ViewFeed:
    """Has the view of the shown half-step derived in the process for that, one at a time; the newest is always next.

    The last views are kept, too: they are often asked for again, as where two runs are compared.
    """

    def __init__(
        self,
        engine_room: EngineRoom,
        state: Callable[[], State],
        replace_state: Callable[..., None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Derive nothing yet. `state` gives the newest state, `replace_state` changes fields of it."""
        self._engine_room, self._state, self._replace_state, self._failed = engine_room, state, replace_state, failed
        self._former: tuple[View, ...] = ()  # the newest first
        self._rest_until = 0.0  # s; no view is derived before, of a run that is followed
        self._refused: tuple[object, ...] = ()  # what float64 could not hold, which is not tried again

    def forget(self) -> None:
        """Forget what is being derived and what was: the run that it belongs to is gone."""
        self._engine_room.forget_view()
        self._former, self._refused = (), ()

    @property
    def is_awaited(self) -> bool:
        """Whether a view is wanted that will come."""
        return self._state().lacks_view and self._wanted() != self._refused

    def _wanted(self) -> tuple[Any, ...]:
        """What tells one view from another, beside the data."""
        state = self._state()
        history = None if state.run is None else state.run.history
        return history, state.iteration, state.before_e, state.lens, state.wants_residuals

    def derive(self) -> None:
        """Derive what is to be shown, unless it is there or under way; what comes later is derived after that."""
        state = self._state()
        data, step, e_step = state.data, state.step, state.e_step
        if data is None or step is None or e_step is None or self._engine_room.is_deriving or not self.is_awaited:
            return
        if state.follows_run and time.monotonic() < self._rest_until:
            return
        former = next((view for view in self._former if replace(state, view=view).view_is_current), None)
        if former is not None:
            self._keep(state.view)
            self._replace_state(view=former, view_problem="")
            return
        arguments = step.iteration, step.params, e_step.params, Kept(data.dataset), data.truth, state.lens
        compute = partial(derive_view, with_residuals=state.wants_residuals)
        wanted, began = self._wanted(), time.monotonic()
        take = partial(self._take, wanted, step, e_step, began)
        self._engine_room.derive(compute, *arguments, take=take, failed=partial(self._refuse, wanted, began))

    def _keep(self, view: View | None) -> None:
        if view is not None:
            self._former = (view, *(kept for kept in self._former if kept is not view))[:_MOST_FORMER]

    def _rest(self, began: float) -> None:
        """Rest as long as it took: half of a processor's time is left to EM."""
        self._rest_until = 2.0 * time.monotonic() - began

    def _take(self, wanted: tuple[Any, ...], step: EMStep, e_step: EMStep, began: float, view: View) -> None:
        self._rest(began)
        view = replace(view, params=step.params, e_params=e_step.params)  # which travelled as copies
        if self._is_of_shown_run(wanted):
            self._keep(self._state().view)
            self._replace_state(view=view, view_problem="")
        else:
            self._keep(view)  # another run has been brought forward meanwhile
        self.derive()

    def _refuse(self, wanted: tuple[Any, ...], began: float, error: Exception) -> None:
        """Say why there is no view of this half-step, and show none of another one in its place."""
        self._rest(began)
        self._refused = wanted
        if self._is_of_shown_run(wanted):
            self._replace_state(view=None, view_problem=f"Iteration {wanted[1]} cannot be shown. {error}")
        if not isinstance(error, (NumericalError, ParameterError)):
            self._failed(error)
        self.derive()

    def _is_of_shown_run(self, wanted: tuple[Any, ...]) -> bool:
        run = self._state().run
        return run is not None and run.history is wanted[0]
