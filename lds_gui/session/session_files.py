"""How a session is kept in files: saved, opened, and kept by itself in case the program ends unexpectedly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lds_gui.files import FileFormatError
from lds_gui.session.jobs import Jobs
from lds_gui.session.recovery import Lost, Recovery
from lds_gui.session.saved import (
    SUFFIX,
    Saved,
    WindowLayout,
    content_of,
    is_same_content,
    load_session,
    save_session,
)
from lds_gui.session.state import Document, State

AUTOSAVE_SECONDS = 5.0
_LEAST_REST = 10.0  # times as long as writing took: what is large is kept more rarely
_SAVE, _OPEN, _AUTOSAVE, _LOOK = "save", "open", "autosave", "look"
_EXPECTED = (FileFormatError, OSError, MemoryError)


class SessionFiles(QObject):
    """The verbs about files; a part of the session, whose state it replaces as a whole when one is opened.

    Reading and writing happen in threads, on values that nobody changes.

    Signals:
        opened(WindowLayout): another session is there, and the window is to look like this.
        saved(str): the session is in this file now.

    Attributes:
        layout: gives what the window looks like; set by the window.
    """

    opened = Signal(object)
    saved = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        state: Callable[[], State],
        replace_state: Callable[..., None],
        take: Callable[[State, Document], None],
        failed: Callable[[Exception], None],
        parent: QObject,
    ) -> None:
        """Keep nothing yet."""
        super().__init__(parent)
        self.layout: Callable[[], WindowLayout] = WindowLayout
        self._jobs, self._state, self._replace_state = jobs, state, replace_state
        self._take, self._failed = take, failed
        self._document = Document()
        self._kept = content_of(state())  # what the file has, or what nobody would miss
        self._recovery: Recovery | None = None
        self._writing = threading.Lock()
        self._newest = 0  # of the writings to files that were begun
        self._autosaved: State | None = None
        self._left: Path | None = None  # by another window: the folder that the present session has come from
        self._interval = AUTOSAVE_SECONDS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._autosave)

    def document_of(self, state: State) -> Document:
        """What is to be said of the file in this state; and have the state kept soon, where it is worth it."""
        is_changed = not is_same_content(content_of(state), self._kept)
        if self._document.is_changed != is_changed:
            self._document = replace(self._document, is_changed=is_changed)
        keeps = self._recovery is not None and self._interval > 0.0
        if keeps and not self._jobs.is_pending(_AUTOSAVE):
            if not is_changed:
                self._forget_autosaved()
            elif not self._timer.isActive() and not self._is_autosaved(state):
                self._timer.start(round(1e3 * self._interval))
        return self._document

    def _say(self, **changes: Any) -> None:
        self._document = replace(self._document, **changes)
        self._replace_state()

    def forget(self, fresh: State) -> None:
        """Take this state, which comes next, for one without a file, and drop what is being read or said."""
        self._jobs.forget(_OPEN)
        self._document, self._kept = Document(), content_of(fresh)

    def save(self, path: str | Path) -> None:
        """Write the session to this file, in its own format; the previous file stays as `.bak`."""
        path = Path(path)
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        state, layout = self._state(), self.layout()
        self._newest += 1
        number = self._newest

        def write() -> None:
            with self._writing:
                if number == self._newest:  # else a later one is waiting, which knows more
                    save_session(path, state, layout)

        def done(_: None) -> None:
            self._kept = content_of(state)
            self._say(path=str(path), busy="", problem="")
            self.saved.emit(str(path))

        self._jobs.submit(_SAVE, f"Saving {path.name}", write, done, self._refuse)
        self._say(busy=f"Saving {path.name}", problem="")

    def open(self, path: str | Path, *, recovered: bool = False) -> None:
        """Show the session of this file instead of the present one; `recovered`: as one that is not saved yet."""
        path = Path(path)

        def done(saved: Saved) -> None:
            origin = saved.heading.path if recovered else str(path)
            self._document = Document(path=origin)
            self._kept = () if recovered else content_of(saved.state)
            self._left = path.parent if recovered else None
            self._take(saved.state, self._document)
            self.opened.emit(saved.layout)
            self._autosave()

        self._jobs.submit(_OPEN, f"Opening {path.name}", lambda: load_session(path), done, self._refuse)
        self._say(busy=f"Opening {path.name}", problem="")

    def refuse(self, problem: str) -> None:
        """Say why a file is not opened or written."""
        self._say(problem=problem)

    def _refuse(self, error: Exception) -> None:
        self._say(busy="", problem=str(error))
        if not isinstance(error, _EXPECTED):
            self._failed(error)

    def keep_for_recovery(self, recovery: Recovery, seconds: float = AUTOSAVE_SECONDS) -> None:
        """Keep the session by itself from now on, after each change, and at most once in so many seconds; 0: never."""
        self._recovery, self._interval = recovery, seconds
        self.document_of(self._state())

    def set_interval(self, seconds: float) -> None:
        """Keep the session by itself at most once in so many seconds; 0: never."""
        self._interval = seconds
        self._timer.stop()
        self.document_of(self._state())

    def look_for_lost(self, take: Callable[[Any], None]) -> None:
        """Find what other windows have left that ended unexpectedly; `take` gets it, in the GUI thread."""
        recovery = self._recovery
        if recovery is not None:
            self._jobs.submit(_LOOK, "", recovery.lost, take, self._failed)

    def discard(self, lost: Lost) -> None:
        """Delete what another window has left."""
        if self._recovery is not None:
            self._recovery.discard(lost.path.parent)

    @Slot()
    def _autosave(self) -> None:
        state, recovery = self._state(), self._recovery
        if recovery is None or state is self._autosaved or not self._document.is_changed:
            return
        layout, began = self.layout(), time.monotonic()

        def done(_: None) -> None:
            self._autosaved = state
            if self._left is not None:  # which this window now keeps itself
                recovery.discard(self._left)
                self._left = None
            took = time.monotonic() - began
            self._interval = max(self._interval, _LEAST_REST * took)
            self.document_of(self._state())

        self._jobs.submit(_AUTOSAVE, "", lambda: recovery.keep(state, layout), done, self._autosave_failed)

    def _autosave_failed(self, error: Exception) -> None:
        if isinstance(error, _EXPECTED):
            self._say(problem=f"The session cannot be kept by itself: {error} Save it yourself.")
            self._recovery = None  # it would fail again and again
        else:
            self._failed(error)

    def _is_autosaved(self, state: State) -> bool:
        """Say whether what was kept by itself is all that there is in this state."""
        return self._autosaved is not None and is_same_content(content_of(state), content_of(self._autosaved))

    def _forget_autosaved(self) -> None:
        self._timer.stop()
        if self._autosaved is not None and self._recovery is not None:
            self._recovery.clear()
        self._autosaved = None

    def close(self) -> None:
        """End: nothing is lost on purpose, so that nothing is left to recover."""
        self._timer.stop()
        with self._writing:  # what is being written is written to its end
            self._newest += 1
        if self._recovery is not None:
            self._recovery.end()
            self._recovery = None
