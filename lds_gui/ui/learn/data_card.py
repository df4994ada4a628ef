"""The card *Data*: simulate from the model, or open a file; and what the data are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lds_gui.lds import Simulation
from lds_gui.session import Data, Session, State
from lds_gui.ui.cards import PAD, Card, say, sentence
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, read_seed, read_share, whole_reader
from lds_gui.ui.layouts import COLUMN_WIDTH, field_row

MAX_STEPS = 1_000_000
MAX_SEQUENCES = 10_000
_FIELDS: dict[str, tuple[Callable[[str], float], str]] = {
    "n_steps": (whole_reader("number of steps", 1, MAX_STEPS), f"Time steps to simulate, 1 to {MAX_STEPS}"),
    "seed": (read_seed, "The random generator's seed: the same seed gives the same data"),
    "n_sequences": (
        whole_reader("number of sequences", 1, MAX_SEQUENCES),
        f"Sequences that begin anew, 1 to {MAX_SEQUENCES}",
    ),
    "burn_in": (whole_reader("burn-in", 0, MAX_STEPS), "Steps before the first recorded one"),
    "missing": (read_share, "Share of single entries that are missing, such as 0.1 or 10 %"),
    "dropout": (read_share, "Share of time that each sensor is out, in runs of about 10 steps"),
    "gap": (read_share, "Share of the steps that are missing in one gap, in all columns"),
    "outliers": (read_share, "Share of entries that are off by 5 standard deviations of the noise"),
}
_SPOILING = ("missing", "dropout", "gap", "outliers")


class DataCard(Card):
    """Where the data come from."""

    def __init__(self, session: Session, actions: dict[str, QAction]) -> None:
        """Build the card; it writes to this session, and its buttons trigger these actions."""
        super().__init__("Data", section=True)
        self._session = session
        self._field_error = ProblemPlace("simulation_error")
        self.fields = {name: self._field(name) for name in _FIELDS}
        self.n_steps, self.seed = self.fields["n_steps"], self.fields["seed"]
        self.n_steps.setMinimumWidth(self.n_steps.fontMetrics().horizontalAdvance(str(MAX_STEPS)) + 24)
        dice = QPushButton("⚄")
        dice.setObjectName("dice_button")
        dice.setAccessibleName("New seed")
        dice.setToolTip(actions["dice"].toolTip())
        dice.setProperty("compact", True)
        dice.clicked.connect(actions["dice"].trigger)
        self.follows = QCheckBox("Data follow the model")
        self.follows.setObjectName("follows")
        self.follows.setToolTip("As long as there is no run, simulate again whenever the model or a setting changes")
        self.follows.toggled.connect(session.set_follows)
        self._more_toggle = QPushButton()
        self._more_toggle.setObjectName("data_more")
        self._more_toggle.setProperty("flat_link", True)
        self._more_toggle.setCheckable(True)
        self._more = QWidget()
        self._more_toggle.toggled.connect(self._more.setVisible)
        self._more.hide()
        more = QVBoxLayout(self._more)
        more.setContentsMargins(0, 0, 0, 0)
        more.setSpacing(8)
        fields = self.fields
        more.addLayout(field_row(("Sequences", fields["n_sequences"]), ("Burn-in", fields["burn_in"])))
        more.addLayout(field_row(("Missing", fields["missing"]), ("Drop-out", fields["dropout"])))
        more.addLayout(field_row(("Gap", fields["gap"]), ("Outliers", fields["outliers"])))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for name in ("simulate", "open_data"):
            buttons.addWidget(_button_for(actions[name]), 1)
        self.source = sentence("hint", "data_source")
        self.notes = sentence("hint", "data_notes")
        self.error = sentence("error", "data_error")
        self.cancel = _button_for(actions["cancel_data"])
        self.cancel.hide()
        first = field_row(("Steps T", self.n_steps), ("Seed", self.seed))
        first.addWidget(dice)
        self.body.addLayout(first)
        self.body.addWidget(self._more_toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._more)
        self.body.addWidget(self._field_error)
        self.body.addWidget(self.follows)
        self.body.addLayout(buttons)
        self.warning = sentence("error", "model_warning")
        for place in (self.error, self.warning, self.source, self.notes):
            self.body.addWidget(place)
        self.body.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)

    def _field(self, name: str) -> NumberField:
        read, tip = _FIELDS[name]
        field = NumberField(name, read, self._field_error)
        field.setToolTip(tip)
        field.committed.connect(partial(self._set, name))
        return field

    def _set(self, name: str, value: float) -> None:
        simulation = self._session.state.simulation
        if name in _SPOILING:
            self._session.set_simulation(
                replace(simulation, spoiling=replace(simulation.spoiling, **{name: float(value)}))
            )
        else:
            self._session.set_simulation(replace(simulation, **{name: int(value)}))

    def warn_of_model(self, has_problem: bool) -> None:
        """Say that simulating will not use what is on the screen, if an entry of the model was refused."""
        say(self.warning, "An entry above is not valid; Simulate uses the last valid values." if has_problem else "")

    def draw(self, state: State) -> None:
        """Show how data are drawn, and what the current ones are."""
        simulation = state.simulation
        for name, field in self.fields.items():
            field.show_value(getattr(simulation.spoiling if name in _SPOILING else simulation, name))
        with QSignalBlocker(self.follows):
            self.follows.setChecked(state.follows)
        more = _more_text(simulation)
        room = COLUMN_WIDTH - 2 * PAD - 12
        self._more_toggle.setText(self._more_toggle.fontMetrics().elidedText(more, Qt.TextElideMode.ElideRight, room))
        self._more_toggle.setToolTip(more)
        self.follows.setText(_follows_text(state))
        self.cancel.setVisible(bool(state.busy))
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


def _button_for(action: QAction) -> QPushButton:
    button = QPushButton(action.text())
    button.setObjectName(f"{action.objectName()}_button")
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button


def _follows_text(state: State) -> str:
    """Say that simulated data follow the model, or why they don't at the moment."""
    words = "Data follow the model"
    if not state.follows:
        return words
    if state.data is not None and state.data.truth is None:
        return f"{words}: not data from a file"
    if state.run is not None:
        return f"{words}: not while there is a run, until Reset"
    return words if state.draws_quickly else f"{words}: too many for that"


def _more_text(simulation: Simulation) -> str:
    """Say what is simulated beyond a single whole sequence."""
    parts = [f"{simulation.n_sequences} sequences"] if simulation.n_sequences > 1 else []
    parts += [f"burn-in {simulation.burn_in}"] if simulation.burn_in else []
    spoilt = [name for name in _SPOILING if getattr(simulation.spoiling, name)]
    return f"More: {', '.join([*parts, *spoilt])}" if parts or spoilt else "More: sequences, gaps, outliers"


def _description(data: Data) -> str:
    dataset = data.dataset
    size = f"{dataset.n_steps} steps × {dataset.obs_dim} {'column' if dataset.obs_dim == 1 else 'columns'}"
    sequences = f" in {dataset.n_sequences} sequences" if dataset.n_sequences > 1 else ""
    return f"{data.title}: {size}{sequences}"
