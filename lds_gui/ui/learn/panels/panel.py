"""What all panels share: a card that draws a state, and says what it will show while there is nothing yet."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedLayout, QWidget

from lds_gui.files import FileFormatError
from lds_gui.lds import Array
from lds_gui.session import State
from lds_gui.ui import settings
from lds_gui.ui.cards import Card, ElidedLabel, LegendKey, label
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.export.pictures import save_picture
from lds_gui.ui.learn.explanation import explain_button
from lds_gui.ui.numbers import subscript
from lds_gui.ui.plots import Plot
from lds_gui.ui.tables import Table, Writing, save_csv, tell_failure
from lds_gui.ui.theme import Theme


class Panel(Card):
    """A card that draws a state. It reads the state and never writes to the session.

    A panel names itself and its legend in the class variables, builds its picture in `make_picture`, and fills in
    `has_picture`, `inputs`, `draw_picture`, `table` and, where it has more than a plot to colour, `restyle`.
    """

    name: ClassVar[str]  # its property "panel", and its key in the tab
    title: ClassVar[str]
    empty_text: ClassVar[str]  # what will appear here, and how to get it
    legend: ClassVar[tuple[tuple[str, str, str], ...]] = ()  # (text, colour role, mark)
    explanation: ClassVar[tuple[str, str]]  # two short paragraphs: what it shows, and what to look for
    shows_view: ClassVar[bool] = False  # whether it needs what is derived from the shown iteration
    time_plot: Plot | None = None  # the one over time, which shows the same stretch as those of other panels

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the card with its picture; nothing is drawn yet."""
        super().__init__(self.title, parent=parent)
        self._state: State | None = None
        self._drawn: tuple[object, ...] = ()
        self.keys = [LegendKey(*entry) for entry in self.legend]
        for key in self.keys:
            self.add_to_header(key)
        self.note = ElidedLabel("", "small")
        self.add_at_end_of_header(self.note)
        self.explain = explain_button(self.name, self.title, self.explanation)
        self.add_at_end_of_header(self.explain)
        self.picture = self.make_picture()
        self._empty = label(self.empty_text, "soft", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.picture)
        self.body.addLayout(self._stack, 1)
        self.setProperty("panel", self.name)
        self.setAccessibleName(self.title)

    def make_picture(self) -> QWidget:
        """Build the widget that shows the picture."""
        raise NotImplementedError

    def has_picture(self, state: State) -> bool:
        """Say whether there is anything to draw of this state."""
        raise NotImplementedError

    def inputs(self, state: State) -> tuple[object, ...]:
        """Give all that the picture depends on; where nothing of it has changed, it is not drawn again."""
        raise NotImplementedError

    def draw_picture(self, state: State) -> None:
        """Draw a state of which there is something to draw."""
        raise NotImplementedError

    def table(self, state: State) -> Table:
        """Give the figures behind the picture, as named columns of any lengths."""
        raise NotImplementedError

    def draw(self, state: State) -> None:
        """Show this state, or the words that say what will appear here."""
        self._state = state
        self._empty.setText(start_note(state) or (state.view_problem if self.shows_view else "") or self.empty_text)
        inputs = self.inputs(state)
        if _are_same(inputs, self._drawn):
            return
        self._drawn = inputs
        has_picture = self.has_picture(state)
        self._stack.setCurrentWidget(self.picture if has_picture else self._empty)
        for key in self.keys:
            key.setVisible(has_picture)
        if has_picture:
            self.draw_picture(state)
        else:
            self.note.setText("")

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The plots of the picture."""
        return (self.picture,) if isinstance(self.picture, Plot) else ()

    @property
    def all_choices(self) -> list[CompactChoice]:
        """What can be chosen in the panel; its header may stand elsewhere."""
        return [value for value in vars(self).values() if isinstance(value, CompactChoice)]

    def reset_views(self) -> None:
        """Show everything in every plot again after panning or zooming."""
        for plot in self.plots:
            plot.reset_view()

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for key in self.keys:
            key.restyle(theme)
        for plot in self.plots:
            plot.restyle(theme)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        for text, act in (
            ("Copy data", self.copy_data),
            ("Save data…", self._ask_for_csv),
            ("Save picture…", self._ask_for_picture),
        ):
            menu.addAction(text, act).setEnabled(self._state is not None and self.has_picture(self._state))
        if self.plots:
            menu.addAction("Reset view", self.reset_views)
        menu.exec(event.globalPos())

    def copy_data(self) -> None:
        """Put the figures behind the picture on the clipboard, tab-separated and at full precision."""
        if self._state is not None and self.has_picture(self._state):
            rows: list[str] = []
            writing = Writing(self.table(self._state), "\t", f"Copying the data of {self.title}", self)
            writing.run(rows.append, lambda done: QGuiApplication.clipboard().setText("".join(rows)) if done else None)

    def save_data(self, path: Path) -> None:
        """Write the figures behind the picture as CSV, at full precision."""
        if self._state is not None and self.has_picture(self._state):
            save_csv(self.table(self._state), path, self)

    def save_picture(self, path: Path) -> None:
        """Write the panel as it is on the screen: as PNG with twice as many pixels each way, SVG or PDF."""
        try:
            save_picture(self, path)
        except FileFormatError as error:
            tell_failure(self, error.message)

    def _ask_for_csv(self) -> None:
        proposed = str(settings.folder("figures") / f"{self.name}.csv")
        path, _ = QFileDialog.getSaveFileName(self, "Save data", proposed, "CSV (*.csv)")
        if path:
            settings.remember_file("figures", Path(path))
            self.save_data(Path(path))

    def _ask_for_picture(self) -> None:
        proposed = str(settings.folder("picture") / f"{self.name}{settings.suffix('picture') or '.png'}")
        path, _ = QFileDialog.getSaveFileName(self, "Save picture", proposed, "Pictures (*.png *.svg *.pdf)")
        if path:
            settings.remember_file("picture", Path(path))
            self.save_picture(Path(path))


class ChoicePanel(Panel):
    """A panel with a choice of what it shows at the right end of its header."""

    what: ClassVar[str]  # that is chosen

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel with its choice."""
        super().__init__(parent)
        self.choice = CompactChoice(f"{self.what} shown in {self.title}")
        self.choice.setToolTip(self.choice.accessibleName())
        self.choice.currentIndexChanged.connect(self._redraw)
        self.add_at_end_of_header(self.choice)

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.data, state.view, view_lags(state), self.choice.chosen

    def choices(self, state: State) -> tuple[str, ...]:
        """Name what can be chosen."""
        raise NotImplementedError

    def draw(self, state: State) -> None:
        self.choice.offer(self.choices(state))
        self.choice.setVisible(self.choice.count() > 1 and self.has_picture(state))
        super().draw(state)

    def _redraw(self) -> None:
        if self._state is not None:
            self.draw(self._state)


class TimePanel(ChoicePanel):
    """A panel over time, with a choice of which dimension it shows."""

    what = "Dimension"
    plot: Plot

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel; its plot is one over time."""
        super().__init__(parent)
        self.time_plot = self.plot


def _are_same(inputs: tuple[object, ...], drawn: tuple[object, ...]) -> bool:
    """Compare by identity, and numbers by value; nothing is ever changed in place but a history, which has a length."""
    return len(inputs) == len(drawn) and all(
        one is other or (isinstance(one, int) and one == other) for one, other in zip(inputs, drawn, strict=True)
    )


def start_note(state: State) -> str:
    """Say what a run that has no iteration yet is doing; empty if there is no such run."""
    if state.run is None or not state.run.status.is_live or state.run.n_recorded:
        return ""
    return f"Waiting. {state.preparing} …" if state.preparing else "Computing the start …"


def view_lags(state: State) -> bool:
    """Say whether the view is still that of another iteration than the one that was chosen.

    A run that is followed is always an iteration or two ahead of its view, and nobody has chosen one.
    """
    return state.view is not None and not state.follows_run and not state.view_is_current


def view_note(state: State, words: str) -> str:
    """Say in which basis a view is drawn, and of which iteration it is as long as that is not the shown one."""
    if state.view is None:
        return ""
    lag = f"iteration {state.view.iteration}" if view_lags(state) else ""
    return ", ".join(filter(None, [lag, words]))


def sequences_note(state: State) -> str:
    """Say which sequence is shown, if there are several."""
    n_sequences = 0 if state.data is None else state.data.dataset.n_sequences
    return f"sequence 1 of {n_sequences}" if n_sequences > 1 else ""


def true_latents(state: State) -> Array | None:
    """Give the true latents (T, n) of the first sequence; None where they are not known."""
    if state.data is None or state.data.dataset.latent_sequences is None:
        return None
    return state.data.dataset.latent_sequences[0]


def column_names(state: State) -> tuple[str, ...]:
    """Name the observed columns as choices do."""
    if state.data is None:
        return ()
    if state.data.truth is not None:
        return tuple(f"x{subscript(i + 1)}" for i in range(state.data.dataset.obs_dim))
    return state.data.columns


def step_axis(n_steps: int) -> NDArray[np.float64]:
    """Give the time steps 1 to T as plots want them."""
    return np.arange(1.0, n_steps + 1.0)
