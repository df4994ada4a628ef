"""Where the panels are: docks that are moved by their headers, put into tabs, floated, hidden, and shown again."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QPushButton, QTabBar, QTabWidget, QWidget

from lds_gui.ui.cards import PAD
from lds_gui.ui.learn.panels import Panel

_FORMAT = 3  # of the saved layout; a layout of another one is not taken
_HALF = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
# each place of the standard layout: the panel on top, and those in tabs behind it
_PLACES: tuple[tuple[str, ...], ...] = (
    ("elbo", "gains", "rate"),
    ("eigenvalues", "phase"),
    ("matrices", "paths"),
    ("latents", "runs", "restarts", "notebook"),
    ("observations", "residuals", "surprise", "spectrum"),
)
_NARROWEST = 180  # px of a panel
_LEFT, _UPPER = 0.53, 0.46  # shares of the room


class PanelArea(QMainWindow):
    """Holds one dock for each panel.

    Signals:
        came_into_sight(Panel): the panel can be seen now, and could not before.
        went_out_of_sight(Panel): the panel cannot be seen any more.
    """

    came_into_sight = Signal(object)
    went_out_of_sight = Signal(object)

    def __init__(self, panels: dict[str, Panel]) -> None:
        """Put the panels into the standard layout."""
        super().__init__()
        self.setObjectName("panel_area")
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.docks = {name: PanelDock(panel) for name, panel in panels.items()}
        self._in_sight = set(self.docks)
        self._is_arranged = False
        for name, dock in self.docks.items():
            dock.visibilityChanged.connect(partial(self._note_sight, name))
            dock.topLevelChanged.connect(partial(self._note_floating, name))
        self.arrange()

    def is_in_sight(self, panel: Panel) -> bool:
        """Say whether this panel can be seen: it is neither hidden nor behind another tab."""
        return panel.name in self._in_sight

    def arrange(self) -> None:
        """Put every panel at its place in the standard layout."""
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        places = [names for place in _PLACES if (names := [name for name in place if name in self.docks])]
        self._split([names[0] for names in places])
        for names in places:
            for before, name in pairwise(names):
                self.tabifyDockWidget(self.docks[before], self.docks[name])
        for dock in self.docks.values():
            dock.show()
        for names in places:
            self.docks[names[0]].raise_()
        self._share_out()

    def toggle(self, name: str) -> None:
        """Bring a panel into sight that is hidden or behind another tab, and hide one that is in sight."""
        dock = self.docks[name]
        if name in self._in_sight and not dock.isHidden():
            dock.close()
        else:
            dock.show()
            dock.raise_()

    def layout_state(self) -> QByteArray:
        """Give the layout as it can be remembered."""
        return self.saveState(_FORMAT)

    def restore_layout(self, layout: QByteArray) -> None:
        """Take a remembered layout; one that is not understood changes nothing."""
        self._is_arranged = self.restoreState(layout, _FORMAT) or self._is_arranged

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_arranged:
            self._is_arranged = True
            self._share_out()

    def _split(self, tops: list[str]) -> None:
        """Place the panels on top: the first and second beside each other, the third below, the others at the right."""
        elbo, eigenvalues, matrices, latents, observations = (self.docks[name] for name in tops)
        horizontal, vertical = _HALF
        self.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, elbo)
        self.splitDockWidget(elbo, latents, horizontal)
        self.splitDockWidget(elbo, matrices, vertical)
        self.splitDockWidget(elbo, eigenvalues, horizontal)
        self.splitDockWidget(latents, observations, vertical)

    def _share_out(self) -> None:
        """Give each place its share of the room."""
        horizontal, vertical = _HALF
        width, height = self.width(), self.height()
        left, upper = round(_LEFT * width), round(_UPPER * height)
        self._resize(horizontal, matrices=left, latents=width - left)
        self._resize(horizontal, elbo=left // 2, eigenvalues=left - left // 2)
        self._resize(vertical, elbo=upper, matrices=height - upper)
        self._resize(vertical, latents=height // 2, observations=height - height // 2)

    def _resize(self, direction: Qt.Orientation, **sizes: int) -> None:
        self.resizeDocks([self.docks[name] for name in sizes], list(sizes.values()), direction)

    def _note_floating(self, name: str, is_floating: bool) -> None:
        if is_floating and self.docks[name].isVisible():  # which Qt does not tell of one that was behind another tab
            self._note_sight(name, True)

    def _note_sight(self, name: str, visible: bool) -> None:
        if not visible:
            if name in self._in_sight:
                self._in_sight.discard(name)
                self.went_out_of_sight.emit(self.docks[name].panel)
        elif name not in self._in_sight:
            self._in_sight.add(name)
            self.came_into_sight.emit(self.docks[name].panel)
        for bar in self.findChildren(QTabBar):
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)
            bar.setAccessibleName("Panels in this place")
        for dock in self.docks.values():
            dock.panel.title_label.setHidden(bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating())


class PanelDock(QDockWidget):
    """A dock whose title bar is the header of its panel."""

    def __init__(self, panel: Panel) -> None:
        """Make the dock, with a button that hides it."""
        super().__init__(panel.title)
        self.panel = panel
        self.setObjectName(f"dock_{panel.name}")
        close = QPushButton("×")
        close.setObjectName(f"hide_{panel.name}")
        close.setAccessibleName(f"Hide {panel.title}")
        close.setToolTip(f"Hide {panel.title}; the menu View brings it back")
        close.setProperty("flat_link", True)
        close.clicked.connect(self.close)
        panel.add_at_end_of_header(close)
        self.setTitleBarWidget(_Head(panel.take_head()))
        self.setWidget(panel)


class _Head(QWidget):
    """A title bar that is as high as its words need at its width, which docks don't ask for by themselves."""

    def __init__(self, head: QWidget) -> None:
        super().__init__()
        self.setObjectName("card_head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._head = head
        self._known: dict[int, int] = {}  # heights by width: docks ask a thousand times whenever something has changed
        head.setParent(self)
        head.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._known.clear()
            self._fit()  # what stands in the header has changed
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        return QSize(_NARROWEST, self._height() + PAD)  # a longer note must not push other panels aside

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._head.setGeometry(PAD, PAD - 3, self.width() - 2 * PAD, self._height())
        if self._height() + PAD != self.height():
            self.updateGeometry()

    def _height(self) -> int:
        width = max(self.width() - 2 * PAD, 1)
        if width not in self._known:
            head = self._head
            self._known[width] = head.heightForWidth(width) if head.hasHeightForWidth() else head.sizeHint().height()
        return self._known[width]
