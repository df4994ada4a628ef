"""How cards and fields are put together, the same in every tab."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lds_gui.ui.cards import GAP, label

COLUMN_WIDTH = 316
SCROLL_BAR_WIDTH = 10  # which is also the gap to the right of the column


def field_row(*fields: tuple[str, QWidget]) -> QHBoxLayout:
    """Put captioned fields side by side."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for text, field in fields:
        caption = label(text, "soft")
        caption.setBuddy(field)
        row.addWidget(caption)
        row.addWidget(field, 1)
    return row


def row(*widgets: QWidget, stretch: QWidget | None = None) -> QHBoxLayout:
    """Put widgets side by side; one of them may take the room that is left."""
    layout = QHBoxLayout()
    layout.setSpacing(8)
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is stretch else 0)
    return layout


def card_column(*cards: QWidget) -> QScrollArea:
    """Stack cards in the left column, which scrolls when the window is low."""
    column = QWidget()
    column.setObjectName("column")
    column.setFixedWidth(COLUMN_WIDTH)
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP)
    for card in cards:
        layout.addWidget(card)
    layout.addStretch(1)
    area = QScrollArea()
    area.setWidget(column)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedWidth(COLUMN_WIDTH + SCROLL_BAR_WIDTH)
    return area
