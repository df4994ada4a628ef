from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QInputDialog, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions
from lds_gui.session import State
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.learn.branch_dialog import BranchDialog
from lds_gui.ui.learn.panels import RunsPanel
from lds_gui.ui.learn.rows import RunRows
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import THEMES
from tests.situations import states
from tests.ui.conftest import PATIENCE

Find = Callable[..., QWidget]
Settled = Callable[[], State]


@pytest.fixture
def panel(window: MainWindow) -> RunsPanel:
    panel = window.learn.panels["runs"]
    assert isinstance(panel, RunsPanel)
    window.learn.area.toggle("runs")
    return panel


@pytest.fixture
def two_runs(window: MainWindow, settled: Settled) -> State:
    """Two runs that differ in what they learn; the second one is shown."""
    session = window.session
    session.run()
    settled()
    learning = session.state.learning
    session.set_learning(replace(learning, options=replace(learning.options, learn=frozenset({"B"}), max_iter=3)))
    session.run()
    return settled()


def type_first_entry(qtbot: QtBot, editor: MatrixEditor, text: str) -> None:
    table = editor.table
    middle = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClicks(table, text[0])
    cell = table.findChildren(QLineEdit)[-1]
    qtbot.keyClicks(cell, text[1:])
    qtbot.keyClick(cell, Qt.Key.Key_Return)
    QGuiApplication.processEvents()


def choose(dialog: BranchDialog, symbol: str) -> None:
    dialog.choice.setCurrentIndex(dialog.choice.findText(f"{symbol},", Qt.MatchFlag.MatchStartsWith))


def column(panel: RunsPanel, place: int = 0) -> list[str]:
    items = panel.rows._items().values()
    return [item.text(place) for item in items]


def test_that_every_run_has_a_row_with_what_it_reached(panel: RunsPanel, two_runs: State) -> None:
    assert column(panel) == ["Run 1", "Run 2"]
    assert column(panel, 2) == ["5", "3"]
    assert [panel.rows.item_of(number).font(0).bold() for number in (1, 2)] == [False, True]
    np.testing.assert_array_equal(
        panel.table(two_runs)["log_likelihood"],
        [two_runs.runs[0].log_likelihoods[-1], two_runs.run.log_likelihoods[-1]],
    )


def test_that_a_chosen_run_can_be_shown(
    qtbot: QtBot, window: MainWindow, panel: RunsPanel, two_runs: State, settled: Settled
) -> None:
    panel.rows.choose(1)
    qtbot.mouseClick(panel.buttons["show"], Qt.MouseButton.LeftButton)
    assert settled().run.number == 1
    assert not panel.buttons["show"].isEnabled()


def test_that_comparing_names_what_differs_and_shows_both_curves(
    qtbot: QtBot, window: MainWindow, panel: RunsPanel, two_runs: State
) -> None:
    assert panel.matching.isHidden()
    panel.rows.choose(1)
    qtbot.mouseClick(panel.buttons["compare"], Qt.MouseButton.LeftButton)
    window.learn.draw_now()
    told = panel.difference.text()
    assert "learned: B | A, B, Σ, Γ, μ₀" in told
    assert "iterations at most: 3 | 5" in told
    assert "Iteration 3 | 3" in told
    assert "◆ Run 1" in column(panel)
    elbo = window.learn.panels["elbo"]
    np.testing.assert_array_equal(elbo.kept._curves[0].yData, window.session.state.runs[0].log_likelihoods)
    panel.matching.setCurrentIndex(1)
    panel.matching.activated.emit(1)
    window.learn.draw_now()
    assert window.session.state.matches_levels
    reached = window.session.state.runs[0].log_likelihoods >= window.session.state.run.log_likelihoods[3]
    assert f"Iteration 3 | {int(np.argmax(reached))}: " in panel.difference.text()


def test_that_swapping_shows_the_compared_run_by_button_and_by_key(
    qtbot: QtBot, window: MainWindow, panel: RunsPanel, two_runs: State, settled: Settled
) -> None:
    window.session.compare(1)
    window.learn.draw_now()
    qtbot.mouseClick(panel.buttons["blink"], Qt.MouseButton.LeftButton)
    assert (window.session.state.run.number, window.session.state.compared) == (1, 2)
    settled()
    window.learn.setFocus()
    qtbot.keyClick(window.learn, Qt.Key.Key_B)
    assert (window.session.state.run.number, window.session.state.compared) == (2, 1)


def test_that_a_run_can_be_renamed_and_deleted(
    qtbot: QtBot, window: MainWindow, panel: RunsPanel, two_runs: State
) -> None:
    panel.rows.choose(1)
    qtbot.mouseClick(panel.buttons["rename"], Qt.MouseButton.LeftButton)
    dialog = panel.findChild(QInputDialog)
    dialog.setTextValue("all learned")
    dialog.accept()
    window.learn.draw_now()
    assert "all learned" in column(panel)
    qtbot.mouseClick(panel.buttons["delete"], Qt.MouseButton.LeftButton)
    window.learn.draw_now()
    assert column(panel) == ["Run 2"]
    window.session.undo()
    window.learn.draw_now()
    assert column(panel) == ["all learned", "Run 2"]


def test_that_a_branch_goes_on_from_the_shown_iteration_with_what_was_changed(
    qtbot: QtBot, window: MainWindow, panel: RunsPanel, settled: Settled
) -> None:
    session = window.session
    session.run()
    settled()
    session.show_iteration(2)
    expected = session.state.step.params
    qtbot.mouseClick(panel.buttons["branch"], Qt.MouseButton.LeftButton)
    dialog = window.findChild(BranchDialog)
    assert dialog.changes.text() == ""
    choose(dialog, "B")
    dialog.switches[dialog.pages.currentIndex()].findChild(QCheckBox).click()
    type_first_entry(qtbot, dialog.editors["B"], "0,75")
    assert dialog.changes.text() == "Changed: B."
    dialog.confirm.click()
    state = settled()
    assert (state.run.number, state.run.parent, state.run.last_iteration) == (2, (1, 2), 5)
    start = state.run.history[0].params
    assert start.B[0, 0] == 0.75
    np.testing.assert_array_equal(start.A, expected.A)
    np.testing.assert_array_equal(state.step.params.B, start.B, "B was to be held")
    window.learn.draw_now()
    branch = panel.rows.item_of(2)
    assert branch.parent() is panel.rows.item_of(1)


def test_that_a_branch_that_is_given_up_changes_nothing(window: MainWindow, settled: Settled) -> None:
    window.session.run()
    before = settled()
    window.learn.ask_for_branch()
    dialog = window.findChild(BranchDialog)
    choose(dialog, "A")
    dialog.switches[dialog.pages.currentIndex()].findChild(QCheckBox).click()
    assert "A" not in dialog.learning.options.learn
    dialog.reject()
    assert window.session.state.run is before.run
    assert window.session.state.learning is before.learning


def test_that_what_a_branch_holds_is_learned_again_by_the_next_run(window: MainWindow, settled: Settled) -> None:
    window.session.run()
    settled()
    window.learn.ask_for_branch()
    dialog = window.findChild(BranchDialog)
    choose(dialog, "A")
    dialog.switches[dialog.pages.currentIndex()].findChild(QCheckBox).click()
    dialog.confirm.click()
    state = settled()
    assert "A" not in state.run.learning.options.learn
    assert "A" in state.learning.options.learn


def test_that_the_shown_run_is_the_chosen_one_when_it_changes(
    window: MainWindow, panel: RunsPanel, two_runs: State, settled: Settled
) -> None:
    window.learn.draw_now()
    assert panel.rows.chosen == 2
    panel.rows.choose(1)
    window.session.show_iteration(1)
    window.learn.draw_now()
    assert panel.rows.chosen == 1, "nobody has shown another one"
    window.session.run()
    settled()
    window.learn.draw_now()
    assert panel.rows.chosen == 3


def test_that_a_branch_cannot_begin_with_what_is_no_covariance(
    qtbot: QtBot, window: MainWindow, settled: Settled
) -> None:
    window.session.run()
    settled()
    window.learn.ask_for_branch()
    dialog = window.findChild(BranchDialog)
    choose(dialog, "Γ")
    type_first_entry(qtbot, dialog.editors["Gamma"], "-1")
    assert not dialog.confirm.isEnabled()
    dialog.reject()


def test_that_restarts_are_ranked_and_the_best_can_be_kept(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    window.learn.area.toggle("restarts")
    panel = window.learn.panels["restarts"]
    panel.count.setValue(3)
    qtbot.mouseClick(find(QPushButton, "restarts_start"), Qt.MouseButton.LeftButton)
    window.learn.draw_now()
    assert panel.start.text() == "Stop"
    qtbot.waitUntil(lambda: not window.session.state.restarts.is_running, timeout=PATIENCE)
    window.learn.draw_now()
    levels = panel.table(window.session.state)["log_likelihood"]
    assert len(levels) == panel.rows.topLevelItemCount() == 3
    assert list(levels) == sorted(levels, reverse=True)
    assert panel.words.text().startswith("3 of 3 done")
    qtbot.mouseClick(find(QPushButton, "restarts_keep"), Qt.MouseButton.LeftButton)
    state = settled()
    assert state.run.number == 1
    assert state.run.level == levels[0]


def test_that_the_restart_that_was_chosen_is_kept_although_better_ones_come_later(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    panel, session = window.learn.panels["restarts"], window.session
    window.learn.area.toggle("restarts")
    session.restart(3)
    qtbot.waitUntil(lambda: not session.state.restarts.is_running, timeout=PATIENCE)
    best, *others = session.state.restarts.ranked
    all_of_them = session.state.restarts
    session._replace(restarts=replace(all_of_them, ended=tuple(others)))
    window.learn.draw_now()
    panel.rows.choose(others[0].learning.seed)
    session._replace(restarts=all_of_them)
    window.learn.draw_now()
    assert panel.rows.topLevelItem(0).text(0).endswith(f"seed {best.learning.seed}")
    assert panel.keep.text() == "Keep this one"
    qtbot.mouseClick(find(QPushButton, "restarts_keep"), Qt.MouseButton.LeftButton)
    assert settled().run.learning.seed == others[0].learning.seed


def test_that_the_tree_of_runs_is_not_built_anew_when_nothing_moves(qtbot: QtBot) -> None:
    rows = RunRows("runs", ("run",), figures=frozenset(), elastic=0)
    qtbot.addWidget(rows)
    texts, parents = {1: ["one"], 2: ["two"], 3: ["three"]}, {3: 1}
    rows.show_rows(texts, parents)
    item = rows.item_of(3)
    rows.show_rows(texts, parents)
    assert rows.item_of(3) is item
    rows.show_rows({**texts, 4: ["four"]}, parents)
    assert rows.item_of(3) is not item
    assert [rows.topLevelItem(place).text(0) for place in range(3)] == ["one", "two", "four"]


def test_that_restarts_under_way_can_be_stopped(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    learning = window.session.state.learning
    window.session.set_learning(replace(learning, options=EMOptions(max_iter=100_000, tol=0.0)))
    window.learn.area.toggle("restarts")
    start = find(QPushButton, "restarts_start")
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    window.learn.draw_now()
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    assert not window.session.state.restarts.is_running
    window.learn.draw_now()
    assert start.text() == "Start"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_runs_are_told_apart_by_their_lines(qtbot: QtBot, theme) -> None:
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.restyle(theme)
    panel.draw(states()["other runs"])
    images = [panel.rows.item_of(number).icon(0).pixmap(18, 10).toImage() for number in (1, 2, 3)]
    assert all(one != other for place, one in enumerate(images) for other in images[:place])
    assert panel.rows.item_of(2).parent() is panel.rows.item_of(1)
