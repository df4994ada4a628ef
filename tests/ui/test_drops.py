from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.ui.drops import DropTarget, RefusalError, clipboard_source

Dropping = Callable[[QMimeData], bool]


class Told(list):
    """What a target has said, in order."""


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def drop(qtbot: QtBot, told: Told) -> Dropping:
    """Drag something over a child of a target, and drop it if that is allowed; says whether it was."""
    page = QWidget()
    child = QPushButton()
    QVBoxLayout(page).addWidget(child)
    qtbot.addWidget(page)
    target = DropTarget(page)
    target.dropped.connect(told.append)
    target.refused.connect(told.append)

    def drop(content: QMimeData) -> bool:
        actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), actions, content, buttons, keys)
        QApplication.sendEvent(page, enter)
        if not enter.isAccepted():
            return False
        event = QDropEvent(QPointF(5, 5), actions, content, buttons, keys)
        QApplication.sendEvent(page, event)
        assert event.isAccepted()
        assert event.dropAction() is Qt.DropAction.CopyAction, "a file must not be taken away from where it is"
        return True

    return drop


def files(*paths: Path) -> QMimeData:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return content


def text(words: str) -> QMimeData:
    content = QMimeData()
    content.setText(words)
    return content


def test_that_one_file_is_told_after_the_drop_has_ended(
    qtbot: QtBot, drop: Dropping, told: Told, tmp_path: Path
) -> None:
    path = tmp_path / "data 1.csv"
    path.write_text("1\n")
    assert drop(files(path))
    assert told == []
    qtbot.waitUntil(lambda: told == [path])


def test_that_a_text_is_taken_as_it_is(qtbot: QtBot, drop: Dropping, told: Told) -> None:
    assert drop(text("1\t2\n3\t4\n"))
    qtbot.waitUntil(lambda: told == ["1\t2\n3\t4\n"])


def test_that_several_files_are_refused_with_their_number(drop: Dropping, told: Told, tmp_path: Path) -> None:
    assert not drop(files(tmp_path / "a.csv", tmp_path / "b.csv"))
    assert told == ["These are 2 files; one file at a time can be opened."]


def test_that_a_folder_is_refused(drop: Dropping, told: Told, tmp_path: Path) -> None:
    assert not drop(files(tmp_path))
    assert f"“{tmp_path.name}” is a folder" in told[0]


def test_that_a_web_address_is_refused(drop: Dropping, told: Told) -> None:
    content = QMimeData()
    content.setUrls([QUrl("https://example.org/data.csv")])
    assert not drop(content)
    assert "not a file on this computer" in told[0]


@pytest.mark.parametrize("content", [QMimeData(), text(" \n ")], ids=["picture", "blanks"])
def test_that_what_holds_no_text_is_refused(drop: Dropping, told: Told, content: QMimeData) -> None:
    assert not drop(content)
    assert "neither a file nor a text" in told[0]


def test_that_the_clipboard_gives_a_file_or_a_text_or_says_why_not(qtbot: QtBot, tmp_path: Path) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("1;2\n3;4")
    assert clipboard_source() == "1;2\n3;4"
    path = tmp_path / "data.csv"
    clipboard.setMimeData(files(path))
    assert clipboard_source() == path
    clipboard.setMimeData(files(path, tmp_path / "other.csv"))
    with pytest.raises(RefusalError, match="2 files"):
        clipboard_source()
    clipboard.clear()
    with pytest.raises(RefusalError, match="neither a file nor a text"):
        clipboard_source()
