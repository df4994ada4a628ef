from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from lds_gui.ui.curve_reader import nearest
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.numbers import readout
from lds_gui.ui.plots import Plot
from lds_gui.ui.theme import LIGHT
from tests.ui.conftest import PATIENCE

STEPS = np.arange(1.0, 11.0)
VALUES = np.sin(STEPS) / 3


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    """A plot of two curves, of which the second one lacks step 4."""
    plot = Plot("time t", "x")
    qtbot.addWidget(plot)
    plot.restyle(LIGHT)
    plot.resize(400, 300)
    for name, x, y in (("one", STEPS, VALUES), ("other", np.delete(STEPS, 3), np.delete(-VALUES, 3))):
        curve = plot.curve()
        curve.setData(x, y)
        plot.crosshair.reader.add(name, curve)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def place(plot: Plot, x: float, y: float = 0.0) -> QPoint:
    """The pixel of a point of the plot."""
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))


@pytest.fixture
def point_at(qtbot: QtBot) -> Callable[..., None]:
    """Move the pointer to a point of a plot."""

    def point_at(plot: Plot, x: float, y: float = 0.0) -> None:
        qtbot.mouseMove(plot.viewport(), QPoint(0, 0))
        qtbot.mouseMove(plot.viewport(), place(plot, x, y))

    return point_at


def mark_at(qtbot: QtBot, plot: Plot, x: float, y: float = 0.0) -> None:
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(plot.viewport(), button, key, place(plot, x, y))


def test_that_the_nearest_step_is_read_with_twelve_digits(plot: Plot, point_at: Callable[..., None]) -> None:
    assert plot.crosshair.rows == []
    point_at(plot, 6.8)
    assert plot.crosshair.rows == [("t", "7"), ("one", readout(VALUES[6])), ("other", readout(-VALUES[6]))]
    assert len(plot.crosshair.rows[1][1].lstrip("0.")) == 12


def test_that_a_curve_is_not_read_at_another_step_than_the_cursors(plot: Plot, point_at: Callable[..., None]) -> None:
    point_at(plot, 4.0)
    assert [name for name, _ in plot.crosshair.rows] == ["t", "one"]


def test_that_a_mark_tells_differences_until_it_is_taken_away(
    qtbot: QtBot, plot: Plot, point_at: Callable[..., None]
) -> None:
    mark_at(qtbot, plot, 2.0)
    point_at(plot, 9.0)
    assert plot.crosshair.rows[3:] == [
        ("Δ t", "7"),
        ("Δ one", readout(VALUES[8] - VALUES[1])),
        ("Δ other", readout(VALUES[1] - VALUES[8])),
    ]
    mark_at(qtbot, plot, 2.0)
    point_at(plot, 9.0)
    assert len(plot.crosshair.rows) == 3


def test_that_nothing_is_read_outside_the_axes_or_of_hidden_curves(plot: Plot, point_at: Callable[..., None]) -> None:
    point_at(plot, 5.0)
    assert plot.crosshair.rows
    point_at(plot, -3.0)
    assert plot.crosshair.rows == []
    for item in plot.crosshair.reader._names:
        item.hide()
    point_at(plot, 5.0)
    assert plot.crosshair.rows == []


def test_that_points_of_a_plane_are_read_one_by_one(qtbot: QtBot, plot: Plot, point_at: Callable[..., None]) -> None:
    plot.crosshair.in_plane = True
    point_at(plot, 3.02, VALUES[2] + 0.005)
    assert plot.crosshair.rows == [("one", ""), ("time t", "3"), ("x", readout(VALUES[2]))]
    mark_at(qtbot, plot, 3.0, VALUES[2])
    point_at(plot, 8.0, -VALUES[7])
    assert plot.crosshair.rows[0] == ("other", "")
    assert plot.crosshair.rows[3:] == [("Δ time t", "5"), ("Δ x", readout(-VALUES[7] - VALUES[2]))]


@pytest.mark.parametrize("x", [-5.0, 1.0, 1.4, 1.6, 2.0, 2.4, 9.0])
def test_that_the_nearest_is_the_nearest_and_the_last_of_equals(x: float) -> None:
    values = np.array([1.0, 2.0, 2.0, 3.0])
    expected = [i for i, value in enumerate(values) if abs(value - x) == np.abs(values - x).min()][-1]
    assert nearest(values, x) == expected


def test_that_plots_over_time_share_the_cursor(qtbot: QtBot, window: MainWindow, point_at: Callable[..., None]) -> None:
    window.learn.draw_now()
    latents, observations = (window.learn.panels[name].plot for name in ("latents", "observations"))
    point_at(observations, 12.0)
    truth = window.session.state.data.dataset.latent_sequences[0]
    assert latents.crosshair.rows == [("t", "12"), ("true", readout(truth[11, 0]))]
    mark_at(qtbot, observations, 12.0)
    point_at(observations, 15.0)
    assert ("Δ true", readout(truth[14, 0] - truth[11, 0])) in latents.crosshair.rows


def test_that_the_elbo_and_the_gains_are_read_by_iteration(
    qtbot: QtBot, window: MainWindow, settled: Callable, point_at: Callable[..., None]
) -> None:
    window.session.run()
    run = settled().run
    plot = window.learn.panels["elbo"].plot
    qtbot.waitUntil(lambda: place(plot, 3.0).x() > place(plot, 2.0).x(), timeout=PATIENCE)
    point_at(plot, 3.0, run.log_likelihoods.mean())
    assert plot.crosshair.rows[:2] == [("iteration", "3"), ("log p(x)", readout(run.log_likelihoods[3]))]
    point_at(plot, 2.5, run.log_likelihoods.mean())
    assert plot.crosshair.rows == [("iteration", "2.5"), ("bound", readout(run.bounds[3]))]
    window.learn.area.toggle("gains")
    gains = window.learn.panels["gains"].plot
    qtbot.waitUntil(gains.isVisible)
    point_at(gains, 2.0, 0.5)
    assert gains.crosshair.rows[2] == ("A & Σ, nats", readout(run.gains[2, 1]))


def test_that_a_plane_is_read_anew_when_its_points_move_under_the_pointer(
    qtbot: QtBot, plot: Plot, point_at: Callable[..., None]
) -> None:
    plot.crosshair.in_plane = True
    dots = plot.plot([5.0], [0.1], pen=None, symbol="o")
    plot.crosshair.reader.add("dots", dots)
    point_at(plot, 5.0, 0.1)
    assert plot.crosshair.rows[0][0] == "dots"
    dots.setData([9.0], [0.3])
    plot.crosshair.grab()
    assert plot.crosshair.rows == [] or plot.crosshair.rows[0][0] != "dots"
