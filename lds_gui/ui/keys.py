"""Keys that a field with the focus would keep for itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit

_KEPT = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class _UndoPasser(QObject):
    """Leaves undo and redo to the window, unless something has been typed that the field has not committed yet."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(watched, QLineEdit):
            return False
        if not isinstance(event, QKeyEvent) or not any(event.matches(key) for key in _KEPT) or watched.isModified():
            return False
        event.ignore()
        return True


def commit_typed() -> None:
    """Have the field or the cell with the focus take what has been typed into it, as if the focus had left it."""
    field = QApplication.focusWidget()
    if not isinstance(field, QLineEdit):
        return
    viewport = field.parent()
    table = None if viewport is None else viewport.parent()
    if isinstance(table, QAbstractItemView):
        table.setFocus()  # which closes the cell's editor
    elif field.isModified():
        field.clearFocus()
        field.setFocus()


def let_undo_through(field: QLineEdit) -> None:
    """Have Ctrl+Z in a field undo the window's newest change, once the field has committed what was typed."""
    field.installEventFilter(_UndoPasser(field))
    field.editingFinished.connect(lambda: field.setModified(False))
