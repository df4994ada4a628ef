"""The card *Breakpoints*: what halts a run by itself."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox

from lds_gui.lds import PARAMETERS, LDSParams
from lds_gui.session import RADIUS, Breakpoints, Session, State, Watched
from lds_gui.ui.cards import Card, label, say, sentence
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, read_positive, whole_reader
from lds_gui.ui.layouts import row
from lds_gui.ui.numbers import parse_number

MOST_ITERATIONS = 10_000_000
_QUANTITIES = {RADIUS: "max |λ|", **{parameter.name: parameter.symbol for parameter in PARAMETERS}}
_CONDITION, _ITERATION, _WATCHED = 1e8, 100, Watched(RADIUS, (), 0.0, 1.0)


class BreakpointsCard(Card):
    """Says at what a run is to halt: a fall, a condition number, an iteration, a number that leaves its range."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Breakpoints", section=True)
        self._session = session
        self._wanted = Breakpoints(condition=_CONDITION, iteration=_ITERATION, watched=_WATCHED)  # if ticked
        self.count = label("", "small", name="breakpoints_count")
        self.add_at_end_of_header(self.count)
        self.boxes = {
            "on_fall": _box("on_fall", "log p(x) falls, even by rounding"),
            "condition": _box("condition", "Condition number >"),
            "iteration": _box("iteration", "Iteration reached"),
            "watched": _box("watched", ""),
        }
        problems = {name: ProblemPlace(f"break_{name}_error") for name in ("condition", "iteration", "watched")}
        self.condition = NumberField("break_condition", read_positive, problems["condition"])
        self.iteration = NumberField(
            "break_iteration", whole_reader("iteration", 1, MOST_ITERATIONS), problems["iteration"]
        )
        self.quantity = QComboBox()
        self.quantity.setObjectName("break_quantity")
        self.quantity.setAccessibleName("Number that is to stay within a range")
        self.quantity.addItems(list(_QUANTITIES.values()))
        self.places = tuple(_place(which) for which in ("row", "column"))
        self.low, self.high = (
            NumberField(f"break_{end}", parse_number, problems["watched"]) for end in ("low", "high")
        )
        self.condition.setToolTip("Of Σ, Γ or Σ₀: the largest by the smallest eigenvalue")
        for field in (self.low, self.high):
            field.setFixedWidth(64)
        self.condition.committed.connect(lambda value: self._want(condition=float(value)))
        self.iteration.committed.connect(lambda value: self._want(iteration=int(value)))
        self.low.committed.connect(lambda value: self._watch(low=float(value)))
        self.high.committed.connect(lambda value: self._watch(high=float(value)))
        self.quantity.currentIndexChanged.connect(self._choose)
        for place in self.places:
            place.valueChanged.connect(self._choose)
        for box in self.boxes.values():
            box.toggled.connect(self._tell)
        self.body.addWidget(self.boxes["on_fall"])
        self.body.addLayout(row(self.boxes["condition"], self.condition, stretch=self.condition))
        self.body.addWidget(problems["condition"])
        self.body.addLayout(row(self.boxes["iteration"], self.iteration, stretch=self.iteration))
        self.body.addWidget(problems["iteration"])
        self.body.addLayout(row(self.boxes["watched"], self.quantity, *self.places, stretch=self.quantity))
        ends = row(label("leaves", "soft"), self.low, label("to", "soft"), self.high)
        ends.insertSpacing(0, self.boxes["watched"].sizeHint().width() + ends.spacing())
        ends.addStretch(1)
        self.body.addLayout(ends)
        self.body.addWidget(problems["watched"])
        self.unwatched = sentence("hint", "break_unwatched")
        self.body.addWidget(self.unwatched)

    def draw(self, state: State) -> None:
        """Show what is set."""
        chosen = state.breakpoints
        self._wanted = Breakpoints(
            chosen.on_fall,
            self._wanted.condition if chosen.condition is None else chosen.condition,
            self._wanted.iteration if chosen.iteration is None else chosen.iteration,
            self._wanted.watched if chosen.watched is None else chosen.watched,
        )
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(bool(getattr(chosen, name)))
        watched = self._wanted.watched or _WATCHED
        self.condition.show_value(self._wanted.condition or _CONDITION)
        self.iteration.show_value(self._wanted.iteration or _ITERATION)
        self.low.show_value(watched.low)
        self.high.show_value(watched.high)
        self._show_place(watched, state.model)
        say(self.unwatched, _unwatched(state))
        self.count.setText(f"{chosen.count} set" if chosen.count else "")

    def _show_place(self, watched: Watched, model: LDSParams) -> None:
        with QSignalBlocker(self.quantity):
            self.quantity.setCurrentIndex(list(_QUANTITIES).index(watched.name))
        shape = _shape(watched.name, model)
        for box, axis in zip(self.places, range(2), strict=True):
            box.setVisible(axis < len(shape))
            if axis < len(shape):
                with QSignalBlocker(box):
                    box.setRange(1, shape[axis])
                    box.setValue(watched.place[axis] + 1 if axis < len(watched.place) else 1)

    def _choose(self) -> None:
        """Watch the chosen number."""
        name = list(_QUANTITIES)[self.quantity.currentIndex()]
        shape = _shape(name, self._session.state.model)
        place = tuple(min(box.value(), size) - 1 for box, size in zip(self.places, shape, strict=False))
        self._watch(name=name, place=place)

    def _watch(self, **changes: object) -> None:
        self._want(watched=replace(self._wanted.watched or _WATCHED, **changes))  # type: ignore[arg-type]

    def _want(self, **changes: object) -> None:
        """Take another limit; who enters one wants it to be in force."""
        self._wanted = replace(self._wanted, **changes)  # type: ignore[arg-type]
        for name in changes:
            with QSignalBlocker(self.boxes[name]):
                self.boxes[name].setChecked(True)
        self._tell()

    def _tell(self) -> None:
        ticked = {name: box.isChecked() for name, box in self.boxes.items()}
        self._session.set_breakpoints(
            Breakpoints(
                ticked["on_fall"],
                self._wanted.condition if ticked["condition"] else None,
                self._wanted.iteration if ticked["iteration"] else None,
                self._wanted.watched if ticked["watched"] else None,
            )
        )


def _unwatched(state: State) -> str:
    """Say that the run under way has no such number, if it has none."""
    watched, step = state.breakpoints.watched, state.step
    if watched is None or watched.name == RADIUS or step is None:
        return ""
    value = getattr(step.params, watched.name)
    if value is None:
        return f"This run has no {watched.symbol}: its initial covariance is Σ. Nothing is watched."
    if len(watched.place) == value.ndim and all(i < size for i, size in zip(watched.place, value.shape, strict=True)):
        return ""
    sizes = " × ".join(str(size) for size in value.shape)
    return f"This run has no {watched.symbol}: its {_QUANTITIES[watched.name]} is {sizes}. Nothing is watched."


def _box(name: str, text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setObjectName(f"break_at_{name}")
    box.setToolTip("Halt a run here, and say why")
    if not text:
        box.setAccessibleName("Halt a run where a number leaves its range")
    return box


def _place(which: str) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(f"break_{which}")
    box.setAccessibleName(f"The number's {which}")
    box.setToolTip(f"Its {which}, counted from 1")
    box.setFixedWidth(52)
    return box


def _shape(name: str, model: LDSParams) -> tuple[int, ...]:
    """The shape of a parameter; that of Σ for a Σ₀ that is tied to it; none of what is one number."""
    if name == RADIUS:
        return ()
    value = getattr(model, name)
    return (model.initial_cov if value is None else value).shape
