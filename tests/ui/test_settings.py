"""Settings: what is chosen is remembered, and what is corrupt never stops anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

from lds_gui.ui import settings
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.settings import SETTINGS


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    settings.reset_all()
    yield
    settings.reset_all()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_that_every_choice_of_every_setting_is_remembered(setting):
    assert settings.chosen(setting.name) == setting.default
    for value, words in setting.choices:
        settings.choose(setting.name, value)
        assert settings.chosen(setting.name) == value
        assert words
    assert setting.default in [value for value, _ in setting.choices]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@pytest.mark.parametrize("value", ["", "nonsense", ["a", "b"], 7, QByteArray(b"\0\xff")])
def test_that_a_value_that_is_no_choice_is_as_good_as_none(setting, value):
    settings._store().setValue(setting.name, value)
    assert settings.chosen(setting.name) == setting.default


def test_that_a_corrupt_file_of_settings_is_as_good_as_none():
    path = Path(settings._store().fileName())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(range(256)) * 20)
    assert [settings.chosen(setting.name) for setting in SETTINGS] == [setting.default for setting in SETTINGS]
    assert (settings.geometry(), settings.layout(), settings.recent()) == (None, None, ())
    assert settings.folder("open") == Path.home()
    path.unlink()


def test_that_the_last_folder_and_format_are_remembered_for_each_purpose(tmp_path: Path):
    settings.remember_file("picture", tmp_path / "some.svg")
    assert (settings.folder("picture"), settings.suffix("picture")) == (tmp_path, ".svg")
    assert (settings.folder("results"), settings.suffix("results")) == (Path.home(), "")


def test_that_recent_files_that_are_gone_are_left_out(tmp_path: Path):
    for name in "abc":
        (tmp_path / name).touch()
        settings.remember_recent(str(tmp_path / name))
    (tmp_path / "b").unlink()
    assert settings.recent() == (str(tmp_path / "c"), str(tmp_path / "a"))
    settings.forget_recent()
    assert settings.recent() == ()


def test_that_safe_mode_neither_reads_nor_writes(monkeypatch: pytest.MonkeyPatch):
    settings.choose("units", settings.BITS)
    monkeypatch.setattr(settings, "_switched_off", True)
    assert settings.chosen("units") == settings.NATS
    settings.choose("units", settings.NATS)
    settings.reset_all()
    monkeypatch.setattr(settings, "_switched_off", False)
    assert settings.chosen("units") == settings.BITS


def test_that_the_dialog_applies_what_is_chosen_and_resets_all(window: MainWindow):
    window.actions_by_name["settings"].trigger()
    box = window.findChild(QComboBox, "setting_units")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert window.session.state.laboratory.in_bits
    assert settings.chosen("units") == settings.BITS
    dark = window.findChild(QComboBox, "setting_theme")
    dark.setCurrentIndex(dark.findData("dark"))
    dark.activated.emit(dark.currentIndex())
    assert window.findChild(QAction, "theme_dark").isChecked()
    QTest.mouseClick(window.findChild(QPushButton, "reset_settings"), Qt.MouseButton.LeftButton)
    assert settings.chosen("units") == settings.NATS
    assert not window.session.state.laboratory.in_bits
    assert box.currentData() == settings.NATS
