"""The tab *Gaussians*, put together."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from lds_gui.lds import Comparison, compare
from lds_gui.session import GaussianPair, Laboratory, Session, State
from lds_gui.ui.cards import GAP
from lds_gui.ui.gaussians.details import Details
from lds_gui.ui.gaussians.origin import OriginPicture
from lds_gui.ui.gaussians.page import Shown
from lds_gui.ui.gaussians.pair_cards import GaussianCard, SettingsCard
from lds_gui.ui.gaussians.picture import GaussiansPicture
from lds_gui.ui.gaussians.results import ResultsCard
from lds_gui.ui.layouts import card_column
from lds_gui.ui.theme import Theme

_PICTURES_HEIGHT, _DETAILS_HEIGHT = 210, 185  # px at least


class GaussiansTab(QWidget):
    """Two Gaussians at the left; at the right how far they are apart, where that comes from, and what can be tried."""

    def __init__(self, session: Session) -> None:
        """Build the tab on this session."""
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self._drawn: tuple[GaussianPair, Laboratory] | None = None
        self._comparison: Comparison | None = None
        self._state: State | None = None
        self.settings = SettingsCard(session)
        self.p, self.q = GaussianCard("p", session), GaussianCard("q", session)
        self.results = ResultsCard(session)
        self.picture = GaussiansPicture(session)
        self.origin = OriginPicture()
        self.details = Details(session)
        self.picture.cut_changed.connect(self._draw_origin)
        for editor in (*self.p.editors, *self.q.editors):
            editor.problem_changed.connect(self._grey_results)
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(0)
        layout.addWidget(card_column(self.settings, self.p, self.q), 0, 0)
        layout.addWidget(self._right_side(), 0, 1)
        layout.setColumnStretch(1, 1)

    def draw(self, state: State) -> None:
        """Show the two Gaussians of this state; while the tab is not in sight, only when it comes there."""
        self._state = state
        if self.isVisible():
            self._draw(state)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._state is not None:
            self._draw(self._state)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for part in (self.p, self.q, self.results, self.picture, self.origin, self.details):
            part.restyle(theme)
        self._drawn = None
        if self._state is not None:
            self.draw(self._state)

    def _draw(self, state: State) -> None:
        pair, laboratory, before = state.gaussians, state.laboratory, self._drawn
        if before is not None and before[0] is pair and before[1] is laboratory:
            return
        self._drawn = pair, laboratory
        is_new = before is None or before[0] is not pair
        if is_new or before is None or before[1].order != laboratory.order:
            self._comparison = compare(pair.p, pair.q, laboratory.order)
        assert self._comparison is not None
        self.settings.draw(pair, laboratory)
        self.p.draw(pair.p, laboratory.families[0])
        self.q.draw(pair.q, laboratory.families[1])
        self.picture.draw(pair, laboratory)
        if is_new or before is None or before[1].in_bits != laboratory.in_bits:
            self.results.draw(laboratory, self._comparison)
            self._draw_origin()
        self.details.draw(Shown(pair, laboratory, self._comparison.values))

    def _draw_origin(self) -> None:
        if self._drawn is not None:
            pair, laboratory = self._drawn
            self.origin.draw(pair, self.picture.cut, laboratory)

    def _right_side(self) -> QWidget:
        pictures = QWidget()
        side_by_side = QGridLayout(pictures)
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.setSpacing(GAP)
        for column, picture in enumerate((self.picture, self.origin)):
            side_by_side.addWidget(picture, 0, column)
            side_by_side.setColumnStretch(column, 1)
        pictures.setMinimumHeight(_PICTURES_HEIGHT)
        details = QFrame()
        details.setObjectName("card")
        inside = QVBoxLayout(details)
        inside.setContentsMargins(4, 4, 4, 4)
        inside.addWidget(self.details)
        details.setMinimumHeight(_DETAILS_HEIGHT)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setObjectName("kl_split")
        split.setHandleWidth(GAP)
        split.setChildrenCollapsible(False)
        for part, stretch in ((self.results, 0), (pictures, 3), (details, 2)):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, stretch)
        area = QScrollArea()
        area.setWidget(split)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _grey_results(self) -> None:
        """Grey the results while a cell holds what is not part of them."""
        valid = not any(editor.has_problem for editor in (*self.p.editors, *self.q.editors))
        for part in (self.results, self.origin, self.details):
            part.setEnabled(valid)
