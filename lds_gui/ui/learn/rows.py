"""A list of runs in columns, from which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

_KEY = Qt.ItemDataRole.UserRole


class RunRows(QTreeWidget):
    """Rows with a key each, and columns of text; those of figures are right-aligned.

    What is chosen stays chosen when the rows change, as long as it is there.
    """

    def __init__(self, name: str, columns: Sequence[str], *, figures: frozenset[int], elastic: int) -> None:
        """Make an empty list; `figures` are the places of columns of figures, the one at `elastic` gives way."""
        super().__init__()
        self._figures, self._elastic = figures, elastic
        self.setObjectName(name)
        self.setHeaderLabels(list(columns))
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAllColumnsShowFocus(True)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(24)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for column in range(len(columns)):
            mode = QHeaderView.ResizeMode.Stretch if column == elastic else QHeaderView.ResizeMode.Interactive
            self.header().setSectionResizeMode(column, mode)
            if column in figures:
                self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)

    @property
    def chosen(self) -> int | None:
        """The key of the chosen row; None if none is."""
        item = self.currentItem()
        return None if item is None else item.data(0, _KEY)

    def choose(self, key: int) -> None:
        """Choose the row of this key, if it is there."""
        item = self._items().get(key)
        if item is not None:
            self.setCurrentItem(item)

    def show_rows(self, rows: dict[int, Sequence[str]], parents: dict[int, int] | None = None) -> None:
        """Show these rows by their keys; `parents` says below which other one a row stands."""
        parents = {key: parent for key, parent in (parents or {}).items() if key in rows and parent in rows}
        items, chosen = self._items(), self.chosen
        self.setRootIsDecorated(bool(parents))
        with QSignalBlocker(self):
            are_below = {key: _parent_key(item) for key, item in items.items()}
            if are_below != {key: parents.get(key) for key in rows} or not _stand_as(list(items), list(rows), parents):
                self.clear()
                items = {}
                for key in rows:
                    above = items.get(parents.get(key, -1))
                    items[key] = QTreeWidgetItem(self if above is None else above)
                    items[key].setData(0, _KEY, key)
                    items[key].setFlags(items[key].flags() | Qt.ItemFlag.ItemIsEditable)
                self.expandAll()
            for key, texts in rows.items():
                for column, text in enumerate(texts):
                    self._write(items[key], column, text)
            if chosen in items:
                self.setCurrentItem(items[chosen])
        self.fit()

    def item_of(self, key: int) -> QTreeWidgetItem:
        """The row of this key."""
        return self._items()[key]

    def _write(self, item: QTreeWidgetItem, column: int, text: str) -> None:
        if item.text(column) != text:
            item.setText(column, text)
            item.setToolTip(column, text)
        if column in self._figures:
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _items(self) -> dict[int, QTreeWidgetItem]:
        """All rows by key, from top to bottom."""
        found: dict[int, QTreeWidgetItem] = {}

        def collect(item: QTreeWidgetItem) -> None:
            for place in range(item.childCount()):
                child = item.child(place)
                found[child.data(0, _KEY)] = child
                collect(child)

        collect(self.invisibleRootItem())
        return found

    def fit(self) -> None:
        """Make every column but the elastic one as wide as what stands in it."""
        for column in range(self.columnCount()):
            if column != self._elastic:
                self.resizeColumnToContents(column)


def _stand_as(there: list[int], wanted: list[int], parents: dict[int, int]) -> bool:
    """Say whether the keys that are there stand in the order wanted, among those with the same parent."""
    return all(
        [key for key in there if parents.get(key) == parent] == [key for key in wanted if parents.get(key) == parent]
        for parent in (None, *set(parents.values()))
    )


def _parent_key(item: QTreeWidgetItem) -> int | None:
    parent = item.parent()
    return None if parent is None else parent.data(0, _KEY)
