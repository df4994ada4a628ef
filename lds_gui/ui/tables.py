"""The figures behind a picture as text, in pieces: a million rows must not hold the window up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QProgressDialog, QWidget

from lds_gui.ui.numbers import full

Table = dict[str, NDArray[np.float64]]

_ROWS = 4000  # of a piece, which takes some 20 ms


def pieces(table: Table, separator: str) -> Iterator[str]:
    """Give the table as text, some thousand rows at a time, the names first; numbers at full precision."""
    columns = list(table.values())
    n_rows = max((column.size for column in columns), default=0)
    yield separator.join(table) + "\n"
    for begin in range(0, n_rows, _ROWS):
        end = min(begin + _ROWS, n_rows)
        cells = [[full(value) for value in column[begin:end].tolist()] for column in columns]
        padded = [cell + [""] * (end - begin - len(cell)) for cell in cells]
        yield "".join(f"{separator.join(row)}\n" for row in zip(*padded, strict=True))


def n_pieces(table: Table) -> int:
    """How many pieces the table has."""
    n_rows = max((column.size for column in table.values()), default=0)
    return 1 + -(-n_rows // _ROWS)


class Writing:
    """Hands the pieces of a table over, one after the other; a long one beside the window, and it can be cancelled."""

    def __init__(self, table: Table, separator: str, title: str, parent: QWidget) -> None:
        """Get ready to write; `title` says what is being done."""
        self._pieces, self._total = pieces(table, separator), n_pieces(table)
        self._title, self._parent = title, parent

    def run(self, take: Callable[[str], object], done: Callable[[bool], object]) -> None:
        """Give each piece to `take`, then say to `done` whether all were taken. OSErrors of `take` are shown."""
        if self._total <= 3:
            done(all(self._give(take, piece) for piece in self._pieces))
            return
        dialog = QProgressDialog(self._title, "Cancel", 0, self._total, self._parent)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.setMinimumDuration(300)
        timer = QTimer(dialog)

        def give_next() -> None:
            piece = None if dialog.wasCanceled() else next(self._pieces, None)
            if piece is not None and self._give(take, piece):
                dialog.setValue(dialog.value() + 1 if dialog.value() >= 0 else 1)
                return
            timer.stop()
            complete = piece is None and not dialog.wasCanceled()
            dialog.deleteLater()
            done(complete)

        timer.timeout.connect(give_next)
        timer.start()

    def _give(self, take: Callable[[str], object], piece: str) -> bool:
        try:
            take(piece)
        except OSError as error:
            tell_failure(self._parent, _reason(error))
            return False
        return True


def save_csv(table: Table, path: Path, parent: QWidget) -> None:
    """Write the table as CSV; what was at this path stays until the new file is complete."""
    part = path.with_name(path.name + ".part")
    try:
        file = part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        tell_failure(parent, _reason(error))
        return

    def finish(complete: bool) -> None:
        try:
            file.close()
            if complete:
                part.replace(path)
            else:
                part.unlink(missing_ok=True)
        except OSError as error:
            tell_failure(parent, _reason(error))

    Writing(table, ",", f"Saving {path.name}", parent).run(file.write, finish)


def tell_failure(parent: QWidget, reason: str) -> None:
    """Say in a sentence why a file could not be written."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Not saved", reason)
    box.setParent(parent, Qt.WindowType.Dialog)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _reason(error: OSError) -> str:
    return f"The file could not be written: {(error.strerror or str(error)).lower()}."
