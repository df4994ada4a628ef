"""What can be undone and redone: earlier states, each with the name of the change that followed and what it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lds_gui.session.state import State

MODEL, RUN = frozenset({"model"}), frozenset({"run", "shown_iteration", "before_e"})
DATA = RUN | {"data"}
_MOST = 200


@dataclass(frozen=True, eq=False)
class Change:
    """A change that can be taken back: its name, the state before it, and the fields of the state that it is about.

    A gesture is all that happens between pressing and releasing the mouse, or turns of the wheel over one number.
    """

    title: str
    before: State
    fields: frozenset[str]
    gesture: str = ""


class Changes:
    """The changes made so far, and those that were taken back."""

    def __init__(self) -> None:
        """Begin without any."""
        self._done: list[Change] = []
        self._undone: list[tuple[Change, State]] = []

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
        self._done.append(Change(title, before, fields, gesture))
        del self._done[:-_MOST]

    def widen(self, fields: frozenset[str]) -> None:
        """Count what follows from the newest change as a part of it."""
        if self._done:
            self._done[-1] = replace(self._done[-1], fields=self._done[-1].fields | fields)

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
        values["run"] = then.run.stopped() if then.run is not None and then.run.status.is_live else then.run
    return replace(now, **values)
