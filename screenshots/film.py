"""Make the film strips in this folder from the running program, with keys and mouse: `uv run screenshots/film.py`.

Each strip tells how something is done in the window, picture by picture, light and dark.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QMouseEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QScrollArea, QTableView, QWidget
from scipy.io import savemat

from lds_gui.files import presets
from lds_gui.session import Session, State
from lds_gui.ui.app import make_application, wait_for
from lds_gui.ui.import_dialog import ImportDialog
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import DARK, LIGHT, Theme, text_font, theme_named

FOLDER = Path(__file__).parent
SIZE = (1280, 800)
_FRAME_WIDTH = 960
_CAPTION = 40
_ABREAST = 2
_LEFT, _PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
Key = Qt.Key


@dataclass
class Film:
    """A window that is used, and the pictures taken of it."""

    window: MainWindow
    frames: list[tuple[str, QPixmap]] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The window's session."""
        return self.window.session

    def take(self, caption: str, dialog: QDialog | None = None) -> None:
        """Take a picture, with a dialog before it where one is open."""
        QTest.qWait(250)
        picture = self.window.picture()
        if dialog is not None:
            painter = QPainter(picture)
            painter.fillRect(picture.rect(), QColor(0, 0, 0, 90))
            shown = dialog.grab()
            painter.drawPixmap((picture.width() - shown.width()) // 2, (picture.height() - shown.height()) // 2, shown)
            painter.end()
        self.frames.append((caption, picture))

    def press(self, *keys: tuple[Key, Qt.KeyboardModifier]) -> None:
        """Press these keys in whatever has the focus."""
        for key, modifiers in keys:
            QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
            QApplication.processEvents()

    def find(self, kind: type, name: str) -> QWidget:
        """Find a widget, and bring it into sight."""
        found = self.window.findChild(kind, name)
        assert isinstance(found, QWidget), name
        self.show(found)
        return found

    def show(self, widget: QWidget) -> None:
        """Scroll a widget into sight."""
        area = widget
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()
        QTest.qWait(50)  # for the layout
        area.ensureWidgetVisible(widget)
        QApplication.processEvents()

    def type_dimension(self, name: str, number: int) -> None:
        """Type a number into a box of the card Model."""
        box = getattr(self.window.learn.model_card, name)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, str(number))
        QTest.keyClick(box, Key.Key_Return)

    def type_row(self, name: str, row: int, texts: list[str]) -> None:
        """Click the first cell of a row of a matrix, and type the row with Tab between the cells."""
        table = self.find(QTableView, f"truth_{name}")
        assert isinstance(table, QTableView)
        table.scrollTo(table.model().index(row, 0))
        QTest.mouseClick(table.viewport(), _LEFT, _PLAIN, table.visualRect(table.model().index(row, 0)).center())
        for text in texts:
            QTest.keyClicks(QApplication.focusWidget(), text[0])  # opens the cell, unless Tab has done so
            QTest.keyClicks(QApplication.focusWidget(), text[1:])
            QTest.keyClick(QApplication.focusWidget(), Key.Key_Tab)
            QApplication.processEvents()
        self.press((Key.Key_Escape, _PLAIN))

    def paste(self, name: str, text: str) -> None:
        """Paste a matrix into its editor."""
        table = self.find(QTableView, f"truth_{name}")
        assert isinstance(table, QTableView)
        QTest.mouseClick(table.viewport(), _LEFT, _PLAIN, table.visualRect(table.model().index(0, 0)).center())
        QGuiApplication.clipboard().setText(text)
        QTest.keyClick(table, Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    def drag_handle(self, index: int, to: complex) -> None:
        """Drag a handle of the card Handles."""
        picture = self.window.learn.handles_card.picture
        start, end = (picture.view.pixel(place) for place in (picture.scene.handles[index].at, to))
        QTest.mousePress(picture, _LEFT, _PLAIN, start.toPoint())
        for share in (0.3, 0.7, 1.0):
            place = start + share * (end - start)
            everywhere = QPointF(picture.mapToGlobal(place.toPoint()))
            event = QMouseEvent(QMouseEvent.Type.MouseMove, place, everywhere, _LEFT, _LEFT, _PLAIN)
            QApplication.sendEvent(picture, event)
        QTest.mouseRelease(picture, _LEFT, _PLAIN, end.toPoint())

    def until(self, reached: Callable[[State], bool]) -> None:
        """Wait for a state."""
        wait_for(self.session, reached)

    def until_learned(self) -> None:
        """Run EM to its end."""
        self.window.activateWindow()  # a dialog that was closed leaves no window active here
        QTest.qWaitForWindowActive(self.window)
        self.press((Key.Key_F5, _PLAIN))
        self.until(lambda state: state.run is not None and not state.run.status.is_live and state.view_is_current)

    def look_at(self, path: Path) -> ImportDialog:
        """Drop a file on the window, and wait until the dialog has looked at it."""
        content = QMimeData()
        content.setUrls([QUrl.fromLocalFile(str(path))])
        place, copy = QPointF(50, 50), Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(place.toPoint(), copy, content, _LEFT, _PLAIN))
        QApplication.sendEvent(self.window, QDropEvent(place, copy, content, _LEFT, _PLAIN))
        QApplication.processEvents()
        dialog = self.window.findChildren(ImportDialog)[-1]
        while dialog.is_looking:
            QTest.qWait(20)
        return dialog

    def choose(self, dialog: ImportDialog, act: Callable[[], None]) -> None:
        """Change a choice of the dialog, and wait for what it then shows."""
        act()
        QTest.qWait(50)
        while dialog.is_looking:
            QTest.qWait(20)


def oscillators(film: Film) -> None:
    """Two coupled oscillators, from an empty model, by hand."""
    window = film.window
    film.press((Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
    film.take("Ctrl+Shift+N: an empty model, one latent without memory; its data are white noise")
    film.type_dimension("latent_dim", 4)
    film.type_dimension("obs_dim", 2)
    film.take("Four latents, two observed variables: what was there stays in the corner")
    film.type_row("A", 0, ["0.97 cos(2pi/20)", "-0.97 sin(2pi/20)", "0.04", "0"])
    film.type_row("A", 1, ["0.97 sin(2pi/20)", "0.97 cos(2pi/20)", "0", "0.04"])
    film.take("A is typed: expressions, Tab from cell to cell; the data follow every entry")
    film.type_row("A", 2, ["0.04", "0", "0.95 cos(2pi/8)", "-0.95 sin(2pi/8)"])
    film.type_row("A", 3, ["0", "0.04", "0.95 sin(2pi/8)", "0.95 cos(2pi/8)"])
    film.paste("B", "[1 0 0.5 0; 0 1 0 0.5]")
    film.take("The second oscillator; B is pasted from MATLAB")
    film.paste("Sigma", "0.1\t0\t0\t0\n0\t0.1\t0\t0\n0\t0\t0.1\t0\n0\t0\t0\t0.1")
    film.paste("Gamma", "array([[0.3, 0.1], [0.1, 0.3]])")
    card = window.learn.handles_card
    card.fold(False)
    film.show(card.badges)
    film.take("Σ from a spreadsheet, Γ from NumPy; the handles show the eigenvalues of A")
    slow = next(i for i, handle in enumerate(card.picture.scene.handles) if 0 < np.angle(handle.at) < 2 * np.pi / 12)
    film.drag_handle(slow, 0.985 * np.exp(2j * np.pi / 30))
    film.take("An eigenvalue is dragged to a period of 30 steps; A and the data follow")
    film.until_learned()
    film.take("F5: EM learns the model from its data")


def covariance(film: Film) -> None:
    """A covariance that is none, and its repair."""
    film.take("The first preset: Σ, Γ and the data")
    film.type_row("Sigma", 0, ["1", "1.4"])
    film.take("Σ₁₂ = 1.4 is no covariance: cells marked, smallest eigenvalue named, model unchanged")
    button = film.find(QPushButton, "truth_Sigma_repair")
    button.setFocus()
    film.press((Key.Key_Space, _PLAIN))
    film.take("One click: the nearest valid matrix, with before and after")
    form = film.window.learn.model_card.editors["Sigma"].form
    form.setFocus()
    film.press((Key.Key_Down, _PLAIN))
    film.take("The same Σ as standard deviations and correlations")
    film.press((Key.Key_Z, Qt.KeyboardModifier.ControlModifier))
    film.take("Ctrl+Z: the change of Σ is undone")


def importing(film: Film) -> None:
    """A difficult CSV, and a MAT file."""
    with tempfile.TemporaryDirectory() as folder:
        station, recording = _station(Path(folder)), _recording(Path(folder))
        dialog = film.look_at(station)
        film.take("A CSV file is dropped: semicolons, decimal commas, a comment and gaps are found", dialog)
        missing = dialog.text_choices.missing
        film.choose(dialog, lambda: QTest.keyClicks(missing, "-999"))
        role = dialog.table.header.choice(4)
        assert role is not None

        def leave_out() -> None:
            role.setFocus()
            for _ in range(4):
                QTest.keyClick(role, Key.Key_Down)

        film.choose(dialog, leave_out)
        QTest.mouseClick(dialog.standardise_box, _LEFT, _PLAIN, QPoint(7, dialog.standardise_box.height() // 2))
        film.take("-999 stands for missing too, remarks are left out, columns are standardised", dialog)
        QTest.keyClick(dialog, Key.Key_Return)
        film.until(lambda state: state.data is not None and state.data.title == "station 4")
        film.show(film.window.learn.data_card.notes)
        film.take("The data, with what was done to them")
        film.until_learned()
        film.window.learn.panels["matrices"].choice.setFocus()
        film.press((Key.Key_Down, _PLAIN))
        film.take("EM has learned; B and Γ in the units that the data had")
        dialog = film.look_at(recording)
        film.take("A MAT file: its arrays, read in a process of its own", dialog)
        film.choose(dialog, lambda: QTest.mouseClick(dialog.array_choices.transposed, _LEFT, _PLAIN, QPoint(7, 9)))
        film.take("Its rows are the variables: turned", dialog)
        QTest.keyClick(dialog, Key.Key_Return)
        film.until(lambda state: state.data is not None and state.data.title == "recording")
        film.take("The recording, ready to learn from")


STRIPS = {"oscillators": oscillators, "covariance": covariance, "importing": importing}


def _station(folder: Path) -> Path:
    """Write a CSV file as a weather station in Europe might."""
    rng = np.random.default_rng(1)
    lines = ["# exported 2024-07-01", "date;temperature;pressure;wind speed;remark"]
    weather = np.zeros(3)
    for day in range(120):
        weather = 0.85 * weather + rng.standard_normal(3)
        temperature, pressure, wind = 12 + 3 * weather[0], 1013 + 5 * weather[1], abs(4 + weather[2])
        cells = [str(np.datetime64("2024-03-01") + day), f"{temperature:.2f}", f"{pressure:.1f}", f"{wind:.2f}", "1"]
        if day % 17 == 3:
            cells[1] = ""
        if day % 23 == 5:
            cells[3] = "-999"
        if day == 8:
            cells[2] = "NA"
        lines.append(";".join(cells).replace(".", ","))
    path = folder / "station 4.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _recording(folder: Path) -> Path:
    """Write a MAT file whose recording lies variables by time."""
    rng = np.random.default_rng(2)
    phase = np.linspace(0, 40 * math.pi, 800)
    rows = np.array([np.sin(phase + shift) + 0.3 * rng.standard_normal(800) for shift in (0.0, 1.0, 2.0)])
    path = folder / "recording.mat"
    savemat(path, {"recording": rows, "rate": np.array([[250.0]])})
    return path


def _sheet(frames: list[tuple[str, QPixmap]], theme: Theme) -> QPixmap:
    """Set the pictures in rows, each under its number and caption."""
    height = _FRAME_WIDTH * SIZE[1] // SIZE[0]
    rows = -(-len(frames) // _ABREAST)
    gap = 16
    sheet = QPixmap(_ABREAST * (_FRAME_WIDTH + gap) + gap, rows * (height + _CAPTION + gap) + gap)
    sheet.fill(theme.color("line"))
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setFont(text_font(18, semibold=True))
    painter.setPen(theme.color("ink"))
    for number, (caption, frame) in enumerate(frames):
        left = gap + number % _ABREAST * (_FRAME_WIDTH + gap)
        top = gap + number // _ABREAST * (height + _CAPTION + gap)
        painter.drawText(
            left, top, _FRAME_WIDTH, _CAPTION - 8, Qt.AlignmentFlag.AlignVCenter, f"{number + 1}  {caption}"
        )
        smaller = frame.scaledToWidth(_FRAME_WIDTH, Qt.TransformationMode.SmoothTransformation)
        painter.drawPixmap(left, top + _CAPTION, smaller)
    painter.end()
    return sheet


def main() -> None:
    """Make every strip."""
    make_application()
    for name, shoot in STRIPS.items():
        for theme in (LIGHT, DARK):
            window = MainWindow(Session(presets()[0]), theme.name)
            window.resize(*SIZE)
            window.show()
            window.activateWindow()
            QTest.qWaitForWindowActive(window)
            window.session.simulate()
            wait_for(window.session, lambda state: state.data is not None)
            film = Film(window)
            shoot(film)
            path = FOLDER / f"film-{name}-{theme.name}.png"
            _sheet(film.frames, theme_named(theme.name)).save(str(path))
            window.close()
            window.deleteLater()
            print(path.name)


if __name__ == "__main__":
    main()
