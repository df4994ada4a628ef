from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.session import Breakpoints, State, Watched
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace
from lds_gui.ui.learn.breakpoints_card import BreakpointsCard
from lds_gui.ui.main_window import MainWindow
from tests.ui.conftest import PATIENCE

Find = Callable[..., QWidget]


@pytest.fixture
def card(window: MainWindow) -> BreakpointsCard:
    card = window.learn.breakpoints_card
    card.fold(False)
    return card


def typed(qtbot: QtBot, field: QWidget, text: str) -> None:
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_that_nothing_is_set_at_first(window: MainWindow, card: BreakpointsCard) -> None:
    assert window.session.state.breakpoints == Breakpoints()
    assert card.count.text() == ""


@pytest.mark.parametrize("name", ["on_fall", "condition", "iteration", "watched"])
def test_that_a_box_sets_and_clears_a_breakpoint(
    qtbot: QtBot, window: MainWindow, card: BreakpointsCard, find: Find, name: str
) -> None:
    box = find(QCheckBox, f"break_at_{name}")
    box.click()
    assert window.session.state.breakpoints.count == 1
    assert getattr(window.session.state.breakpoints, name)
    assert card.count.text() == "1 set"
    box.click()
    assert window.session.state.breakpoints == Breakpoints()


def test_that_an_entered_limit_is_in_force(qtbot: QtBot, window: MainWindow, card: BreakpointsCard, find: Find) -> None:
    typed(qtbot, find(NumberField, "break_condition"), "1e4")
    typed(qtbot, find(NumberField, "break_iteration"), "3")
    assert window.session.state.breakpoints == Breakpoints(condition=1e4, iteration=3)
    assert find(QCheckBox, "break_at_iteration").isChecked()


def test_that_an_entry_of_a_matrix_can_be_watched(
    qtbot: QtBot, window: MainWindow, card: BreakpointsCard, find: Find
) -> None:
    quantity = find(QComboBox, "break_quantity")
    assert not find(QSpinBox, "break_row").isVisible()
    quantity.setCurrentText("B")
    find(QSpinBox, "break_row").setValue(3)
    find(QSpinBox, "break_column").setValue(2)
    typed(qtbot, find(NumberField, "break_low"), "-0.5")
    typed(qtbot, find(NumberField, "break_high"), "0.5")
    assert window.session.state.breakpoints == Breakpoints(watched=Watched("B", (2, 1), -0.5, 0.5))
    quantity.setCurrentText("μ₀")
    assert not find(QSpinBox, "break_column").isVisible()
    assert window.session.state.breakpoints.watched == Watched("mu0", (1,), -0.5, 0.5)


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [("condition", "-3", "not above 0"), ("iteration", "2.5", "not a whole number"), ("low", "x", "not a number")],
)
def test_that_a_limit_that_makes_no_sense_is_refused_where_it_was_entered(
    qtbot: QtBot, window: MainWindow, card: BreakpointsCard, find: Find, name: str, text: str, part: str
) -> None:
    typed(qtbot, find(NumberField, f"break_{name}"), text)
    place = {"low": "watched"}.get(name, name)
    assert part in find(ProblemPlace, f"break_{place}_error").text()
    assert window.session.state.breakpoints == Breakpoints()


def test_that_a_halt_is_told_in_words(qtbot: QtBot, window: MainWindow, card: BreakpointsCard, find: Find) -> None:
    typed(qtbot, find(NumberField, "break_iteration"), "2")
    window.actions_by_name["run"].trigger()

    def is_halted() -> bool:
        state: State = window.session.state
        return state.run is not None and bool(state.run.halt)

    qtbot.waitUntil(is_halted, timeout=PATIENCE)
    assert find(QLabel, "halt").text() == "The breakpoint is reached, at iteration 2"
    assert find(QLabel, "status_label").text().startswith("Breakpoint")
