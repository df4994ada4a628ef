"""The panel *Notebook*: what was done, saved, replayed and copied, and what a report of an error has of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from lds_gui.script import parse, replay
from lds_gui.ui.main_window import MainWindow

PATIENCE = 60_000


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with the notebook in sight."""
    window.learn.area.docks["notebook"].raise_()
    qtbot.waitUntil(lambda: window.learn.area.is_in_sight(window.learn.panels["notebook"]), timeout=PATIENCE)
    return window


def click(window: MainWindow, name: str) -> None:
    QTest.mouseClick(window.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_that_lines_appear_as_things_are_done(shown: MainWindow, settled: Callable):
    text = shown.learn.panels["notebook"].text
    shown.session.run()
    settled()
    assert [line.text for line in shown.session.state.notebook] == text.toPlainText().split("\n")
    shown.session.show_iteration(2)
    shown.session.show_iteration(3)
    shown.learn.draw_now()
    assert text.toPlainText().endswith("shown = run_1[3]")
    assert "run_1[2]" not in text.toPlainText()


def test_that_a_run_is_copied_as_a_script_that_python_runs(shown: MainWindow, settled: Callable, capsys):
    shown.session.run()
    state = settled()
    click(shown, "copy_script")
    text = QGuiApplication.clipboard().text()
    exec(compile(text, "script", "exec"), {})
    assert float(capsys.readouterr().out) == state.run.level
    assert [*replay(parse(text), Path())][-1].difference == 0.0


def test_that_a_notebook_is_saved_and_replayed_by_its_buttons(
    shown: MainWindow, settled: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
):
    path = tmp_path / "notebook.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    session = shown.session
    session.run()
    level = settled().run.level
    click(shown, "save_notebook_here")
    path.write_text("# A remark.\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    click(shown, "replay_notebook_here")
    pace = shown.findChild(QComboBox, "lesson_pace")
    pace.setCurrentIndex(0)
    pace.activated.emit(0)
    qtbot.waitUntil(lambda: not session.state.lesson.plays, timeout=PATIENCE)
    shown.learn.draw_now()
    assert session.state.lesson.notes == ()
    assert session.state.run.level == level
    assert shown.learn.panels["notebook"].remark.text() == "A remark."
    click(shown, "lesson_end")
    shown.learn.draw_now()
    assert session.state.lesson is None
    assert not shown.learn.panels["notebook"].lesson.isVisible()


def test_that_a_lesson_is_paused_and_stepped_through(shown: MainWindow, qtbot: QtBot):
    shown.actions_by_name["lesson"].trigger()
    session = shown.session
    qtbot.waitUntil(lambda: session.state.lesson is not None, timeout=PATIENCE)
    shown.learn.draw_now()
    click(shown, "lesson_play")
    assert not session.state.lesson.plays
    qtbot.waitUntil(lambda: session.player._is_ready, timeout=PATIENCE)
    place = session.state.lesson.place
    click(shown, "lesson_step")
    assert session.state.lesson.place == place + 1


def test_that_a_report_of_an_error_says_what_was_done(window: MainWindow):
    window.session.set_parameter("mu0", [0.5, 0.0])
    window.error_panel.show_error(RuntimeError("a defect"))
    assert "replace(model, mu0=[0.5, 0.0])" in window.error_panel.report
