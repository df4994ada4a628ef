import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lds_gui.ui.learn.time_axes import keep_together
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.plots import Plot


@pytest.fixture
def plots(qtbot: QtBot) -> tuple[Plot, Plot]:
    """Two plots of the same 200 steps, one above the other, the second of half the width."""
    both = Plot("time t", "x₁"), Plot("time t", "σ")
    for plot, width in zip(both, (600, 300), strict=True):
        qtbot.addWidget(plot)
        plot.resize(width, 200)
        plot.show()
        qtbot.waitExposed(plot)
        plot.plot(np.arange(1.0, 201.0), np.zeros(200))
    keep_together(*both)
    QGuiApplication.processEvents()
    return both


def stretch(plot: Plot) -> tuple[float, float]:
    QGuiApplication.processEvents()
    left, right = plot.getViewBox().viewRange()[0]
    return left, right


def test_that_each_shows_the_stretch_that_the_other_is_moved_to(plots: tuple[Plot, Plot]) -> None:
    for mover, follower, shown in (*[(*plots, (20, 60))], (*plots[::-1], (100.0, 120.0))):
        mover.setXRange(*shown, padding=0)
        assert stretch(follower) == pytest.approx(shown)
        assert stretch(mover) == pytest.approx(shown)


def test_that_a_stretch_stays_while_data_come_and_a_reset_is_one_of_both(plots: tuple[Plot, Plot]) -> None:
    plots[0].setXRange(20, 60, padding=0)
    plots[1].plot(np.arange(1.0, 301.0), np.zeros(300))
    assert stretch(plots[0]) == stretch(plots[1]) == (20, 60)
    plots[0].reset_view()
    QGuiApplication.processEvents()
    assert stretch(plots[0])[1] > 199
    assert stretch(plots[1])[1] > 299
    plots[1].plot(np.arange(1.0, 401.0), np.zeros(400))
    assert stretch(plots[1])[1] > 399, "it no longer shows everything by itself"


def test_that_residuals_are_shown_for_the_same_time_as_observations(window: MainWindow) -> None:
    panels = window.learn.panels
    panels["observations"].plot.setXRange(5, 12, padding=0)
    assert stretch(panels["residuals"].time_plot) == pytest.approx((5, 12))
    panels["residuals"].time_plot.setXRange(3, 9, padding=0)
    assert stretch(panels["observations"].plot) == pytest.approx((3, 9))
