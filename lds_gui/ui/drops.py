"""Data that are dropped on the window, or come from the clipboard: one file, or a text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

_LONGEST = 60


class RefusalError(ValueError):
    """What was dropped is not one file or a text, with the sentence that says so."""


class DropTarget(QObject):
    """Takes what is dropped on a widget, wherever no child of it takes it first.

    A drop copies, whatever was asked for: the file stays where it is.

    Signals:
        dropped(Path | str): a file, or a text; sent after the drop has ended, so that a dialog may be opened.
        refused(str): one sentence why what is dragged over the widget cannot be dropped.
    """

    dropped = Signal(object)
    refused = Signal(str)

    def __init__(self, widget: QWidget) -> None:
        """Take drops on this widget from now on."""
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent):
            return False
        try:
            source = dropped_source(event.mimeData())
        except RefusalError as refusal:
            event.ignore()
            if event.type() != QEvent.Type.DragMove:
                self.refused.emit(str(refusal))
            return True
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() == QEvent.Type.Drop:
            QTimer.singleShot(0, self, lambda: self.dropped.emit(source))
        return True


def dropped_source(content: QMimeData) -> Path | str:
    """Give the one local file, or else the text, that is dragged or was copied. Raises RefusalError."""
    urls = content.urls()
    if len(urls) > 1:
        raise RefusalError(f"These are {len(urls)} files; one file at a time can be opened.")
    if urls:
        shown = urls[0].toDisplayString()
        if not urls[0].isLocalFile():
            short = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
            raise RefusalError(f"“{short}” is not a file on this computer; save it first, then open the file.")
        path = Path(urls[0].toLocalFile())
        if path.is_dir():
            raise RefusalError(f"“{path.name}” is a folder; open one of the files in it.")
        return path
    text = content.text()
    if not text.strip():
        raise RefusalError("This is neither a file nor a text; data come as one of these.")
    return text


def clipboard_source() -> Path | str:
    """Give the one file or the text that was copied. Raises RefusalError."""
    content: QMimeData | None = QGuiApplication.clipboard().mimeData()  # None when nothing was ever copied
    return dropped_source(content or QMimeData())
