"""The table of a file's first rows, with the roles of its columns."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from lds_gui.files import Preview, Role
from lds_gui.ui.importing.preview_model import PreviewModel
from lds_gui.ui.importing.role_header import RoleHeader
from lds_gui.ui.theme import LIGHT, Theme, text_font

_ROW_HEIGHT = 26
_WIDTHS = (124, 220)  # of a column; the least has room for "True latent" and an arrow
_LOOKED_AT = 8  # rows, for a column's width


class PreviewTable(QTableView):
    """The first rows of a file.

    Signals:
        roles_chosen(tuple): the roles of all columns, after one was changed.
    """

    roles_chosen = Signal(object)

    def __init__(self) -> None:
        """Build an empty table."""
        super().__init__()
        self.setObjectName("preview")
        self.setAccessibleName("The first rows of the data")
        self.setToolTip("The first rows as they are in the file; a dash is a missing value")
        self._theme = LIGHT
        self._words = ""
        self._model = PreviewModel()
        self._columns: tuple[str, ...] = ()
        self.setModel(self._model)
        self.header = RoleHeader(self)
        self.setHorizontalHeader(self.header)
        self.header.chosen.connect(self.roles_chosen)
        self.header.setDefaultSectionSize(_WIDTHS[0])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)

    def show_preview(self, preview: Preview, roles: tuple[Role, ...] | None) -> None:
        """Show these rows, each column in its role."""
        if preview.columns != self._columns:
            self.header.forget()
        self._model.show(preview, roles)
        if preview.columns != self._columns:
            self._columns = preview.columns
            self._set_widths(preview)
        self.header.show_roles(preview.columns, roles)

    def say(self, words: str) -> None:
        """Say this where there are no rows to show."""
        self._words = words
        self.viewport().update()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._model.restyle(theme)
        self.header.restyle(theme)

    def paintEvent(self, e: QPaintEvent) -> None:
        super().paintEvent(e)
        if not self._columns and self._words:
            painter = QPainter(self.viewport())
            painter.setFont(text_font())
            painter.setPen(self._theme.color("soft"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._words)

    def _set_widths(self, preview: Preview) -> None:
        figure = QFontMetrics(text_font()).horizontalAdvance("0")
        least, most = _WIDTHS
        for column, name in enumerate(preview.columns):
            shown = (self._model.shown(row, column) for row in range(min(len(preview.rows), _LOOKED_AT)))
            n_signs = max(map(len, shown), default=0)
            width = min(max(figure * max(n_signs, len(name) + 1) + 24, least), most)
            if width != self.columnWidth(column):
                self.setColumnWidth(column, width)
