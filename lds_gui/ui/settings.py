"""What the window remembers from one start to the next. Unreadable settings are as good as none."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from lds_gui.ui.theme import SYSTEM, THEMES

_THEME = "theme"
_GEOMETRY = "geometry"
_LAYOUT = "layout"


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lds-gui", "lds-gui")


def theme_name() -> str:
    """Give the remembered theme's name."""
    value = str(_store().value(_THEME, SYSTEM))
    return value if value in {theme.name for theme in THEMES} else SYSTEM


def remember_theme(name: str) -> None:
    """Remember the theme's name."""
    _store().setValue(_THEME, name)


def geometry() -> QByteArray | None:
    """Give the window's remembered size and place."""
    value = _store().value(_GEOMETRY)
    return value if isinstance(value, QByteArray) else None


def remember_geometry(value: QByteArray) -> None:
    """Remember the window's size and place."""
    _store().setValue(_GEOMETRY, value)


def layout() -> QByteArray | None:
    """Give the remembered layout of the panels."""
    value = _store().value(_LAYOUT)
    return value if isinstance(value, QByteArray) else None


def remember_layout(value: QByteArray) -> None:
    """Remember the layout of the panels."""
    _store().setValue(_LAYOUT, value)
