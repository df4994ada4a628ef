import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lds_gui.ui.editors.number_fields import MAX_SEED, NumberField, ProblemPlace, read_seed, read_tolerance
from lds_gui.ui.numbers import NumberError


@pytest.mark.parametrize("text", ["0", " 42 ", str(2**31), str(2**53 + 1), str(MAX_SEED)])
def test_that_a_seed_of_64_bits_is_kept_exactly(text: str) -> None:
    assert read_seed(text) == int(text)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "x", str(MAX_SEED + 1), "9" * 5000, "٣"])
def test_that_what_is_no_seed_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(NumberError, match="whole number from 0"):
        read_seed(text)


def test_that_a_tolerance_may_be_zero_but_not_negative() -> None:
    assert read_tolerance("0") == 0
    assert read_tolerance("1e-9") == 1e-9
    with pytest.raises(NumberError, match="negative"):
        read_tolerance("-1e-9")


@pytest.fixture
def place(qtbot: QtBot) -> ProblemPlace:
    label = ProblemPlace("problem")
    qtbot.addWidget(label)
    return label


@pytest.fixture
def seed_field(qtbot: QtBot, place: ProblemPlace) -> NumberField:
    field = NumberField("seed", read_seed, place)
    qtbot.addWidget(field)
    field.show_value(7)
    field.committed.connect(field.show_value)
    return field


def test_that_a_typed_value_is_committed_once_by_enter(qtbot: QtBot, seed_field: NumberField) -> None:
    committed = []
    seed_field.committed.connect(committed.append)
    seed_field.selectAll()
    qtbot.keyClicks(seed_field, str(MAX_SEED))
    qtbot.keyClick(seed_field, Qt.Key.Key_Return)
    qtbot.keyClick(seed_field, Qt.Key.Key_Return)
    assert committed == [MAX_SEED]


def test_that_a_wrong_entry_stays_and_says_why(qtbot: QtBot, seed_field: NumberField, place: ProblemPlace) -> None:
    committed = []
    seed_field.committed.connect(committed.append)
    seed_field.selectAll()
    qtbot.keyClicks(seed_field, "-3")
    qtbot.keyClick(seed_field, Qt.Key.Key_Return)
    assert committed == []
    assert seed_field.text() == "-3"
    assert seed_field.property("invalid")
    assert "“-3”" in place.text()
    seed_field.setValue(9)
    assert committed == [9]
    assert place.text() == ""
