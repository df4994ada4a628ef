"""An iterator that is drained beside the GUI thread; what it has given can be looked at at any time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Stream(Generic[T]):
    """Takes one item after the other in a thread, until there is none or `stop` is called.

    Attributes:
        error: what ended it, if something did.
    """

    def __init__(self, items: Iterable[T], name: str) -> None:
        """Begin at once."""
        self.error: Exception | None = None
        self._items: list[T] = []
        self._is_stopped = False
        self._thread = threading.Thread(target=self._drain, args=(items,), name=name, daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether there will be no more."""
        return not self._thread.is_alive()

    @property
    def items(self) -> tuple[T, ...]:
        """What has come so far."""
        return tuple(self._items)

    def stop(self) -> None:
        """Take no further item."""
        self._is_stopped = True

    def _drain(self, items: Iterable[T]) -> None:
        try:
            for item in items:
                if self._is_stopped:
                    return
                self._items.append(item)
        except Exception as error:  # handed over to whoever looks
            self.error = error
