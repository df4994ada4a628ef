"""Undo and redo, on sessions that simulate but need no engine."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.files import preset
from lds_gui.lds import Simulation
from lds_gui.session import History, Run, RunStatus, Session
from lds_gui.session.changes import MODEL, Changes
from tests.situations import new_session, states

PATIENCE = 60_000


@pytest.fixture
def session(qtbot: QtBot):
    session = new_session()
    session.set_simulation(Simulation(25, 4))
    session.simulate()
    arrive(qtbot, session)
    yield session
    session.close()


def arrive(qtbot: QtBot, session: Session) -> None:
    def is_there() -> bool:
        state = session.state
        return state.data is not None and not state.busy and not state.model_differs_from_data

    qtbot.waitUntil(is_there, timeout=PATIENCE)


def test_that_a_change_is_taken_back_and_made_again_with_its_name(qtbot: QtBot, session: Session) -> None:
    before = session.state.model
    session.set_parameter("A", 0.5 * np.eye(2))
    after = session.state.model
    assert session.state.to_undo == "change of A"
    session.undo()
    assert session.state.model is before
    assert session.state.to_redo == "change of A"
    session.redo()
    assert session.state.model is after
    assert (session.state.to_undo, session.state.to_redo) == ("change of A", "")


def test_that_a_new_change_forgets_what_was_taken_back(session: Session) -> None:
    session.set_parameter("mu0", [1.0, 1.0])
    session.undo()
    session.set_parameter("mu0", [2.0, 2.0])
    assert session.state.to_redo == ""


def test_that_a_gesture_is_taken_back_at_once(qtbot: QtBot, session: Session) -> None:
    before = session.state.model
    for value in (1.0, 2.0, 3.0):
        session.set_parameter("mu0", [value, 0.0], "a drag")
    session.undo()
    assert session.state.model is before


def test_that_data_follow_the_model_with_the_same_noise_and_are_undone_with_it(qtbot: QtBot, session: Session) -> None:
    first = session.state.data
    session.set_parameter("mu0", [5.0, 0.0])
    arrive(qtbot, session)
    second = session.state.data
    assert second is not first
    model = session.state.model
    start = second.dataset.latent_sequences[0][0] - first.dataset.latent_sequences[0][0]
    np.testing.assert_allclose(start, model.mu0 - first.truth.mu0, atol=1e-12)
    session.undo()
    assert session.state.data is first


def test_that_data_stay_where_they_are_not_to_follow(session: Session) -> None:
    session.set_follows(False)
    data = session.state.data
    session.set_parameter("mu0", [5.0, 0.0])
    assert session.state.data is data
    assert session.state.model_differs_from_data


def test_that_the_choice_of_a_preset_is_one_change_with_its_data(qtbot: QtBot, session: Session) -> None:
    before = session.state
    session.use_preset(preset("local_level"))
    arrive(qtbot, session)
    assert session.state.model.latent_dim == 1
    session.undo()
    state = session.state
    assert (state.model, state.preset, state.simulation, state.data) == (
        before.model,
        before.preset,
        before.simulation,
        before.data,
    )


def test_that_a_new_seed_is_one_change(qtbot: QtBot, session: Session) -> None:
    before = session.state
    session.dice()
    arrive(qtbot, session)
    assert session.state.simulation.seed != before.simulation.seed
    session.undo()
    assert (session.state.simulation, session.state.data) == (before.simulation, before.data)


def test_that_spoilt_data_of_several_sequences_are_simulated(qtbot: QtBot, session: Session) -> None:
    spoiling = replace(session.state.simulation.spoiling, missing=0.3)
    session.set_simulation(replace(session.state.simulation, n_sequences=3, burn_in=10, spoiling=spoiling))
    arrive(qtbot, session)
    dataset = session.state.data.dataset
    assert (dataset.n_sequences, dataset.n_steps) == (3, 75)
    assert dataset.n_missing > 0


def test_that_presets_of_ones_own_are_kept_used_and_deleted(
    qtbot: QtBot, session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDS_GUI_DATA_FOLDER", str(tmp_path))
    session.set_parameter("mu0", [7.0, 0.0])
    session.save_preset("My oscillator", "It begins far out.")
    (own,) = session.state.own_presets
    assert (own.title, own.is_own, own.params.mu0[0], own.n_steps) == ("My oscillator", True, 7.0, 25)
    assert session.state.preset is own
    session.delete_preset()
    assert session.state.own_presets == ()
    assert session.state.model.mu0[0] == 7.0


def test_that_a_preset_that_cannot_be_written_is_told(
    session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LDS_GUI_DATA_FOLDER", str(tmp_path / "file"))
    session.save_preset("Mine", "")
    assert "cannot be made" in session.state.preset_error


def test_that_a_run_that_was_live_comes_back_as_stopped() -> None:
    changes = Changes()
    state = states()["data only"]
    running = replace(state, run=Run(History(), 0, state.learning, RunStatus.RUNNING))
    changes.record("reset of the run", running, frozenset({"run"}))
    back = changes.undo(replace(running, run=None))
    assert back is not None
    assert back.run.status is RunStatus.STOPPED


def test_that_undo_leaves_alone_what_the_change_was_not_about() -> None:
    changes = Changes()
    state = states()["data only"]
    changes.record("change of A", state, MODEL)
    now = replace(state, shown_iteration=3, model=states()["finished"].model)
    back = changes.undo(now)
    assert back is not None
    assert back.model is state.model
    assert back.shown_iteration == 3
