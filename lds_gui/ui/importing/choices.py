"""What can be chosen about a text in columns, and about a file of arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from lds_gui.files import AS_FOUND, Preview, ReadOptions
from lds_gui.ui.cards import label
from lds_gui.ui.theme import text_font

DELIMITERS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), (" ", "blanks"))
DECIMALS = ((".", "point"), (",", "comma"))
ENCODINGS = (("utf-8", "UTF-8"), ("latin-1", "Latin-1"), ("utf-16", "UTF-16"))

_ARROW_WIDTH = 46  # of a choice, with what surrounds its text


class Choices(QWidget):
    """A line of fields, each under its caption.

    Signals:
        changed(ReadOptions): how the file is to be read now.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        """Begin an empty line."""
        super().__init__()
        self._wanted = AS_FOUND
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)

    def draw(self, wanted: ReadOptions, preview: Preview) -> None:
        """Show what is wanted and, where nothing is, what was found."""
        self._wanted = wanted
        self._show(preview)

    def _show(self, preview: Preview) -> None:
        raise NotImplementedError

    def _add(self, caption: str, field: QWidget, tip: str, stretch: int = 0) -> QLabel:
        """Put a field at the end of the line; without a caption, one that has its words beside it."""
        column = self._grid.columnCount()
        words = label(caption, "soft")
        if caption:
            words.setBuddy(field)
            field.setAccessibleName(caption.replace("&", ""))
            self._grid.addWidget(words, 0, column)
        field.setToolTip(tip)
        self._grid.addWidget(field, 1, column)
        self._grid.setColumnStretch(column, stretch)
        return words

    def _want(self, wanted: ReadOptions) -> None:
        if wanted != self._wanted:
            self._wanted = wanted
            self.changed.emit(wanted)


class TextChoices(Choices):
    """How a text is cut into cells, and what these stand for."""

    def __init__(self) -> None:
        """Build the line."""
        super().__init__()
        self.delimiter = FoundChoice("delimiter", DELIMITERS)
        self.decimal = FoundChoice("decimal", DECIMALS)
        self.encoding = FoundChoice("encoding", ENCODINGS)
        self.missing = CodesField()
        self.missing.setObjectName("missing")
        self.missing.setPlaceholderText("−999, n. a.")
        self.header = QCheckBox("First row &holds names")
        self.header.setObjectName("header")
        self._add("&Delimiter", self.delimiter, "What stands between two cells of a row")
        self._add("D&ecimal sign", self.decimal, "What separates a number's whole part from its fraction")
        self._add("E&ncoding", self.encoding, "How the file's bytes stand for letters")
        tip = "Codes for a missing value, with commas between them, beside blank cells, NA and NaN"
        self._add("&Missing codes", self.missing, tip, 1)
        self._add("", self.header, "Whether the first row names the columns, or is already a row of data")
        self.delimiter.activated.connect(self._choose_delimiter)
        self.decimal.activated.connect(self._choose_decimal)
        self.encoding.activated.connect(self._choose_encoding)
        self.missing.textEdited.connect(self._choose_missing)
        self.header.clicked.connect(self._choose_header)

    def _show(self, preview: Preview) -> None:
        wanted, found = self._wanted, preview.options
        self.delimiter.draw(wanted.delimiter, found.delimiter)
        self.decimal.draw(wanted.decimal, found.decimal)
        self.encoding.draw(wanted.encoding, found.encoding)
        header = found.header if wanted.header is None else wanted.header
        if header is not None:
            self.header.setChecked(header)

    def _choose_delimiter(self) -> None:
        self._want(replace(self._wanted, delimiter=self.delimiter.currentData(), roles=None))

    def _choose_decimal(self) -> None:
        self._want(replace(self._wanted, decimal=self.decimal.currentData(), roles=None))

    def _choose_encoding(self) -> None:
        self._want(replace(self._wanted, encoding=self.encoding.currentData(), roles=None))

    def _choose_missing(self, text: str) -> None:
        codes = tuple(code.strip() for code in re.split("[,;]", text) if code.strip())
        self._want(replace(self._wanted, missing=codes))

    def _choose_header(self, checked: bool) -> None:
        self._want(replace(self._wanted, header=checked, roles=None))


class ArrayChoices(Choices):
    """Which array of a file is taken, and which way round."""

    def __init__(self) -> None:
        """Build the line."""
        super().__init__()
        self.array = QComboBox()
        self.array.setObjectName("array")
        self.array.setMinimumWidth(320)
        self.transposed = QCheckBox("&Rows are variables (transpose)")
        self.transposed.setObjectName("transposed")
        self._array_caption = self._add("&Array", self.array, "The array that holds the data, with its size")
        self._add("", self.transposed, "Take each row for a variable and each column for a time step")
        self._grid.setColumnStretch(self._grid.columnCount(), 1)
        self.array.activated.connect(self._choose_array)
        self.transposed.clicked.connect(self._choose_transposed)

    def _show(self, preview: Preview) -> None:
        names = [name for name, _ in preview.arrays]
        if names != [self.array.itemData(index) for index in range(self.array.count())]:
            with QSignalBlocker(self.array):
                self.array.clear()
                for name, size in preview.arrays:
                    self.array.addItem(f"{name}   {size}", name)
        if preview.options.array in names:
            self.array.setCurrentIndex(names.index(preview.options.array))
        self._array_caption.setVisible(bool(names))
        self.array.setVisible(bool(names))
        self.transposed.setChecked(self._wanted.transposed)

    def _choose_array(self) -> None:
        self._want(replace(self._wanted, array=self.array.currentData(), roles=None))

    def _choose_transposed(self, checked: bool) -> None:
        self._want(replace(self._wanted, transposed=checked, roles=None))


class FoundChoice(QComboBox):
    """One of several values, or whatever is found out; its data are the value, or None."""

    def __init__(self, name: str, values: Sequence[tuple[str, str]]) -> None:
        """Offer these values, each with its title."""
        super().__init__()
        self.setObjectName(name)
        self._titles = dict(values)
        self.addItem("Find out", None)
        for value, title in values:
            self.addItem(title[0].upper() + title[1:], value)
        metrics = QFontMetrics(text_font())
        widest = max(metrics.horizontalAdvance(f"Found: {title}") for title in self._titles.values())
        self.setMinimumWidth(widest + _ARROW_WIDTH)

    def draw(self, wanted: str | None, found: str | None) -> None:
        """Show the value that is wanted; where none is, the one that was found."""
        title = self._titles.get(found or "") if wanted is None else None
        self.setItemText(0, "Find out" if title is None else f"Found: {title}")
        self.setCurrentIndex(self.findData(wanted))


class CodesField(QLineEdit):
    """A field in which Enter ends no dialog: what has been typed counts already."""

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        if arg__1.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            arg__1.accept()
        else:
            super().keyPressEvent(arg__1)
