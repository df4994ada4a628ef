import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lds_gui.files import AS_FOUND, Preview, ReadOptions, Role, load_data, save
from lds_gui.files.data_file import DataFile
from lds_gui.lds import Dataset
from lds_gui.ui import import_dialog
from lds_gui.ui.import_dialog import ImportDialog
from lds_gui.ui.theme import DARK, LIGHT, palette, stylesheet

STATION = """\
# station 4
date;temperature;pressure;remark
2024-01-01;13,5;1019,6;1
2024-01-02;;1020,2;2
2024-01-03;-999;NA;3
2024-01-04;9,25;1013,2;4
"""
Open = Callable[..., ImportDialog]
KEYS = {"comma": 1, "semicolon": 2, "tab": 3, "blanks": 4}
CHECK = QPoint(7, 9)  # in a check box
HORIZONTAL = Qt.Orientation.Horizontal


@pytest.fixture
def look(qtbot: QtBot, tmp_path: Path) -> Open:
    """Open the dialog on a text in a file, on a path, or on a copied text, and wait for the first preview."""

    def look(content: str | Path, name: str = "") -> ImportDialog:
        source: str | Path = content
        if name:
            source = tmp_path / name
            source.write_text(str(content), encoding="utf-8")
        dialog = ImportDialog(source)
        qtbot.addWidget(dialog, before_close_func=QDialog.reject)
        dialog.show()
        qtbot.waitExposed(dialog)
        seen(qtbot, dialog)
        return dialog

    return look


def seen(qtbot: QtBot, dialog: ImportDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_looking, timeout=10_000)


def find(dialog: ImportDialog, kind: type, name: str):
    found = dialog.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} {kind.__name__} named {name}"
    return found[0]


def choose(qtbot: QtBot, dialog: ImportDialog, name: str, index: int) -> None:
    """Choose an entry by the keyboard, and wait for the preview."""
    choice = find(dialog, QComboBox, name)
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Home)
    for _ in range(index):
        qtbot.keyClick(choice, Qt.Key.Key_Down)
    seen(qtbot, dialog)


def cells(dialog: ImportDialog) -> list[list[str]]:
    model = dialog.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount(QModelIndex()))]
        for row in range(model.rowCount(QModelIndex()))
    ]


def colour(dialog: ImportDialog, row: int, column: int) -> QColor:
    return dialog.table.model().index(row, column).data(Qt.ItemDataRole.ForegroundRole)


def roles(dialog: ImportDialog) -> list[str]:
    n_columns = dialog.table.model().columnCount(QModelIndex())
    return [find(dialog, QComboBox, f"role_{column + 1}").currentText() for column in range(n_columns)]


def problem(dialog: ImportDialog) -> str:
    place = find(dialog, QLabel, "problem")
    assert place.isVisible() is bool(place.text())
    assert find(dialog, QPushButton, "open").isEnabled() is not bool(place.text())
    return place.text()


def test_that_semicolons_decimal_commas_and_gaps_are_recognised_and_shown(look: Open) -> None:
    dialog = look(STATION, "station.csv")
    assert find(dialog, QComboBox, "delimiter").currentText() == "Found: semicolon"
    assert find(dialog, QComboBox, "decimal").currentText() == "Found: comma"
    assert find(dialog, QComboBox, "encoding").currentText() == "Found: UTF-8"
    assert find(dialog, QCheckBox, "header").isChecked()
    assert roles(dialog) == ["Time", "Observed", "Observed", "Observed"]
    assert cells(dialog)[:2] == [["2024-01-01", "13,5", "1019,6", "1"], ["2024-01-02", "–", "1020,2", "2"]]
    assert cells(dialog)[2] == ["2024-01-03", "-999", "–", "3"]
    assert find(dialog, QLabel, "size").text() == "4 rows × 4 columns"
    assert "Decimal commas are read as decimal points." in dialog.notes.words.text()
    assert dialog.notes.isVisible()
    assert problem(dialog) == ""
    assert dialog.options == AS_FOUND


def test_that_another_delimiter_chosen_by_keyboard_is_previewed(qtbot: QtBot, look: Open) -> None:
    dialog = look(STATION, "station.csv")
    choose(qtbot, dialog, "delimiter", KEYS["comma"])
    assert dialog.options == ReadOptions(delimiter=",")
    assert find(dialog, QComboBox, "delimiter").currentText() == "Comma"
    assert cells(dialog)[0][0].startswith("2024-01-01;13")
    assert problem(dialog)
    choose(qtbot, dialog, "delimiter", 0)
    assert dialog.options == AS_FOUND
    assert find(dialog, QComboBox, "delimiter").currentText() == "Found: semicolon"
    assert problem(dialog) == ""


def test_that_a_role_is_kept_by_later_codes_and_found_again_after_another_delimiter(qtbot: QtBot, look: Open) -> None:
    dialog = look(STATION, "station.csv")
    choose(qtbot, dialog, "role_4", list(Role).index(Role.IGNORED))
    chosen = (Role.TIME, Role.OBSERVED, Role.OBSERVED, Role.IGNORED)
    assert dialog.options == ReadOptions(roles=chosen)
    assert colour(dialog, 0, 3) == LIGHT.color("faint") != colour(dialog, 0, 1)
    assert "Left out as chosen: 'remark'." in dialog.notes.words.text()
    missing = find(dialog, QLineEdit, "missing")
    missing.setFocus()
    qtbot.keyClicks(missing, "-999, n. v.")
    qtbot.keyClick(missing, Qt.Key.Key_Return)
    seen(qtbot, dialog)
    assert dialog.isVisible(), "Enter in the field opens nothing"
    assert dialog.options == ReadOptions(roles=chosen, missing=("-999", "n. v."))
    assert cells(dialog)[2][1] == "–"
    assert np.isnan(load_data(dialog.source, dialog.options).dataset.observations[2, 0])
    choose(qtbot, dialog, "delimiter", KEYS["semicolon"])
    assert dialog.options.roles is None
    assert roles(dialog) == ["Time", "Observed", "Observed", "Observed"]


def test_that_roles_that_make_no_data_set_stay_and_are_named(qtbot: QtBot, look: Open) -> None:
    dialog = look("a,b\n1,2\n3,4\n", "two.csv")
    choose(qtbot, dialog, "role_1", list(Role).index(Role.IGNORED))
    assert problem(dialog) == ""
    choose(qtbot, dialog, "role_2", list(Role).index(Role.IGNORED))
    assert roles(dialog) == ["Ignored", "Ignored"]
    assert "no column of numbers" in problem(dialog)


def test_that_a_wrong_cell_is_named_by_row_and_column_and_marked(look: Open) -> None:
    dialog = look("t,x1,x2\n0,1.5,2\n1,much,3\n", "bad.csv")
    assert problem(dialog).startswith("Row 3, column 'x1': 'much' is not a number")
    assert colour(dialog, 1, 1) == LIGHT.color("wrong")
    assert colour(dialog, 0, 1) == LIGHT.color("ink")


def test_that_the_first_row_can_be_taken_for_data(qtbot: QtBot, look: Open) -> None:
    dialog = look("1,2\n3,4\n", "plain.csv")
    header = find(dialog, QCheckBox, "header")
    assert not header.isChecked()
    header.setFocus()
    qtbot.keyClick(header, Qt.Key.Key_Space)
    seen(qtbot, dialog)
    assert dialog.options.header is True
    assert cells(dialog) == [["3", "4"]]


def test_that_one_of_two_arrays_is_chosen_and_turned(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    wide = np.arange(12.0).reshape(2, 6) / 7
    np.savez(path, wide=wide, small=np.ones((2, 2)))
    dialog = look(path)
    array = find(dialog, QComboBox, "array")
    assert [array.itemText(index) for index in range(2)] == ["wide   2 × 6 float64", "small   2 × 2 float64"]
    assert array.currentData() == "wide"
    assert not dialog.text_choices.isVisible()
    turn = find(dialog, QCheckBox, "transposed")
    turn.setFocus()
    qtbot.keyClick(turn, Qt.Key.Key_Space)
    seen(qtbot, dialog)
    assert dialog.options == ReadOptions(transposed=True)
    assert cells(dialog)[1] == ["0.142857", "1"]
    assert (load_data(path, dialog.options).dataset.observations == wide.T).all()
    choose(qtbot, dialog, "array", 1)
    assert dialog.options == ReadOptions(transposed=True, array="small")
    assert cells(dialog) == [["1", "1"], ["1", "1"]]


def test_that_a_file_of_this_programs_own_leaves_nothing_to_choose(look: Open, tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    save(path, DataFile.of(Dataset(np.array([[1.0, np.nan], [2.0, 3.0]]))))
    dialog = look(path)
    assert cells(dialog) == [["1", "–"], ["2", "3"]]
    assert not dialog.array_choices.isVisible()
    assert dialog.findChildren(QComboBox, "role_1") == []
    assert problem(dialog) == ""


def test_that_a_copied_text_is_previewed_and_standardising_is_a_choice(qtbot: QtBot, look: Open) -> None:
    dialog = look("1\t2\n3\t5\n")
    assert dialog.windowTitle() == "Paste data"
    assert cells(dialog) == [["1", "2"], ["3", "5"]]
    assert not dialog.standardise
    qtbot.mouseClick(find(dialog, QCheckBox, "standardise"), Qt.MouseButton.LeftButton, pos=CHECK)
    assert dialog.standardise
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_that_escape_cancels(qtbot: QtBot, look: Open) -> None:
    dialog = look("1,2\n3,4\n")
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_that_closing_while_a_preview_runs_leaves_no_thread_and_no_timer(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, n_looks = threading.Event(), []

    def slow(_text: str, options: ReadOptions) -> Preview:
        n_looks.append(options)
        goes_on.wait(10)
        return Preview(options, ("x1",), (("1",),), 1)

    monkeypatch.setattr(import_dialog, "text_preview", slow)
    before = set(threading.enumerate())
    dialog = ImportDialog("1\n2\n")
    qtbot.addWidget(dialog)
    dialog.show()
    assert find(dialog, QLabel, "size").text() == "Looking at the file …"
    assert not find(dialog, QPushButton, "open").isEnabled()
    qtbot.waitUntil(lambda: len(n_looks) == 1)
    choose_now = find(dialog, QCheckBox, "header")
    for _ in range(3):
        choose_now.click()
    began = time.monotonic()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert time.monotonic() - began < 1, "closing waits for nothing"
    assert not any(timer.isActive() for timer in dialog.findChildren(QTimer))
    goes_on.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert len(n_looks) == 1, "what was overtaken is never looked at"
    assert dialog.table.model().rowCount(QModelIndex()) == 0


def test_that_only_the_newest_request_is_answered(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()

    def slow(_text: str, options: ReadOptions) -> Preview:
        goes_on.wait(10)
        return Preview(options, (str(options.header),), (("1",),), 1)

    monkeypatch.setattr(import_dialog, "text_preview", slow)
    dialog = ImportDialog("1\n2\n")
    qtbot.addWidget(dialog, before_close_func=QDialog.reject)
    shown = []
    dialog.table.model().modelReset.connect(lambda: shown.append(dialog.table.model().headerData(0, HORIZONTAL)))
    for _ in range(3):
        find(dialog, QCheckBox, "header").click()
    goes_on.set()
    seen(qtbot, dialog)
    assert shown == ["True"]


def test_that_a_wide_table_makes_choices_only_for_columns_in_sight_and_keys_reach_all(qtbot: QtBot, look: Open) -> None:
    n_columns = 300
    line = ",".join(str(j) for j in range(n_columns))
    dialog = look(f"{line}\n{line}\n", "wide.csv")
    assert len(dialog.table.header.findChildren(QComboBox)) < 20
    find(dialog, QComboBox, "role_1").setFocus()
    for _ in range(30):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    focused = QApplication.focusWidget()
    assert focused.objectName() == "role_31"
    assert dialog.table.header.viewport().rect().contains(focused.geometry())


def test_that_the_tab_key_goes_through_every_control_in_the_order_of_the_screen(qtbot: QtBot, look: Open) -> None:
    dialog = look("a,b\n1,2\n3,4\n", "two.csv")
    find(dialog, QComboBox, "delimiter").setFocus()
    names = []
    for _ in range(11):
        names.append(QApplication.focusWidget().objectName())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    fields = ["delimiter", "decimal", "encoding", "missing", "header"]
    assert names == [*fields, "preview", "role_1", "role_2", "standardise", "cancel", "open"]


@pytest.mark.parametrize("name", ["station.csv", "two.npz"])
def test_that_every_control_has_words_and_nothing_is_cut_off(look: Open, tmp_path: Path, name: str) -> None:
    QApplication.instance().setStyleSheet(stylesheet(LIGHT))
    np.savez(tmp_path / "two.npz", a=np.ones((4, 2)), b=np.ones((2, 2)))
    dialog = look(STATION, name) if name.endswith("csv") else look(tmp_path / name)
    controls = [w for w in dialog.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    own = [w for w in controls if isinstance(w, QComboBox | QLineEdit | QAbstractButton | QAbstractScrollArea)]
    assert len(own) >= 6
    for control in own:
        assert control.toolTip(), control.objectName()
        assert control.accessibleName() or control.text(), control.objectName()
        assert control.width() >= control.minimumSizeHint().width(), control.objectName()
        if isinstance(control, QComboBox):
            needed = control.fontMetrics().horizontalAdvance(control.currentText()) + 22 + 16
            assert control.width() >= needed, control.objectName()
    assert dialog.width() <= 1280
    assert dialog.height() <= 640


def test_that_the_table_takes_the_colours_of_another_theme(look: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    application = QApplication.instance()
    before = application.palette()
    dialog = look(STATION, "station.csv")
    assert colour(dialog, 0, 1) == LIGHT.color("ink")
    application.setPalette(palette(DARK))
    QApplication.processEvents()
    assert colour(dialog, 0, 1) == DARK.color("ink")
    application.setPalette(before)
