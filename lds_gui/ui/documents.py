"""The session as a document: new, open, save, the recent ones, what is asked before it would be lost, and recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lds_gui.session import SUFFIX, Document, Lost, Recovery, Session
from lds_gui.ui import settings
from lds_gui.ui.cards import PAD, label

_TITLE = "LDS GUI"
_KINDS = f"Session (*{SUFFIX})"


class DocumentBar(QFrame):
    """Says why a file could not be read or written, and offers what an earlier window has left behind."""

    def __init__(self) -> None:
        """Make the bar, hidden."""
        super().__init__()
        self.setObjectName("document_bar")
        self.problem = label("", "error", wrap=True)
        self.problem.setObjectName("document_problem")
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.dismiss = _button("Dismiss", "dismiss_problem", "Take this message away")
        self._said, row = _row(self.problem, self.dismiss)
        self._offers = QVBoxLayout()
        self._offers.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD - 4, PAD, PAD - 4)
        layout.addWidget(row)
        layout.addLayout(self._offers)
        self._said.hide()
        self.hide()

    def say(self, problem: str) -> None:
        """Show this sentence; none if it is empty."""
        self.problem.setText(problem)
        self._said.setVisible(bool(problem))
        self._show_if_needed()

    def offer(self, lost: Lost, restore: Callable[[], object], discard: Callable[[], object]) -> None:
        """Offer a session that was left behind."""
        words = label(_in_words(lost), wrap=True)
        buttons = [
            _button("Restore", "restore", "Show this session in the window", primary=True),
            _button("Discard", "discard", "Delete what was kept of this session"),
            _button("Later", "later", "Leave it where it is; the next start offers it again"),
        ]
        _, row = _row(words, *buttons)
        row.setObjectName("offer")
        for button, act in zip(buttons, (restore, discard, lambda: None), strict=True):
            button.clicked.connect(partial(self._answer, row, act))
        self._offers.addWidget(row)
        self._show_if_needed()

    def _answer(self, row: QWidget, act: Callable[[], object]) -> None:
        self._offers.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._show_if_needed()
        act()

    def _show_if_needed(self) -> None:
        self.setVisible(bool(self.problem.text()) or self._offers.count() > 0)


def _button(text: str, name: str, tip: str, *, primary: bool = False) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setProperty("primary", primary)
    return button


def _row(words: QWidget, *buttons: QWidget) -> tuple[QWidget, QWidget]:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(words, 1)
    for button in buttons:
        layout.addWidget(button)
    return row, row


def _in_words(lost: Lost) -> str:
    moment: datetime = lost.heading.time.astimezone()
    of = f" of {Path(lost.heading.path).name}" if lost.heading.path else ""
    return (
        f"The program ended unexpectedly. From {moment:%d %B %Y, %H:%M:%S}{of}, this is still there: "
        f"{lost.heading.summary}."
    )


class Documents(QObject):
    """What the menu File does with session files.

    Attributes:
        bar: what is to be said about files.
        recent_menu: the session files that were used last.
        asks: whether it asks before anything would be lost, as where someone sits in front of the window.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        """Work for this window."""
        super().__init__(window)
        self._session, self._files, self._window = session, session.files, window
        self._then: Callable[[], object] | None = None  # when the session has been saved
        self._is_decided = False  # that what is not saved may be lost
        self.asks = False
        self.bar = DocumentBar()
        self.bar.dismiss.clicked.connect(partial(self._files.refuse, ""))
        self.recent_menu = QMenu("Open recent", window)
        self.recent_menu.setToolTipsVisible(True)
        self.recent_menu.aboutToShow.connect(self._list_recent)
        self._files.saved.connect(self._note_saved)
        self._files.opened.connect(self._note_opened)

    def draw(self, document: Document) -> None:
        """Show the document in the window's title, and what is to be said of it in the bar."""
        name = Path(document.path).name if document.path else "Untitled"
        self._window.setWindowTitle(f"{document.busy or name}[*] – {_TITLE}")
        self._window.setWindowModified(document.is_changed)
        if document.problem != self.bar.problem.text():
            self.bar.say(document.problem)
            if document.problem:
                self._then = None

    @property
    def must_ask(self) -> bool:
        """Whether something would be lost, about which nobody has decided."""
        return self.asks and self._session.state.document.is_changed and not self._is_decided

    def unless_lost(self, then: Callable[[], object]) -> None:
        """Do this at once where nothing would be lost by it, and else as the user decides."""
        if not self.must_ask:
            then()
            return
        buttons = QMessageBox.StandardButton
        name = Path(self._session.state.document.path).name or "this session"
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes of {name}?")
        box.setInformativeText("Runs, data and model are lost otherwise.")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def decide(button: int) -> None:
            if button == buttons.Save.value:
                self._then = partial(self._decided, then)
                self.save()
            elif button == buttons.Discard.value:
                self._decided(then)

        box.finished.connect(decide)
        box.open()

    def _decided(self, then: Callable[[], object]) -> None:
        self._is_decided = True
        try:
            then()
        finally:
            self._is_decided = False

    def begin_anew(self) -> None:
        """Begin a session without a file."""
        self.unless_lost(self._session.begin_anew)

    def open(self, path: Path) -> None:
        """Show the session of this file."""
        self.unless_lost(partial(self._files.open, path))

    @Slot(object)
    def _note_opened(self, _layout: object) -> None:
        path = self._session.state.document.path
        if path:
            settings.remember_recent(str(Path(path).absolute()))

    def save(self) -> None:
        """Save where the session is kept; ask where that is, if it is not kept yet."""
        path = self._session.state.document.path
        if path:
            self._files.save(path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file, and save there."""
        path = self._session.state.document.path
        proposed = Path(path) if path else settings.folder("session") / f"untitled{SUFFIX}"
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save session", str(proposed), _KINDS)
        if chosen:
            settings.remember_file("session", Path(chosen))
            self._files.save(chosen)
        else:
            self._then = None

    @Slot(str)
    def _note_saved(self, path: str) -> None:
        settings.remember_recent(str(Path(path).absolute()))
        then, self._then = self._then, None
        if then is not None:
            then()

    def _list_recent(self) -> None:
        self.recent_menu.clear()
        paths = settings.recent()
        for path in paths:
            action = self.recent_menu.addAction(Path(path).name)
            action.setToolTip(path)
            action.triggered.connect(partial(self.open, Path(path)))
        if paths:
            self.recent_menu.addSeparator()
            self.recent_menu.addAction("Forget these", settings.forget_recent)
        else:
            self.recent_menu.addAction("None yet").setEnabled(False)

    def guard(self) -> None:
        """Ask before anything is lost, keep the session by itself, and offer what was left by earlier windows."""
        self.asks = True
        seconds = float(settings.chosen("autosave"))
        try:
            recovery = Recovery()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._files.refuse(f"The session cannot be kept by itself: {error.filename}: {reason}.")
            return
        self._files.keep_for_recovery(recovery, seconds)
        self._files.look_for_lost(self._offer)

    def _offer(self, found: list[Lost]) -> None:
        for lost in found:
            restore = partial(self.unless_lost, partial(self._files.open, lost.path, recovered=True))
            self.bar.offer(lost, restore, partial(self._files.discard, lost))
