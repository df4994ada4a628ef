"""What can be undone and redone: earlier states, each with the name of the change that followed and what it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lds_gui.session.state import State

MODEL, RUN = frozenset({"model"}), frozenset({"run", "runs", "compared", "shown_iteration", "before_e"})
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
        """How many of the newest changes are kept: so many that their data sets together do not fill the memory."""
        seen: set[int] = set()
        size = 0
        for count, change in enumerate(reversed(self._done[-_MOST:])):
            data = change.before.data
            if data is not None and id(data) not in seen:
                seen.add(id(data))
                size += data.dataset.n_bytes
            if size > _MOST_BYTES:
                return max(count, 1)
        return _MOST

    def undo(self, now: State) -> State | None:
        """Give the state without the newest change; None if there is none."""
        if not self._done:
            return None
        change = self._done.pop()
        self._undone.append((change, now))
        return _returned(now, change.before, change.fields)

    def redo(self, now: State) -> State | None:
        """Give the state with the change that was last taken back; None if there is none."""
        if not self._undone:
            return None
        change, after = self._undone.pop()
        self._done.append(replace(change, before=now, gesture=""))
        return _returned(now, after, change.fields)


def _returned(now: State, then: State, fields: frozenset[str]) -> State:
    """The state `now` with these fields of `then`; a run that went on then has ended since."""
    values = {name: getattr(then, name) for name in fields}
    if "run" in fields and then.run is not now.run:
        values["view"] = None
        values["run"] = None if then.run is None else then.run.ended()
        values["runs"] = tuple(run.ended() for run in then.runs)
    return replace(now, **values)
