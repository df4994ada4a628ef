"""What the program remembers from one start to the next. Unknown or unreadable settings are as good as none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from lds_gui.session import AUTOSAVE_SECONDS
from lds_gui.ui.theme import SYSTEM, THEMES

NATS, BITS = "nats", "bits"
_GEOMETRY, _LAYOUT, _FOLDER, _RECENT = "geometry", "layout", "folder", "recent"
_MOST_RECENT = 8
_switched_off = False


@dataclass(frozen=True)
class Setting:
    """Something that can be chosen in the dialog *Settings*.

    Attributes:
        name: its key in the file.
        title: its caption.
        tip: what it does, in a sentence.
        default: the value that it has where nobody has chosen one.
        choices: the values that it can have, each with its words.
    """

    name: str
    title: str
    tip: str
    default: str
    choices: tuple[tuple[str, str], ...]


def _n_processes() -> tuple[tuple[str, str], ...]:
    n_cores = os.cpu_count() or 1
    counts = sorted({1, 2, 4, 8, n_cores} & set(range(1, n_cores + 1)))
    return ("all", f"all {n_cores} cores"), *((str(count), str(count)) for count in counts)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "theme",
        "Colours",
        "The window's colours; the menu View has them, too.",
        SYSTEM,
        ((SYSTEM, "as the desktop"), *((theme.name, theme.title.lower()) for theme in THEMES)),
    ),
    Setting(
        "scale",
        "Size of text and all else",
        "For a projector, or tired eyes; from the next start on, and on a screen that has room for it.",
        "100",
        tuple((str(percent), f"{percent} %") for percent in (90, 100, 110, 125, 150, 175)),
    ),
    Setting(
        "units", "Divergences in", "How the tab Gaussians tells divergences.", NATS, ((NATS, "nats"), (BITS, "bits"))
    ),
    Setting(
        "keeps_layout",
        "Panels at the next start",
        "Whether panels are where they were left, or as the program has them.",
        "yes",
        (("yes", "where they were left"), ("no", "in the standard layout")),
    ),
    Setting(
        "autosave",
        "Keep the session by itself",
        "Every so often after a change, in case the program ends unexpectedly.",
        f"{AUTOSAVE_SECONDS:g}",
        ((f"{AUTOSAVE_SECONDS:g}", "every 5 s"), ("30", "every 30 s"), ("120", "every 2 min"), ("0", "never")),
    ),
    Setting(
        "processes",
        "Processes of restarts",
        "How many runs from other seeds are computed at once.",
        "all",
        _n_processes(),
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def switch_off() -> None:
    """Read and write no settings from now on: everything is as it was at first."""
    global _switched_off
    _switched_off = True


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lds-gui", "lds-gui")


def _read(name: str) -> Any:
    return None if _switched_off else _store().value(name)


def _write(name: str, value: object) -> None:
    if not _switched_off:
        _store().setValue(name, value)


def chosen(name: str) -> str:
    """Give the value of a setting; the default where it is none of its choices."""
    setting, value = _BY_NAME[name], str(_read(name))
    return value if value in [choice for choice, _ in setting.choices] else setting.default


def choose(name: str, value: str) -> None:
    """Remember the value of a setting."""
    _write(name, value)


def reset_all() -> None:
    """Forget everything that was remembered."""
    if not _switched_off:
        _store().clear()


def theme_name() -> str:
    """Give the remembered theme's name."""
    return chosen("theme")


def remember_theme(name: str) -> None:
    """Remember the theme's name."""
    choose("theme", name)


def _bytes(name: str) -> QByteArray | None:
    value = _read(name)
    return value if isinstance(value, QByteArray) else None


def geometry() -> QByteArray | None:
    """Give the window's remembered size and place."""
    return _bytes(_GEOMETRY)


def remember_geometry(value: QByteArray) -> None:
    """Remember the window's size and place."""
    _write(_GEOMETRY, value)


def layout() -> QByteArray | None:
    """Give the remembered layout of the panels."""
    return _bytes(_LAYOUT) if chosen("keeps_layout") == "yes" else None


def remember_layout(value: QByteArray) -> None:
    """Remember the layout of the panels."""
    _write(_LAYOUT, value)


def folder(purpose: str) -> Path:
    """Give the folder that was last used for this; the home folder where that is gone."""
    value = _read(f"{_FOLDER}/{purpose}")
    path = Path(value) if isinstance(value, str) and value else Path.home()
    return path if _is(path.is_dir) else Path.home()


def suffix(purpose: str) -> str:
    """Give the suffix of the file that was last written for this; empty where there was none."""
    value = _read(f"suffix/{purpose}")
    return value if isinstance(value, str) else ""


def remember_file(purpose: str, path: Path) -> None:
    """Remember folder and suffix of a file that was used for this."""
    _write(f"{_FOLDER}/{purpose}", str(path.absolute().parent))
    _write(f"suffix/{purpose}", path.suffix.lower())


def recent() -> tuple[str, ...]:
    """Give the session files that were used last, the newest first; those that are gone are left out."""
    value = _read(_RECENT)
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    paths = [path for path in found if isinstance(path, str) and path]
    return tuple(path for path in paths if _is(Path(path).is_file))[:_MOST_RECENT]


def remember_recent(path: str) -> None:
    """Put a session file at the top of those that were used last."""
    _write(_RECENT, [path, *(other for other in recent() if other != path)][:_MOST_RECENT])


def forget_recent() -> None:
    """Forget which session files were used."""
    _write(_RECENT, [])


def _is(ask: Callable[[], bool]) -> bool:
    """Ask about a path that may be anything."""
    try:
        return ask()
    except (OSError, ValueError):
        return False
