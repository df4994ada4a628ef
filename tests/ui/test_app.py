from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage

from lds_gui.files import FileFormatError, preset, presets
from lds_gui.lds import ParameterError
from lds_gui.session import RunStatus
from lds_gui.ui import settings
from lds_gui.ui.app import run_demo, run_to_the_end
from tests.situations import new_session


def test_that_the_demonstration_writes_the_windows_picture(qapp, tmp_path: Path) -> None:
    out = tmp_path / "demo.png"
    before = settings.geometry()
    sentence = run_demo("local_level", out, "dark", (1280, 720))
    assert settings.geometry() == before, "the demonstration leaves the user's settings alone"
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1280, 720)
    assert image.pixelColor(2, 700).lightness() < 60
    assert preset("local_level").title in sentence
    assert str(out) in sentence


def test_that_a_picture_that_cannot_be_written_is_told(qapp, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such folder"):
        run_demo("local_level", tmp_path / "no such folder" / "demo.png", "light", (1280, 720))


def test_that_an_unknown_preset_is_told_with_those_there_are(qapp, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=presets()[0].name):
        run_demo("no such preset", tmp_path / "demo.png", "light", (1280, 720))


def test_that_running_to_the_end_returns_what_was_derived(qapp) -> None:
    session = new_session()
    state = run_to_the_end(session)
    session.close()
    assert state.run.status is RunStatus.FINISHED
    assert state.view.params is state.step.params


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe garbage", b"[General]\ntheme=@Invalid()\ngeometry=17\n"])
def test_that_unreadable_settings_are_as_good_as_none(qapp, content: bytes) -> None:
    path = Path(QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lds-gui", "lds-gui").fileName())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert settings.theme_name() == "system"
    assert settings.geometry() is None
