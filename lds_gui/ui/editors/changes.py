"""What moving a handle changes, and what a set of handles has to offer for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from lds_gui.lds import Array, LDSParams
from lds_gui.ui.editors.plane import Move, Scene


class Change(NamedTuple):
    """What becomes of a move.

    Attributes:
        name, value: the parameter of this name gets this value.
        at: where the handle that was moved stands then.
        remark: why it does not stand where it was wished, if that needs to be said.
    """

    name: str
    value: Array
    at: complex
    remark: str = ""


class Handles(Protocol):
    """A parameter of the model as handles in a plane.

    Attributes:
        hint: how the handles are used, in a sentence.
    """

    hint: str

    def scene(self, model: LDSParams, near: Sequence[complex] = ()) -> Scene:
        """What is shown for this model; handles that could stand at several places stand near the former ones."""
        ...

    def changed(self, model: LDSParams, move: Move) -> Change:
        """What the move makes of this model, with which it began. Raises ParameterError."""
        ...

    def reading(self, model: LDSParams, handle: int) -> str:
        """What the handle says, in words."""
        ...

    def exactly(self, model: LDSParams, handle: int) -> str:
        """The same at full length."""
        ...
