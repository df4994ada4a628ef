"""The menu *Export*: pictures, figures, results, matrices, an animation, a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QWidget

from lds_gui.files import FORMATS, DataFile, FileFormatError, save
from lds_gui.files.atomic import write_atomically
from lds_gui.files.result_files import RESULT_FORMATS, save_result
from lds_gui.lds import PARAMETERS, EMResult
from lds_gui.session import Session, State
from lds_gui.session.report import report_of
from lds_gui.ui import settings
from lds_gui.ui.dialogs import FormDialog
from lds_gui.ui.editors.matrix_text import MATRIX_FORMATS
from lds_gui.ui.export.animation import ANIMATION_FORMATS, Animation
from lds_gui.ui.export.pictures import PICTURE_FORMATS, SCALES, png_of, save_picture
from lds_gui.ui.learn.panels import PANELS, Panel
from lds_gui.ui.learn.tab import LearnTab
from lds_gui.ui.theme import LIGHT, Theme

T = TypeVar("T")

_REPORT_PANELS = ("elbo", "eigenvalues", "matrices", "latents", "observations", "residuals")
_COPY_SIZE = (760, 380)
_SPEEDS, _ANIMATION_SCALES = (5.0, 10.0, 20.0), (0.5, 1.0, 2.0)
_WINDOW = "The whole window"


class PictureDialog(FormDialog):
    """Asks what is to be exported; of a picture, how large, and of an animation, how fast."""

    def __init__(
        self, title: str, names: Sequence[str], *, scales: Sequence[float] = (), speeds: bool = False, parent: QWidget
    ) -> None:
        """Offer these names; a picture has `scales`, and an animation speeds, too."""
        super().__init__(title, "The name of the file says in which format.", "Save as…", parent)
        self.what = self._choice("What", "picture_what", [(name, name) for name in names])
        sizes = [(f"{scale:g} × the screen’s pixels", scale) for scale in scales]
        self.scale = self._choice("Size", "picture_scale", sizes)
        self.scale.setCurrentIndex(1)
        self.form.setRowVisible(self.scale, bool(scales))
        paces = [(f"{speed:g} iterations a second", speed) for speed in _SPEEDS]
        self.speed = self._choice("Speed", "picture_speed", paces)
        self.speed.setCurrentIndex(1)
        self.form.setRowVisible(self.speed, speeds)

    def _choice(self, caption: str, name: str, entries: Sequence[tuple[str, object]]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(caption)
        for text, value in entries:
            box.addItem(text, value)
        self.form.addRow(caption, box)
        return box

    def take(self) -> None:
        """Everything that can be chosen is right."""


class Exports:
    """What the menu *Export* does for a window."""

    def __init__(self, session: Session, learn: LearnTab, window: QWidget) -> None:
        """Work for this window."""
        self._session, self._learn, self._window = session, learn, window
        self._copies: dict[str, Panel] = {}

    def matrices_menu(self) -> QMenu:
        """Offer all matrices of the shown estimate, in every format but the table's."""
        menu = QMenu("Copy matrices as", self._window)
        menu.setToolTipsVisible(True)
        for form, key in zip(MATRIX_FORMATS[1:], "789", strict=True):
            action = QAction(form.title, menu)
            action.setObjectName(f"matrices_{form.name}")
            action.setShortcut(f"Ctrl+Alt+{key}")
            keys = action.shortcut().toString()
            action.setToolTip(f"Copy all matrices of the shown estimate as {form.title}, at full precision ({keys})")
            action.triggered.connect(partial(self.copy_matrices, form.name))
            menu.addAction(action)
        return menu

    def _ask(self, purpose: str, title: str, name: str, kinds: dict[str, str]) -> Path | None:
        """Ask for a file to write, in the folder and the format that were last used for this."""
        last = settings.suffix(purpose)
        suffix = last if last in kinds else next(iter(kinds))
        filters = {key: f"{words} (*{key})" for key, words in kinds.items()}
        proposed = str(settings.folder(purpose) / f"{name}{suffix}")
        text, chosen = QFileDialog.getSaveFileName(
            self._window, title, proposed, ";;".join(filters.values()), filters[suffix]
        )
        if not text:
            return None
        path = Path(text)
        if not path.suffix:
            path = path.with_suffix(next((key for key, words in filters.items() if words == chosen), suffix))
        settings.remember_file(purpose, path)
        return path

    def _write(self, write: Callable[[], object]) -> None:
        """Write a file, or say why that is not possible."""
        try:
            write()
        except FileFormatError as error:
            self._session.files.refuse(str(error))

    def ask_for_picture(self) -> None:
        """Ask what is to be in a picture and where it goes, and write it."""
        self._ask_what("Export picture", speeds=False, then=self._ask_where)

    def _ask_what(self, title: str, *, speeds: bool, then: Callable[[PictureDialog], None]) -> None:
        panels = self._learn.panels.values()
        names = [panel.title for panel in panels if not speeds or self._learn.area.is_in_sight(panel)]
        scales = _ANIMATION_SCALES if speeds else SCALES
        dialog = PictureDialog(title, [_WINDOW, *names], scales=scales, speeds=speeds, parent=self._window)
        dialog.accepted.connect(lambda: QTimer.singleShot(0, dialog, lambda: (then(dialog), dialog.deleteLater())))
        dialog.open()

    def _widget(self, what: str) -> QWidget:
        """Give the window, or the panel of this title; of one that is out of sight, a copy that is drawn now."""
        panel = next((panel for panel in self._learn.panels.values() if panel.title == what), None)
        if panel is None:
            return self._window
        if self._learn.area.is_in_sight(panel):
            return panel
        copy = self._copy_of(panel.name, self._learn.theme)
        copy.draw(self._session.state)
        return copy

    def _ask_where(self, dialog: PictureDialog) -> None:
        what, scale = dialog.what.currentData(), dialog.scale.currentData()
        name = "window" if what == _WINDOW else what.lower().replace(" ", "_")
        path = self._ask("picture", "Export picture", name, {key: words for key, (words, _) in PICTURE_FORMATS.items()})
        if path is not None:
            self.save_picture(what, path, scale)

    def save_picture(self, what: str, path: Path, scale: float) -> None:
        """Write the window, or the panel of this title, as a picture."""
        self._learn.draw_now()
        self._write(lambda: save_picture(self._widget(what), path, scale))

    def ask_for_animation(self) -> None:
        """Ask what is to move, and where it goes; then show every iteration, and write it."""
        self._ask_what("Export animation", speeds=True, then=self._ask_where_to_animate)

    def _ask_where_to_animate(self, dialog: PictureDialog) -> None:
        kinds = {key: words if key == ".gif" else "Animated PNG" for key, words in ANIMATION_FORMATS.items()}
        path = self._ask("animation", "Export animation", "run", kinds)
        if path is not None:
            self.animate(dialog.what.currentData(), path, dialog.scale.currentData(), dialog.speed.currentData())

    def animate(self, what: str, path: Path, scale: float, frames_per_second: float) -> Animation | None:
        """Write the current run as an animation of the window, or of the panel of this title."""
        if self._session.state.step is None:
            return None
        animation = Animation(
            self._session, self._widget(what), self._learn.draw_now, partial(self._animated, path), self._window
        )
        try:
            animation.start(path, scale, frames_per_second)
        except FileFormatError as error:
            self._session.files.refuse(str(error))
            return None
        return animation

    def _animated(self, path: Path, error: Exception | None) -> None:
        if error is None:
            return
        self._session.files.refuse(str(error) if isinstance(error, FileFormatError) else f"{path}: {error}")

    def ask_for_figures(self) -> None:
        """Ask for a panel, and write the figures behind its picture."""
        titles = [panel.title for panel in self._learn.panels.values()]
        dialog = PictureDialog("Export figures", titles, parent=self._window)
        dialog.accepted.connect(lambda: QTimer.singleShot(0, dialog, lambda: self._ask_where_figures(dialog)))
        dialog.open()

    def _ask_where_figures(self, dialog: PictureDialog) -> None:
        panel = next(panel for panel in self._learn.panels.values() if panel.title == dialog.what.currentData())
        dialog.deleteLater()
        path = self._ask("figures", f"Data of {panel.title}", panel.name, {".csv": "Comma separated values"})
        if path is not None:
            panel.draw(self._session.state)
            panel.save_data(path)

    def ask_for_data(self) -> None:
        """Ask for a file, and write the data there."""
        kinds = {form.suffixes[0]: form.name for form in FORMATS if DataFile in form.holds}
        path = self._ask("data", "Export data", "data", kinds)
        if path is not None:
            self.save_data(path)

    def save_data(self, path: Path) -> None:
        """Write the data as they are learned from: observations, and true latents where they are known."""
        data = self._session.state.data
        if data is not None:
            columns = data.columns or DataFile.of(data.dataset).columns
            self._write(lambda: save(path, DataFile(data.dataset, data.title, columns)))

    def ask_for_results(self) -> None:
        """Ask for a file, and write the shown estimate there."""
        kinds = {key: words for key, (words, _) in RESULT_FORMATS.items()}
        path = self._ask("results", "Export results", "result", kinds)
        if path is not None:
            self.save_results(path)

    def save_results(self, path: Path) -> None:
        """Write the shown estimate, and log p(x) of all iterations up to it."""
        result = result_of(self._session.state)
        if result is not None:
            self._write(lambda: save_result(path, result))

    def copy_matrices(self, name: str) -> None:
        """Put all matrices of the shown estimate on the clipboard, in the format of this name in MATRIX_FORMATS."""
        step = self._session.state.step
        if step is not None:
            form = next(form for form in MATRIX_FORMATS if form.name == name)
            values = [(info, getattr(step.params, info.name)) for info in PARAMETERS]
            lines = [
                f"{_matrix_name(info.name, name)} = {form.write(np.atleast_2d(value))}"
                for info, value in values
                if value is not None
            ]
            QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def ask_for_report(self) -> None:
        """Ask for a file, and write a report of the run there."""
        path = self._ask("report", "Export report", "report", {".html": "HTML"})
        if path is not None:
            self.save_report(path)

    def save_report(self, path: Path, done: Callable[[], object] = lambda: None) -> None:
        """Write a report of the current run as soon as its residuals are derived; `done` is called then."""
        if self._session.state.step is None:
            return
        self._session.want_residuals(True)
        timer = QTimer(self._window)

        def look() -> None:
            state = self._session.state
            if state.step is not None and state.lacks_view and not state.view_problem:
                return
            timer.stop()
            timer.deleteLater()
            self._session.want_residuals(self._learn.area.is_in_sight(self._learn.panels["residuals"]))
            pictures: dict[str, bytes] = {}
            self._paint(list(_REPORT_PANELS), state, pictures, lambda: self._finish_report(path, state, pictures, done))

        timer.timeout.connect(look)
        timer.start(20)

    def _paint(self, names: list[str], state: State, pictures: dict[str, bytes], then: Callable[[], object]) -> None:
        """Paint one panel after the other, in light colours, with clicks and keys answered in between."""
        if not names:
            then()
            return
        panel = self._copy_of(names.pop(0), LIGHT)
        panel.draw(state)
        if panel.has_picture(state):
            pictures[panel.title] = png_of(panel, 2.0)
        QTimer.singleShot(0, self._window, lambda: self._paint(names, state, pictures, then))

    def _copy_of(self, name: str, theme: Theme) -> Panel:
        """A panel beside the window's own, made once: it looks the same, however the window is laid out."""
        if name not in self._copies:
            panel = next(kind for kind in PANELS if kind.name == name)()
            panel.setParent(self._window)
            panel.setGeometry(0, 0, *_COPY_SIZE)
            panel.hide()
            self._copies[name] = panel
        self._copies[name].restyle(theme)
        return self._copies[name]

    def _finish_report(self, path: Path, state: State, pictures: dict[str, bytes], done: Callable[[], object]) -> None:
        text = report_of(state, pictures, datetime.now())
        self._write(lambda: write_atomically(path, lambda file: file.write(text.encode())))
        done()


def result_of(state: State) -> EMResult | None:
    """Give the shown estimate as a result; None where there is none."""
    step, run = state.step, state.run
    if step is None or run is None:
        return None
    levels = np.array(run.log_likelihoods[: step.iteration + 1])
    is_end = step.iteration == run.last_iteration
    reason = run.reason if is_end else f"Shown at iteration {step.iteration} of {run.last_iteration}."
    return EMResult(step.params, levels, step.iteration, is_end and run.converged, reason)


def _matrix_name(name: str, form: str) -> str:
    """What a parameter is called: in LaTeX by its sign."""
    signs = {"Sigma": r"\Sigma", "Gamma": r"\Gamma", "mu0": r"\mu_0^\top", "Sigma0": r"\Sigma_0"}
    return signs.get(name, name) if form == "latex" else name
