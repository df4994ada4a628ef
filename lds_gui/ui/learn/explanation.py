"""What a panel shows and what to look for, in two short paragraphs that open at its header."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from lds_gui.ui.cards import PAD, label

_WIDTH = 340


class Explanation(QFrame):
    """A frame that closes with the next click or key."""

    def __init__(self, name: str, paragraphs: tuple[str, str], parent: QWidget) -> None:
        """Write the paragraphs."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setProperty("explains", name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(8)
        for head, text in zip(("What it shows", "What to look for"), paragraphs, strict=True):
            layout.addWidget(label(head, "title"))
            layout.addWidget(label(text, wrap=True))


def explain_button(name: str, title: str, paragraphs: tuple[str, str]) -> QPushButton:
    """Make the button that opens the explanation of the panel of this name below itself."""
    button = QPushButton("?")
    button.setObjectName(f"explain_{name}")
    button.setAccessibleName(f"Explain {title}")
    button.setToolTip(f"Explain {title}")
    button.setProperty("flat_link", True)

    def explain() -> None:
        frame = Explanation(name, paragraphs, button)
        frame.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - frame.width(), button.height() + 4))
        room = button.screen().availableGeometry()
        corner.setX(max(min(corner.x(), room.right() - frame.width()), room.left()))
        corner.setY(max(min(corner.y(), room.bottom() - frame.height()), room.top()))
        frame.move(corner)
        frame.show()

    button.clicked.connect(explain)
    return button
