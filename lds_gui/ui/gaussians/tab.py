"""The tab *Gaussians*, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QSpinBox, QWidget

from lds_gui.lds import Array, Gaussian, KLTerms, kl_divergence, smallest_eigenvalue
from lds_gui.session import GaussianPair, Session, State
from lds_gui.ui.cards import GAP, Card, label, say, sentence
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.gaussians.picture import GaussiansPicture
from lds_gui.ui.gaussians.term_bars import TermBars
from lds_gui.ui.layouts import card_column, field_row
from lds_gui.ui.numbers import full, readout, short
from lds_gui.ui.theme import Theme

MAX_DIM = 6


class GaussiansTab(QWidget):
    """Two Gaussians at the left; the divergence, term by term, and the picture at the right."""

    def __init__(self, session: Session) -> None:
        """Build the tab on this session."""
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self._drawn: GaussianPair | None = None
        self.dim = QSpinBox()
        self.dim.setObjectName("kl_dim")
        self.dim.setRange(1, MAX_DIM)
        self.dim.setKeyboardTracking(False)
        self.dim.setToolTip("The dimension of both Gaussians; what fits is kept")
        self.dim.valueChanged.connect(self._set_dim)
        self.p = GaussianCard("P", "p", self._set_p)
        self.q = GaussianCard("Q", "q", self._set_q)
        self.results = {"kl_pq": DivergenceCard("P", "Q", "kl_pq"), "kl_qp": DivergenceCard("Q", "P", "kl_qp")}
        self.picture = GaussiansPicture()
        for editor in (*self.p.editors, *self.q.editors):
            editor.problem_changed.connect(self._grey_results)
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(0)
        layout.addWidget(card_column(self._settings(), self.p, self.q), 0, 0)
        layout.addLayout(self._right_side(), 0, 1)
        layout.setColumnStretch(1, 1)

    def draw(self, state: State) -> None:
        """Show the two Gaussians of this state."""
        pair = state.gaussians
        if pair is self._drawn:
            return
        self._drawn = pair
        self.dim.blockSignals(True)
        self.dim.setValue(pair.dim)
        self.dim.blockSignals(False)
        self.p.draw(pair.p)
        self.q.draw(pair.q)
        self.results["kl_pq"].draw(kl_divergence(pair.p, pair.q))
        self.results["kl_qp"].draw(kl_divergence(pair.q, pair.p))
        self.picture.draw(pair)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for part in (self.p, self.q, *self.results.values(), self.picture):
            part.restyle(theme)

    def _right_side(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GAP)
        for column, result in enumerate(self.results.values()):
            grid.addWidget(result, 0, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self.picture, 1, 0, 1, len(self.results))
        grid.setRowStretch(1, 1)
        return grid

    def _settings(self) -> Card:
        card = Card("Gaussians", section=True)
        swap = QPushButton("Swap P and Q")
        swap.setObjectName("kl_swap")
        swap.setToolTip("Exchange the two Gaussians (Ctrl+Shift+P)")
        swap.clicked.connect(self._swap)
        row = field_row(("Dimension", self.dim))
        row.addWidget(swap, 1)
        card.body.addLayout(row)
        return card

    def _set_dim(self, dim: int) -> None:
        self._session.set_gaussians(self._session.state.gaussians.resized(dim))

    def _swap(self) -> None:
        self._session.set_gaussians(self._session.state.gaussians.swapped())

    def _set_p(self, mean: Array | None, cov: Array | None, gesture: str) -> None:
        pair = self._session.state.gaussians
        self._session.set_gaussians(replace(pair, p=_changed(pair.p, mean, cov)), gesture)

    def _set_q(self, mean: Array | None, cov: Array | None, gesture: str) -> None:
        pair = self._session.state.gaussians
        self._session.set_gaussians(replace(pair, q=_changed(pair.q, mean, cov)), gesture)

    def _grey_results(self) -> None:
        """Grey the results while a cell holds what is not part of them."""
        valid = not any(editor.has_problem for editor in (*self.p.editors, *self.q.editors))
        for result in self.results.values():
            result.setEnabled(valid)


class GaussianCard(Card):
    """One of the two Gaussians: its mean and covariance."""

    def __init__(self, name: str, key: str, commit: Callable[[Array | None, Array | None, str], None]) -> None:
        """Build the card of this Gaussian; `commit(mean, cov, gesture)` takes what was changed, None for the rest."""
        super().__init__(f"{name}  =  N(μ, Σ)")
        self.mean = MatrixEditor("μ", "mean", f"kl_{key}_mean", lambda mean, gesture: commit(mean, None, gesture))
        self.cov = MatrixEditor(
            "Σ",
            "covariance",
            f"kl_{key}_cov",
            lambda cov, gesture: commit(None, cov, gesture),
            symmetric=True,
        )
        self._role = key
        for editor in self.editors:
            self.body.addWidget(editor)

    @property
    def editors(self) -> tuple[MatrixEditor, MatrixEditor]:
        """The editors of mean and covariance."""
        return self.mean, self.cov

    def draw(self, gaussian: Gaussian) -> None:
        """Show this Gaussian."""
        self.mean.show_values(gaussian.mean)
        self.cov.show_values(gaussian.cov)
        self.cov.show_badge(f"λ min = {short(smallest_eigenvalue(gaussian.cov))}")

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.title_label.setStyleSheet(f"color: {getattr(theme, self._role)}")
        for editor in self.editors:
            editor.restyle(theme)


class DivergenceCard(Card):
    """One direction of the divergence: the figure, and the bars of its terms."""

    def __init__(self, p: str, q: str, name: str) -> None:
        """Build the card of KL(p‖q); `name` is the object name of the figure."""
        super().__init__(f"KL({p} ‖ {q})")
        self.figure = label("", "figure", name=name)
        self.figure.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.add_to_header(label("nats", "soft"))
        self._why = sentence("hint", f"{name}_why")
        self.bars = TermBars(p, q)
        self._names = p, q
        for widget in (self.figure, self._why, self.bars):
            self.body.addWidget(widget)

    def draw(self, terms: KLTerms) -> None:
        """Show these terms."""
        self.figure.setText(readout(terms.total))
        self.figure.setToolTip(full(terms.total))
        say(self._why, _why_infinite(terms, *self._names))
        self.bars.show_terms(terms)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.bars.restyle(theme)


def _changed(gaussian: Gaussian, mean: Array | None, cov: Array | None) -> Gaussian:
    return Gaussian(gaussian.mean if mean is None else mean, gaussian.cov if cov is None else cov)


def _why_infinite(terms: KLTerms, p: str, q: str) -> str:
    """Say why KL(p‖q) is infinite; empty if it is not."""
    if np.isfinite(terms.total):
        return ""
    if np.isfinite(terms.log_det):
        return "Infinite here, because it is larger than any number of 64 bits (1.8e308)."
    if terms.log_det > 0:
        return f"Infinite: {p}'s covariance is singular and {q}'s is not, so the first term is +∞."
    return (
        f"Infinite: {p} puts mass where {q} has none, since {q}'s covariance is singular in a direction in which {p} "
        "spreads or lies elsewhere."
    )
