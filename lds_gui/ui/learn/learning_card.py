"""The card *Learning*: where EM starts, what it learns, and when it stops."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox

from lds_gui.lds import PARAMETERS, STARTS
from lds_gui.session import MODEL_START, RunStatus, Session, State
from lds_gui.ui.cards import Card, label, say, sentence
from lds_gui.ui.editors.number_fields import NumberField, read_seed, read_tolerance

MAX_ITERATIONS = 100_000
_LEARNABLE = ("A", "B", "Sigma", "Gamma", "mu0")


class LearningCard(Card):
    """How the next run will learn."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Learning", section=True)
        self._session = session
        self._starts = (*((start.name, start.title) for start in STARTS), (MODEL_START, "The model above, as it is"))
        self.start = QComboBox()
        self.start.setObjectName("start")
        self.start.addItems([title for _, title in self._starts])
        self.start.setToolTip("The parameters that EM starts from")
        self.start.currentIndexChanged.connect(self._set_start)
        seed_error = sentence("error", "start_seed_error")
        self.seed = NumberField("start_seed", read_seed, seed_error)
        self.seed.setToolTip("The seed of a random start")
        self.seed.committed.connect(self._set_seed)
        self._seed_caption = label("Seed", "soft")
        self.seed.setMaximumWidth(64)
        self.learn = {
            info.name: _learn_box(info.name, info.symbol, info.title) for info in PARAMETERS if info.name in _LEARNABLE
        }
        for box in self.learn.values():
            box.toggled.connect(self._set_learn)
        tolerance_error = sentence("error", "tolerance_error")
        self.tolerance = NumberField("tolerance", read_tolerance, tolerance_error)
        self.tolerance.setToolTip("The run ends when the log-likelihood rises by less than this, in nats")
        self.tolerance.setFixedWidth(52)
        self.tolerance.committed.connect(self._set_tolerance)
        self.max_iter = QSpinBox()
        self.max_iter.setObjectName("max_iter")
        self.max_iter.setRange(1, MAX_ITERATIONS)
        self.max_iter.setKeyboardTracking(False)
        self.max_iter.setToolTip("The run ends after so many iterations")
        self.max_iter.valueChanged.connect(self._set_max_iter)
        self.hint = sentence("hint", "learning_hint")
        self.body.addLayout(_row(label("Start", "soft"), self.start, self._seed_caption, self.seed, stretch=self.start))
        self.body.addWidget(seed_error)
        self.body.addLayout(_row(label("Learn", "soft"), *self.learn.values()))
        words = [label(text, "soft") for text in ("Stop", "ΔELBO <", "or at")]
        self.body.addLayout(_row(*words[:2], self.tolerance, words[2], self.max_iter, stretch=self.max_iter))
        self.body.addWidget(tolerance_error)
        self.body.addWidget(self.hint)
        self.reason = sentence("hint", "run_reason")
        self.body.addWidget(self.reason)

    def draw(self, state: State) -> None:
        """Show the settings."""
        learning = state.learning
        with QSignalBlocker(self.start):
            self.start.setCurrentIndex([name for name, _ in self._starts].index(learning.start))
        for widget in (self._seed_caption, self.seed):
            widget.setVisible(learning.start == "random")
        self.seed.show_value(learning.seed)
        for name, box in self.learn.items():
            with QSignalBlocker(box):
                box.setChecked(name in learning.options.learn)
        self.tolerance.show_value(learning.options.tol)
        with QSignalBlocker(self.max_iter):
            self.max_iter.setValue(learning.options.max_iter)
        failed = state.run is not None and state.run.status is RunStatus.FAILED
        say(self.reason, "" if state.run is None or failed else state.run.reason)
        changed = _is_under_way_with_others(state)
        say(
            self.hint,
            "These settings and n are for the next run; the one under way keeps its own." if changed else "",
        )

    def _set_start(self, index: int) -> None:
        self._session.set_learning(replace(self._session.state.learning, start=self._starts[index][0]))

    def _set_seed(self, seed: int) -> None:
        self._session.set_learning(replace(self._session.state.learning, seed=seed))

    def _set_learn(self) -> None:
        self._set_options(learn=frozenset(name for name, box in self.learn.items() if box.isChecked()))

    def _set_tolerance(self, tolerance: float) -> None:
        self._set_options(tol=tolerance)

    def _set_max_iter(self, max_iter: int) -> None:
        self._set_options(max_iter=max_iter)

    def _set_options(self, **changes: object) -> None:
        learning = self._session.state.learning
        self._session.set_learning(replace(learning, options=replace(learning.options, **changes)))


def _is_under_way_with_others(state: State) -> bool:
    """Say whether a run is under way with other settings, or another n, than those on the screen."""
    run = state.run
    if run is None or not run.status.is_live:
        return False
    another_n = run.n_recorded > 0 and run.history[0].params.latent_dim != state.model.latent_dim
    return another_n or run.learning is not state.learning


def _learn_box(name: str, symbol: str, title: str) -> QCheckBox:
    box = QCheckBox(symbol)
    box.setObjectName(f"learn_{name}")
    box.setToolTip(f"Learn the {title}; otherwise it keeps its start value")
    return box


def _row(*widgets: object, stretch: object = None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is stretch else 0)  # type: ignore[arg-type]
    return row
