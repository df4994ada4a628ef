from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.session import Session
from lds_gui.ui.actions import ACTIONS, make_actions
from lds_gui.ui.learn.data_card import DataCard
from tests.situations import new_session


@pytest.fixture
def session():
    session = new_session()
    yield session
    session.close()


@pytest.fixture
def card(qtbot: QtBot, session: Session) -> Iterator[DataCard]:
    owner = QWidget()
    qtbot.addWidget(owner)
    slots = {info.name: getattr(session, info.name, lambda: None) for info in ACTIONS}
    card = DataCard(session, make_actions(owner, lambda: None, slots))
    card.setParent(owner)
    session.changed.connect(card.draw)
    card.draw(session.state)
    owner.show()
    yield card
    session.changed.disconnect(card.draw)


def enter(qtbot: QtBot, card: DataCard, name: str, text: str) -> None:
    field = card.findChild(QLineEdit, name)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("n_steps", "1000000", 1_000_000),
        ("n_steps", "1e3", 1000),
        ("seed", str(2**64 - 1), 2**64 - 1),
        ("n_sequences", "12", 12),
        ("burn_in", "50", 50),
    ],
)
def test_that_each_number_of_the_simulation_is_taken(
    qtbot: QtBot, session: Session, card: DataCard, name: str, text: str, value: int
) -> None:
    enter(qtbot, card, name, text)
    assert getattr(session.state.simulation, name) == value
    assert session.state.to_undo == "change of the simulation"


@pytest.mark.parametrize("name", ["missing", "dropout", "gap", "outliers"])
@pytest.mark.parametrize("text", ["0.1", "10 %", "10%", "0,1", "1/10"])
def test_that_each_share_is_taken_as_it_is_or_in_percent(
    qtbot: QtBot, session: Session, card: DataCard, name: str, text: str
) -> None:
    enter(qtbot, card, name, text)
    assert getattr(session.state.simulation.spoiling, name) == pytest.approx(0.1)
    assert name in card._more_toggle.text()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("n_steps", "0", "whole number from 1 to 1000000"),
        ("n_steps", "1.5", "whole number from 1 to 1000000"),
        ("n_sequences", "x", "whole number from 1 to 10000"),
        ("burn_in", "-1", "whole number from 0 to 1000000"),
        ("missing", "1.5", "not from 0 to 1"),
        ("gap", "101 %", "not from 0 to 1"),
    ],
)
def test_that_a_wrong_number_stays_in_its_field_with_a_sentence(
    qtbot: QtBot, session: Session, card: DataCard, name: str, text: str, words: str
) -> None:
    before = session.state.simulation
    enter(qtbot, card, name, text)
    assert session.state.simulation is before
    assert words in card._field_error.text()
    assert card.findChild(QLineEdit, name).text() == text


def test_that_data_can_be_kept_from_following(qtbot: QtBot, session: Session, card: DataCard) -> None:
    box = card.findChild(QCheckBox, "follows")
    assert box.isChecked()
    box.toggle()
    assert not session.state.follows
