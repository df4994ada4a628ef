"""The dialog in which one sees somebody's own data, and says how they are to be read, before they are opened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFrame, QPushButton, QVBoxLayout, QWidget

from lds_gui.files import AS_FOUND, Preview, ReadOptions, Role, preview, text_preview
from lds_gui.ui.cards import PAD, label, say, sentence
from lds_gui.ui.importing.choices import ArrayChoices, TextChoices
from lds_gui.ui.importing.looking import Looking
from lds_gui.ui.importing.notes import Notes
from lds_gui.ui.importing.preview_table import PreviewTable
from lds_gui.ui.layouts import row
from lds_gui.ui.theme import LIGHT, THEMES, Theme
from lds_gui.ui.wheel import guard_from_wheel

SIZE = (860, 560)
_TEXTS = frozenset({".csv", ".tsv", ".txt"})
_ARRAYS = frozenset({".npy", ".npz", ".mat"})
_BOX_WIDTH = 22  # of a check box without its words
_LOOKING = "Looking at the file …"


class ImportDialog(QDialog):
    """Shows the first rows of a file, or of a text that was copied, as they would be read.

    When it is accepted, `options` and `standardise` say how the session is to read the data. Whatever nobody has
    chosen is None in the options, to be found out again by the reading, which sees the file as a whole.
    """

    def __init__(self, source: Path | str, parent: QWidget | None = None) -> None:
        """Look at a file, given by its Path, or at a text, given as str."""
        super().__init__(parent)
        self.setObjectName("import_dialog")
        self._source = source
        self._wanted = AS_FOUND
        self._preview = Preview(AS_FOUND)
        is_text = isinstance(source, str)
        self.setWindowTitle("Paste data" if is_text else "Open data")
        self.text_choices = TextChoices()
        self.array_choices = ArrayChoices()
        self.table = PreviewTable()
        self.problem = sentence("error", "problem")
        self.notes = Notes()
        self.standardise_box = QCheckBox("&Standardise: mean 0 and standard deviation 1 for every column")
        self.size_label = label("", "soft", name="size")
        self.open_button = QPushButton("&Open")
        self.cancel_button = QPushButton("&Cancel")
        self._build("Clipboard" if is_text else source.name)
        self._restyle()
        suffix = ".txt" if is_text else source.suffix.lower()
        self.text_choices.setVisible(suffix in _TEXTS)
        self.array_choices.setVisible(suffix in _ARRAYS)
        look = partial(text_preview, source) if isinstance(source, str) else partial(preview, source)
        self._looking = Looking(look, self)
        self._looking.seen.connect(self._show)
        self._look()

    @property
    def source(self) -> Path | str:
        """The file's path, or the text."""
        return self._source

    @property
    def options(self) -> ReadOptions:
        """How the data are to be read."""
        return self._wanted

    @property
    def standardise(self) -> bool:
        """Whether every column is to be brought to mean 0 and standard deviation 1."""
        return self.standardise_box.isChecked()

    @property
    def is_looking(self) -> bool:
        """Whether what is shown is not yet what the choices say."""
        return self._looking.is_under_way

    def done(self, arg__1: int) -> None:
        self._looking.close()
        super().done(arg__1)

    def changeEvent(self, arg__1: QEvent) -> None:
        super().changeEvent(arg__1)
        if arg__1.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange) and hasattr(self, "_looking"):
            self._restyle()

    def _build(self, name: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(10)
        title = label(name, "title", name="source")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setToolTip(name if isinstance(self._source, str) else str(self._source))
        layout.addLayout(row(title, self.size_label, stretch=self.size_label))
        layout.addWidget(self.text_choices)
        layout.addWidget(self.array_choices)
        layout.addWidget(self.problem)
        frame = QFrame()
        frame.setObjectName("card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.table)
        layout.addWidget(frame, 1)
        layout.addWidget(self.notes)
        hint = "The parameters are then those of the standardised data, and are reported on the original scale too."
        words = label(hint, "hint", wrap=True, name="standardise_hint")
        words.setContentsMargins(_BOX_WIDTH, 0, 0, 0)
        standardising = QVBoxLayout()
        standardising.setSpacing(2)
        standardising.addWidget(self.standardise_box)
        standardising.addWidget(words)
        layout.addLayout(standardising)
        layout.addLayout(row(filler := QWidget(), self.cancel_button, self.open_button, stretch=filler))
        self.standardise_box.setObjectName("standardise")
        self.standardise_box.setToolTip("Take each column's mean off and divide by its standard deviation")
        self.open_button.setObjectName("open")
        self.open_button.setToolTip("Read the data so and work with them (Enter)")
        self.open_button.setProperty("primary", True)
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self.accept)
        self.cancel_button.setObjectName("cancel")
        self.cancel_button.setToolTip("Leave the present data as they are (Escape)")
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.text_choices.changed.connect(self._read_so)
        self.array_choices.changed.connect(self._read_so)
        self.table.roles_chosen.connect(self._choose_roles)
        guard_from_wheel(self, QComboBox)
        self.resize(*SIZE)

    def _choose_roles(self, roles: tuple[Role, ...]) -> None:
        self._read_so(replace(self._wanted, roles=roles))

    def _read_so(self, wanted: ReadOptions) -> None:
        self._wanted = wanted
        self._look()

    def _look(self) -> None:
        self._looking.ask(self._wanted)
        self.size_label.setText(_LOOKING)
        self.table.say(_LOOKING)
        self.open_button.setEnabled(False)

    def _show(self, seen: Preview) -> None:
        self._preview = seen
        roles = seen.options.roles if self._wanted.roles is None else self._wanted.roles
        if not seen.columns or (roles is not None and len(roles) != len(seen.columns)):
            roles = None
        self.text_choices.draw(self._wanted, seen)
        self.array_choices.draw(self._wanted, seen)
        if seen.columns and seen.options.roles is None:  # the file says itself what it holds
            self.text_choices.hide()
            self.array_choices.hide()
        self.table.say("" if seen.columns else "There is nothing to show.")
        self.table.show_preview(seen, roles)
        self.size_label.setText(_size(seen))
        say(self.problem, seen.problem)
        self.notes.show_notes(seen.notes)
        self.open_button.setEnabled(not seen.problem)

    def _restyle(self) -> None:
        self.table.restyle(_shown_theme())


def _shown_theme() -> Theme:
    """Give the theme whose colours the application has."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return next((theme for theme in THEMES if theme.color("window") == window), LIGHT)


def _size(seen: Preview) -> str:
    """Say how large the table is, as far as it is known, and how much of it is shown."""
    if not seen.columns:
        return ""
    columns = f"{len(seen.columns):,} {'column' if len(seen.columns) == 1 else 'columns'}"
    if seen.n_rows is None:
        return f"{columns}; the first {len(seen.rows)} rows are shown"
    size = f"{seen.n_rows:,} {'row' if seen.n_rows == 1 else 'rows'} × {columns}"
    return size if seen.n_rows <= len(seen.rows) else f"{size}; the first {len(seen.rows)} rows are shown"
