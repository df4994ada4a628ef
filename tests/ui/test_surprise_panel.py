from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from lds_gui.lds import innovations
from lds_gui.session import History, State
from lds_gui.session.surprise import Surprise
from lds_gui.ui.learn.panels.surprise import SurprisePanel
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import DARK, LIGHT, THEMES
from tests.situations import states

PATIENCE = 60_000
STATES = states()


@pytest.fixture
def panel(qtbot: QtBot) -> SurprisePanel:
    panel = SurprisePanel()
    qtbot.addWidget(panel)
    panel.restyle(LIGHT)
    panel.resize(460, 270)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def with_values(log_densities: np.ndarray, n_steps: int, failed: tuple[int, ...] = ()) -> State:
    """A state with these rows for its iterations 0, 1, …"""
    state = STATES["finished"]
    begun = Surprise.begun(state.run.history, n_steps)
    iterations = tuple(range(len(log_densities)))
    found = replace(begun, iterations=iterations, log_densities=log_densities, lowest=log_densities, failed=failed)
    return replace(state, surprise=found)


def place_of(panel: SurprisePanel, step: float, row: float) -> QPoint:
    """Where a point of the strip is in the plot's viewport."""
    return panel.plot.mapFromScene(panel.plot.getViewBox().mapViewToScene(QPointF(step, row)))


def color_at(panel: SurprisePanel, step: float, row: float):
    at = panel.plot.viewport().mapTo(panel, place_of(panel, step, row))
    return panel.grab().toImage().pixelColor(at)


def test_that_the_picture_has_a_row_for_each_iteration_and_a_column_for_each_step(panel: SurprisePanel) -> None:
    state = STATES["missing data"]
    panel.draw(state)
    x = state.data.dataset.sequences[0]
    expected = np.array([innovations(step.params, x).log_densities for step in state.run.steps])
    expected[:, 5:9] = np.nan
    np.testing.assert_array_equal(panel.strip.values, expected)
    table = panel.table(state)
    np.testing.assert_array_equal(table["log_density_3"], expected[3])
    np.testing.assert_array_equal(table["first_t"], np.arange(1, 31))
    np.testing.assert_array_equal(table["last_t"], np.arange(1, 31))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_what_surprises_stands_out_from_the_card_at_its_place(panel: SurprisePanel, theme) -> None:
    values = np.zeros((5, 10))
    values[1, 6], values[3, 2], values[4, 8] = -9.0, -4.5, np.nan
    panel.restyle(theme)
    panel.draw(with_values(values, 10))

    def distance(step: float, row: float) -> float:
        return abs(color_at(panel, step, row).lightnessF() - theme.color("card").lightnessF())

    assert distance(7, 1.5) > distance(3, 3.5) > distance(1, 2.5)
    assert distance(1, 2.5) < 0.12
    assert color_at(panel, 9, 4.2) in (theme.color("card"), theme.color("faint"))


def test_that_one_outlier_does_not_flatten_all_the_rest(panel: SurprisePanel) -> None:
    values = np.linspace(-3.0, 0.0, 500).reshape(5, 100)
    values[0, 0] = -1e6
    panel.draw(with_values(values, 100))
    low, high = panel.strip.levels
    assert -3.0 < low < -2.9
    assert -0.1 < high < 0.0
    assert panel.scale.text == "≤\u2009−2.94 … ≥\u2009−0.06 nats per step"


@pytest.mark.parametrize("value", [-2.0, np.inf, -np.inf, np.nan])
def test_that_a_strip_of_one_value_can_be_drawn(panel: SurprisePanel, value: float) -> None:
    panel.draw(with_values(np.full((5, 10), value), 10))
    panel.grab()
    low, high = panel.strip.levels
    assert low < high


def test_that_no_surprise_is_hidden_where_a_pixel_shows_many_bins(panel: SurprisePanel) -> None:
    values = np.zeros((5, 500))
    values[2, 101::50] = -9.0
    values[0, :] = np.linspace(-10.0, 0.0, 500)
    panel.resize(240, 270)
    panel.draw(with_values(values, 500))
    image = panel.grab().toImage()
    y = panel.plot.viewport().mapTo(panel, place_of(panel, 250, 2.5)).y()
    line = [image.pixelColor(x, y).lightnessF() < 0.3 for x in range(image.width() - 20)]
    runs = sum(now and not before for before, now in zip([False, *line], line, strict=False))
    assert runs >= 8


def test_that_a_click_wants_the_iteration_and_the_time_under_it(panel: SurprisePanel, qtbot: QtBot) -> None:
    panel.draw(STATES["finished"])
    clicked = []
    panel.wanted.connect(lambda iteration, time: clicked.append((iteration, time)))
    for button, step, row in (
        (Qt.MouseButton.LeftButton, 20, 2.5),
        (Qt.MouseButton.RightButton, 20, 1.5),
        (Qt.MouseButton.LeftButton, 1, 0.5),
        (Qt.MouseButton.LeftButton, -1, 0.5),  # beside the strip
    ):
        qtbot.mouseClick(panel.plot.viewport(), button, pos=place_of(panel, step, row))
    assert clicked == [(2, 20.0), (0, 1.0)]


def test_that_the_figure_under_the_mouse_is_told(panel: SurprisePanel, qtbot: QtBot) -> None:
    state = STATES["missing data"]
    panel.draw(state)

    def words(step: float, row: float) -> str:
        return panel.words_at(panel.plot.mapToScene(place_of(panel, step, row)))

    value = state.surprise.log_densities[3, 19]
    text = f"Iteration 3, time t = 20: log p(xₜ | x₁ … xₜ₋₁) = {value:.12g} nats".replace("-", "−")
    assert words(20, 3.5) == text
    assert words(7, 3.5) == "Iteration 3, time t = 7: nothing observed"
    assert words(31.4, 3.5) == ""
    qtbot.mouseMove(panel.plot.viewport(), place_of(panel, 20, 3.5))
    qtbot.waitUntil(lambda: QToolTip.text() == text, timeout=PATIENCE)
    panel.draw(replace(state, surprise=replace(state.surprise, failed=(3,))))
    assert words(20, 3.5) == "Iteration 3: not computable"


def test_that_rows_that_are_missing_and_bins_are_said(panel: SurprisePanel) -> None:
    state = STATES["several sequences"]
    panel.draw(state)
    assert panel.note.text() == "sequence 1 of 3"
    panel.draw(with_values(np.zeros((3, 500)), 2500, failed=(1,)))
    assert panel.note.text() == "3 of 5 rows, bins of 5 steps, not computable at iteration 1"
    assert not panel.choice.isHidden()
    assert np.isnan(panel.strip.values[3:]).all()


def test_that_lowest_shows_the_one_step_that_a_mean_hides(panel: SurprisePanel) -> None:
    state = with_values(np.zeros((5, 500)), 1000)
    lowest = np.zeros((5, 500))
    lowest[:, 77] = -50.0
    panel.draw(replace(state, surprise=replace(state.surprise, lowest=lowest)))
    assert (panel.strip.values == 0.0).all()
    panel.choice.setCurrentIndex(1)
    assert panel.strip.values[2, 77] == -50.0


def test_that_the_shown_iteration_is_marked_in_its_row_or_between_two(panel: SurprisePanel) -> None:
    state = STATES["finished"]
    for shown, height in ((0, 0.5), (2, 2.5), (None, 4.5)):
        panel.draw(replace(state, shown_iteration=shown))
        assert panel._shown.value() == height
    run = replace(state.run, history=_repeated(state, 40), n_recorded=40)
    panel.draw(replace(state, run=run, shown_iteration=18, surprise=replace(state.surprise, history=run.history)))
    assert panel._shown.value() == 13.0  # halfway from the row of 16, the 13th after that of 0, to that of 20


def _repeated(state: State, count: int) -> History:
    return History.of([state.run.history[0]] * count)


def test_that_strip_and_key_take_the_colours_of_the_theme(panel: SurprisePanel) -> None:
    panel.draw(STATES["finished"])
    before = panel.grab().toImage()
    panel.restyle(DARK)
    assert panel.grab().toImage() != before


def test_that_a_click_in_the_window_shows_that_iteration_and_hiding_ends_the_deriving(
    window: MainWindow, find: Callable, settled: Callable, qtbot: QtBot
) -> None:
    window.session.run()
    settled()
    assert window.session.state.surprise is None
    show = find(QAction, "show_surprise")
    show.trigger()
    panel = window.learn.panels["surprise"]
    qtbot.waitUntil(
        lambda: window.session.state.surprise is not None and len(window.session.state.surprise.iterations) == 6,
        timeout=PATIENCE,
    )
    window.learn.draw_now()
    qtbot.wait(1)
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 9, 3.5))
    assert window.session.state.iteration == 3
    assert panel.plot.getViewBox().viewRange()[0][1] > 25  # as the observations' axis, which it is linked with
    assert window.session._surprise_feed.is_wanted
    window.learn.area.toggle("surprise")
    qtbot.waitUntil(lambda: not window.session._surprise_feed.is_wanted, timeout=PATIENCE)
