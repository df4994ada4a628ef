from collections.abc import Callable

import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from lds_gui.ui import settings
from lds_gui.ui.learn.explanation import Explanation
from lds_gui.ui.learn.panel_area import _PLACES
from lds_gui.ui.learn.panels import PANELS
from lds_gui.ui.main_window import MainWindow

PATIENCE = 60_000
Find = Callable[..., object]
ON_TOP = {"elbo", "eigenvalues", "matrices", "latents", "observations"}


def in_sight(window: MainWindow) -> set[str]:
    area = window.learn.area
    return {name for name, panel in window.learn.panels.items() if area.is_in_sight(panel)}


def test_that_every_panel_has_its_place() -> None:
    placed = [name for place in _PLACES for name in place]
    assert len(set(placed)) == len(placed)
    assert {panel.name for panel in PANELS} <= set(placed)


def test_that_the_window_opens_with_one_panel_on_top_of_each_place(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)


def test_that_only_panels_in_sight_are_drawn_and_one_is_as_it_comes_into_sight(
    window: MainWindow, find: Find, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)
    spectrum = window.learn.panels["spectrum"]
    drawn = []
    spectrum.draw = drawn.append  # type: ignore[method-assign]
    window.session.dice()
    qtbot.waitUntil(lambda: not window.session.state.busy, timeout=PATIENCE)
    window.learn.draw_now()
    assert drawn == []
    find(QAction, "show_spectrum").trigger()
    qtbot.waitUntil(lambda: bool(drawn), timeout=PATIENCE)
    assert drawn[-1] is window.session.state
    assert "observations" not in in_sight(window)


def test_that_a_panel_behind_another_tab_is_drawn_as_soon_as_it_floats(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)
    drawn = []
    window.learn.panels["spectrum"].draw = drawn.append  # type: ignore[method-assign]
    window.learn.area.docks["spectrum"].setFloating(True)
    qtbot.waitUntil(lambda: bool(drawn), timeout=PATIENCE)
    assert in_sight(window) == ON_TOP | {"spectrum"}
    window.learn.area.docks["spectrum"].close()
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)


def test_that_residuals_are_derived_as_soon_as_someone_looks(
    window: MainWindow, find: Find, settled: Callable, qtbot: QtBot
) -> None:
    window.session.run()
    assert settled().view.residuals is None
    find(QAction, "show_residuals").trigger()
    qtbot.waitUntil(lambda: window.session.state.view.residuals is not None, timeout=PATIENCE)


@pytest.mark.parametrize("name", [panel.name for panel in PANELS])
def test_that_a_panel_is_hidden_by_its_button_and_comes_back_by_its_key(
    window: MainWindow, find: Find, qtbot: QtBot, name: str
) -> None:
    area = window.learn.area
    if name not in in_sight(window):
        area.toggle(name)
    qtbot.waitUntil(lambda: name in in_sight(window), timeout=PATIENCE)
    qtbot.mouseClick(find(QPushButton, f"hide_{name}"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: name not in in_sight(window), timeout=PATIENCE)
    find(QAction, f"show_{name}").trigger()
    qtbot.waitUntil(lambda: name in in_sight(window), timeout=PATIENCE)


def test_that_a_layout_is_remembered_and_reset(window: MainWindow, find: Find, qtbot: QtBot) -> None:
    area = window.learn.area
    area.toggle("matrices")
    qtbot.waitUntil(lambda: "matrices" not in in_sight(window), timeout=PATIENCE)
    settings.remember_layout(area.layout_state())
    find(QAction, "reset_layout").trigger()
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)
    area.restore_layout(settings.layout())
    qtbot.waitUntil(lambda: "matrices" not in in_sight(window), timeout=PATIENCE)


def test_that_a_layout_that_is_not_understood_changes_nothing(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: in_sight(window) == ON_TOP, timeout=PATIENCE)
    window.learn.area.restore_layout(QByteArray(b"nonsense"))
    assert in_sight(window) == ON_TOP


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.name)
def test_that_every_panel_is_explained_in_two_short_paragraphs(window: MainWindow, qtbot: QtBot, kind) -> None:
    window.learn.panels[kind.name].explain.click()
    frame = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Explanation))
    texts = [label.text() for label in frame.findChildren(QLabel)]
    assert [texts[1], texts[3]] == list(kind.explanation)
    assert all(60 < len(text) < 300 and text.endswith(".") for text in kind.explanation)
    frame.close()


def test_that_a_header_is_as_high_as_its_words_need(window: MainWindow, qtbot: QtBot) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state.view is not None, timeout=PATIENCE)
    window.learn.draw_now()
    qtbot.wait(1)
    for name in ON_TOP:
        dock = window.learn.area.docks[name]
        for label in dock.titleBarWidget().findChildren(QLabel):
            if label.isVisible():
                bottom = label.mapTo(dock, QPoint(0, label.height())).y()
                assert bottom <= dock.titleBarWidget().height() + 1, (name, label.text())


def test_that_a_lens_is_chosen_in_the_latents(window: MainWindow, settled: Callable, qtbot: QtBot) -> None:
    window.session.run()
    settled()
    lens = window.learn.panels["latents"].lens
    before = window.session.state.view
    lens.setCurrentIndex(0)
    lens.activated.emit(0)
    qtbot.waitUntil(lambda: window.session.state.view.lens == "raw", timeout=PATIENCE)
    window.learn.draw_now()
    after = window.session.state.view
    assert not (before.shown_params.A == after.shown_params.A).all()
    assert (before.fitted_means == after.fitted_means).all()
    assert lens.currentText() == "As estimated"
