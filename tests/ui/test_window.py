import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lds_gui.files import presets, samples
from lds_gui.session import START_CHOICES, RunStatus, State
from lds_gui.ui import settings
from lds_gui.ui.cards import ElidedLabel
from lds_gui.ui.errors import catch_everything
from lds_gui.ui.help_dialog import GESTURES, HelpDialog
from lds_gui.ui.import_dialog import ImportDialog
from lds_gui.ui.main_window import MainWindow
from tests.ui.conftest import PATIENCE

Find = Callable[..., QWidget]
Settled = Callable[[], State]

NAMED = {
    "tabs": QTabWidget,
    "latent_dim": QSpinBox,
    "obs_dim": QSpinBox,
    "n_steps": QLineEdit,
    "seed": QLineEdit,
    "preset": QComboBox,
    "truth_A": QTableView,
    "truth_B": QTableView,
    "truth_Sigma": QTableView,
    "truth_Gamma": QTableView,
    "truth_mu0": QTableView,
    "learn_A": QCheckBox,
    "learn_B": QCheckBox,
    "learn_Sigma": QCheckBox,
    "learn_Gamma": QCheckBox,
    "learn_mu0": QCheckBox,
    "tolerance": QLineEdit,
    "max_iter": QSpinBox,
    "iteration_slider": QSlider,
    "kl_dim": QSpinBox,
    "kl_p_mean": QTableView,
    "kl_p_cov": QTableView,
    "kl_q_mean": QTableView,
    "kl_q_cov": QTableView,
    "kl_pq": QLabel,
    "kl_qp": QLabel,
    "run": QAction,
    "pause": QAction,
    "step": QAction,
    "stop": QAction,
    "reset": QAction,
    "simulate": QAction,
    "open_data": QAction,
    "quit": QAction,
}


def test_that_everything_that_is_driven_from_outside_has_its_name(find: Find) -> None:
    for name, kind in NAMED.items():
        find(kind, name)


def click(qtbot: QtBot, find: Find, name: str) -> None:
    qtbot.mouseClick(find(QPushButton, f"{name}_button"), Qt.MouseButton.LeftButton)


def enter(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Type over what the field holds, and press Enter."""
    widget.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(widget, text)
    qtbot.keyClick(widget, Qt.Key.Key_Return)


def set_cell(find: Find, name: str, row: int, column: int, text: str) -> None:
    model = find(QTableView, name).model()
    model.setData(model.index(row, column), text)


def test_that_a_click_on_run_learns_and_every_panel_shows_it(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled
) -> None:
    click(qtbot, find, "run")
    state = settled()
    assert state.run.n_recorded == 6
    assert "5</b> / 5" in find(QLabel, "iteration_label").text()
    assert find(QSlider, "iteration_slider").maximum() == 5
    in_sight = [panel for panel in window.learn.panels.values() if window.learn.area.is_in_sight(panel)]
    assert len(in_sight) == 5
    for panel in in_sight:
        assert panel.has_picture(state)
        assert panel._stack.currentWidget() is panel.picture
    assert find(QLabel, "run_reason").text() == state.run.reason


def test_that_the_slider_takes_every_panel_back(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled) -> None:
    click(qtbot, find, "run")
    settled()
    slider = find(QSlider, "iteration_slider")
    slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: window.session.state.view.iteration == 2, timeout=PATIENCE)
    assert window.session.state.iteration == 2
    window.learn.draw_now()
    assert window.learn.panels["elbo"]._cursor.value() == 2
    step = window.session.state.run.history[2]
    assert find(QLabel, "log_likelihood_label").text().startswith(f"L = −{abs(step.log_likelihood):.4f}"[:10])


def test_that_the_run_button_says_what_it_does(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled) -> None:
    assert find(QPushButton, "run_button").text() == "Run"
    click(qtbot, find, "run")
    settled()
    assert find(QPushButton, "run_button").text() == "Run again"


def test_that_the_buttons_step_and_reset_the_run(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    for k in (1, 2):
        click(qtbot, find, "step")
        qtbot.waitUntil(lambda k=k: window.session.state.iteration == k, timeout=PATIENCE)
    assert find(QPushButton, "run_button").text() == "Resume"
    click(qtbot, find, "reset")
    assert window.session.state.run is None
    assert find(QPushButton, "run_button").text() == "Run"


def test_that_the_keys_of_the_actions_work(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: window.session.state.iteration == 1, timeout=PATIENCE)


def test_that_a_run_can_be_stopped_from_the_window(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    find(QSpinBox, "max_iter").setValue(100_000)
    click(qtbot, find, "run")
    qtbot.waitUntil(lambda: (window.session.state.iteration or 0) >= 1, timeout=PATIENCE)
    click(qtbot, find, "stop")
    assert window.session.state.run.status is RunStatus.STOPPED
    assert "Stopped" in find(QLabel, "status_label").text()


def test_that_the_window_closes_during_a_run(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    find(QSpinBox, "max_iter").setValue(100_000)
    click(qtbot, find, "run")
    qtbot.waitUntil(lambda: (window.session.state.iteration or 0) >= 1, timeout=PATIENCE)
    window.close()
    assert not window.isVisible()
    assert not window.session._timer.isActive()


def test_that_an_entry_of_the_model_reaches_the_state(window: MainWindow, find: Find) -> None:
    set_cell(find, "truth_A", 0, 1, "-1/4")
    assert window.session.state.model.A[0, 1] == -0.25
    assert "changed since" in find(QLabel, "data_notes").text()


def test_that_a_covariance_that_is_none_is_refused_at_its_cell(window: MainWindow, find: Find) -> None:
    before = window.session.state.model
    set_cell(find, "truth_Sigma", 0, 1, "3")
    assert window.session.state.model is before
    message = find(QLabel, "truth_Sigma_error")
    assert message.isVisible()
    assert "Σ" in message.text()
    assert "eigenvalue" in message.text()
    assert find(QTableView, "truth_Sigma").model().index(0, 1).data() == "3"


def test_that_the_dimensions_of_the_model_can_be_changed(window: MainWindow, find: Find) -> None:
    find(QSpinBox, "latent_dim").setValue(3)
    find(QSpinBox, "obs_dim").setValue(1)
    model = window.session.state.model
    assert (model.latent_dim, model.obs_dim) == (3, 1)
    table = find(QTableView, "truth_B").model()
    assert (table.rowCount(), table.columnCount()) == (1, 3)


def wheel(widget: QWidget) -> bool:
    """Turn the wheel over a widget; give whether it keeps the event to itself."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QGuiApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("name", ["latent_dim", "preset", "start", "max_iter"])
def test_that_the_wheel_changes_nothing_that_one_has_not_clicked_on(window: MainWindow, find: Find, name: str) -> None:
    widget = find(NAMED.get(name, QComboBox), name)
    find(QSlider, "iteration_slider").setFocus()
    before = window.session.state
    assert not wheel(widget), "the event is left for what scrolls"
    assert window.session.state is before
    assert not widget.hasFocus()
    widget.setFocus()
    assert wheel(widget)


def test_that_the_focus_stays_off_the_matrices_when_a_run_begins(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    window.activateWindow()
    slider = find(QSlider, "iteration_slider")
    slider.setFocus()
    click(qtbot, find, "run")
    qtbot.waitUntil(lambda: window.session.state.iteration is not None, timeout=PATIENCE)
    assert slider.isEnabled()
    assert not any(find(QTableView, name).hasFocus() for name in NAMED if name.startswith("truth_"))


def test_that_a_preset_is_simulated_when_it_is_chosen(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    combo = find(QComboBox, "preset")
    combo.setFocus()
    second = presets()[1]
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: window.session.state.data.truth is second.params, timeout=PATIENCE)
    assert find(QLineEdit, "n_steps").text() == str(second.n_steps)


def test_that_the_preset_is_marked_as_changed_and_can_be_taken_again(window: MainWindow, find: Find) -> None:
    combo = find(QComboBox, "preset")
    set_cell(find, "truth_A", 0, 0, "0.1")
    assert combo.currentIndex() == -1
    assert combo.placeholderText() == f"{presets()[0].title}, changed"
    set_cell(find, "truth_Gamma", 0, 0, "-5")
    assert find(QLabel, "model_warning").isVisible()
    combo.setCurrentIndex(0)
    assert window.session.state.model is presets()[0].params
    assert find(QTableView, "truth_Gamma").model().index(0, 0).data() == "0.2"
    assert not find(QLabel, "truth_Gamma_error").isVisible()
    assert not find(QLabel, "model_warning").isVisible()


def test_that_boxes_and_choices_follow_programs_as_well_as_clicks(window: MainWindow, find: Find) -> None:
    find(QCheckBox, "learn_B").setChecked(False)
    assert "B" not in window.session.state.learning.options.learn
    find(QComboBox, "start").setCurrentIndex([choice.name for choice in START_CHOICES].index("random"))
    assert window.session.state.learning.start == "random"
    assert find(QLineEdit, "start_seed").isVisible()


def test_that_steps_and_seed_decide_what_is_simulated(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    enter(qtbot, find(QLineEdit, "n_steps"), "17")
    enter(qtbot, find(QLineEdit, "seed"), str(2**62))
    old = window.session.state.data
    click(qtbot, find, "simulate")
    qtbot.waitUntil(lambda: window.session.state.data is not old, timeout=PATIENCE)
    assert window.session.state.data.dataset.n_steps == 17
    assert window.session.state.simulation.seed == 2**62


def test_that_a_wrong_seed_is_told_below_its_field(qtbot: QtBot, window: MainWindow, find: Find) -> None:
    enter(qtbot, find(QLineEdit, "seed"), "seven")
    assert "“seven”" in find(QLabel, "simulation_error").text()
    assert window.session.state.simulation.seed == 4


def test_that_what_is_ticked_is_what_is_learned(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled) -> None:
    box = find(QCheckBox, "learn_A")
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() - box.rect().center() / 1.2)
    assert "A" not in window.session.state.learning.options.learn
    click(qtbot, find, "run")
    history = settled().run.history
    np.testing.assert_array_equal(history[-1].params.A, history[0].params.A)
    assert not np.array_equal(history[-1].params.B, history[0].params.B)


def test_that_the_tolerance_ends_the_run(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled) -> None:
    enter(qtbot, find(QLineEdit, "tolerance"), "1e6")
    click(qtbot, find, "run")
    state = settled()
    assert state.run.converged
    assert find(QLabel, "status_label").text().startswith("Converged: The log-likelihood changed by")


def test_that_a_run_that_cannot_start_says_why(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled) -> None:
    window.session.set_follows(False)
    find(QSpinBox, "obs_dim").setValue(2)  # the data still have 3 columns
    start = find(QComboBox, "start")
    start.setCurrentIndex(start.count() - 1)  # the model as it is
    click(qtbot, find, "run")
    assert settled().run.status is RunStatus.FAILED
    failure = find(QLabel, "failure")
    assert failure.isVisible()
    assert "2" in failure.text()
    assert "3" in failure.text()
    click(qtbot, find, "reset")
    assert not failure.isVisible()


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_that_the_file_menu_opens_every_sample(qtbot: QtBot, window: MainWindow, find: Find, sample) -> None:
    find(QAction, f"sample_{sample.name}").trigger()
    qtbot.waitUntil(lambda: window.session.state.data.truth is None, timeout=PATIENCE)
    window.learn.draw_now()
    QGuiApplication.processEvents()
    (left, right), _ = window.learn.panels["observations"].plot.getViewBox().viewRange()
    data = window.session.state.data
    assert left <= 1
    assert data.dataset.n_steps <= right <= 1.2 * data.dataset.n_steps + 1
    assert str(data.dataset.n_steps) in find(QLabel, "data_source").text()
    for note in data.notes:
        assert note in find(QLabel, "data_notes").text()


def test_that_a_file_is_opened_by_the_dialog(
    qtbot: QtBot, window: MainWindow, find: Find, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "two.csv"
    path.write_text("a,b\n1,2\n3,\n5,6\n", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    find(QAction, "open_data").trigger()
    accept_import(qtbot, window)
    qtbot.waitUntil(lambda: window.session.state.data.title == "two", timeout=PATIENCE)
    window.learn.draw_now()
    assert window.session.state.data.columns == ("a", "b")
    assert "1 missing" not in window.learn.panels["observations"].note.text()
    window.learn.panels["observations"].choice.setCurrentIndex(1)
    assert "1 missing" in window.learn.panels["observations"].note.text()


def test_that_a_file_that_cannot_be_read_is_told_in_the_data_card(
    qtbot: QtBot, window: MainWindow, find: Find, tmp_path: Path
) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("a,b\n1,2\n3,word\n", encoding="utf-8")
    before = window.session.state.data
    window.session.open_data(path)
    qtbot.waitUntil(lambda: find(QLabel, "data_error").isVisible(), timeout=PATIENCE)
    assert "word" in find(QLabel, "data_error").text()
    assert window.session.state.data is before


@pytest.mark.parametrize("name", ["light", "dark", "system"])
def test_that_a_theme_is_used_and_remembered(window: MainWindow, find: Find, name: str) -> None:
    find(QAction, f"theme_{name}").trigger()
    assert settings.theme_name() == name
    assert find(QAction, f"theme_{name}").isChecked()


def test_that_an_unexpected_error_is_shown_can_be_copied_and_leaves_the_window_alive(
    qtbot: QtBot, window: MainWindow, find: Find, settled: Settled, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    catch_everything(window.error_panel)
    try:
        raise RuntimeError("out of cheese")
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(window.error_panel.isVisible)
    window.error_panel.copy()
    report = QGuiApplication.clipboard().text()
    assert "RuntimeError: out of cheese" in report
    assert "lds-gui" in report
    assert "out of cheese" in capsys.readouterr().err
    click(qtbot, find, "run")
    assert settled().run.status is RunStatus.FINISHED
    window.error_panel.hide()
    assert not window.error_panel.isVisible()


@pytest.mark.parametrize("tab", [0, 1])
def test_that_no_label_is_cut_off(qtbot: QtBot, window: MainWindow, find: Find, settled: Settled, tab: int) -> None:
    click(qtbot, find, "run")
    settled()
    window.tabs.setCurrentIndex(tab)
    for size in ((1280, 720), (1920, 1080), (2560, 1440)):
        window.resize(*size)
        QGuiApplication.processEvents()
        cut = [
            f"{label.text()!r} has {label.width()} px and needs {label.sizeHint().width()}"
            for label in window.tabs.currentWidget().findChildren(QLabel)
            if label.isVisible()
            and not label.wordWrap()
            and not isinstance(label, ElidedLabel)
            and label.width() < label.sizeHint().width()
        ]
        assert cut == []
        assert (window.width(), window.height()) == size, "the content forces the window to be larger than the screen"


def test_that_the_panels_are_drawn_one_by_one_and_the_newest_state_wins(window: MainWindow) -> None:
    drawn: list[tuple[str, State]] = []
    in_sight = {name: panel for name, panel in window.learn.panels.items() if window.learn.area.is_in_sight(panel)}
    for name, panel in in_sight.items():
        panel.draw = lambda state, name=name: drawn.append((name, state))  # type: ignore[method-assign]
    window.learn.draw_now()
    drawn.clear()
    old = window.session.state
    window.learn.draw(old)
    assert drawn == [], "nothing is drawn before clicks and keys could be answered"
    window.learn._draw_next()
    window.session.set_dimensions(1, 1)
    window.learn.draw_now()
    names = [name for name, _ in drawn]
    assert names.count(names[0]) == 2, "the panel that had the old state is drawn again"
    assert set(names) == set(in_sight)
    assert all(state is window.session.state for _, state in drawn[1:])


def accept_import(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the dialog has looked at the data, and press Enter."""
    qtbot.waitUntil(lambda: window.findChild(ImportDialog) is not None, timeout=PATIENCE)
    dialog = window.findChild(ImportDialog)
    qtbot.waitUntil(lambda: dialog.isVisible() and not dialog.is_looking, timeout=PATIENCE)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)


@pytest.mark.parametrize("kind", ["file", "text"])
def test_that_data_are_dropped_onto_the_window(window: MainWindow, qtbot: QtBot, tmp_path, kind: str) -> None:
    (tmp_path / "dropped.csv").write_text("a;b\n1,5;2\n2,5;3\n3,5;\n")
    content = QMimeData()
    if kind == "file":
        content.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.csv"))])
    else:
        content.setText("a\tb\n1.5\t2\n2.5\t3\n3.5\t\n")
    place, copy, left, plain = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier
    enter = QDragEnterEvent(place.toPoint(), copy, content, left, plain.NoModifier)
    QGuiApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QGuiApplication.sendEvent(window, QDropEvent(place, copy, content, left, plain.NoModifier))
    accept_import(qtbot, window)
    qtbot.waitUntil(lambda: window.session.state.data.columns == ("a", "b"), timeout=PATIENCE)
    assert window.session.state.data.dataset.n_missing == 1
    assert window.session.state.to_undo.startswith("opening of")


def test_that_what_cannot_be_data_is_refused_with_a_sentence(window: MainWindow, qtbot: QtBot) -> None:
    before = window.session.state.data
    QGuiApplication.clipboard().clear()
    window.actions_by_name["paste_data"].trigger()
    assert "neither a file nor a text" in window.session.state.data_error
    assert window.session.state.data is before


def test_that_help_lists_every_action_with_its_keys(window: MainWindow) -> None:
    window.actions_by_name["help"].trigger()
    text = window.findChild(HelpDialog).text.toPlainText()
    for name, action in window.actions_by_name.items():
        if name not in ("undo", "redo"):  # whose text names the change
            assert action.text() in text
        assert action.shortcut().toString() in text
    for rows in GESTURES.values():
        for keys, words in rows:
            assert keys in text
            assert words in text


def test_that_tabs_are_reached_by_their_keys(window: MainWindow, qtbot: QtBot) -> None:
    for key, index in ((Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0)):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == index


def test_that_an_empty_model_is_one_to_build_on(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    model = window.session.state.model
    assert (model.latent_dim, model.obs_dim) == (1, 1)
    assert window.session.state.to_undo == "empty model"
