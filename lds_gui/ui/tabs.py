"""The tabs of the main window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QTabWidget


class QuietTabs(QTabWidget):
    """Tabs that are laid out again only where the room that they ask for is another one.

    Qt lays tabs out, and paints all that is in them, whenever a word in them changes its length, as many times a second
    as EM has news: that is most of what a window with many pictures costs.
    """

    def __init__(self) -> None:
        """Make it, without tabs."""
        super().__init__()
        self._asked: tuple[QSize, QSize] | None = None

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            asked = self.minimumSizeHint(), self.sizeHint()
            if asked == self._asked:
                return True
            self._asked = asked
        return super().event(event)
