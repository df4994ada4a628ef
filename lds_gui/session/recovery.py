"""What is left of a session when the program ends unexpectedly: a folder for each window, with the newest state."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from lds_gui.files import FileFormatError
from lds_gui.files.own_presets import DATA_FOLDER_VARIABLE
from lds_gui.session.saved import SUFFIX, Heading, WindowLayout, load_heading, save_session
from lds_gui.session.state import State

_FILE, _LOCK, _BROKEN = f"session{SUFFIX}", "lock", "broken"


@dataclass(frozen=True)
class Lost:
    """A session that a window has left behind: its file, and what the file says of itself."""

    path: Path
    heading: Heading


def recovery_folder() -> Path:
    """Return the folder in which windows keep their sessions, whether it exists or not."""
    chosen = os.environ.get(DATA_FOLDER_VARIABLE)
    return (Path(chosen) if chosen else user_data_path("lds-gui", appauthor=False)) / "recovery"


class Recovery:
    """A folder of this window's own, locked as long as its process lives; and those that others have left.

    The system takes a lock back when its process ends, however it ends.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Make a folder. Raises OSError if that cannot be."""
        self._root = recovery_folder() if folder is None else folder
        self._own = self._root / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._own.mkdir(parents=True)
        self._lock = _lock(self._own)
        self._has_ended = False
        self._writing = threading.Lock()
        self._lock.acquire()

    def keep(self, state: State, layout: WindowLayout) -> None:
        """Write this state in place of the one before. Raises FileFormatError."""
        with self._writing:
            if not self._has_ended:
                save_session(self._own / _FILE, state, layout, for_recovery=True)

    def clear(self) -> None:
        """Forget the state that was kept: it is elsewhere."""
        with self._writing:
            (self._own / _FILE).unlink(missing_ok=True)

    def end(self) -> None:
        """Take the folder away."""
        with self._writing:
            self._has_ended = True
            self._lock.release()
            shutil.rmtree(self._own, ignore_errors=True)
            with suppress(OSError):
                self._root.rmdir()  # if it is empty

    def lost(self) -> list[Lost]:
        """Give what windows have left that do not live any more, the newest first; what is broken is set aside.

        Nothing here is an error: whatever cannot be read is moved to the folder `broken`, or left where it is.
        """
        found: list[Lost] = []
        try:
            folders = [path for path in self._root.iterdir() if path.is_dir() and path.name != _BROKEN]
        except OSError:
            return []
        for folder in folders:
            path = folder / _FILE
            if folder == self._own or _is_alive(folder):
                continue
            try:
                found.append(Lost(path, load_heading(path)))
            except FileFormatError:
                self._set_aside(folder)
        return sorted(found, key=lambda lost: lost.heading.time, reverse=True)

    def _set_aside(self, folder: Path) -> None:
        """Move a folder with a broken file away, and delete one without any."""
        with suppress(OSError):
            if (folder / _FILE).exists():
                aside = self._root / _BROKEN
                aside.mkdir(exist_ok=True)
                shutil.move(folder, aside / f"{folder.name}-{secrets.token_hex(2)}")
            else:
                shutil.rmtree(folder)

    def discard(self, folder: Path) -> None:
        """Delete another window's folder, if it is one of these."""
        if folder.parent == self._root and folder != self._own:
            shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


def _is_alive(folder: Path) -> bool:
    """Say whether the process that made this folder still lives; also where nobody can tell."""
    try:
        with _lock(folder):
            return False
    except (Timeout, OSError):
        return True
