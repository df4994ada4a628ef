from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox, QTableView, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import Gaussian, kl_divergence
from lds_gui.session import GaussianPair
from lds_gui.ui.gaussians.tab import MAX_DIM
from lds_gui.ui.main_window import MainWindow

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


@pytest.mark.parametrize("dim", range(1, MAX_DIM + 1))
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
    first, second = (choice.chosen for choice in picture._choices)
    assert first != second
    if dims[-1] > 2:
        picture._choices[0].setCurrentIndex(second)
        assert picture._choices[0].chosen == second
        assert picture._choices[1].chosen != second


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
        ([[1, 0], [0, 1]], [[1, 0], [0, 0]], True, "Q's covariance is singular"),
        ([[1, 0], [0, 0]], [[1, 0], [0, 1]], True, "P's covariance is singular"),
        ([[2, 0], [0, 0]], [[1, 0], [0, 0]], False, ""),
    ],
)
def test_that_singular_cases_have_their_answer_and_its_reason(
    window: MainWindow, find: Find, p_cov: list, q_cov: list, infinite: bool, words: str
) -> None:
    window.session.set_gaussians(GaussianPair(Gaussian([0, 0], p_cov), Gaussian([0, 0], q_cov)))
    QGuiApplication.processEvents()
    window.grab()
    assert np.isinf(figure(find, "kl_pq")) == infinite
    assert words in find(QLabel, "kl_pq_why").text()


def test_that_an_overflow_is_not_taken_for_a_singular_covariance(window: MainWindow, find: Find) -> None:
    window.session.set_gaussians(GaussianPair(Gaussian([0], [[1]]), Gaussian([1e200], [[1]])))
    assert find(QLabel, "kl_pq").text() == "∞"
    assert "larger than any number" in find(QLabel, "kl_pq_why").text()


def test_that_a_degenerate_density_is_drawn(window: MainWindow, find: Find) -> None:
    window.session.set_gaussians(GaussianPair(Gaussian([0], [[0]]), Gaussian([1], [[1e-8]])))
    window.grab()
    assert find(QLabel, "kl_pq").text() == "∞"
