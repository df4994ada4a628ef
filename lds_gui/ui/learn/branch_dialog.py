"""The dialog that makes a branch: the shown estimate, to be changed before EM goes on from it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from lds_gui.lds import COVARIANCES, PARAMETERS, Array, LDSParams
from lds_gui.session import Learning, Session
from lds_gui.ui.cards import label, say, sentence
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.layouts import row
from lds_gui.ui.learn.learnable import Learnable
from lds_gui.ui.theme import Theme

_WIDTH = 380


class BranchDialog(QDialog):
    """Shows the parameters of an iteration, each with the switch that says whether the branch learns it.

    Attributes:
        params: the parameters that the branch begins with.
        origin: the number and the iteration of the run that it branches off.
        learning: the settings that it runs with.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        """Show the shown iteration of this session; `theme` colours the editors. There must be one."""
        super().__init__(parent)
        state = session.state
        assert state.run is not None
        assert state.step is not None
        self.setWindowTitle("Branch")
        self.setMinimumWidth(_WIDTH)
        self._before = self.params = state.step.params
        self.origin = state.run.number, state.step.iteration
        self.learning = state.learning
        self.choice = QComboBox()
        self.choice.setObjectName("branch_parameter")
        self.choice.setAccessibleName("Parameter to change")
        self.pages = QStackedWidget()
        self.editors: dict[str, MatrixEditor] = {}
        self.switches: list[Learnable] = []
        for info in PARAMETERS:
            if getattr(self.params, info.name) is not None:
                self.choice.addItem(f"{info.symbol}, {info.title}")
                self._add_page(info.name, info.symbol, info.title)
        self.choice.currentIndexChanged.connect(self.pages.setCurrentIndex)
        self.changes = sentence("hint", "branch_changes")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.confirm = QPushButton("Run the branch")
        self.confirm.setObjectName("confirm")
        self.confirm.setProperty("primary", True)
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._try)
        buttons.rejected.connect(self.reject)
        words = (
            f"A new run that leaves {state.run.title} at iteration {state.step.iteration}, with the settings of the "
            "card Learning. What is changed here, is changed for the branch alone."
        )
        if state.view is not None and state.view.gauge.matrices_note:
            words += " Matrices are in the basis that EM works in, and not as the lens shows them elsewhere."
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(words, "hint", wrap=True))
        layout.addWidget(self.choice)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.changes)
        layout.addWidget(buttons)
        for editor in self.editors.values():
            editor.restyle(theme)
        self._set_learning(self.learning)

    def _add_page(self, name: str, symbol: str, title: str) -> None:
        editor = MatrixEditor(symbol, title, f"branch_{name}", partial(self._take, name), symmetric=name in COVARIANCES)
        editor.show_values(getattr(self.params, name))
        editor.problem_changed.connect(self._tell)
        switch = Learnable(name, lambda: self.learning, self._set_learning)
        switch.box.setText(f"Learn {symbol}")
        line = row(switch)
        line.addStretch(1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(editor)
        layout.addLayout(line)
        layout.addStretch(1)
        self.pages.addWidget(page)
        self.editors[name] = editor
        self.switches.append(switch)

    def _set_learning(self, learning: Learning) -> None:
        self.learning = learning
        for switch in self.switches:
            switch.draw(learning)

    def _take(self, name: str, values: Array, _gesture: str) -> None:
        """Take another value of a parameter. Raises ParameterError if it is not a valid one."""
        self.params = replace(self.params, **{name: values})
        self.editors[name].show_values(getattr(self.params, name))
        self._tell()

    def _tell(self) -> None:
        """Name what has been changed, and what cannot be taken."""
        changed = _changed(self._before, self.params)
        self.confirm.setEnabled(not any(editor.has_problem for editor in self.editors.values()))
        say(self.changes, f"Changed: {', '.join(changed)}." if changed else "")

    def _try(self) -> None:
        if self.confirm.isEnabled():
            self.accept()


def _changed(before: LDSParams, after: LDSParams) -> list[str]:
    """Name the parameters that are not the same."""
    values = [(info.symbol, getattr(before, info.name), getattr(after, info.name)) for info in PARAMETERS]
    return [symbol for symbol, old, new in values if old is not None and not np.array_equal(old, new)]
