from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.files import sample
from lds_gui.lds import STRUCTURES, EMOptions
from lds_gui.session import LAST_START, PERTURBED_START, START_CHOICES, RunStatus, State
from lds_gui.ui.main_window import MainWindow
from tests.ui.conftest import PATIENCE

Find = Callable[..., QWidget]
Settled = Callable[[], State]

NAMED = {
    "start": QComboBox,
    "start_amount": QLineEdit,
    "start_seed": QLineEdit,
    "structure_Sigma": QComboBox,
    "structure_Gamma": QComboBox,
    "structure_Sigma0": QComboBox,
    "learn_Sigma0": QCheckBox,
    "initial_covariance": QComboBox,
    "tolerance": QLineEdit,
    "tolerance_kind": QComboBox,
    "param_tolerance": QLineEdit,
    "floor": QLineEdit,
    "learning_more": QPushButton,
}


def enter(qtbot: QtBot, field: QWidget, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def choose(qtbot: QtBot, combo: QComboBox, index: int) -> None:
    """Choose an entry by the keyboard."""
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(index):
        qtbot.keyClick(combo, Qt.Key.Key_Down)


def choose_start(qtbot: QtBot, find: Find, name: str) -> None:
    choose(qtbot, find(QComboBox, "start"), [choice.name for choice in START_CHOICES].index(name))


def unfold(qtbot: QtBot, find: Find) -> None:
    qtbot.mouseClick(find(QPushButton, "learning_more"), Qt.MouseButton.LeftButton)


def test_that_everything_that_is_driven_from_outside_has_its_name(find: Find) -> None:
    for name, kind in NAMED.items():
        find(kind, name)


@pytest.mark.parametrize("choice", START_CHOICES, ids=lambda choice: choice.name)
def test_that_a_start_shows_the_fields_that_it_needs_and_only_them(
    qtbot: QtBot, window: MainWindow, find: Find, choice
) -> None:
    choose_start(qtbot, find, choice.name)
    assert window.session.state.learning.start == choice.name
    assert find(QLineEdit, "start_seed").isVisible() is choice.needs_seed
    assert find(QLineEdit, "start_amount").isVisible() is choice.needs_amount


def test_that_amount_and_seed_of_the_perturbed_truth_reach_the_run(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    choose_start(qtbot, find, PERTURBED_START)
    enter(qtbot, find(QLineEdit, "start_amount"), "0")
    enter(qtbot, find(QLineEdit, "start_seed"), "17")
    learning = window.session.state.learning
    assert (learning.amount, learning.seed) == (0.0, 17)
    find(QAction, "run").trigger()
    state = settled()
    assert (state.run.history[0].params.A == state.data.truth.A).all()


def test_that_a_truth_that_is_not_known_is_told_at_the_place_and_by_the_run(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    choose_start(qtbot, find, PERTURBED_START)
    assert not find(QLabel, "start_error").isVisible()
    window.session.open_data(sample("nile").path)
    qtbot.waitUntil(lambda: window.session.state.data.truth is None, timeout=PATIENCE)
    assert "no known truth" in find(QLabel, "start_error").text()
    find(QAction, "run").trigger()
    assert settled().run.status is RunStatus.FAILED
    assert "no known truth" in find(QLabel, "failure").text()


def test_that_the_last_estimate_is_asked_for_until_there_is_one(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    choose_start(qtbot, find, LAST_START)
    assert "no estimate yet" in find(QLabel, "start_error").text()
    choose_start(qtbot, find, "pca")
    find(QAction, "run").trigger()
    last = settled().run.history[-1].params
    choose_start(qtbot, find, LAST_START)
    assert not find(QLabel, "start_error").isVisible()
    find(QAction, "run").trigger()
    assert (settled().run.history[0].params.A == last.A).all()


@pytest.mark.parametrize("name", ["Sigma", "Gamma", "Sigma0"])
@pytest.mark.parametrize("kind", STRUCTURES)
def test_that_a_restriction_is_chosen_beside_its_box(
    qtbot: QtBot, window: MainWindow, find: Find, name: str, kind: str
) -> None:
    if name == "Sigma0":
        unfold(qtbot, find)
        choose(qtbot, find(QComboBox, "initial_covariance"), 1)
    choose(qtbot, find(QComboBox, f"structure_{name}"), STRUCTURES.index(kind))
    assert window.session.state.learning.options.structure.get(name, "full") == kind
    find(QCheckBox, f"learn_{name}").click()
    assert not find(QComboBox, f"structure_{name}").isEnabled(), "what is held is not restricted"


def test_that_a_separate_initial_covariance_is_learned_and_can_be_taken_back(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    assert not find(QCheckBox, "learn_Sigma0").isVisible()
    unfold(qtbot, find)
    choose(qtbot, find(QComboBox, "initial_covariance"), 1)
    assert find(QCheckBox, "learn_Sigma0").isVisible()
    choose(qtbot, find(QComboBox, "structure_Sigma0"), 2)
    find(QAction, "run").trigger()
    params = settled().run.history[-1].params
    assert params.Sigma0[0, 0] == params.Sigma0[1, 1]
    assert params.Sigma0[0, 1] == 0.0
    choose(qtbot, find(QComboBox, "initial_covariance"), 0)
    assert window.session.state.learning.options == replace(EMOptions(), max_iter=5, tol=0.0)
    find(QAction, "run").trigger()
    assert settled().run.history[-1].params.is_tied


def test_that_the_tolerance_is_for_all_data_or_for_each_entry(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    enter(qtbot, find(QLineEdit, "tolerance"), "1e-3")
    choose(qtbot, find(QComboBox, "tolerance_kind"), 1)
    options = window.session.state.learning.options
    assert (options.tol, options.rtol) == (0.0, 1e-3)
    assert find(QLineEdit, "tolerance").text() == "0.001"
    enter(qtbot, find(QLineEdit, "tolerance"), "0")
    assert find(QComboBox, "tolerance_kind").currentIndex() == 1, "a tolerance of 0 changes no kind"
    enter(qtbot, find(QLineEdit, "tolerance"), "0.5")
    choose(qtbot, find(QComboBox, "tolerance_kind"), 0)
    options = window.session.state.learning.options
    assert (options.tol, options.rtol) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("name", "attribute", "words"),
    [("param_tolerance", "param_tol", "change < 0.25"), ("floor", "floor", "variance ≥ 0.25")],
)
def test_that_what_is_set_in_the_folded_part_is_named_by_its_toggle(
    qtbot: QtBot, window: MainWindow, find: Find, name: str, attribute: str, words: str
) -> None:
    toggle, field = find(QPushButton, "learning_more"), find(QLineEdit, name)
    assert toggle.text() == "More"
    assert not field.isVisible()
    unfold(qtbot, find)
    assert field.isVisible()
    enter(qtbot, field, "1/4")
    assert getattr(window.session.state.learning.options, attribute) == 0.25
    unfold(qtbot, find)
    assert not field.isVisible()
    assert toggle.text() == f"More: {words}"


@pytest.mark.parametrize("name", ["start_amount", "tolerance", "param_tolerance", "floor"])
def test_that_a_negative_number_is_refused_below_its_field(
    qtbot: QtBot, window: MainWindow, find: Find, name: str
) -> None:
    before = window.session.state.learning.options
    enter(qtbot, find(QLineEdit, name), "-1")
    assert "“-1” is negative" in find(QLabel, f"{name}_error").text()
    assert window.session.state.learning.options is before


def test_that_nothing_in_the_card_is_cut_off_when_all_of_it_is_shown(
    qtbot: QtBot, window: MainWindow, find: Find
) -> None:
    choose_start(qtbot, find, PERTURBED_START)
    unfold(qtbot, find)
    choose(qtbot, find(QComboBox, "initial_covariance"), 1)
    choose(qtbot, find(QComboBox, "tolerance_kind"), 1)
    enter(qtbot, find(QLineEdit, "floor"), "1e-6")
    enter(qtbot, find(QLineEdit, "param_tolerance"), "1e-6")
    for name in ("Sigma", "Gamma", "Sigma0"):
        choose(qtbot, find(QComboBox, f"structure_{name}"), STRUCTURES.index("isotropic"))
    card = window.learn.learning_card
    qtbot.wait(1)
    assert card.minimumSizeHint().width() <= card.width()
    arrow = 22 + 16  # of a choice, and what surrounds its text
    for combo in card.findChildren(QComboBox):
        needed = combo.fontMetrics().horizontalAdvance(combo.currentText()) + arrow
        assert combo.width() >= needed, f"{combo.currentText()} has {combo.width()} px and needs {needed}"
    for part in (*card.findChildren(QPushButton), *card.findChildren(QSpinBox), *card.findChildren(QCheckBox)):
        assert not part.isVisible() or part.width() >= part.minimumSizeHint().width(), part.objectName()
