"""Notebooks and scripts: saved, replayed, copied."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

import lds_gui
from lds_gui.files import FileFormatError
from lds_gui.files.atomic import write_atomically
from lds_gui.script import with_imports
from lds_gui.session import Session, State, script_of
from lds_gui.ui import settings
from lds_gui.ui.documents import Documents
from lds_gui.ui.learn.panels import NotebookPanel

_KINDS = "Notebook (*.py)"
_PURPOSE = "notebook"


class Notebooks:
    """What menus and the panel *Notebook* do with notebooks."""

    def __init__(self, session: Session, documents: Documents, panel: NotebookPanel, window: QWidget) -> None:
        """Work for this window."""
        self._session, self._documents, self._window = session, documents, window
        player = session.player
        panel.save_wanted.connect(self.ask_where_to_save)
        panel.replay_wanted.connect(self.ask_what_to_replay)
        panel.script_wanted.connect(self.copy_script)
        panel.play_wanted.connect(player.play)
        panel.pause_wanted.connect(player.pause)
        panel.step_wanted.connect(player.step)
        panel.end_wanted.connect(player.end)
        panel.pace_wanted.connect(player.set_pause)

    def copy_script(self) -> None:
        """Put a script that computes the current run again on the clipboard."""
        lines = script_of(self._session.state)
        if lines:
            QGuiApplication.clipboard().setText(with_imports([*lines, "print(run[-1].log_likelihood)"], _title("Run")))

    def ask_where_to_save(self) -> None:
        """Ask for a file, and write the notebook there."""
        proposed = str(settings.folder(_PURPOSE) / "notebook.py")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save notebook", proposed, _KINDS)
        if chosen:
            path = Path(chosen)
            self.save(path if path.suffix else path.with_suffix(".py"))

    def save(self, path: Path) -> None:
        """Write the notebook to this file."""
        text = notebook_text(self._session.state)
        try:
            write_atomically(path, lambda file: file.write(text.encode()))
        except FileFormatError as error:
            self._session.files.refuse(str(error))
        else:
            settings.remember_file(_PURPOSE, path)

    def ask_what_to_replay(self) -> None:
        """Ask for a notebook, and replay it, where nothing is lost by that."""
        folder = str(settings.folder(_PURPOSE))
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Replay notebook", folder, _KINDS)
        if chosen:
            settings.remember_file(_PURPOSE, Path(chosen))
            self.replay(Path(chosen))

    def replay(self, path: Path, pause: float = 1.0) -> None:
        """Replay a notebook, with so many seconds between its lines, where nothing is lost by that."""
        self._documents.unless_lost(lambda: self._session.player.open(path, pause))


def notebook_text(state: State) -> str:
    """Give the whole notebook as a Python file."""
    return with_imports([line.text for line in state.notebook], _title("Notebook"))


def _title(what: str) -> str:
    return f"{what} of LDS GUI {lds_gui.__version__}, {date.today():%d %B %Y}."
