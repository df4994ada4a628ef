"""The mouse wheel scrolls; it changes a number or a choice only where one has clicked first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Passes the wheel on to whatever scrolls, as long as the widget has not got the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def guard_from_wheel(page: QWidget, *kinds: type[QWidget]) -> None:
    """Guard every widget of these kinds on a page."""
    guard = WheelGuard(page)
    for kind in kinds:
        for widget in page.findChildren(kind):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel alone gives no focus
            widget.installEventFilter(guard)
