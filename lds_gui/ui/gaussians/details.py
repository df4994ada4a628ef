"""What can be asked beyond the figure: one page each, of which the table below is the list."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from lds_gui.session import Session
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.pages.all_divergences import AllDivergencesPage
from lds_gui.ui.gaussians.pages.directions import DirectionsPage
from lds_gui.ui.gaussians.pages.errata import ErrataPage
from lds_gui.ui.gaussians.pages.fit import FitPage
from lds_gui.ui.gaussians.pages.samples import SamplesPage
from lds_gui.ui.theme import Theme

PAGES: tuple[type[Page], ...] = (AllDivergencesPage, DirectionsPage, SamplesPage, FitPage, ErrataPage)


class Details(QTabWidget):
    """The pages as tabs; only the one in sight is drawn."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Build all pages on this session."""
        super().__init__(parent)
        self.setObjectName("kl_details")
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.pages = {kind.name: kind(session) for kind in PAGES}
        self._shown: Shown | None = None
        for page in self.pages.values():
            self.addTab(page, page.title)
            self.setTabToolTip(self.count() - 1, page.tip)
        self.currentChanged.connect(lambda _: self._draw())

    def draw(self, shown: Shown) -> None:
        """Show this in the page that is in sight, and in others when they come there."""
        self._shown = shown
        self._draw()

    def show_page(self, name: str) -> None:
        """Bring the page of this name into sight."""
        self.setCurrentWidget(self.pages[name])

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for page in self.pages.values():
            page.restyle(theme)

    def _draw(self) -> None:
        page = self.currentWidget()
        if self._shown is not None and isinstance(page, Page):
            page.draw(self._shown)
