import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from lds_gui.lds import ParameterError
from lds_gui.ui.editors.matrix_editor import MatrixEditor, _fitting_text
from lds_gui.ui.editors.matrix_model import INVALID_ROLE

FIRST = np.array([[1.0, 0.25], [0.25, 2.0]])


class Owner:
    """Owns the value that the editor shows, and refuses what is not positive definite."""

    def __init__(self, qtbot: QtBot, values: np.ndarray, *, symmetric: bool) -> None:
        self.values = values
        self.editor = MatrixEditor("Σ", "covariance", "matrix", self.commit, symmetric=symmetric)
        qtbot.addWidget(self.editor)
        self.editor.show_values(values)
        self.editor.resize(300, 200)
        self.editor.show()
        qtbot.waitExposed(self.editor)

    def commit(self, values: np.ndarray, _gesture: str = "") -> None:
        if values.ndim == 2 and np.linalg.eigvalsh(values).min() <= 0:
            raise ParameterError("Sigma", "Σ is not positive definite.")
        self.values = values
        self.editor.show_values(values)


@pytest.fixture
def covariance(qtbot: QtBot) -> Owner:
    return Owner(qtbot, FIRST, symmetric=True)


def type_into(qtbot: QtBot, owner: Owner, row: int, column: int, text: str) -> None:
    """Click the cell, type over it and press Enter."""
    table = owner.editor.table
    middle = table.visualRect(table.model().index(row, column)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClicks(table, text[0])
    cell = table.findChildren(QLineEdit)[-1]  # an earlier one may still wait for its deletion
    qtbot.keyClicks(cell, text[1:])
    qtbot.keyClick(cell, Qt.Key.Key_Return)
    QGuiApplication.processEvents()  # the table takes the entry after the key was handled


def cell(owner: Owner, row: int, column: int) -> str:
    model = owner.editor.table.model()
    return model.data(model.index(row, column))


def test_that_typing_replaces_an_entry_and_its_mirror_image(qtbot: QtBot, covariance: Owner) -> None:
    type_into(qtbot, covariance, 0, 1, "1/3")
    np.testing.assert_array_equal(covariance.values, [[1.0, 1 / 3], [1 / 3, 2.0]])
    assert cell(covariance, 1, 0) == "0.333"
    assert not covariance.editor.error.isVisible()


def test_that_only_the_typed_entry_changes_in_a_general_matrix(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.eye(2), symmetric=False)
    type_into(qtbot, owner, 0, 1, "0.5")
    np.testing.assert_array_equal(owner.values, [[1.0, 0.5], [0.0, 1.0]])


def test_that_a_vector_stays_a_vector(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.array([1.0, 2.0]), symmetric=False)
    type_into(qtbot, owner, 0, 1, "7")
    np.testing.assert_array_equal(owner.values, [1.0, 7.0])


def test_that_a_text_that_is_no_number_stays_in_its_cell_with_a_sentence(qtbot: QtBot, covariance: Owner) -> None:
    type_into(qtbot, covariance, 0, 0, "1o")
    assert covariance.values is FIRST
    assert cell(covariance, 0, 0) == "1o"
    assert "“1o” is not a number" in covariance.editor.error.text()
    assert covariance.editor.error.isVisible()
    assert covariance.editor.has_problem
    model = covariance.editor.model
    marked = [(i, j) for i in range(2) for j in range(2) if model.data(model.index(i, j), INVALID_ROLE)]
    assert marked == [(0, 0)], "only the cell that holds it is marked"


def test_that_a_refused_matrix_stays_on_screen_until_it_is_mended(qtbot: QtBot, covariance: Owner) -> None:
    type_into(qtbot, covariance, 0, 1, "5")
    assert covariance.values is FIRST
    assert cell(covariance, 1, 0) == "5"
    assert covariance.editor.error.text() == "Σ is not positive definite."
    covariance.editor.show_values(covariance.values)  # a redraw of the unchanged state must not lose the entry
    assert cell(covariance, 1, 0) == "5"
    type_into(qtbot, covariance, 0, 0, "30")
    np.testing.assert_array_equal(covariance.values, [[30.0, 5.0], [5.0, 2.0]])
    assert not covariance.editor.has_problem
    assert not covariance.editor.error.isVisible()


def test_that_the_last_valid_values_can_be_restored(qtbot: QtBot, covariance: Owner) -> None:
    type_into(qtbot, covariance, 0, 1, "5")
    qtbot.mouseClick(covariance.editor._restore, Qt.MouseButton.LeftButton)
    assert cell(covariance, 0, 1) == "0.25"
    assert not covariance.editor.has_problem


def test_that_new_values_from_elsewhere_replace_a_wrong_entry(qtbot: QtBot, covariance: Owner) -> None:
    type_into(qtbot, covariance, 0, 0, "x")
    covariance.editor.show_values(np.eye(2))
    assert cell(covariance, 0, 0) == "1"
    assert not covariance.editor.has_problem


def test_that_the_escape_key_leaves_a_cell_as_it_was(qtbot: QtBot, covariance: Owner) -> None:
    table = covariance.editor.table
    table.setCurrentIndex(table.model().index(0, 0))
    qtbot.keyClicks(table, "9")
    qtbot.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Escape)
    assert covariance.values is FIRST
    assert cell(covariance, 0, 0) == "1"


def test_that_arrow_keys_move_between_cells(qtbot: QtBot, covariance: Owner) -> None:
    table = covariance.editor.table
    table.setCurrentIndex(table.model().index(0, 0))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(table, key)
    assert (table.currentIndex().row(), table.currentIndex().column()) == (1, 1)


def test_that_a_block_is_copied_at_full_precision_and_pasted_back(qtbot: QtBot) -> None:
    values = np.array([[1 / 3, -2e-300], [np.pi, 1e20]])
    owner = Owner(qtbot, values, symmetric=False)
    owner.values = values
    table = owner.editor.table
    table.setFocus()
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    model = owner.editor.model
    model._proposed[:] = 0.0
    owner.commit = owner.editor._commit = lambda pasted, _gesture="": setattr(owner, "values", pasted)
    table.setCurrentIndex(table.model().index(0, 0))
    QGuiApplication.clipboard().setText(copied)
    qtbot.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(owner.values, values)


def test_that_a_block_that_does_not_fit_is_refused_as_a_whole(qtbot: QtBot, covariance: Owner) -> None:
    QGuiApplication.clipboard().setText("1\t2\t3\n4\t5\t6\n")
    table = covariance.editor.table
    table.setCurrentIndex(table.model().index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "2 × 3" in covariance.editor.error.text()
    assert covariance.values is FIRST


def test_that_a_block_that_is_not_symmetric_is_refused_for_a_covariance(qtbot: QtBot, covariance: Owner) -> None:
    QGuiApplication.clipboard().setText("1\t0.5\n0.2\t1\n")
    table = covariance.editor.table
    table.setCurrentIndex(table.model().index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "row 1, column 2 is 0.5, and its mirror image 0.2" in covariance.editor.error.text()
    assert covariance.values is FIRST
    assert cell(covariance, 0, 1) == "0.25"


def test_that_a_wide_matrix_scrolls_instead_of_being_squeezed(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.eye(20), symmetric=False)
    table = owner.editor.table
    assert table.columnWidth(0) >= 45
    assert table.horizontalScrollBar().maximum() > 0
    assert table.verticalScrollBar().maximum() > 0
    assert table.indexAt(QPoint(5, 5)).isValid()


def test_that_a_narrow_cell_shows_fewer_digits_rather_than_a_cut_number(qtbot: QtBot) -> None:
    owner = Owner(qtbot, np.array([[-0.2784]]), symmetric=False)
    table = owner.editor.table
    index, metrics = table.model().index(0, 0), table.fontMetrics()
    widths = [metrics.horizontalAdvance(text) for text in ("−0.278", "−0.28", "−0.3", "−")]
    assert [_fitting_text(index, metrics, width) for width in widths] == ["−0.278", "−0.28", "−0.3", "−0.3"]
