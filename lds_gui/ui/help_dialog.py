"""The dialog *Keys and gestures*: every shortcut of the window, and what mouse and keyboard do in the editors."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

_SIZE = (620, 640)
GESTURES: dict[str, tuple[tuple[str, str], ...]] = {
    "In the cells of a matrix": (
        ("Arrow keys, Tab, Enter", "go from cell to cell; Enter also begins to edit"),
        ("A number or an expression", "replaces the cell: 0.5, 0,5, 5e-3, 1/3, sqrt(2), cos(pi/8)"),
        ("Alt+↑, Alt+↓ or the wheel", "vary the number; Shift: ten times as fast, Ctrl: a tenth"),
        ("Drag sideways", "varies the number, and the data follow"),
        ("Ctrl+C, Ctrl+V", "copy and paste blocks: from spreadsheets, NumPy, MATLAB"),
        ("Menu key or right click", "copy as NumPy, MATLAB or LaTeX"),
        ("Esc", "leaves a cell as it was"),
    ),
    "Anywhere else in Learn": (
        ("Space", "runs EM, or pauses it"),
        ("→, ←", "go on, or back, by a half-step: an M-step raises the bound, an E-step closes the gap"),
        ("Home, End", "show the start, or the newest iteration"),
        ("B", "swaps the shown run and the compared one"),
    ),
    "On the plots": (
        ("Pointing", "reads the curves there, with 12 digits; plots over time read the same step"),
        ("Shift and a click", "sets a mark, from which differences are told; the same again takes it away"),
        ("Drag, wheel", "move and zoom; right click: reset the view, copy data, save data or the picture"),
    ),
    "On handles, in Learn and in Gaussians": (
        ("Drag", "moves a mean, an axis, or an eigenvalue with its conjugate; Shift keeps the length, Ctrl the angle"),
        ("Arrow keys", "move it in steps; Shift: ten times as far, Ctrl: a tenth"),
        ("Tab", "goes to the next handle"),
        ("Esc", "while dragging: puts the handle back"),
    ),
}


class HelpDialog(QDialog):
    """Lists the keys of these actions, and the gestures."""

    def __init__(self, actions: Iterable[tuple[str, QAction]], parent: QWidget | None = None) -> None:
        """List the actions, each with the title of its menu, and the gestures."""
        super().__init__(parent)
        self.setObjectName("help_dialog")
        self.setWindowTitle("Keys and gestures")
        self.resize(*_SIZE)
        self.text = QTextBrowser()
        self.text.setAccessibleName("Keys and gestures")
        self.text.setHtml(_html(actions))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)


def _html(actions: Iterable[tuple[str, QAction]]) -> str:
    tables = dict(GESTURES)
    for menu, action in actions:
        keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
        words = action.text().replace("&", "")
        tip = action.statusTip()
        tables[f"Menu {menu}"] = (*tables.get(f"Menu {menu}", ()), (keys, f"{words}: {tip}" if tip else words))
    return "".join(
        f"<p><b>{escape(title)}</b></p><table cellspacing='0' cellpadding='3'>"
        + "".join(f"<tr><td width='190'>{escape(keys)}</td><td>{escape(words)}</td></tr>" for keys, words in rows)
        + "</table>"
        for title, rows in tables.items()
    )
