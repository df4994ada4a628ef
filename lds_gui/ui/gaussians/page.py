"""What the pages of details share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lds_gui.session import GaussianPair, Laboratory, Session
from lds_gui.ui.cards import PAD
from lds_gui.ui.theme import Theme


@dataclass(frozen=True, eq=False)
class Shown:
    """What pages draw: the pair, what is tried out on it, and all divergences by name, in nats."""

    pair: GaussianPair
    laboratory: Laboratory
    values: dict[str, float]


class Page(QWidget):
    """A page of details. It draws what is shown, and asks the session for what is wanted."""

    name: ClassVar[str]
    title: ClassVar[str]
    tip: ClassVar[str]

    def __init__(self, session: Session) -> None:
        """Make an empty page on this session."""
        super().__init__()
        self.setObjectName(f"kl_page_{self.name}")
        self._session = session
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(PAD, 8, PAD, 8)
        self.body.setSpacing(6)

    def draw(self, shown: Shown) -> None:
        """Show this."""
        raise NotImplementedError

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
