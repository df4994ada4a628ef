"""The card *Data*: simulate from the model, or open a file; and what the data are."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox

from lds_gui.session import Data, Session, State
from lds_gui.ui.cards import Card, say, sentence
from lds_gui.ui.editors.number_fields import NumberField, read_seed
from lds_gui.ui.layouts import field_row

MAX_STEPS = 10_000


class DataCard(Card):
    """Where the data come from."""

    def __init__(self, session: Session, simulate: QAction, open_data: QAction) -> None:
        """Build the card; it writes to this session, and its buttons trigger these actions."""
        super().__init__("Data", section=True)
        self._session = session
        self.n_steps = QSpinBox()
        self.n_steps.setObjectName("n_steps")
        self.n_steps.setRange(1, MAX_STEPS)
        self.n_steps.setKeyboardTracking(False)
        self.n_steps.setToolTip(f"Number of time steps to simulate, 1 to {MAX_STEPS}")
        self.n_steps.valueChanged.connect(self._set_n_steps)
        seed_error = sentence("error", "seed_error")
        self.seed = NumberField("seed", read_seed, seed_error)
        self.seed.setToolTip("The random generator's seed: the same seed gives the same data")
        self.seed.committed.connect(self._set_seed)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for action in (simulate, open_data):
            buttons.addWidget(_button_for(action), 1)
        self.source = sentence("hint", "data_source")
        self.notes = sentence("hint", "data_notes")
        self.error = sentence("error", "data_error")
        self.body.addLayout(field_row(("Steps T", self.n_steps), ("Seed", self.seed)))
        self.body.addWidget(seed_error)
        self.body.addLayout(buttons)
        self.warning = sentence("error", "model_warning")
        for place in (self.error, self.warning, self.source, self.notes):
            self.body.addWidget(place)

    def warn_of_model(self, has_problem: bool) -> None:
        """Say that simulating will not use what is on the screen, if an entry of the model was refused."""
        say(self.warning, "An entry above is not valid; Simulate uses the last valid values." if has_problem else "")

    def draw(self, state: State) -> None:
        """Show how data are drawn, and what the current ones are."""
        with QSignalBlocker(self.n_steps):
            self.n_steps.setValue(state.simulation.n_steps)
        self.seed.show_value(state.simulation.seed)
        say(self.error, state.data_error)
        notes = list(state.data.notes) if state.data is not None else []
        if state.data is not None and state.data.truth is None:
            notes.insert(0, "EM takes n from the model above; the rest of it is for simulating.")
        if state.model_differs_from_data:
            notes.append("The model or these settings have changed since the data were simulated.")
        say(self.notes, "\n".join(notes))
        if state.busy:
            say(self.source, f"{state.busy} …")
        else:
            say(self.source, "No data yet" if state.data is None else _description(state.data))

    def _set_n_steps(self, n_steps: int) -> None:
        self._session.set_simulation(replace(self._session.state.simulation, n_steps=n_steps))

    def _set_seed(self, seed: int) -> None:
        self._session.set_simulation(replace(self._session.state.simulation, seed=seed))


def _button_for(action: QAction) -> QPushButton:
    button = QPushButton(action.text())
    button.setObjectName(f"{action.objectName()}_button")
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button


def _description(data: Data) -> str:
    dataset = data.dataset
    size = f"{dataset.n_steps} steps × {dataset.obs_dim} {'column' if dataset.obs_dim == 1 else 'columns'}"
    sequences = f" in {dataset.n_sequences} sequences" if dataset.n_sequences > 1 else ""
    return f"{data.title}: {size}{sequences}"
