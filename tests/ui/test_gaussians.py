from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox, QTableView, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import DIVERGENCES, GAUSSIAN_PRESETS, Gaussian, GaussianPreset, divergences, kl_divergence
from lds_gui.session import GaussianPair
from lds_gui.ui.editors.number_fields import NumberField
from lds_gui.ui.gaussians.details import PAGES
from lds_gui.ui.gaussians.figure_table import FigureTable
from lds_gui.ui.gaussians.page import Page
from lds_gui.ui.gaussians.take_dialog import TakeDialog
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import THEMES, Theme
from tests.ui.conftest import PATIENCE

SHEET = Gaussian([0, 1], np.diag([1.0, 2.0])), Gaussian([1, -1], np.diag([0.5, 3.0]))
Find = Callable[..., QWidget]


@pytest.fixture(autouse=True)
def gaussians_tab(window: MainWindow) -> None:
    window.tabs.setCurrentIndex(1)


def set_cell(find: Find, name: str, row: int, column: int, text: str) -> None:
    model = find(QTableView, name).model()
    model.setData(model.index(row, column), text)


def figure(find: Find, name: str) -> float:
    return float(find(QLabel, name).text().replace("−", "-").replace("∞", "inf"))


def test_that_the_divergence_is_that_of_the_check_row(window: MainWindow, find: Find) -> None:
    """docs/MATHEMATICS.md, section 6: P = N((0,1), diag(1,2)), Q = N((1,−1), diag(0.5,3))."""
    for name, cells in {
        "kl_p_mean": {(0, 0): "0", (0, 1): "1"},
        "kl_p_cov": {(0, 0): "1", (0, 1): "0", (1, 1): "2"},
        "kl_q_mean": {(0, 0): "1", (0, 1): "-1"},
        "kl_q_cov": {(0, 1): "0", (0, 0): "0.5", (1, 1): "3"},
    }.items():
        for (row, column), text in cells.items():
            set_cell(find, name, row, column, text)
    assert figure(find, "kl_pq") == pytest.approx(1.856158963774109, rel=1e-11)
    pair = window.session.state.gaussians
    assert figure(find, "kl_qp") == pytest.approx(kl_divergence(pair.q, pair.p).total, rel=1e-11)


@pytest.mark.parametrize("dim", [1, 2, 3, 6, 20])
def test_that_every_dimension_is_drawn(window: MainWindow, find: Find, dim: int) -> None:
    find(QSpinBox, "kl_dim").setValue(dim)
    assert window.session.state.gaussians.dim == dim
    assert find(QTableView, "kl_p_cov").model().rowCount() == dim
    image = window.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colors) > 20
    assert np.isfinite(figure(find, "kl_pq"))


@pytest.mark.parametrize("dims", [(1, 2), (1, 3, 6), (3, 1, 2), (6, 2)])
def test_that_the_picture_never_shows_a_dimension_against_itself(window: MainWindow, find: Find, dims: tuple) -> None:
    picture = window.gaussians.picture
    for dim in dims:
        find(QSpinBox, "kl_dim").setValue(dim)
    first, second = (choice.chosen for choice in picture.choices)
    assert first != second
    if dims[-1] > 2:
        picture.choices[0].setCurrentIndex(second)
        assert picture.choices[0].chosen == second
        assert picture.choices[1].chosen != second


def test_that_swapping_exchanges_the_two_directions(qtbot: QtBot, find: Find) -> None:
    before = figure(find, "kl_pq"), figure(find, "kl_qp")
    qtbot.mouseClick(find(QPushButton, "kl_swap"), Qt.MouseButton.LeftButton)
    assert (figure(find, "kl_qp"), figure(find, "kl_pq")) == before
    assert before[0] != before[1]


def test_that_a_wrong_covariance_greys_the_last_result_and_loses_nothing(window: MainWindow, find: Find) -> None:
    before = find(QLabel, "kl_pq").text()
    set_cell(find, "kl_p_cov", 0, 1, "7")
    assert find(QLabel, "kl_pq").text() == before
    assert not find(QLabel, "kl_pq").isEnabled()
    assert "eigenvalue" in find(QLabel, "kl_p_cov_error").text()
    set_cell(find, "kl_p_cov", 0, 1, "0.5")
    assert find(QLabel, "kl_pq").isEnabled()
    assert window.session.state.gaussians.p.cov[1, 0] == 0.5


@pytest.mark.parametrize(
    ("p_cov", "q_cov", "infinite", "words"),
    [
        ([[1, 0], [0, 1]], [[1, 0], [0, 0]], True, "P spreads along (0, 1) with variance 1, and Q not at all"),
        ([[1, 0], [0, 0]], [[1, 0], [0, 1]], True, "P has all its mass in 1 dimension"),
        ([[2, 0], [0, 0]], [[1, 0], [0, 0]], False, ""),
    ],
)
def test_that_singular_cases_have_their_answer_and_its_reason(
    window: MainWindow, find: Find, p_cov: list, q_cov: list, infinite: bool, words: str
) -> None:
    window.session.lab.set_pair(GaussianPair(Gaussian([0, 0], p_cov), Gaussian([0, 0], q_cov)))
    QGuiApplication.processEvents()
    window.grab()
    assert np.isinf(figure(find, "kl_pq")) == infinite
    assert words in find(QLabel, "kl_pq_why").text()


def test_that_an_overflow_is_not_taken_for_a_singular_covariance(window: MainWindow, find: Find) -> None:
    window.session.lab.set_pair(GaussianPair(Gaussian([0], [[1]]), Gaussian([1e200], [[1]])))
    assert find(QLabel, "kl_pq").text() == "∞"
    assert "larger than any number" in find(QLabel, "kl_pq_why").text()


def test_that_a_degenerate_density_is_drawn(window: MainWindow, find: Find) -> None:
    window.session.lab.set_pair(GaussianPair(Gaussian([0], [[0]]), Gaussian([1], [[1e-8]])))
    window.grab()
    assert find(QLabel, "kl_pq").text() == "∞"


def handle(window: MainWindow, name: str) -> QPoint:
    """The pixel of the handle of this name."""
    picture = window.gaussians.picture.picture
    found = next(handle for handle in picture.scene.handles if handle.name == name)
    return picture.view.pixel(found.at).toPoint()


def drag(window: MainWindow, name: str, by: QPoint) -> None:
    """Drag a handle with the mouse."""
    picture, start = window.gaussians.picture.picture, handle(window, name)
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(picture, start + by * part)
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + by)


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow) -> MainWindow:
    window.show()
    qtbot.waitExposed(window)
    return window


def test_that_a_mean_is_dragged_where_the_mouse_goes_and_undone_at_once(shown: MainWindow) -> None:
    before, view = shown.session.state.gaussians, shown.gaussians.picture.picture.view
    drag(shown, "mean of Q", QPoint(40, -25))
    after = shown.session.state.gaussians
    np.testing.assert_allclose(after.q.mean - before.q.mean, np.array([40, 25]) / view.scale, rtol=1e-9)
    assert after.q.cov is not None
    np.testing.assert_array_equal(after.q.cov, before.q.cov)
    assert after.p is before.p
    shown.session.undo()
    assert shown.session.state.gaussians is before


def test_that_an_axis_is_dragged_longer_and_turned(shown: MainWindow) -> None:
    shown.session.lab.set_pair(GaussianPair(Gaussian([0, 0], np.diag([1.0, 0.25])), Gaussian([0, 0], np.eye(2))))
    picture = shown.gaussians.picture.picture
    start, view = handle(shown, "one axis of P"), picture.view
    centre = view.pixel(0j).toPoint()
    drag(shown, "one axis of P", QPoint(0, -60))
    end = complex(*(np.array([start.x() - centre.x(), 60]) / view.scale))
    values, vectors = np.linalg.eigh(shown.session.state.gaussians.p.cov)
    assert np.sqrt(values[1]) == pytest.approx(abs(end) / 2, rel=0.02)
    assert np.sqrt(values[0]) == pytest.approx(0.5, rel=1e-6)
    direction = complex(*vectors[:, 1])
    assert abs((direction / (end / abs(end))).imag) < 0.02


@pytest.mark.parametrize(("family", "together"), [("diagonal", False), ("isotropic", True)])
def test_that_a_family_stays_while_it_is_dragged(shown: MainWindow, family: str, together: bool) -> None:
    shown.session.lab.set_family("p", family)
    drag(shown, "one axis of P", QPoint(30, 17))
    cov = shown.session.state.gaussians.p.cov
    assert cov[0, 1] == 0.0
    assert cov[0, 0] > 1.0
    assert bool(cov[1, 1] == cov[0, 0]) is together


def test_that_peak_and_width_are_dragged_in_one_dimension(shown: MainWindow, find: Find) -> None:
    find(QSpinBox, "kl_dim").setValue(1)
    view = shown.gaussians.picture.picture.view
    drag(shown, "peak of P", QPoint(35, 0))
    assert shown.session.state.gaussians.p.mean[0] == pytest.approx(35 / view.scale)
    before, view = shown.session.state.gaussians.p, shown.gaussians.picture.picture.view
    drag(shown, "width of P", QPoint(20, 0))
    after = shown.session.state.gaussians.p
    assert np.sqrt(after.cov[0, 0]) == pytest.approx(np.sqrt(before.cov[0, 0]) + 20 / view.scale, rel=0.02)


@pytest.mark.parametrize("conditional", [False, True])
def test_that_any_two_of_six_dimensions_are_dragged(shown: MainWindow, find: Find, conditional: bool) -> None:
    find(QSpinBox, "kl_dim").setValue(6)
    shown.session.lab.randomise(4)
    picture = shown.gaussians.picture
    picture.choices[0].setCurrentIndex(2)
    picture.choices[1].setCurrentIndex(4)
    picture.kind.setCurrentIndex(int(conditional))
    before = shown.session.state.gaussians.p
    drag(shown, "one axis of P", QPoint(18, -9))
    after = shown.session.state.gaussians.p
    rest = [0, 1, 3, 5]
    np.testing.assert_allclose(after.cov[np.ix_(rest, rest)], before.cov[np.ix_(rest, rest)], rtol=1e-9)
    assert not np.allclose(after.cov[2, 2], before.cov[2, 2])
    assert picture.cut.dims == (2, 4)
    note = find(QLabel, "kl_origin_note").text()
    assert ("of the conditionals" if conditional else "of the marginals") in note


def test_that_arrow_keys_move_a_mean(shown: MainWindow) -> None:
    picture, before = shown.gaussians.picture.picture, shown.session.state.gaussians
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Right)
    after = shown.session.state.gaussians
    np.testing.assert_allclose(after.p.mean - before.p.mean, [picture.scene.step, 0.0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("dim", [1, 2, 6])
def test_that_every_page_is_drawn(window: MainWindow, find: Find, page: type[Page], theme: Theme, dim: int) -> None:
    find(QSpinBox, "kl_dim").setValue(dim)
    window.gaussians.restyle(theme)
    window.gaussians.details.show_page(page.name)
    flat = Gaussian(np.zeros(dim), np.zeros((dim, dim)))
    for pair in (window.session.state.gaussians, GaussianPair(flat, flat)):
        window.session.lab.set_pair(pair)
        image = window.gaussians.details.grab().toImage()
        colors = {
            image.pixelColor(x, y).name() for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
        }
        assert len(colors) > 5


def test_that_all_divergences_and_errata_stand_in_their_tables(window: MainWindow, find: Find) -> None:
    details = window.gaussians.details
    window.session.lab.set_pair(GaussianPair(*SHEET))
    details.show_page("all")
    table = find(FigureTable, "kl_divergences")
    values = divergences(*SHEET)
    for row, divergence in enumerate(DIVERGENCES):
        assert table.item(row, 0).text() == divergence.title
        assert float(table.item(row, 2).toolTip().replace("−", "-").replace("∞", "inf")) == values[divergence.name]
    table.selectRow(0)
    QTest.keySequence(table, QKeySequence.StandardKey.Copy)
    assert "1.856158963774109" in QGuiApplication.clipboard().text()
    details.show_page("errata")
    errata = find(FigureTable, "kl_errata")
    assert errata.item(3, 2).text() == "−5.83959"
    assert errata.item(0, 3).text() == "1.85616"
    errata.setCurrentCell(1, 0)
    assert "product" in find(QLabel, "kl_errata_note").text()


def test_that_the_order_and_the_unit_are_chosen(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    window.session.lab.set_pair(GaussianPair(*SHEET))
    order = find(NumberField, "kl_order")
    order.setValue(0.5)
    assert window.session.state.laboratory.order == 0.5
    order.setText("2000")
    order.editingFinished.emit()
    assert "at most 1000" in find(QLabel, "kl_order_error").text()
    unit = find(QComboBox, "kl_unit")
    unit.setCurrentIndex(1)
    unit.activated.emit(1)
    assert figure(find, "kl_pq") == pytest.approx(1.856158963774109 / np.log(2), rel=1e-11)


def test_that_samples_run_beside_the_exact_value(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    window.gaussians.details.show_page("samples")
    find(NumberField, "kl_n_samples").setValue(20_000)
    qtbot.mouseClick(find(QPushButton, "kl_sample"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.session.state.laboratory.is_sampling, timeout=PATIENCE)
    assert "standard errors away" in find(QLabel, "kl_sampled_kl_pq").text()
    assert find(QLabel, "kl_sampled_jensen_shannon").text().startswith("Jensen–Shannon = ")


def test_that_a_fit_is_begun_and_kept_by_its_buttons(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    window.gaussians.details.show_page("fit")
    assert not find(QPushButton, "kl_fit_keep").isEnabled()
    qtbot.mouseClick(find(QPushButton, "kl_fit"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.state.laboratory.fit) > 3, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not window.session.state.laboratory.plays_fit, timeout=PATIENCE)
    assert "The best diagonal Q" in find(QLabel, "kl_fit_words").text()
    qtbot.mouseClick(find(QPushButton, "kl_fit_keep"), Qt.MouseButton.LeftButton)
    assert window.session.state.gaussians.q.is_diagonal


@pytest.mark.parametrize("preset", GAUSSIAN_PRESETS, ids=lambda preset: preset.name)
def test_that_a_preset_is_chosen_and_named(window: MainWindow, find: Find, preset: GaussianPreset) -> None:
    choice = find(QComboBox, "kl_preset")
    choice.activated.emit(GAUSSIAN_PRESETS.index(preset))
    assert choice.currentText() == preset.title
    assert find(QLabel, "kl_about").text() == preset.about
    window.session.lab.swap()
    assert choice.currentIndex() == -1


def test_that_gaussians_are_taken_from_learn_by_a_dialog(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    qtbot.waitUntil(lambda: window.session.state.data is not None, timeout=PATIENCE)
    qtbot.mouseClick(find(QPushButton, "kl_take"), Qt.MouseButton.LeftButton)
    dialog = window.findChild(TakeDialog)
    dialog.step.setText("99999999")
    dialog.confirm.click()
    assert dialog.isVisible()
    dialog.step.setText("3")
    before = window.session.state.gaussians
    dialog.confirm.click()
    qtbot.waitUntil(lambda: window.session.state.gaussians is not before, timeout=PATIENCE)
    assert "t = 3" in find(QLabel, "kl_origin").text()


def test_that_an_entry_that_its_family_forbids_is_refused_at_its_place(window: MainWindow, find: Find) -> None:
    window.session.lab.set_family("p", "diagonal")
    set_cell(find, "kl_p_cov", 0, 1, "0.5")
    assert "P is diagonal" in find(QLabel, "kl_p_cov_error").text()
    assert not find(QLabel, "kl_pq").isEnabled()


def test_that_a_seed_draws_the_same_pair_again(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    seed = find(NumberField, "kl_seed")
    seed.setValue(11)
    one = window.session.state.gaussians
    qtbot.mouseClick(find(QPushButton, "kl_random"), Qt.MouseButton.LeftButton)
    assert window.session.state.laboratory.seed == seed.value()
    assert window.session.state.gaussians is not one
    seed.setValue(11)
    np.testing.assert_array_equal(window.session.state.gaussians.p.cov, one.p.cov)


def test_that_the_formula_stands_there_with_its_numbers(window: MainWindow, find: Find) -> None:
    window.session.lab.set_pair(GaussianPair(*SHEET))
    assert find(QLabel, "kl_pq_sum").text() == "½ (− 0.2877 + 2.6667 + 3.3333 − 2.0000) = 1.85616"
