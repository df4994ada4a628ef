import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from lds_gui.ui.plots import Axis, Band, Plot
from lds_gui.ui.theme import LIGHT


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    plot = Plot("time t", "z₁")
    qtbot.addWidget(plot)
    plot.restyle(LIGHT)
    plot.resize(300, 200)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def painted_columns(plot: Plot) -> int:
    """How many pixel columns hold the band's colour."""
    image = plot.grab().toImage()
    red = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).red() > 250 and image.pixelColor(x, y).blue() < 5
    ]
    return len({x for x, _ in red})


@pytest.mark.parametrize("n_steps", [2, 200, 100_000])
def test_that_a_band_of_any_length_is_painted_across_the_view(plot: Plot, n_steps: int) -> None:
    band = Band()
    band.set_color(QColor(255, 0, 0))
    plot.addItem(band)
    x = np.arange(1.0, n_steps + 1)
    band.set_data(x, np.full(n_steps, -1.0), np.full(n_steps, 1.0))
    width = plot.getViewBox().width()
    assert painted_columns(plot) > 0.8 * width


def test_that_a_band_tells_the_view_how_far_it_reaches(plot: Plot) -> None:
    band = Band()
    plot.addItem(band)
    assert band.dataBounds(0) is None
    band.set_data(np.array([1.0, 2.0, 3.0]), np.array([-1.0, -5.0, 0.0]), np.array([1.0, 2.0, 7.0]))
    assert band.dataBounds(0) == (1.0, 3.0)
    assert band.dataBounds(1) == (-5.0, 7.0)
    plot.grab()
    (left, right), (bottom, top) = plot.getViewBox().viewRange()
    assert left <= 1.0
    assert right >= 3.0
    assert bottom <= -5.0
    assert top >= 7.0
    band.set_data(np.empty(0), np.empty(0), np.empty(0))
    plot.grab()


def test_that_ticks_have_true_minus_signs(qapp) -> None:
    assert Axis("left").tickStrings([-1.5, 0.0], 1.0, 0.5) == ["−1.5", "0"]


def test_that_ticks_carry_the_labels_of_the_steps(qapp) -> None:
    axis = Axis("bottom")
    axis.set_step_labels(("1871", "1872", "1873"))
    assert axis.tickStrings([0.0, 1.0, 1.5, 3.0, 4.0], 1.0, 0.5) == ["", "1871", "", "1873", ""]
