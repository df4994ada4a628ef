"""EM by halves: an M-step raises the bound, an E-step closes the gap; forwards, and back through what was."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import smooth
from lds_gui.session import RunStatus, Session
from tests.session.test_session import PATIENCE, run_out, set_options


def at(session: Session) -> tuple[int | None, bool]:
    return session.state.iteration, session.state.before_e


def half_step(qtbot: QtBot, session: Session, expected: tuple[int, bool]) -> None:
    session.half_step()
    qtbot.waitUntil(lambda: at(session) == expected, timeout=PATIENCE)


def test_that_half_steps_alternate_from_the_start_on(qtbot: QtBot, session: Session) -> None:
    for expected in ((0, False), (1, True), (1, False), (2, True), (2, False)):
        half_step(qtbot, session, expected)
        assert session.state.run.status is RunStatus.PAUSED
    step = session.state.run.history[2]
    assert session.state.bound == step.log_likelihood
    session.half_step_back()
    assert at(session) == (2, True)
    assert session.state.bound == step.elbo_after_m


def test_that_going_back_ends_at_the_start_and_computes_nothing(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=3, tol=0.0)
    run_out(qtbot, session)
    seen = []
    for _ in range(8):
        seen.append(at(session))
        session.half_step_back()
    assert seen[:7] == [(3, False), (3, True), (2, False), (2, True), (1, False), (1, True), (0, False)]
    assert at(session) == (0, False)
    for _ in range(6):
        session.half_step()
    assert at(session) == (3, False)
    session.half_step()
    assert at(session) == (3, False), "the run has ended"
    assert session.state.run.n_recorded == 4


def test_that_after_an_m_step_q_is_still_the_old_one(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=3, tol=0.0)
    run_out(qtbot, session)
    session.show_iteration(2, before_e=True)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    state = session.state
    view, history, x = state.view, state.run.history, state.data.dataset.sequences[0]
    assert view.params is history[2].params
    assert view.e_params is history[1].params
    q = smooth(history[1].params, x)
    np.testing.assert_allclose(view.fitted_means, q.smoothed_means @ history[2].params.B.T)
    assert state.bound == history[2].elbo_after_m
    session.show_iteration(2)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    q = smooth(history[2].params, x)
    np.testing.assert_allclose(session.state.view.fitted_means, q.smoothed_means @ history[2].params.B.T)


@pytest.mark.parametrize("act", [Session.run, Session.reset, Session.simulate])
def test_that_a_run_that_goes_on_or_ends_leaves_no_half_step(qtbot: QtBot, session: Session, act) -> None:
    set_options(session, max_iter=6, tol=0.0)
    for expected in ((0, False), (1, True)):
        half_step(qtbot, session, expected)
    act(session)
    qtbot.waitUntil(lambda: not session.state.before_e and not session.state.busy, timeout=PATIENCE)
    if act is Session.run:
        qtbot.waitUntil(lambda: at(session) == (6, False), timeout=PATIENCE)


def test_that_a_half_step_asked_for_twice_is_made_once(qtbot: QtBot, session: Session) -> None:
    half_step(qtbot, session, (0, False))
    session.half_step()
    session.half_step()
    qtbot.waitUntil(lambda: at(session) == (1, True), timeout=PATIENCE)
    assert session.state.run.n_recorded == 2


def test_that_iteration_0_has_no_m_step(qtbot: QtBot, session: Session) -> None:
    half_step(qtbot, session, (0, False))
    session.show_iteration(0, before_e=True)
    session.half_step_back()
    assert at(session) == (0, False)


@pytest.mark.parametrize("verb", ["stop", "reset", "simulate"])
def test_that_half_steps_go_on_after_one_that_never_came(qtbot: QtBot, session: Session, verb: str) -> None:
    half_step(qtbot, session, (0, False))
    session._engine_room.run._held = True  # the next iteration does not come
    session.half_step()
    data = session.state.data
    getattr(session, verb)()
    if verb == "simulate":
        qtbot.waitUntil(lambda: session.state.data is not data, timeout=PATIENCE)
    session.reset()
    for expected in ((0, False), (1, True), (1, False)):
        half_step(qtbot, session, expected)


def test_that_a_whole_step_shows_what_it_computes_from_a_half_step_and_from_the_past(
    qtbot: QtBot, session: Session
) -> None:
    half_step(qtbot, session, (0, False))
    half_step(qtbot, session, (1, True))
    session.step()
    qtbot.waitUntil(lambda: at(session) == (2, False), timeout=PATIENCE)
    session.show_iteration(0)
    session.step()
    qtbot.waitUntil(lambda: at(session) == (3, False), timeout=PATIENCE)
