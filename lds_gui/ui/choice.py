"""A small choice in a card's header, as wide as its longest entry."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

_ARROW_WIDTH = 34


class CompactChoice(QComboBox):
    """Offers one of several names; it is hidden while there is nothing to choose."""

    def __init__(self, accessible_name: str) -> None:
        """Make an empty choice."""
        super().__init__()
        self._wish = ""  # what was chosen last, which may not be on offer
        self.currentIndexChanged.connect(self._note_wish)
        self.setProperty("compact", True)
        self.setAccessibleName(accessible_name)
        self.hide()

    @property
    def chosen(self) -> int:
        """The index of the chosen name; 0 while there is none."""
        return max(self.currentIndex(), 0)

    def offer(self, names: Sequence[str]) -> None:
        """Offer these names, keeping the one that was chosen last if it is there, else its place. Signals nothing."""
        if list(names) == [self.itemText(index) for index in range(self.count())]:
            return
        place = names.index(self._wish) if self._wish in names else min(self.chosen, len(names) - 1)
        with QSignalBlocker(self):
            self.clear()
            self.addItems(list(names))
            self.setCurrentIndex(place)
        width = max((self.fontMetrics().horizontalAdvance(name) for name in names), default=0)
        self.setFixedWidth(min(width + _ARROW_WIDTH, 180))
        self.setVisible(len(names) > 1)

    def wish(self, name: str) -> None:
        """Choose this name as soon as it is on offer."""
        if name:
            self._wish = name
            place = self.findText(name)
            if place >= 0:
                self.setCurrentIndex(place)

    def _note_wish(self, index: int) -> None:
        self._wish = self.itemText(index)
