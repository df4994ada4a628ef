"""Covariances in their forms, and numbers that are varied with the mouse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lds_gui.lds import ParameterError, nearest_psd, smallest_eigenvalue
from lds_gui.ui.editors.forms import COVARIANCE_FORMS
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.editors.varying import Variation, step_size

COV = np.array([[4.0, 1.0], [1.0, 1.0]])
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class Owner:
    """Accepts what is positive semi-definite, and remembers the gestures."""

    def __init__(self, qtbot: QtBot, values: np.ndarray, *, symmetric: bool) -> None:
        self.values, self.gestures = values, []
        self.editor = MatrixEditor("Σ", "covariance", "matrix", self.commit, symmetric=symmetric)
        qtbot.addWidget(self.editor)
        self.editor.show_values(values)
        self.editor.resize(300, 220)
        with qtbot.waitActive(self.editor):
            self.editor.show()
            self.editor.activateWindow()

    def commit(self, values: np.ndarray, gesture: str) -> None:
        if self.editor.form.count() > 1 and np.linalg.eigvalsh(values).min() < -1e-12:
            raise ParameterError("Sigma", "Σ is not positive semi-definite.")
        self.values = values
        self.gestures.append(gesture)
        self.editor.show_values(values)

    def choose(self, row: int, column: int) -> QPoint:
        table = self.editor.table
        table.setFocus()
        table.setCurrentIndex(table.model().index(row, column))
        return table.visualRect(table.currentIndex()).center()


@pytest.fixture
def owner(qtbot: QtBot) -> Owner:
    return Owner(qtbot, COV, symmetric=True)


def shown(owner: Owner) -> np.ndarray:
    model = owner.editor.model
    return np.array([[model.value(i, j) for j in range(2)] for i in range(2)])


@pytest.mark.parametrize(
    ("form", "cells"),
    [(0, COV), (1, [[2.0, 0.5], [0.5, 1.0]]), (2, [[2.0, 0.0], [0.5, np.sqrt(0.75)]])],
)
def test_that_a_covariance_is_shown_in_each_form_and_read_back(owner: Owner, form: int, cells) -> None:
    owner.editor.form.setCurrentIndex(form)
    np.testing.assert_allclose(shown(owner), cells, atol=1e-15)
    owner.editor.model.set_block(0, 0, [["3"]])
    expected = COVARIANCE_FORMS[form].read(np.where([[True, False], [False, False]], 3.0, shown(owner)))
    np.testing.assert_array_equal(owner.values, expected)
    assert shown(owner)[0, 0] == 3.0, "what was entered stays as it was entered"


def test_that_a_negative_standard_deviation_is_refused_with_its_figure(owner: Owner) -> None:
    owner.editor.form.setCurrentIndex(1)
    owner.editor.model.set_block(0, 0, [["-2"]])
    assert owner.values is COV
    assert "Standard deviation 1, on the diagonal, must not be negative, but is −2." in owner.editor.error.text()


def test_that_above_its_diagonal_a_factor_stays_zero(owner: Owner) -> None:
    owner.editor.form.setCurrentIndex(2)
    assert not owner.editor.model.set_block(0, 1, [["1"]])
    assert owner.values is COV
    assert not owner.editor.model.flags(owner.editor.model.index(0, 1)) & Qt.ItemFlag.ItemIsEditable


@pytest.mark.parametrize("form", [0, 1])
def test_that_a_covariance_that_is_none_is_repaired_in_one_click(qtbot: QtBot, owner: Owner, form: int) -> None:
    owner.editor.form.setCurrentIndex(form)
    owner.editor.model.set_block(0, 1, [["3"]])
    assert owner.editor.has_problem
    bad = owner.editor.model.proposal
    qtbot.mouseClick(owner.editor._repair, LEFT)
    assert not owner.editor.has_problem
    np.testing.assert_allclose(owner.values, nearest_psd(bad), atol=1e-12)
    text = owner.editor.repaired.text()
    assert f"Smallest eigenvalue −{abs(smallest_eigenvalue(bad)):.3g}" in text
    assert "the largest change is" in text
    owner.editor.show_values(owner.values.copy())
    assert owner.editor.repaired.text() == text
    owner.editor.show_values(COV)  # undone, say
    assert not owner.editor.repaired.text()


def test_that_dragging_the_current_cell_varies_it_in_one_gesture(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.array([[0.5, 2.0], [3.0, 4.0]]), symmetric=False)
    viewport, place = owner.editor.table.viewport(), owner.choose(0, 0)
    QTest.mousePress(viewport, LEFT, PLAIN, place)
    for pixels in (10, 30, 60):
        QTest.mouseMove(viewport, place + QPoint(pixels, 0))
    QTest.mouseRelease(viewport, LEFT, PLAIN, place + QPoint(60, 0))
    assert owner.values[0, 0] == pytest.approx(0.5 + 10 * 0.01)
    assert len(set(owner.gestures)) == 1
    assert owner.gestures[0]


def test_that_dragging_from_another_cell_selects(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.eye(2), symmetric=False)
    place = owner.choose(0, 0)
    table = owner.editor.table
    other = table.visualRect(table.model().index(1, 1)).center()
    QTest.mousePress(table.viewport(), LEFT, PLAIN, other)
    QTest.mouseMove(table.viewport(), place)
    QTest.mouseRelease(table.viewport(), LEFT, PLAIN, place)
    assert not owner.gestures


def test_that_the_wheel_and_the_keys_vary_the_current_cell_only(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.eye(2), symmetric=False)
    place, table = owner.choose(0, 0), owner.editor.table

    def turn(at: QPoint) -> None:
        where = QPointF(table.viewport().mapToGlobal(at))
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(
            QPointF(at), where, QPoint(), QPoint(0, 120), none, PLAIN, Qt.ScrollPhase.NoScrollPhase, False
        )
        QGuiApplication.sendEvent(table.viewport(), event)

    turn(place)
    assert owner.values[0, 0] == pytest.approx(1.1)
    turn(table.visualRect(table.model().index(1, 1)).center())
    np.testing.assert_array_equal(owner.values[1], [0.0, 1.0])
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert owner.values[0, 0] == pytest.approx(1.0)
    assert len(set(owner.gestures)) == 1


def test_that_tab_goes_from_cell_to_cell_and_then_on(qtbot: QtBot, owner: Owner) -> None:
    owner.editor.form.setCurrentIndex(2)
    owner.choose(0, 0)
    table = owner.editor.table
    places = []
    for _ in range(3):
        places.append((table.currentIndex().row(), table.currentIndex().column()))
        qtbot.keyClick(table, Qt.Key.Key_Tab)
    assert places == [(0, 0), (1, 0), (1, 1)], "the fixed cell is passed over"


@pytest.mark.parametrize(("value", "step"), [(0.25, 0.01), (123.0, 10.0), (1.0, 0.1), (0.0, 0.1), (-0.04, 0.001)])
def test_that_a_step_is_one_in_the_second_digit(value: float, step: float) -> None:
    assert step_size(value) == pytest.approx(step)


def test_that_many_turns_leave_no_rounding_errors() -> None:
    variation = Variation(0.3)
    for _ in range(30):
        value = variation.turned(-1.0, PLAIN)
    assert value == 0.0


def turn(owner: Owner, *, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(owner.editor.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)


def test_that_turning_goes_on_from_what_was_typed_or_undone_in_between(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.array([[0.5, 2.0], [3.0, 4.0]]), symmetric=False)
    owner.choose(0, 0)
    turn(owner, times=2)
    assert owner.values[0, 0] == pytest.approx(0.52)
    owner.editor.model.set_block(0, 0, [["0.1"]])
    turn(owner)
    assert owner.values[0, 0] == pytest.approx(0.11)


def test_that_without_a_current_cell_nothing_is_turned(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.eye(2), symmetric=False)
    owner.editor.table.setFocus()
    owner.editor.table.setCurrentIndex(owner.editor.model.index(-1, -1))
    turn(owner)
    np.testing.assert_array_equal(owner.values, np.eye(2))


@pytest.mark.parametrize("text", ["-1", "1e200"])
def test_that_what_makes_no_finite_matrix_offers_no_repair(owner: Owner, text: str) -> None:
    owner.editor.form.setCurrentIndex(1)
    owner.editor.model.set_block(0, 0, [[text]])
    assert owner.editor.has_problem
    assert owner.editor._repair.isHidden()


def test_that_opening_and_closing_a_cell_changes_nothing(owner: Owner) -> None:
    owner.editor.form.setCurrentIndex(1)
    owner.choose(0, 1)
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        QApplication.processEvents()
    assert owner.gestures == []


def test_that_escape_takes_a_refused_entry_back_and_delete_makes_cells_0(owner: Owner) -> None:
    owner.choose(0, 1)
    owner.editor.model.set_block(0, 1, [["abc"]])
    QTest.keyClick(owner.editor.table, Qt.Key.Key_Escape)
    assert not owner.editor.has_problem
    QTest.keyClick(owner.editor.table, Qt.Key.Key_Delete)
    np.testing.assert_array_equal(owner.values, np.diag(np.diag(COV)))


def test_that_rows_of_unlike_lengths_are_refused_as_a_whole(owner: Owner) -> None:
    assert not owner.editor.model.set_block(0, 0, [["1", "2"], ["3"]])
    assert owner.values is COV
