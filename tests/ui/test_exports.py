"""Whatever leaves the window is whole, opens elsewhere, and says when it cannot be written."""

import csv
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from lds_gui.files import load, load_data
from lds_gui.files.result_files import RESULT_FORMATS, save_result
from lds_gui.lds import EMResult, LDSParams
from lds_gui.ui import settings
from lds_gui.ui.editors.matrix_text import MATRIX_FORMATS, parse_block
from lds_gui.ui.export.animation import frames_of
from lds_gui.ui.export.exports import _WINDOW, result_of
from lds_gui.ui.export.pictures import PICTURE_FORMATS
from lds_gui.ui.main_window import MainWindow

PATIENCE = 60_000
RESULT = EMResult(
    LDSParams([[1 / 3, -0.1], [5e-324, 0.5]], [[1.0, 2.0]], np.eye(2) / 7, [[0.3]], [0.1, -0.0], np.eye(2) / 3),
    np.array([-10.123456789012345, -9.5]),
    1,
    True,
    "The log-likelihood changed by “little”.",
)


@pytest.fixture
def finished(window: MainWindow, settled: Callable) -> MainWindow:
    """The window after a run."""
    window.session.run()
    settled()
    return window


@pytest.mark.parametrize("suffix", RESULT_FORMATS)
def test_that_every_format_of_results_comes_back_to_the_last_bit(tmp_path: Path, suffix: str):
    path = tmp_path / f"result{suffix}"
    save_result(path, RESULT)
    fields = {**vars(RESULT.params), "log_likelihoods": RESULT.log_likelihoods}
    if suffix in (".npz", ".json"):
        back = load(path)
        found = {**vars(back.params), "log_likelihoods": back.log_likelihoods}
        assert (back.reason, back.converged, back.n_iter) == (RESULT.reason, True, 1)
    elif suffix == ".mat":
        found = scipy.io.loadmat(path)
        assert found["reason"][0] == RESULT.reason
        found = {name: found[name].reshape(array.shape) for name, array in fields.items()}
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = {name: np.full(array.shape, np.nan) for name, array in fields.items()}
        for row in rows:
            if row["row"]:
                place = tuple(int(row[key]) - 1 for key in ("row", "column") if row[key])
                found[row["name"]][place] = float(row["value"])
        assert {row["name"]: row["value"] for row in rows}["reason"] == RESULT.reason
    for name, array in fields.items():
        assert np.asarray(found[name]).tobytes() == array.tobytes(), name


@pytest.mark.parametrize("suffix", PICTURE_FORMATS)
@pytest.mark.parametrize("what", [_WINDOW, "ELBO", "Matrices", "Notebook"])
def test_that_every_picture_format_holds_window_and_panels(
    finished: MainWindow, tmp_path: Path, suffix: str, what: str
):
    finished.learn.area.docks["notebook"].raise_()
    path = tmp_path / f"picture{suffix}"
    finished.exports.save_picture(what, path, 2.0)
    raw = path.read_bytes()
    size = finished.exports._widget(what).size()
    if suffix == ".png":
        image = QImage(str(path))
        assert (image.width(), image.height()) == (2 * size.width(), 2 * size.height())
        assert len({image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}) > 1
    elif suffix == ".svg":
        renderer = QSvgRenderer(str(path))
        assert renderer.isValid()
        assert renderer.viewBox().size() == size
        assert raw.count(b"<path") > 3
    else:
        assert raw.startswith(b"%PDF")
        assert raw.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("suffix", [".gif", ".png"])
def test_that_an_animation_has_a_frame_for_each_iteration(
    finished: MainWindow, tmp_path: Path, suffix: str, qtbot: QtBot
):
    path, shown = tmp_path / f"run{suffix}", finished.session.state.shown_iteration
    ended: list[object] = []
    finished.exports._animated = lambda _, error: ended.append(error)
    finished.exports.animate("ELBO", path, 1.0, 10.0)
    qtbot.waitUntil(lambda: bool(ended), timeout=PATIENCE)
    assert ended == [None]
    with Image.open(path) as image:
        assert image.n_frames == finished.session.state.run.n_recorded
    assert finished.session.state.shown_iteration == shown


def test_that_a_cancelled_animation_leaves_no_file(finished: MainWindow, tmp_path: Path, qtbot: QtBot):
    ended: list[object] = []
    finished.exports._animated = lambda _, error: ended.append(error)
    animation = finished.exports.animate("ELBO", tmp_path / "run.gif", 1.0, 10.0)
    animation.dialog.cancel()
    qtbot.waitUntil(lambda: bool(ended), timeout=PATIENCE)
    encoder = animation._encoder
    qtbot.waitUntil(lambda: encoder.has_ended, timeout=PATIENCE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("last", "most"), [(0, 20), (5, 20), (19, 20), (20, 20), (100_000, 120)])
def test_that_the_frames_go_from_the_first_iteration_to_the_last(last: int, most: int):
    frames = frames_of(last, most)
    assert (frames[0], frames[-1]) == (0, last)
    assert len(frames) <= most
    assert frames == sorted(set(frames))


@pytest.mark.parametrize("form", MATRIX_FORMATS[1:], ids=lambda form: form.name)
def test_that_matrices_are_copied_as_what_they_are(finished: MainWindow, form):
    finished.findChild(QAction, f"matrices_{form.name}").trigger()
    text = QGuiApplication.clipboard().text()
    params = finished.session.state.step.params
    for symbol, array in (("A", params.A), ("B", params.B)):
        (start,) = [place for place, line in enumerate(text.split("\n")) if line.startswith(f"{symbol} = ")]
        rest = "\n".join(text.split("\n")[start:])
        block = rest[: rest.index("\\end{pmatrix}") + 13] if form.name == "latex" else rest.split("\n")[0]
        cells = parse_block(block.partition(" = ")[2])
        np.testing.assert_array_equal(np.array(cells, dtype=float), array)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_that_a_report_has_everything_inside(finished: MainWindow, tmp_path: Path, qtbot: QtBot):
    done: list[int] = []
    finished.session.rename_run(1, "<script>alert(1)</script>")
    finished.exports.save_report(tmp_path / "report.html", lambda: done.append(1))
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE)
    page = Tags()
    page.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    pictures = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 6
    assert all(source.startswith("data:image/png;base64,") for source in pictures)
    assert "script" not in [tag for tag, _ in page.tags]
    for words in ("<script>alert(1)</script>", "Ljung–Box", "transition matrix", "em(start, data, options)", "numpy"):
        assert words in page.text
    assert f"{finished.session.state.run.level:.12g}".replace("-", "−") in page.text


def test_that_data_are_written_and_read_back(window: MainWindow, tmp_path: Path):
    window.exports.save_data(tmp_path / "data.csv")
    back = load_data(tmp_path / "data.csv").dataset
    np.testing.assert_array_equal(back.observations, window.session.state.data.dataset.observations)


def test_that_the_result_is_the_shown_estimate(finished: MainWindow):
    finished.session.show_iteration(2)
    result = result_of(finished.session.state)
    assert (result.n_iter, len(result.log_likelihoods), result.converged) == (2, 3, False)
    assert result.params is finished.session.state.step.params


@pytest.mark.parametrize(
    "write",
    [
        lambda exports, folder: exports.save_picture("ELBO", folder / "no" / "a.png", 1.0),
        lambda exports, folder: exports.save_picture("ELBO", folder / "a.bmp", 1.0),
        lambda exports, folder: exports.save_results(folder / "no" / "a.mat"),
        lambda exports, folder: exports.save_data(folder / "no" / "a.csv"),
        lambda exports, folder: exports.animate("ELBO", folder / "a.mp4", 1.0, 10.0),
    ],
)
def test_that_what_cannot_be_written_is_said_above_the_tabs(finished: MainWindow, tmp_path: Path, write: Callable):
    write(finished.exports, tmp_path)
    assert finished.documents.bar.isVisible()
    assert finished.documents.bar.problem.text().endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_that_a_picture_is_asked_for_and_written_where_it_was_last(
    finished: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    asked: list[str] = []

    def choose(_parent: object, _title: str, proposed: str, *_: str) -> tuple[str, str]:
        asked.append(proposed)
        return str(tmp_path / "some.svg"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    for count in (1, 2):
        finished.actions_by_name["export_picture"].trigger()
        dialog = next(box for box in finished.findChildren(QPushButton, "confirm") if box.isVisible())
        QTest.mouseClick(dialog, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda count=count: len(asked) == count, timeout=PATIENCE)
    qtbot.waitUntil(lambda: (tmp_path / "some.svg").exists(), timeout=PATIENCE)
    assert asked[1] == str(tmp_path / "window.svg")
    assert settings.suffix("picture") == ".svg"


def test_that_the_figures_of_a_panel_are_asked_for_and_written(
    finished: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    path = tmp_path / "elbo.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    finished.actions_by_name["export_figures"].trigger()
    confirm = next(box for box in finished.findChildren(QPushButton, "confirm") if box.isVisible())
    QTest.mouseClick(confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(path.exists, timeout=PATIENCE)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    panel = finished.learn.panels["elbo"]
    for name, column in panel.table(finished.session.state).items():
        assert [float(row[name]) for row in rows if row[name]] == pytest.approx(column.tolist(), abs=0.0, nan_ok=True)
