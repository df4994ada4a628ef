"""A list of sentences that takes as much room as it needs, up to a limit, and scrolls beyond it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from lds_gui.ui.cards import label

_MOST = 88  # px


class Notes(QScrollArea):
    """Sentences, each on a line; it takes no room while there are none."""

    def __init__(self) -> None:
        """Make an empty place."""
        super().__init__()
        self.setObjectName("notes")
        self.setAccessibleName("Notes on reading the data")
        self.setToolTip("What reading the data leaves out, converts or uses for something else")
        self.words = label("", "hint", wrap=True, name="notes_words")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setWidget(self.words)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.hide()

    def show_notes(self, notes: Sequence[str]) -> None:
        """Show these sentences."""
        self.words.setText("\n".join(notes))
        self.setVisible(bool(notes))
        self._fit()

    def resizeEvent(self, arg__1: QResizeEvent) -> None:
        super().resizeEvent(arg__1)
        self._fit()

    def _fit(self) -> None:
        needed = self.words.heightForWidth(max(self.width() - 12, 100)) + 2
        self.setFixedHeight(min(needed, _MOST))
        scrolls = needed > _MOST
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if scrolls else Qt.FocusPolicy.NoFocus)
