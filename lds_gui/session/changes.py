"""What can be undone and redone: earlier states, each with the name of the change that followed and what it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lds_gui.session.state import Run, State

MODEL, KEPT_RUNS = frozenset({"model"}), frozenset({"runs", "compared"})
RUN = KEPT_RUNS | {"run", "shown_iteration", "before_e"}
DATA = RUN | {"data"}
_MOST, _MOST_BYTES = 200, 2**29


@dataclass(frozen=True, eq=False)
class Change:
    """A change that can be taken back: its name, the state before it, and the fields of the state that it is about.

    A gesture is all that happens between pressing and releasing the mouse, or turns of the wheel over one number.
    `number` tells changes apart: data that arrive later belong to the one that asked for them.
    """

    title: str
    before: State
    fields: frozenset[str]
    gesture: str = ""
    number: int = 0


class Changes:
    """The changes made so far, and those that were taken back."""

    def __init__(self) -> None:
        """Begin without any."""
        self._done: list[Change] = []
        self._undone: list[tuple[Change, State]] = []
        self._count = 0

    @property
    def to_undo(self) -> str:
        """The name of the newest change; empty if there is none."""
        return self._done[-1].title if self._done else ""

    @property
    def to_redo(self) -> str:
        """The name of the change that was last taken back; empty if there is none."""
        return self._undone[-1][0].title if self._undone else ""

    def record(self, title: str, before: State, fields: frozenset[str], gesture: str = "") -> None:
        """Note a change that is about to be made; one of the same gesture as the newest is part of that."""
        self._undone.clear()
        if gesture and self._done and self._done[-1].gesture == gesture:
            self.widen(fields)
            return
        self._count += 1
        self._done.append(Change(title, before, fields, gesture, self._count))
        del self._done[: -self._n_kept()]

    @property
    def newest(self) -> int:
        """The number of the newest change; 0 if there is none."""
        return self._done[-1].number if self._done else 0

    def widen(self, fields: frozenset[str], number: int | None = None) -> None:
        """Count what follows from a change, the newest if no number is given, as a part of it."""
        wanted = self.newest if number is None else number
        for place, change in enumerate(self._done):
            if change.number == wanted:
                self._done[place] = replace(change, fields=change.fields | fields)

    def _n_kept(self) -> int:
        """How many of the newest changes are kept: so many that their data and runs together do not fill the memory."""
        seen: set[int] = set()
        size = 0
        for count, change in enumerate(reversed(self._done[-_MOST:])):
            data = change.before.data
            held = [] if data is None else [data.dataset]
            for one in (*held, *(run.history for run in change.before.all_runs)):
                if id(one) not in seen:
                    seen.add(id(one))
                    size += one.n_bytes
            if size > _MOST_BYTES:
                return max(count, 1)
        return _MOST

    def undo(self, now: State) -> State | None:
        """Give the state without the newest change; None if there is none."""
        if not self._done:
            return None
        change = self._done.pop()
        self._undone.append((change, now))
        return _returned(now, change.before, change)

    def redo(self, now: State) -> State | None:
        """Give the state with the change that was last taken back; None if there is none."""
        if not self._undone:
            return None
        change, after = self._undone.pop()
        self._done.append(replace(change, before=now, gesture=""))
        return _returned(now, after, change)


def _returned(now: State, then: State, change: Change) -> State:
    """The state `now` with the fields of `then` that the change is about.

    A run that is still there is as it is now: it may have gone on, or have another name. One that comes back has ended.
    """
    values = {name: getattr(then, name) for name in change.fields}
    if "run" in change.fields:
        if then.run is not None and now.run is not None and then.run.history is now.run.history:
            values |= {"run": now.run, "shown_iteration": now.shown_iteration, "before_e": now.before_e}
        elif then.run is not now.run:
            values |= {"run": None if then.run is None else _as_now(then.run, now), "view": None, "view_problem": ""}
        values["runs"] = tuple(_as_now(run, now) for run in then.runs)
    elif "runs" in change.fields:
        back, away = _without(then.all_runs, now.all_runs), _without(change.before.all_runs, then.all_runs)
        runs = (*_without(now.runs, away), *(run.ended() for run in back))
        values["runs"] = tuple(sorted(runs, key=lambda run: run.number))
        if now.run in away:
            values |= {"run": None, "shown_iteration": None, "before_e": False, "view": None, "view_problem": ""}
    return replace(now, **values)


def _as_now(run: Run, now: State) -> Run:
    """The same run as it is now; stopped, if it has been gone meanwhile."""
    return next((its for its in now.all_runs if its.history is run.history), run.ended())


def _without(runs: tuple[Run, ...], others: tuple[Run, ...]) -> tuple[Run, ...]:
    histories = [run.history for run in others]
    return tuple(run for run in runs if run.history not in histories)
