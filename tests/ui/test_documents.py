"""Saving, opening, closing and recovering, as someone at the window does it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from lds_gui.session import Lost
from lds_gui.session.saved import Heading
from lds_gui.ui import settings
from lds_gui.ui.main_window import MainWindow

PATIENCE = 60_000


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have this file chosen whenever one is asked for."""
    path = tmp_path / "some.ldsession"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    return path


@pytest.fixture
def settled_file(window: MainWindow, qtbot: QtBot) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: not window.session.state.document.busy, timeout=PATIENCE)


def button(window: MainWindow, which: QMessageBox.StandardButton) -> None:
    """Press a button of the question whether changes are to be saved."""
    box = window.findChild(QMessageBox, "unsaved")
    QTest.mouseClick(box.button(which), Qt.MouseButton.LeftButton)


def test_that_a_session_is_saved_and_comes_back_as_it_looked(
    window: MainWindow, find: Callable, settled: Callable, settled_file: Callable, chosen: Path, qtbot: QtBot
):
    session = window.session
    session.run()
    settled()
    session.show_iteration(3)
    window.learn.area.docks["runs"].raise_()
    window.learn.breakpoints_card.fold(False)
    window.learn.panels["elbo"].plots[0].choose_range((1.0, 4.0, -900.0, -100.0))
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    find(QAction, "save").trigger()
    settled_file()
    assert window.windowTitle().startswith("some.ldsession")
    assert not window.isWindowModified()
    before = window.layout_now()
    find(QAction, "new_session").trigger()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    assert session.state.run is None
    window.learn.area.arrange()
    find(QAction, "open_data").trigger()
    qtbot.waitUntil(lambda: session.state.run is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    after = window.layout_now()
    assert session.state.iteration == 3
    assert (after.tab, after.folded) == (before.tab, before.folded)
    assert before.choices.items() <= after.choices.items()  # more, as other panels have come into sight
    assert after.ranges["elbo 0"] == pytest.approx(before.ranges["elbo 0"])
    assert str(chosen) in settings.recent()
    window.documents.recent_menu.aboutToShow.emit()
    assert window.documents.recent_menu.actions()[0].text() == "some.ldsession"


def test_that_nothing_is_asked_where_nothing_is_lost(window: MainWindow, settled_file: Callable, chosen: Path):
    window.session.files.save(chosen)
    settled_file()
    window.documents.asks = True
    assert window.close()


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel"])
def test_that_closing_asks_before_changes_are_lost(
    window: MainWindow, settled_file: Callable, chosen: Path, qtbot: QtBot, answer: str
):
    window.session.set_parameter("mu0", [3.0, 4.0])
    window.documents.asks = True
    assert not window.close()
    button(window, getattr(QMessageBox.StandardButton, answer))
    if answer == "Cancel":
        assert window.isVisible()
        assert window.session.state.document.is_changed
        window.documents.asks = False
        return
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=PATIENCE)
    assert chosen.exists() == (answer == "Save")


def test_that_a_file_that_is_none_is_refused_above_the_tabs(
    window: MainWindow, find: Callable, chosen: Path, settled_file: Callable
):
    chosen.write_text("hello")
    find(QAction, "open_data").trigger()
    settled_file()
    assert window.documents.bar.isVisible()
    assert "no session file" in window.documents.bar.problem.text()
    QTest.mouseClick(find(QPushButton, "dismiss_problem"), Qt.MouseButton.LeftButton)
    assert not window.documents.bar.isVisible()


def test_that_what_was_left_behind_is_offered_restored_or_discarded(window: MainWindow, tmp_path: Path, qtbot: QtBot):
    window.session.set_parameter("mu0", [3.0, 4.0])
    path = tmp_path / "123-ab" / "session.ldsession"
    path.parent.mkdir()
    window.session.files.save(path)
    qtbot.waitUntil(lambda: not window.session.state.document.busy, timeout=PATIENCE)
    window.session.set_parameter("mu0", [0.0, 0.0])
    heading = Heading(
        "0.1.0", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "Damped oscillator, 25 steps", "/a/b.ldsession"
    )
    bar = window.documents.bar
    window.documents._offer([Lost(path, heading), Lost(path, heading), Lost(path, heading)])
    assert bar.isVisible()
    assert "Damped oscillator, 25 steps" in bar.findChildren(type(bar.problem))[-1].text()
    for name in ("later", "discard", "restore"):
        QTest.mouseClick(bar.findChildren(QPushButton, name)[0], Qt.MouseButton.LeftButton)
        QApplication.sendPostedEvents(None, 52)  # deferred deletions
        QApplication.processEvents()
    qtbot.waitUntil(lambda: window.session.state.model.mu0.tolist() == [3.0, 4.0], timeout=PATIENCE)
    assert not bar.isVisible()
    assert window.session.state.document.path == ""  # a file that somebody has saved has no other one


def test_that_a_window_with_a_person_keeps_its_session(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LDS_GUI_DATA_FOLDER", str(tmp_path))
    window.documents.guard()
    window.session.files.set_interval(0.01)
    window.session.set_parameter("mu0", [3.0, 4.0])
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("recovery/*/session.ldsession"))) == 1, timeout=PATIENCE)
    window.documents.asks = False
    window.close()
    assert not (tmp_path / "recovery").exists()


def test_that_a_folder_that_cannot_be_made_is_said_and_stops_nothing(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "recovery").write_text("a file in the way")
    monkeypatch.setenv("LDS_GUI_DATA_FOLDER", str(tmp_path))
    window.documents.guard()
    assert "cannot be kept by itself" in window.documents.bar.problem.text()
    window.documents.asks = False


def test_that_a_question_is_asked_in_words(window: MainWindow, qtbot: QtBot):
    window.session.set_parameter("mu0", [3.0, 4.0])
    window.documents.asks = True
    done = []
    window.documents.unless_lost(lambda: done.append(1))
    box = window.findChild(QMessageBox, "unsaved")
    assert "Save the changes" in box.text()
    QTimer.singleShot(0, box.reject)
    qtbot.waitUntil(lambda: not box.isVisible(), timeout=PATIENCE)
    assert not done
    window.documents.asks = False
