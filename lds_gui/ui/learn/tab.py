"""The tab *Learn*, put together."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from lds_gui.session import Session, State
from lds_gui.ui.cards import GAP
from lds_gui.ui.crosshair import link
from lds_gui.ui.layouts import card_column
from lds_gui.ui.learn.branch_dialog import BranchDialog
from lds_gui.ui.learn.breakpoints_card import BreakpointsCard
from lds_gui.ui.learn.data_card import DataCard
from lds_gui.ui.learn.equations import Equations
from lds_gui.ui.learn.handles_card import HandlesCard
from lds_gui.ui.learn.learning_card import LearningCard
from lds_gui.ui.learn.model_card import ModelCard
from lds_gui.ui.learn.panel_area import PanelArea
from lds_gui.ui.learn.panels import PANELS, LatentsPanel, Panel, RestartsPanel, RunsPanel, SurprisePanel
from lds_gui.ui.learn.time_axes import keep_together
from lds_gui.ui.learn.transport import TransportBar
from lds_gui.ui.theme import LIGHT, Theme


class LearnTab(QWidget):
    """Left to right the order of thought: model, data, learning, pictures; below, time."""

    def __init__(self, session: Session, actions: dict[str, QAction]) -> None:
        """Build the tab on this session."""
        super().__init__()
        self.setObjectName("page")
        self.equations = Equations()
        self.model_card = ModelCard(session)
        self.handles_card = HandlesCard(session)
        self.data_card = DataCard(session, actions)
        self.learning_card = LearningCard(session)
        self.panels: dict[str, Panel] = {kind.name: kind() for kind in PANELS}
        self.area = PanelArea(self.panels)
        self.breakpoints_card = BreakpointsCard(session)
        self.cards = (
            *(self.model_card, self.handles_card, self.data_card),
            *(self.learning_card, self.breakpoints_card),
        )
        for card in (self.handles_card, self.breakpoints_card):
            card.fold(True)
        self.transport = TransportBar(session, actions)
        self._session = session
        self._keys = {
            Qt.Key.Key_Space: self._run_or_pause,
            Qt.Key.Key_Right: session.half_step,
            Qt.Key.Key_Left: session.half_step_back,
            Qt.Key.Key_B: session.blink,
            Qt.Key.Key_Home: self._show_first,
            Qt.Key.Key_End: self._show_last,
        }
        self._state: State | None = None
        self._theme = LIGHT
        self._outdated: list[Panel] = []  # still to be drawn in this round
        self._next_panel = QTimer(self)
        self._next_panel.timeout.connect(self._draw_next)
        self._is_outdated = False  # panels show an older state, beyond those that are being drawn
        self._round_began: float | None = None  # s
        self._rest_until = 0.0  # s
        for editor in self.model_card.editors.values():
            editor.problem_changed.connect(lambda: self.data_card.warn_of_model(self.model_card.has_problem))
        self.area.came_into_sight.connect(self._draw_what_appears)
        self.area.went_out_of_sight.connect(lambda _panel: self._tell_what_is_in_sight())
        self._connect_panels(session)
        self._link_time_axes()
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setHorizontalSpacing(0)
        layout.setVerticalSpacing(GAP)
        layout.addWidget(self.equations, 0, 0)
        self._column = card_column(*self.cards)
        layout.addWidget(self._column, 1, 0)
        layout.addWidget(self.area, 0, 1, 2, 1)
        layout.addWidget(self.transport, 2, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(1, 1)

    def _connect_panels(self, session: Session) -> None:
        """Have what is asked for in panels done by the session, which they don't know."""
        for panel in self.panels.values():
            if isinstance(panel, LatentsPanel):
                panel.lens_chosen.connect(session.set_lens)
            elif isinstance(panel, RunsPanel):
                panel.show_wanted.connect(session.show_run)
                panel.compare_wanted.connect(session.compare)
                panel.deletion_wanted.connect(session.delete_run)
                panel.rename_wanted.connect(session.rename_run)
                panel.blink_wanted.connect(session.blink)
                panel.levels_wanted.connect(session.set_matches_levels)
                panel.branch_wanted.connect(self.ask_for_branch)
            elif isinstance(panel, RestartsPanel):
                panel.wanted.connect(session.restart)
                panel.stop_wanted.connect(session.stop_restarts)
                panel.keep_wanted.connect(session.keep_restart)
            elif isinstance(panel, SurprisePanel):
                panel.wanted.connect(self._go_to)

    @Slot(int, float)
    def _go_to(self, iteration: int, step: float) -> None:
        """Show this iteration, and mark this time step in every panel over time."""
        self._session.show_iteration(iteration)
        for panel in self.panels.values():
            if panel.time_plot is not None:
                panel.time_plot.crosshair.set_mark(step)

    def ask_for_branch(self) -> None:
        """Offer to change the shown estimate, and go on from it as a run of its own."""
        if self._session.state.step is None:
            return
        self._session.pause()
        dialog = BranchDialog(self._session, self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._session.branch(dialog.params, dialog.origin, dialog.learning))
        dialog.open()

    def draw(self, state: State) -> None:
        """Show this state in every part; the panels one after the other, with clicks and keys answered in between."""
        for part in (self.equations, *self.cards, self.transport):
            part.draw(state)
        self._bring_news_into_sight(state)
        self._state = state
        self._is_outdated = True
        if not self._outdated:
            self._next_panel.start(self._rest())

    def _rest(self) -> int:
        """How long to wait (ms) before panels are drawn anew, while EM runs and nobody has chosen an iteration.

        As long as it took to draw them the last time: half of the time is left to EM, and to clicks and keys.
        """
        state = self._state
        if state is None or not state.follows_run:
            return 0
        return max(round(1e3 * (self._rest_until - time.monotonic())), 0)

    @Slot(object)
    def _draw_what_appears(self, panel: Panel) -> None:
        self._tell_what_is_in_sight()
        if self._state is not None:
            panel.draw(self._state)

    def _tell_what_is_in_sight(self) -> None:
        """Have derived what takes longer only while someone sees it."""
        in_sight = [panel for panel in self.panels.values() if self.area.is_in_sight(panel)]
        self._session.want_view(any(panel.shows_view for panel in in_sight))
        self._session.want_residuals(self.area.is_in_sight(self.panels["residuals"]))
        self._session.want_surprise(self.area.is_in_sight(self.panels["surprise"]))

    def _bring_news_into_sight(self, state: State) -> None:
        """Scroll to what has just been said about the data, or to the start that has just been chosen elsewhere."""
        before = self._state
        if before is None:
            return
        if state.data_error and state.data_error != before.data_error:
            self._column.ensureWidgetVisible(self.data_card.error)
        elif state.data is not before.data and state.data is not None and state.data.truth is None:
            self._column.ensureWidgetVisible(self.data_card.notes)
        elif state.learning.start != before.learning.start:
            self._column.ensureWidgetVisible(self.learning_card.start)

    def draw_now(self) -> None:
        """Draw whatever panel still waits for its turn."""
        if self._is_outdated:
            self._begin_round()
        while self._outdated:
            self._draw_panel()

    @Slot()
    def _draw_next(self) -> None:
        if not self._outdated:
            self._end_round()
            if not self._is_outdated:
                self._next_panel.stop()
                return
            rest = self._rest()
            self._next_panel.start(rest)
            if rest:
                return
            self._begin_round()
        self._draw_panel()

    def _begin_round(self) -> None:
        self._is_outdated = False
        self._outdated = [panel for panel in self.panels.values() if self.area.is_in_sight(panel)]
        self._round_began = time.monotonic()

    def _end_round(self) -> None:
        """Note how long a round took, a turn after its last panel was drawn: it has been painted, too."""
        if self._round_began is not None:
            now = time.monotonic()
            self._rest_until, self._round_began = 2.0 * now - self._round_began, None

    def _draw_panel(self) -> None:
        if self._outdated and self._state is not None:
            panel = self._outdated.pop(0)
            if self.area.is_in_sight(panel):
                panel.draw(self._state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the half-steps by the keys that no focused widget wants for itself."""
        act = self._keys.get(Qt.Key(event.key()))
        if act is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            act()

    def _show_first(self) -> None:
        self._session.show_iteration(0)

    def _show_last(self) -> None:
        run = self._session.state.run
        if run is not None:
            self._session.show_iteration(run.last_iteration)

    def _run_or_pause(self) -> None:
        if self._session.state.is_running:
            self._session.pause()
        else:
            self._session.run()

    @property
    def theme(self) -> Theme:
        """The theme in which the tab is shown."""
        return self._theme

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.model_card.restyle(theme)
        self.handles_card.restyle(theme)
        self.transport.restyle(theme)
        for panel in self.panels.values():
            panel.restyle(theme)

    def _link_time_axes(self) -> None:
        """Have all time axes show the same stretch of time, and share a cursor."""
        plots = [panel.time_plot for panel in self.panels.values() if panel.time_plot is not None]
        for plot in plots[1:]:
            keep_together(plots[0], plot)
        link([plot.crosshair for plot in plots])
