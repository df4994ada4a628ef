"""The left column of the tab *Gaussians*: what both are, and where they come from."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox

from lds_gui.lds import FAMILIES, GAUSSIAN_PRESETS, MOST_DIMENSIONS, Gaussian, smallest_eigenvalue
from lds_gui.session import GaussianPair, Laboratory, Session
from lds_gui.ui.cards import Card, ElidedLabel, label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, read_seed
from lds_gui.ui.gaussians.take_dialog import TakeDialog
from lds_gui.ui.layouts import field_row, row
from lds_gui.ui.numbers import short
from lds_gui.ui.theme import Theme


class SettingsCard(Card):
    """The dimension, ready-made pairs, and what is done with both at once."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Gaussians", section=True)
        self._session = session
        self.dim = QSpinBox()
        self.dim.setObjectName("kl_dim")
        self.dim.setRange(1, MOST_DIMENSIONS)
        self.dim.setKeyboardTracking(False)
        self.dim.setToolTip("The dimension of both Gaussians; what fits is kept")
        self.dim.valueChanged.connect(self._set_dim)
        self.preset = QComboBox()
        self.preset.setObjectName("kl_preset")
        self.preset.setAccessibleName("Ready-made pair")
        self.preset.setToolTip("A pair that shows something, in this dimension")
        self.preset.setPlaceholderText("Choose a pair …")
        for place, preset in enumerate(GAUSSIAN_PRESETS):
            self.preset.addItem(preset.title)
            self.preset.setItemData(place, preset.about, 3)  # its tooltip
        self.preset.setCurrentIndex(-1)
        self.preset.activated.connect(self._use_preset)
        self.about = sentence("hint", "kl_about")
        swap = _button("kl_swap", "Swap", "Exchange P and Q (Ctrl+Shift+P)", session.lab.swap)
        dice = _button("kl_random", "Random", "Draw both at random, of their families", lambda: session.lab.randomise())
        seed_problem = ProblemPlace("kl_seed_error")
        self.seed = NumberField("kl_seed", read_seed, seed_problem)
        self.seed.setAccessibleName("Seed of random Gaussians, and of samples")
        self.seed.setToolTip("The seed of random Gaussians, and of samples; enter one to draw them again")
        self.seed.committed.connect(lambda seed: session.lab.randomise(int(seed)))
        take = _button("kl_take", "From Learn…", "Take P and Q from the tab Learn", self._ask)
        self.origin = ElidedLabel("kl_origin", "small")
        self.problem = sentence("error", "kl_problem")
        self.body.addLayout(field_row(("Dimension", self.dim)))
        self.body.addWidget(self.preset)
        self.body.addWidget(self.about)
        self.body.addLayout(row(swap, take, stretch=take))
        self.body.addLayout(row(dice, label("seed", "soft"), self.seed, stretch=self.seed))
        self.body.addWidget(seed_problem)
        self.body.addWidget(self.origin)
        self.body.addWidget(self.problem)
        self.origin.hide()
        self._pair: GaussianPair | None = None

    def draw(self, pair: GaussianPair, laboratory: Laboratory) -> None:
        """Show this pair's dimension, and where it comes from."""
        self.dim.blockSignals(True)
        self.dim.setValue(pair.dim)
        self.dim.blockSignals(False)
        if pair is not self._pair:
            self._pair = pair
            places = [place for place, made in enumerate(_presets(pair.dim)) if _is_pair(pair, made)]
            self.preset.setCurrentIndex(places[0] if places else -1)
            say(self.about, GAUSSIAN_PRESETS[places[0]].about if places else "")
        self.seed.show_value(laboratory.seed)
        self.origin.setText("Taking them from Learn …" if laboratory.is_taking else laboratory.origin)
        self.origin.setToolTip(self.origin.text())
        self.origin.setVisible(bool(self.origin.text()))
        say(self.problem, laboratory.problem)

    def _set_dim(self, dim: int) -> None:
        self._session.lab.set_pair(self._session.state.gaussians.resized(dim), "change of the dimension")

    def _use_preset(self, place: int) -> None:
        self._session.lab.use_preset(GAUSSIAN_PRESETS[place])

    def _ask(self) -> None:
        TakeDialog(self._session, self).open()


class GaussianCard(Card):
    """One of the two Gaussians: its family, mean and covariance."""

    def __init__(self, letter: str, session: Session) -> None:
        """Build the card of "p" or "q"; it writes to this session."""
        super().__init__(f"{letter.upper()}  =  N(μ, Σ)")
        self._letter = letter
        set_gaussian = partial(session.lab.set_gaussian, letter)
        self.mean = MatrixEditor(
            "μ", "mean", f"kl_{letter}_mean", lambda mean, gesture: set_gaussian(mean=mean, gesture=gesture)
        )
        self.cov = MatrixEditor(
            *("Σ", "covariance", f"kl_{letter}_cov"),
            lambda cov, gesture: set_gaussian(cov=cov, gesture=gesture),
            symmetric=True,
        )
        self.family = CompactChoice(f"Family of {letter.upper()}")
        self.family.setObjectName(f"kl_{letter}_family")
        self.family.setToolTip("Any covariance, a diagonal one, or the same variance everywhere")
        self.family.offer(FAMILIES)
        self.family.show()
        self.family.activated.connect(lambda place: session.lab.set_family(letter, FAMILIES[place]))
        self.add_at_end_of_header(self.family)
        for editor in self.editors:
            self.body.addWidget(editor)

    @property
    def editors(self) -> tuple[MatrixEditor, MatrixEditor]:
        """The editors of mean and covariance."""
        return self.mean, self.cov

    def draw(self, gaussian: Gaussian, family: str) -> None:
        """Show this Gaussian."""
        self.family.setCurrentIndex(FAMILIES.index(family))
        self.mean.show_values(gaussian.mean)
        self.cov.show_values(gaussian.cov)
        self.cov.show_badge(f"λ min = {short(smallest_eigenvalue(gaussian.cov))}")

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.title_label.setStyleSheet(f"color: {getattr(theme, self._letter)}")
        for editor in self.editors:
            editor.restyle(theme)


@cache
def _presets(dim: int) -> list[tuple[Gaussian, Gaussian]]:
    return [preset.make(dim) for preset in GAUSSIAN_PRESETS]


def _is_pair(pair: GaussianPair, made: tuple[Gaussian, Gaussian]) -> bool:
    both = zip((pair.p, pair.q), made, strict=True)
    return all(np.array_equal(one.mean, its.mean) and np.array_equal(one.cov, its.cov) for one, its in both)


def _button(name: str, text: str, tip: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.clicked.connect(act)
    return button
