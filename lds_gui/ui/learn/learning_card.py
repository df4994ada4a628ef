"""The card *Learning*: where EM starts, what it learns, and when it stops."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox, QVBoxLayout, QWidget

from lds_gui.session import (
    LAST_START,
    START_CHOICES,
    RunStatus,
    Session,
    State,
    start_problem,
)
from lds_gui.ui.cards import Card, label, say, sentence
from lds_gui.ui.editors.number_fields import (
    NumberField,
    ProblemPlace,
    read_amount,
    read_floor,
    read_seed,
    read_tolerance,
)
from lds_gui.ui.layouts import row
from lds_gui.ui.learn.learnable import Learnable
from lds_gui.ui.numbers import short

MAX_ITERATIONS = 100_000
_FIRST_LINE, _SECOND_LINE, _SEPARATE = ("A", "B", "mu0"), ("Sigma", "Gamma"), "Sigma0"


class LearningCard(Card):
    """How the next run will learn."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Learning", section=True)
        self._session = session
        self._errors = {name: ProblemPlace(f"{name}_error") for name in ("start", *_FIELDS)}
        self._fields = {name: self._field(name) for name in _FIELDS}
        self.start = _combo("start", [choice.title for choice in START_CHOICES], "The parameters that EM starts from")
        self.start.currentIndexChanged.connect(self._set_start)
        self.learnable = {
            name: Learnable(name, lambda: session.state.learning, session.set_learning)
            for name in (*_FIRST_LINE, *_SECOND_LINE, _SEPARATE)
        }
        self.tolerance_kind = _combo(
            "tolerance_kind",
            ["nats", "nats / entry"],
            "Whether the tolerance is for all data together, or for each observed entry",
        )
        self.tolerance_kind.currentIndexChanged.connect(self._set_tolerance_kind)
        self.max_iter = QSpinBox()
        self.max_iter.setObjectName("max_iter")
        self.max_iter.setRange(1, MAX_ITERATIONS)
        self.max_iter.setKeyboardTracking(False)
        self.max_iter.setToolTip("The run ends after so many iterations")
        self.max_iter.valueChanged.connect(self._set_max_iter)
        self.initial = _combo(
            "initial_covariance", ["Σ", "Σ₀, its own"], "The covariance of the first latent: that of each step, or own"
        )
        self.initial.currentIndexChanged.connect(self._set_initial)
        self.hint, self.reason = sentence("hint", "learning_hint"), sentence("hint", "run_reason")
        self._more_toggle = QPushButton()
        self._more_toggle.setObjectName("learning_more")
        self._more_toggle.setProperty("flat_link", True)
        self._more_toggle.setCheckable(True)
        self._more = self._more_part()
        self._more_toggle.toggled.connect(self._more.setVisible)
        self._more.hide()
        self._put_together()

    def _put_together(self) -> None:
        fields, learnable = self._fields, self.learnable
        self._captions = {name: label(text, "soft") for name, text in (("amount", "Amount"), ("seed", "Seed"))}
        start_fields = [self._captions["amount"], fields["start_amount"], self._captions["seed"], fields["start_seed"]]
        self.body.addLayout(row(label("Start", "soft"), self.start, stretch=self.start))
        second = row(*start_fields)
        second.addStretch(1)
        self.body.addLayout(second)
        self._add_errors("start", "start_amount", "start_seed")
        first = row(label("Learn", "soft"), *(learnable[name] for name in _FIRST_LINE))
        first.addStretch(1)
        self.body.addLayout(first)
        self.body.addLayout(row(*(learnable[name] for name in _SECOND_LINE)))
        self.body.addLayout(row(learnable[_SEPARATE]))
        words = [label(text, "soft") for text in ("Stop: ΔELBO <", "or after", "iterations")]
        self.body.addLayout(row(words[0], fields["tolerance"], self.tolerance_kind, stretch=self.tolerance_kind))
        self._add_errors("tolerance")
        self.body.addLayout(row(words[1], self.max_iter, words[2], stretch=self.max_iter))
        self.body.addWidget(self._more_toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._more)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.reason)

    def _more_part(self) -> QWidget:
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for caption, widget, names in (
            ("Stop: parameters change <", self._fields["param_tolerance"], ["param_tolerance"]),
            ("Smallest variance", self._fields["floor"], ["floor"]),
            ("Covariance of z₁", self.initial, []),
        ):
            layout.addLayout(row(label(caption, "soft"), widget, stretch=widget))
            for name in names:
                layout.addWidget(self._errors[name])
        return part

    def _add_errors(self, *names: str) -> None:
        for name in names:
            self.body.addWidget(self._errors[name])

    def _field(self, name: str) -> NumberField:
        read, tip, width = _FIELDS[name]
        field = NumberField(name, read, self._errors[name])
        field.setToolTip(tip)
        if width:
            field.setFixedWidth(width)
        field.committed.connect(getattr(self, f"_set_{name}"))
        return field

    def draw(self, state: State) -> None:
        """Show the settings."""
        learning, options, fields = state.learning, state.learning.options, self._fields
        index = [choice.name for choice in START_CHOICES].index(learning.start)
        choice = START_CHOICES[index]
        for widget, shown in (
            (self.start, index),
            (self.tolerance_kind, int(learning.per_entry)),
            (self.initial, int(learning.separate_initial)),
        ):
            with QSignalBlocker(widget):
                widget.setCurrentIndex(shown)
        for widgets, needed in (
            ((self._captions["amount"], fields["start_amount"]), choice.needs_amount),
            ((self._captions["seed"], fields["start_seed"]), choice.needs_seed),
        ):
            for widget in widgets:
                widget.setVisible(needed)
        fields["start_seed"].show_value(learning.seed)
        fields["start_amount"].show_value(learning.amount)
        fields["tolerance"].show_value(options.rtol if learning.per_entry else options.tol)
        fields["param_tolerance"].show_value(options.param_tol)
        fields["floor"].show_value(options.floor)
        for learnable in self.learnable.values():
            learnable.draw(learning)
        with QSignalBlocker(self.max_iter):
            self.max_iter.setValue(options.max_iter)
        self._more_toggle.setText(_more_text(state))
        run = state.run
        failed = run is not None and run.status is RunStatus.FAILED
        waits = run is not None and run.status.is_live
        say(self._errors["start"], "" if waits else start_problem(state))
        say(self.reason, "" if run is None or failed else run.reason)
        changed = _is_under_way_with_others(state)
        say(
            self.hint,
            "These settings and n are for the next run; the one under way keeps its own." if changed else "",
        )

    def _set_start(self, index: int) -> None:
        self._set(start=START_CHOICES[index].name)

    def _set_start_seed(self, seed: int) -> None:
        self._set(seed=seed)

    def _set_start_amount(self, amount: float) -> None:
        self._set(amount=amount)

    def _set_tolerance(self, tolerance: float) -> None:
        if self._session.state.learning.per_entry:
            self._set_options(tol=0.0, rtol=tolerance)
        else:
            self._set_options(tol=tolerance, rtol=0.0)

    def _set_tolerance_kind(self, index: int) -> None:
        options = self._session.state.learning.options
        tolerance = max(options.tol, options.rtol)
        kinds = {"tol": 0.0, "rtol": tolerance} if index else {"tol": tolerance, "rtol": 0.0}
        self._set(per_entry=bool(index), options=replace(options, **kinds))

    def _set_max_iter(self, max_iter: int) -> None:
        self._set_options(max_iter=max_iter)

    def _set_param_tolerance(self, tolerance: float) -> None:
        self._set_options(param_tol=tolerance)

    def _set_floor(self, floor: float) -> None:
        self._set_options(floor=floor)

    def _set_initial(self, index: int) -> None:
        options = self._session.state.learning.options
        structure = {name: kind for name, kind in options.structure.items() if name != _SEPARATE}
        learn = options.learn | {_SEPARATE} if index else options.learn - {_SEPARATE}
        self._set(separate_initial=bool(index), options=replace(options, learn=learn, structure=structure))

    def _set_options(self, **changes: object) -> None:
        self._set(options=replace(self._session.state.learning.options, **changes))  # type: ignore[arg-type]

    def _set(self, **changes: object) -> None:
        self._session.set_learning(replace(self._session.state.learning, **changes))  # type: ignore[arg-type]


_FIELDS = {  # of each number: how it is read, what it means, and its width, 0 for what is left
    "start_amount": (read_amount, "How far from the truth EM starts, relative to the parameters' size", 64),
    "start_seed": (read_seed, "The seed of a random start", 64),
    "tolerance": (read_tolerance, "The run ends when the log-likelihood changes by less; 0 switches this off", 56),
    "param_tolerance": (
        read_tolerance,
        "The run ends when no parameter changes by more than this share of its largest entry; 0 switches this off",
        0,
    ),
    "floor": (read_floor, "No learned covariance gets a variance below this; 0 switches this off", 0),
}


def _more_text(state: State) -> str:
    """Name what is set in the folded part, so that nothing is in force unseen."""
    options = state.learning.options
    there = [
        f"change < {short(options.param_tol)}" if options.param_tol else "",
        f"variance ≥ {short(options.floor)}" if options.floor else "",
        "own Σ₀" if state.learning.separate_initial else "",
    ]
    named = ", ".join(filter(None, there))
    return f"More: {named}" if named else "More"


def _is_under_way_with_others(state: State) -> bool:
    """Say whether a run is under way with other settings, or another n, than those on the screen."""
    run = state.run
    if run is None or not run.status.is_live:
        return False
    another_n = run.n_recorded > 0 and run.history[0].params.latent_dim != state.model.latent_dim
    return (another_n and state.learning.start != LAST_START) or run.learning is not state.learning


def _combo(name: str, items: list[str], tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.addItems(items)
    combo.setToolTip(tip)
    return combo
