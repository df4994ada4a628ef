from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, Simulation
from lds_gui.session import RunStatus, Session, State
from tests.situations import new_session

PATIENCE = 60_000


@pytest.fixture
def session(qtbot: QtBot):
    session = new_session()
    session.set_simulation(Simulation(20, 3))
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=3, tol=0.0)))
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    yield session
    session.close()


def seen(session: Session) -> list[tuple[int, bool]]:
    """The half-steps of which the view was there, in the order in which they were."""
    found: list[tuple[int, bool]] = []

    def note(state: State) -> None:
        if state.iteration is not None and state.view_is_current:
            place = (state.iteration, state.before_e)
            if found[-1:] != [place]:
                found.append(place)

    session.changed.connect(note)
    return found


ALL = [(0, False), (1, True), (1, False), (2, True), (2, False), (3, True), (3, False)]


def test_that_a_run_at_a_finite_speed_shows_every_half_step_and_ends(qtbot: QtBot, session: Session) -> None:
    session.set_speed(200.0)
    found = seen(session)
    session.run()
    assert session.state.is_running
    qtbot.waitUntil(lambda: not session.state.is_running and session.state.run.n_recorded == 4, timeout=PATIENCE)
    assert found == ALL
    assert session.state.run.status is RunStatus.FINISHED


def test_that_a_finished_run_is_played_back_from_its_start(qtbot: QtBot, session: Session) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.state.run.status is RunStatus.FINISHED, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    found = seen(session)
    session.set_speed(200.0)
    session.play_back()
    qtbot.waitUntil(lambda: not session.state.plays, timeout=PATIENCE)
    assert [place for place in found if place != (3, False)] == ALL[:-1]
    assert session.state.is_at_the_end


def test_that_playing_as_fast_as_possible_reaches_the_end(qtbot: QtBot, session: Session) -> None:
    session.run()
    qtbot.waitUntil(lambda: session.state.run.status is RunStatus.FINISHED, timeout=PATIENCE)
    session.play_back()
    assert session.state.iteration == 0
    qtbot.waitUntil(lambda: not session.state.plays, timeout=PATIENCE)
    assert session.state.is_at_the_end


@pytest.mark.parametrize("verb", ["pause", "stop", "reset", "simulate"])
def test_that_playing_is_halted(qtbot: QtBot, session: Session, verb: str) -> None:
    session.set_speed(0.5)
    session.run()
    qtbot.waitUntil(lambda: session.state.iteration == 0, timeout=PATIENCE)
    getattr(session, verb)()
    qtbot.waitUntil(lambda: not session.state.is_running, timeout=PATIENCE)
    assert not session._clock.isActive()


def test_that_the_speed_can_be_changed_while_it_runs(qtbot: QtBot, session: Session) -> None:
    session.set_speed(0.5)
    session.run()
    qtbot.waitUntil(lambda: session.state.iteration == 0, timeout=PATIENCE)
    session.set_speed(None)
    qtbot.waitUntil(lambda: session.state.run.status is RunStatus.FINISHED, timeout=PATIENCE)
    assert not session.state.is_running


def test_that_a_fast_run_slows_down_and_goes_on_from_what_is_shown(qtbot: QtBot, session: Session) -> None:
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=10**6, tol=0.0)))
    session.run()
    qtbot.waitUntil(lambda: (session.state.iteration or 0) > 5, timeout=PATIENCE)
    session.set_speed(100.0)
    assert session.state.plays
    assert session.state.run.status is RunStatus.PAUSED
    reached = session.state.run.n_recorded
    qtbot.waitUntil(lambda: session.state.run.n_recorded > reached + 1, timeout=PATIENCE)
    session.stop()
    assert not session.state.is_running


@pytest.mark.parametrize("speed", [None, 200.0])
def test_that_playing_back_a_paused_run_ends_where_it_is_and_computes_nothing(
    qtbot: QtBot, session: Session, speed: float | None
) -> None:
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=10**6, tol=0.0)))
    for _ in range(5):
        session.step()
        reached = session.state.run.n_recorded
        qtbot.waitUntil(lambda reached=reached: session.state.run.n_recorded > reached, timeout=PATIENCE)
    reached = session.state.run.n_recorded
    session.set_speed(speed)
    session.play_back()
    session.set_speed(speed)
    qtbot.waitUntil(lambda: not session.state.plays, timeout=PATIENCE)
    assert session.state.run.n_recorded == reached
    assert session.state.is_at_the_end
