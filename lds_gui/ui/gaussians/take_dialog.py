"""The dialog that takes P and Q from the tab *Learn*."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from lds_gui.session import GAUSSIAN_SOURCES, Session
from lds_gui.ui.cards import label, say, sentence
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, whole_reader

_DEFAULTS = ("filtered", "smoothed")


class TakeDialog(QDialog):
    """Asks which two Gaussians are to be taken, and at which time step."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        """Offer what the state of this session has."""
        super().__init__(parent)
        self._session = session
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Gaussians from Learn")
        self.choices = tuple(_choice(letter, default) for letter, default in zip("pq", _DEFAULTS, strict=True))
        data = session.state.data
        n_steps = 1 if data is None else len(data.dataset.sequences[0])
        problem = ProblemPlace("kl_take_t_error")
        self.step = NumberField("kl_take_t", whole_reader("time step", 1, n_steps), problem)
        self.step.show_value(max(n_steps // 2, 1))
        self.step.setAccessibleName("Time step")
        self.step.committed.connect(lambda step: self.step.show_value(step))
        has_truth = data is not None and data.truth is not None
        words = "" if has_truth else "No truth is known here, so its prediction cannot be taken."
        for choice in self.choices:
            place = [source.name for source in GAUSSIAN_SOURCES].index("predicted_by_truth")
            model = choice.model()
            if not has_truth:
                model.setData(model.index(place, 0), 0, Qt.ItemDataRole.UserRole - 1)  # not to be chosen
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.confirm = QPushButton("Take")
        self.confirm.setObjectName("confirm")
        self.confirm.setProperty("primary", True)
        self.confirm.setEnabled(data is not None)
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        intro = "Of the first sequence, under the shown iteration’s estimate" if data is not None else "No data yet"
        grid = QGridLayout()
        for place, (letter, choice) in enumerate(zip("PQ", self.choices, strict=True)):
            grid.addWidget(label(letter, "soft"), place, 0)
            grid.addWidget(choice, place, 1)
        grid.addWidget(label(f"t, 1 to {n_steps}", "soft"), 2, 0)
        grid.addWidget(self.step, 2, 1)
        self.note = sentence("hint", "kl_take_note")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(intro, "hint", wrap=True))
        layout.addLayout(grid)
        layout.addWidget(problem)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        say(self.note, words if data is not None else "Simulate or open data in the tab Learn first.")

    def _take(self) -> None:
        self.step.editingFinished.emit()
        step = self.step.value()
        if self.step.has_problem or step is None:
            return
        one, other = (GAUSSIAN_SOURCES[choice.currentIndex()].name for choice in self.choices)
        self._session.lab.take((one, other), int(step) - 1)
        self.accept()


def _choice(letter: str, default: str) -> QComboBox:
    choice = QComboBox()
    choice.setObjectName(f"kl_take_{letter}")
    choice.setAccessibleName(f"What {letter.upper()} is to be")
    choice.addItems([source.title for source in GAUSSIAN_SOURCES])
    choice.setCurrentIndex([source.name for source in GAUSSIAN_SOURCES].index(default))
    return choice
