"""What keys do in the window: undo within a field, shortcuts with something typed, Tab, half-steps."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox, QTableView, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import Simulation
from lds_gui.ui.editors.number_fields import NumberField
from lds_gui.ui.main_window import MainWindow
from tests.situations import new_session

PATIENCE = 60_000
CONTROL = Qt.KeyboardModifier.ControlModifier
Find = Callable[[type, str], QWidget]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """A window with simulated data that has got the focus."""
    session = new_session()
    session.set_simulation(Simulation(25, 4))
    window = MainWindow(session, "light")
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    yield window
    window.close()


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, modifiers)
    QApplication.processEvents()


def field(window: MainWindow, name: str) -> NumberField:
    return window.learn.data_card.fields[name]


def enter(widget: QWidget, text: str, *, commit: bool) -> None:
    widget.setFocus()
    widget.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(widget, text)
    if commit:
        QTest.keyClick(widget, Qt.Key.Key_Return)


def test_that_ctrl_z_in_a_field_undoes_what_the_field_has_committed(window: MainWindow) -> None:
    enter(field(window, "n_steps"), "33", commit=True)
    assert window.session.state.simulation.n_steps == 33
    press(Qt.Key.Key_Z, CONTROL)
    assert window.session.state.simulation.n_steps == 25
    assert field(window, "n_steps").text() == "25"


def test_that_ctrl_z_in_a_box_undoes_the_change_of_the_dimensions(window: MainWindow) -> None:
    enter(window.learn.model_card.latent_dim, "3", commit=True)
    assert window.session.state.model.latent_dim == 3
    press(Qt.Key.Key_Z, CONTROL)
    assert window.session.state.model.latent_dim == 2


def test_that_ctrl_z_first_takes_a_refused_entry_back(window: MainWindow) -> None:
    enter(field(window, "n_steps"), "33", commit=True)
    enter(field(window, "gap"), "30", commit=True)
    assert field(window, "gap").has_problem
    window.learn.model_card.editors["A"].model.set_block(0, 0, [["abc"]])
    window.actions_by_name["undo"].trigger()
    assert not field(window, "gap").has_problem
    assert not window.learn.model_card.has_problem
    assert window.session.state.simulation.n_steps == 33
    window.actions_by_name["undo"].trigger()
    assert window.session.state.simulation.n_steps == 25


def test_that_every_wrong_field_keeps_its_sentence(window: MainWindow) -> None:
    enter(field(window, "n_steps"), "abc", commit=True)
    enter(field(window, "gap"), "0.2", commit=True)
    place = window.learn.data_card.findChild(QWidget, "simulation_error")
    assert place.isVisible()
    assert "abc" in place.text()  # type: ignore[attr-defined]


def test_that_a_shortcut_takes_what_has_been_typed(qtbot: QtBot, window: MainWindow) -> None:
    enter(field(window, "n_steps"), "31", commit=False)
    press(Qt.Key.Key_D, CONTROL)
    qtbot.waitUntil(lambda: window.session.state.data.dataset.n_steps == 31, timeout=PATIENCE)
    table = window.learn.model_card.editors["A"].table
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClicks(table, "0")
    QTest.keyClicks(QApplication.focusWidget(), ".75")
    press(Qt.Key.Key_D, CONTROL)
    assert window.session.state.model.A[0, 0] == 0.75


def test_that_undo_shows_the_tab_on_which_something_changes(window: MainWindow) -> None:
    window.session.lab.swap()
    window.session.set_parameter("A", 0.5 * np.eye(2))
    window.tabs.setCurrentIndex(1)
    window.actions_by_name["undo"].trigger()
    assert window.tabs.currentIndex() == 0
    window.actions_by_name["undo"].trigger()
    assert window.tabs.currentIndex() == 1


def test_that_too_many_dimensions_are_refused_in_words(window: MainWindow) -> None:
    enter(window.learn.model_card.latent_dim, "50", commit=True)
    assert window.session.state.model.latent_dim == 2
    assert window.learn.model_card.latent_dim.value() == 2
    sentence = window.learn.model_card.findChild(QWidget, "dimensions_error")
    assert "50 latent dimensions are too many" in sentence.text()  # type: ignore[attr-defined]


def test_that_tab_goes_from_the_dimensions_through_the_matrices(window: MainWindow) -> None:
    window.learn.model_card.obs_dim.setFocus()
    tables: list[str] = []
    for _ in range(60):
        press(Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if isinstance(focused, QTableView) and focused.objectName() not in tables:
            tables.append(focused.objectName())
        if isinstance(focused, QSpinBox) or len(tables) == 5:
            break
    assert tables == [f"truth_{name}" for name in ("A", "B", "Sigma", "Gamma", "mu0")]
    for editor in window.learn.model_card.editors.values():
        assert editor.isAncestorOf(editor.table)


def test_that_a_separate_initial_covariance_has_an_editor(window: MainWindow) -> None:
    editor = window.learn.model_card.editors["Sigma0"]
    assert editor.isHidden()
    window.session.set_parameter("Sigma0", 2.0 * np.eye(2))
    assert editor.isVisible()
    np.testing.assert_array_equal(editor.model.proposal, 2.0 * np.eye(2))


def test_that_arrows_home_and_end_go_through_the_half_steps(qtbot: QtBot, window: MainWindow) -> None:
    state = lambda: window.session.state  # noqa: E731
    window.learn.setFocus()
    for key, iteration, before_e in (
        (Qt.Key.Key_Right, 0, False),
        (Qt.Key.Key_Right, 1, True),
        (Qt.Key.Key_Right, 1, False),
        (Qt.Key.Key_Left, 1, True),
        (Qt.Key.Key_Home, 0, False),
        (Qt.Key.Key_End, 1, False),
    ):
        QTest.keyClick(window.learn, key)
        expected = (iteration, before_e)
        qtbot.waitUntil(lambda e=expected: (state().iteration, state().before_e) == e, timeout=PATIENCE)
        text = window.actions_by_name["half_step"].text()
        assert text == ("E: close the gap" if before_e else "M: raise the bound")
    QTest.keyClick(window.learn, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state().iteration > 1, timeout=PATIENCE)


def test_that_start_and_estimate_are_alike_at_the_start(qtbot: QtBot, window: MainWindow) -> None:
    window.session.half_step()
    qtbot.waitUntil(lambda: window.session.state.view_is_current, timeout=PATIENCE)
    table = window.learn.panels["matrices"].table(window.session.state)
    for name in ("A", "B", "Sigma", "Gamma", "mu0"):
        np.testing.assert_allclose(table[f"start_{name}"], table[f"estimate_{name}"])


def test_that_dots_that_are_too_many_become_a_line_and_come_back(window: MainWindow) -> None:
    plot = window.learn.panels["observations"].plot
    item = plot._dots[0][0]
    x = np.arange(1.0, 20_001.0)
    item.setData(x, np.sin(x))
    plot.getViewBox().setXRange(1, 20_000, padding=0)
    assert item.opts["symbol"] is None
    assert item.opts["pen"].style() is Qt.PenStyle.SolidLine
    plot.getViewBox().setXRange(1, 500, padding=0)
    assert item.opts["symbol"] == "o"
    assert item.opts["pen"].style() is Qt.PenStyle.NoPen
