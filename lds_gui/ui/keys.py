"""Keys that a field with the focus would keep for itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QWidget

_KEPT = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class _UndoPasser(QObject):
    """Leaves undo and redo to the window, unless something has been typed that the field has not committed yet."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field = field

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if self._field.isModified() or not any(event.matches(key) for key in _KEPT):
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


def let_undo_through(field: QLineEdit, box: QWidget | None = None) -> None:
    """Have Ctrl+Z in a field, or in the box that it is part of, undo the window's newest change.

    As long as something has been typed that is not committed yet, it takes that back instead.
    """
    (box or field).installEventFilter(_UndoPasser(field))
    field.editingFinished.connect(lambda: field.setModified(False))
