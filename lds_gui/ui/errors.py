"""Unexpected errors: caught, shown so that they can be copied, and survived."""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

import numpy as np
import PySide6
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

import lds_gui
from lds_gui.ui.cards import PAD, label


class ErrorPanel(QFrame):
    """Shows an unexpected error with everything that a report needs; the window around it stays alive.

    Attributes:
        notebook: gives what was done until then, as lines of Python; set by the window.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the panel, hidden."""
        super().__init__(parent)
        self.setObjectName("error_panel")
        self.notebook: Callable[[], str] = str
        self._headline = label("", "title", wrap=True)
        self._headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._report = QPlainTextEdit()
        self._report.setReadOnly(True)
        self._report.setMaximumHeight(150)
        self._report.setAccessibleName("Report of the error")
        copy, dismiss = QPushButton("Copy report"), QPushButton("Dismiss")
        copy.clicked.connect(self.copy)
        dismiss.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(self._headline, 1)
        head.addWidget(copy)
        head.addWidget(dismiss)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.addLayout(head)
        layout.addWidget(self._report)
        self.hide()

    @property
    def report(self) -> str:
        """The text that `copy` puts on the clipboard."""
        return self._report.toPlainText()

    @Slot(object)
    def show_error(self, error: BaseException) -> None:
        """Show this error; an earlier one that is still open stays in the report."""
        self._headline.setText(
            f"Something unexpected went wrong: {type(error).__name__}. The window goes on working; "
            "copy the report if you want to tell the authors."
        )
        earlier = f"\n\n{self.report}" if self.isVisible() else ""
        done = self.notebook()
        steps = f"\nWhat was done:\n{done}" if done else ""
        self._report.setPlainText(_report_of(error) + steps + earlier)
        self.show()

    def copy(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.report)


class _Relay(QObject):
    """Carries an exception from any thread to the GUI thread."""

    caught = Signal(object)


def catch_everything(panel: ErrorPanel) -> None:
    """Show every exception that nothing else has caught, of any thread, in this panel, and on standard error."""
    relay = _Relay(panel)
    relay.caught.connect(panel.show_error, Qt.ConnectionType.QueuedConnection)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        sys.__excepthook__(kind, error, trace)
        relay.caught.emit(error)

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value or arguments.exc_type()
        hook(arguments.exc_type, error, arguments.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def _report_of(error: BaseException) -> str:
    versions = (
        f"lds-gui {lds_gui.__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}, "
        f"numpy {np.__version__}, {platform.platform()}"
    )
    return versions + "\n" + "".join(traceback.format_exception(error))
