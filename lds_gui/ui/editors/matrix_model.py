"""The table model behind a matrix editor: float64 values, proposed entries, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from lds_gui.lds import Array, ParameterError
from lds_gui.ui.editors.forms import PLAIN, Form
from lds_gui.ui.numbers import NumberError, full, parse_number, short

Index = QModelIndex | QPersistentModelIndex
Cell = tuple[int, int]
INVALID_ROLE = Qt.ItemDataRole.UserRole + 1
VALUE_ROLE = Qt.ItemDataRole.UserRole + 2


class MatrixModel(QAbstractTableModel):
    """Holds the matrix as it is being edited.

    What is typed becomes a proposal; `edited` sends the proposed matrix, and whoever owns the value accepts it with
    `show` or refuses it with `refuse`. A refused proposal, or a text that is no number, stays in its cell until it is
    corrected or `restore` brings the accepted values back: nothing that was typed is lost.

    Signals:
        edited(Array, str): the whole proposed matrix, of the shape that was shown, and the gesture that it is part of.
        problem(str): the sentence that says what is wrong; empty when nothing is.
    """

    edited = Signal(object, str)
    problem = Signal(str)

    def __init__(self, form: Form = PLAIN, parent: QObject | None = None) -> None:
        """Make an empty model, whose cells show a matrix in this form."""
        super().__init__(parent)
        self._form = form
        self._accepted: Array = np.zeros((0, 0))
        self._sent: Array = np.zeros((0, 0))  # what the cells as they are have proposed
        self._proposed: Array = np.zeros((0, 0))
        self._texts: dict[Cell, str] = {}
        self._refused = False

    @property
    def form(self) -> Form:
        """The form of the cells."""
        return self._form

    def use_form(self, form: Form) -> None:
        """Show the accepted values in another form."""
        if form is not self._form:
            self._form = form
            self.restore()

    @property
    def proposal(self) -> Array:
        """The matrix that the cells make, valid or not. Raises ParameterError where they make none."""
        return self._form.read(self._proposed.reshape(self._accepted.shape))

    @property
    def has_problem(self) -> bool:
        """Say whether a cell holds what could not be accepted."""
        return self._refused or bool(self._texts)

    @property
    def is_refused(self) -> bool:
        """Say whether the cells make a matrix that was refused."""
        return self._refused and not self._texts

    @property
    def is_repairable(self) -> bool:
        """Say whether the cells make a finite matrix that was refused, to which a valid one can be near."""
        if not self.is_refused:
            return False
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return bool(np.isfinite(self.proposal).all())
        except ParameterError:
            return False

    def show(self, values: Array) -> None:
        """Show accepted values (a vector becomes a row). A pending proposal survives if they are the old ones."""
        unchanged = values.shape == self._accepted.shape and np.array_equal(values, self._accepted)
        if unchanged and self.has_problem:
            return
        if values.shape == self._sent.shape and np.array_equal(values, self._sent):
            self._accepted = values  # and the cells stay as they were entered
            return
        cells = _as_rows(self._form.shown(values))
        reshaped = cells.shape != self._proposed.shape
        if not reshaped and unchanged and np.array_equal(cells, self._proposed):
            return
        if reshaped:
            self.beginResetModel()
        self._accepted, self._proposed, self._sent = values, cells.copy(), values
        self._texts, self._refused = {}, False
        if reshaped:
            self.endResetModel()
        else:
            self._all_changed()
        self.problem.emit("")

    def refuse(self, sentence: str) -> None:
        """Keep the proposal on the screen and say why it cannot be accepted."""
        self._refused = True
        self._all_changed()
        self.problem.emit(sentence)

    def restore(self) -> None:
        """Go back to the accepted values."""
        accepted = self._accepted
        self._accepted = self._sent = np.zeros((0, 0))
        self._texts, self._refused = {}, False
        self.show(accepted)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._proposed.shape[0]

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._proposed.shape[1]

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        fixed = self._form.triangular and index.column() > index.row()
        return super().flags(index) if fixed else super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = (index.row(), index.column())
        value, text = float(self._proposed[cell]), self._texts.get(cell)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return short(value) if text is None else text
            case Qt.ItemDataRole.EditRole:
                return full(value) if text is None else text
            case Qt.ItemDataRole.ToolTipRole:
                return full(value) if text is None else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == INVALID_ROLE:
                return text is not None or (self._refused and not self._is_fixed(cell))
            case _ if role == VALUE_ROLE:
                return value if text is None else None
            case _:
                return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed into a cell: a text that is read as a number, or a number."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        if str(value) == self.data(index, role):
            return True  # the cell was opened and closed
        return self.set_block(index.row(), index.column(), [[str(value)]])

    def set_block(self, top: int, left: int, texts: list[list[str]]) -> bool:
        """Take a block of texts with its upper left corner here; what reaches beyond the edge is refused as a whole."""
        n_rows, n_columns = self._proposed.shape
        if len({len(row) for row in texts}) > 1:
            self.problem.emit("The rows of the pasted block are not equally long")
            return False
        if top + len(texts) > n_rows or left + max(len(row) for row in texts) > n_columns:
            size = f"{len(texts)} × {max(len(row) for row in texts)}"
            self.problem.emit(
                f"The pasted block is {size} and does not fit from this cell of a {n_rows} × {n_columns} matrix"
            )
            return False
        values, wrong, sentence = _read_block(top, left, texts)
        above = next((cell for cell, value in values.items() if value and self._is_fixed(cell)), None)
        if above is not None:
            self.problem.emit("Above its diagonal a Cholesky factor is 0.")
            return False
        if self._form.symmetric and not wrong:
            sentence = _asymmetry(values)
            if sentence:
                self.problem.emit(sentence)
                return False
        for (i, j), value in values.items():
            self._propose(i, j, value)
        self._texts |= wrong
        self._all_changed()
        if wrong:
            self._refused = False
            self.problem.emit(sentence)
        elif not self._texts:
            self._send("")
        return True

    def vary(self, row: int, column: int, value: float, gesture: str) -> None:
        """Take a number that is being changed with the mouse; the cells of wrong texts wait."""
        self._propose(row, column, value)
        self._all_changed()
        if not self._texts:
            self._send(gesture)

    def propose(self, values: Array) -> None:
        """Take a whole matrix in the place of the cells."""
        self._proposed, self._texts = _as_rows(self._form.shown(values)).copy(), {}
        self._all_changed()
        self._send("")

    def value(self, row: int, column: int) -> float:
        """The number in a cell."""
        return float(self._proposed[row, column])

    def block(self, rows: range, columns: range) -> Array:
        """The numbers of a block of cells."""
        return self._proposed[rows.start : rows.stop, columns.start : columns.stop].copy()

    def _send(self, gesture: str) -> None:
        self._refused = False
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                self._sent = np.array(self.proposal)
        except ParameterError as error:
            self.refuse(str(error))
            return
        if not np.isfinite(self._sent).all():
            self.refuse("These entries make a matrix that 64-bit numbers cannot hold.")
            return
        self.edited.emit(self._sent.copy(), gesture)
        if not self._refused:
            self.problem.emit("")

    def _is_fixed(self, cell: Cell) -> bool:
        return self._form.triangular and cell[1] > cell[0]

    def _propose(self, i: int, j: int, value: float) -> None:
        for cell in {(i, j), (j, i)} if self._form.symmetric else {(i, j)}:
            self._proposed[cell] = value
            self._texts.pop(cell, None)

    def _all_changed(self) -> None:
        if self._proposed.size:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def _as_rows(values: Array) -> Array:
    return values.reshape(1, -1) if values.ndim == 1 else values


def _read_block(top: int, left: int, texts: list[list[str]]) -> tuple[dict[Cell, float], dict[Cell, str], str]:
    """Give the numbers by cell, the texts that are none, and the sentence about the first of these."""
    values: dict[Cell, float] = {}
    wrong: dict[Cell, str] = {}
    sentences: list[str] = []
    for i, row in enumerate(texts, top):
        for j, text in enumerate(row, left):
            try:
                values[i, j] = parse_number(text)
            except NumberError as error:
                wrong[i, j] = text
                sentences.append(str(error))
    return values, wrong, sentences[0] if sentences else ""


def _asymmetry(values: dict[Cell, float]) -> str:
    """Say which cell of a block differs from its mirror image in it; empty if none does."""
    for (i, j), value in values.items():
        mirrored = values.get((j, i), value)
        if mirrored != value:
            entries = f"row {i + 1}, column {j + 1} is {short(value)}, and its mirror image {short(mirrored)}"
            return f"The pasted block is not symmetric: {entries}"
    return ""
