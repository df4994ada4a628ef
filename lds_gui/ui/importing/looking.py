"""Looking at a file beside the GUI thread: only what was asked for last is answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal

from lds_gui.files import AS_FOUND, Preview, ReadOptions

_POLL = 15  # ms


class Looking(QObject):
    """Makes previews one at a time in a thread; a request that is overtaken by another one is dropped.

    Signals:
        seen(Preview): the answer to the newest request.
    """

    seen = Signal(object)

    def __init__(self, look: Callable[[ReadOptions], Preview], parent: QObject) -> None:
        """Make previews by this function, which runs outside the GUI thread."""
        super().__init__(parent)
        self._look = look
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="looking at a file")
        self._pending: Future[Preview] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._poll)

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self._pending is not None

    def ask(self, options: ReadOptions) -> None:
        """Ask what the file looks like when it is read so."""
        if self._pending is not None:
            self._pending.cancel()
        self._pending = self._thread.submit(self._look, options)
        self._timer.start()

    def close(self) -> None:
        """Answer no more; a preview that is being made ends by itself, unheard, and its thread with it."""
        self._timer.stop()
        self._pending = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _poll(self) -> None:
        if self._pending is not None and self._pending.done():
            answered, self._pending = self._pending, None
            self._timer.stop()
            error = answered.exception()
            self.seen.emit(answered.result() if error is None else Preview(AS_FOUND, problem=_unexpected(error)))


def _unexpected(error: BaseException) -> str:
    return f"Something unexpected is in the file: {type(error).__name__}, {error}"
