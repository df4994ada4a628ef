import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from lds_gui.files import preset
from lds_gui.lds import modes, random_model
from lds_gui.ui.dialogs import PresetDialog, RandomModelDialog

MODEL = preset("damped_oscillator").params


def fill(dialog, **texts: str) -> None:
    for name, text in texts.items():
        dialog.findChild(QLineEdit, name).setText(text)


def confirm(qtbot: QtBot, dialog) -> None:
    qtbot.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)


@pytest.fixture
def dialog(qtbot: QtBot) -> RandomModelDialog:
    dialog = RandomModelDialog(MODEL)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_that_the_same_seed_makes_the_same_model(qtbot: QtBot, dialog: RandomModelDialog) -> None:
    fill(dialog, random_n="3", random_m="4", random_seed="8")
    confirm(qtbot, dialog)
    assert dialog.model is not None
    expected = random_model(3, 4, np.random.default_rng(8))
    for name in ("A", "B", "Sigma", "Gamma", "mu0"):
        np.testing.assert_array_equal(getattr(dialog.model, name), getattr(expected, name))


def test_that_wished_moduli_and_periods_are_kept(qtbot: QtBot, dialog: RandomModelDialog) -> None:
    fill(dialog, random_n="3", random_moduli="0.95; 0.5", random_periods="20; -")
    confirm(qtbot, dialog)
    assert dialog.model is not None
    found = modes(dialog.model.A)
    assert [mode.modulus for mode in found] == pytest.approx([0.95, 0.95, 0.5])
    assert found[0].period == pytest.approx(20)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"random_n": "0"}, "whole number from 1 to 20"),
        ({"random_m": "x"}, "whole number from 1 to 50"),
        ({"random_seed": "-1"}, "The seed “-1”"),
        ({"random_moduli": "1.5", "random_periods": "9"}, "1.5"),
        ({"random_periods": "9; 9; 9"}, "6 together"),
        ({"random_noise": "-1"}, "not above 0"),
        ({"random_moduli": "a"}, "not a number"),
    ],
)
def test_that_a_wish_that_cannot_be_met_is_told_and_nothing_is_lost(
    qtbot: QtBot, dialog: RandomModelDialog, texts: dict[str, str], words: str
) -> None:
    fill(dialog, **texts)
    confirm(qtbot, dialog)
    assert dialog.model is None
    assert dialog.isVisible()
    assert words in dialog.error.text()
    for name, text in texts.items():
        assert dialog.findChild(QLineEdit, name).text() == text


def test_that_a_preset_needs_a_title(qtbot: QtBot) -> None:
    dialog = PresetDialog("Oscillator", ["Mine"])
    qtbot.addWidget(dialog)
    dialog.show()
    fill(dialog, preset_title="  ")
    confirm(qtbot, dialog)
    assert dialog.isVisible()
    assert "needs a title" in dialog.error.text()
    fill(dialog, preset_title=" Mine ", preset_about="It turns.")
    confirm(qtbot, dialog)
    assert dialog.isVisible(), "one of that title is there"
    assert "press Save once more to replace it" in dialog.error.text()
    confirm(qtbot, dialog)
    assert (dialog.title, dialog.about, dialog.result()) == ("Mine", "It turns.", 1)
