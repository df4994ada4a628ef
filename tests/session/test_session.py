import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from lds_gui.files import load_data, presets, sample, samples
from lds_gui.lds import STARTS, EMOptions, ParameterError, Simulation, em, simulate
from lds_gui.session import LAST_START, MODEL_START, START_CHOICES, RunStatus, Session, State, derive_view
from tests.situations import new_session

PATIENCE = 60_000


def set_options(session: Session, **options: object) -> None:
    session.set_learning(replace(session.state.learning, options=EMOptions(**options)))


def run_out(qtbot: QtBot, session: Session) -> State:
    session.run()
    qtbot.waitUntil(lambda: is_settled(session.state), timeout=PATIENCE)
    return session.state


def is_settled(state: State) -> bool:
    """Whether the run has ended and its shown iteration is derived."""
    ended = state.run is not None and not state.run.status.is_live
    return ended and (state.step is None or (state.view is not None and state.view.params is state.step.params))


def test_that_simulated_data_are_those_of_the_model_and_the_seed(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None)
    expected = simulate(session.state.model, 25, np.random.default_rng(4))
    np.testing.assert_array_equal(session.state.data.dataset.observations, expected.observations)
    assert session.state.data.truth is session.state.model
    assert not session.state.model_differs_from_data


def test_that_the_data_stay_and_are_marked_when_the_model_changes(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None)
    data = session.state.data
    session.set_parameter("mu0", [5.0, 5.0])
    assert session.state.data is data
    assert session.state.model_differs_from_data


def test_that_a_run_gives_the_numbers_of_em_itself(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=6, tol=0.0)
    state = run_out(qtbot, session)
    start = STARTS[0].function(state.data.dataset, 2, np.random.default_rng(0))
    steps = list(em(start, state.data.dataset, EMOptions(max_iter=6, tol=0.0)))
    assert [s.log_likelihood for s in state.run.steps] == [s.log_likelihood for s in steps]
    assert state.run.status is RunStatus.FINISHED
    assert state.run.reason
    assert not state.run.converged


@pytest.mark.parametrize("start", [choice.name for choice in START_CHOICES if choice.name != LAST_START])
def test_that_every_start_can_be_run_from(qtbot: QtBot, session: Session, start: str) -> None:
    learning = replace(session.state.learning, start=start, kept=session.state.model, options=EMOptions(max_iter=2))
    session.set_learning(learning)
    state = run_out(qtbot, session)
    assert state.run.n_recorded == 3
    if start == MODEL_START:
        np.testing.assert_array_equal(state.run.history[0].params.A, state.model.A)


def test_that_running_without_data_simulates_first(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=1)
    assert session.state.data is None
    assert run_out(qtbot, session).run.n_recorded == 2


def test_that_stepping_k_times_shows_iteration_k(qtbot: QtBot, session: Session) -> None:
    for k in (1, 2, 3):
        session.step()
        qtbot.waitUntil(lambda k=k: session.state.iteration == k, timeout=PATIENCE)
        assert session.state.run.status is RunStatus.PAUSED


def test_that_a_paused_run_goes_on_with_the_same_history(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=5, tol=0.0)
    session.step()
    qtbot.waitUntil(lambda: session.state.iteration == 1, timeout=PATIENCE)
    first = session.state.run.history[0]
    state = run_out(qtbot, session)
    assert state.run.history[0] is first
    assert state.run.n_recorded == 6


def test_that_pausing_halts_a_run_that_is_under_way(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=100_000, tol=0.0)
    session.run()
    qtbot.waitUntil(lambda: (session.state.iteration or 0) >= 2, timeout=PATIENCE)
    session.pause()
    assert session.state.run.status is RunStatus.PAUSED
    session.step()
    n_before = session.state.run.n_recorded
    qtbot.waitUntil(lambda: session.state.run.n_recorded > n_before, timeout=PATIENCE)


def test_that_stopping_answers_at_once_and_keeps_the_iterations(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=100_000, tol=0.0)
    session.run()
    qtbot.waitUntil(lambda: (session.state.iteration or 0) >= 2, timeout=PATIENCE)
    session.stop()
    run = session.state.run
    assert run.status is RunStatus.STOPPED
    assert str(run.last_iteration) in run.reason
    qtbot.waitUntil(lambda: not running_threads("EM run"), timeout=PATIENCE)
    assert session.state.run.n_recorded == run.n_recorded


def running_threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_that_a_reset_forgets_the_run_and_nothing_else(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=2)
    before = run_out(qtbot, session)
    session.reset()
    state = session.state
    assert (state.run, state.view, state.shown_iteration) == (None, None, None)
    assert (state.model, state.data, state.learning) == (before.model, before.data, before.learning)


def test_that_an_earlier_iteration_is_derived_from_its_own_parameters(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=6, tol=0.0)
    run_out(qtbot, session)
    session.show_iteration(2)
    qtbot.waitUntil(lambda: session.state.view.iteration == 2, timeout=PATIENCE)
    state = session.state
    again = derive_view(2, *[state.run.history[2].params] * 2, state.data.dataset, state.data.truth)
    np.testing.assert_array_equal(state.view.latent_means, again.latent_means)
    np.testing.assert_array_equal(state.view.fitted_sds, again.fitted_sds)
    session.show_iteration(6)
    assert session.state.shown_iteration is None, "the newest iteration means: follow the run"


@pytest.mark.parametrize("iteration", [-1, 3, 10**9])
def test_that_an_iteration_that_is_not_there_cannot_be_shown(qtbot: QtBot, session: Session, iteration: int) -> None:
    set_options(session, max_iter=2)
    before = run_out(qtbot, session)
    session.show_iteration(iteration)
    assert session.state is before


def test_that_the_data_are_not_marked_when_an_entry_is_committed_again(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None)
    session.set_parameter("A", session.state.model.A.copy())
    session.set_simulation(Simulation(25, 4))
    assert not session.state.model_differs_from_data
    session.set_simulation(Simulation(26, 4))
    assert session.state.model_differs_from_data


def test_that_stopping_before_the_first_iteration_names_no_iteration(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None)
    session.run()
    session.stop()
    assert session.state.run.reason == "Stopped before it began"


def test_that_new_data_clear_the_error_of_the_last_attempt(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    session.open_data(tmp_path / "none.csv")
    qtbot.waitUntil(lambda: bool(session.state.data_error), timeout=PATIENCE)
    session.use_data(load_data(sample("nile").path))
    assert session.state.data_error == ""


def test_that_a_forgotten_view_is_not_computed_to_its_end(qtbot: QtBot, session: Session) -> None:
    session.set_simulation(Simulation(10_000, 1))
    session.run()
    qtbot.waitUntil(lambda: session._jobs.is_pending("view"), timeout=PATIENCE)
    worker = session._engine_room._view_worker
    session.reset()
    assert session._engine_room._view_worker is not worker
    assert worker._process is None
    assert not session._jobs.is_pending("view")


def test_that_an_impossible_value_is_refused_and_changes_nothing(session: Session) -> None:
    before = session.state
    with pytest.raises(ParameterError, match="Σ"):
        session.set_parameter("Sigma", [[1.0, 2.0], [2.0, 1.0]])
    assert session.state is before


def test_that_changing_the_dimensions_keeps_what_fits(session: Session) -> None:
    before = session.state.model
    session.set_dimensions(3, 2)
    model = session.state.model
    assert (model.latent_dim, model.obs_dim) == (3, 2)
    np.testing.assert_array_equal(model.A[:2, :2], before.A)
    np.testing.assert_array_equal(model.B[:, :2], before.B[:2])


def test_that_what_did_not_fit_comes_back_with_the_dimensions(session: Session) -> None:
    before = session.state.model
    for latent_dim, obs_dim in ((1, 3), (1, 1), (4, 5), (2, 3)):
        session.set_dimensions(latent_dim, obs_dim)
    assert session.state.model is before
    session.set_dimensions(1, 3)
    session.set_parameter("A", [[0.25]])
    session.set_dimensions(2, 3)
    assert session.state.model.A[0, 0] == 0.25
    assert session.state.model.A[1, 1] != before.A[1, 1], "an edit ends the memory of what was there before"


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_that_every_preset_can_be_simulated_and_learned(qtbot: QtBot, session: Session, preset) -> None:
    set_options(session, max_iter=2)
    session.use_preset(replace(preset, n_steps=80))
    state = run_out(qtbot, session)
    assert state.run.n_recorded == 3
    assert state.data.truth is preset.params


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_that_every_sample_data_set_can_be_opened_and_learned(qtbot: QtBot, session: Session, sample) -> None:
    set_options(session, max_iter=1)
    session.open_data(sample.path)
    state = run_out(qtbot, session)
    assert state.data.title
    assert state.data.truth is None
    assert state.run.n_recorded == 2
    assert len(state.data.columns) == state.data.dataset.obs_dim


def test_that_a_file_that_cannot_be_read_leaves_the_data_and_says_why(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    session.open_data(sample("nile").path)
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    data = session.state.data
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n3,word\n", encoding="utf-8")
    session.open_data(broken)
    qtbot.waitUntil(lambda: bool(session.state.data_error), timeout=PATIENCE)
    assert "word" in session.state.data_error
    assert session.state.data is data


def test_that_new_data_end_the_run_on_the_old_ones(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=100_000, tol=0.0)
    session.run()
    qtbot.waitUntil(lambda: (session.state.iteration or 0) >= 1, timeout=PATIENCE)
    old = session.state.data
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not old, timeout=PATIENCE)
    assert session.state.run is None
    qtbot.waitUntil(lambda: not running_threads("EM run"), timeout=PATIENCE)


def test_that_settings_changed_during_a_run_are_for_the_next_one(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=4, tol=0.0)
    session.step()
    qtbot.waitUntil(lambda: session.state.iteration == 1, timeout=PATIENCE)
    set_options(session, max_iter=1, tol=0.0)
    assert run_out(qtbot, session).run.n_recorded == 5
    assert run_out(qtbot, session).run.n_recorded == 2


def test_that_a_start_that_does_not_fit_the_data_fails_with_a_sentence(qtbot: QtBot, session: Session) -> None:
    session.open_data(sample("nile").path)
    session.set_learning(replace(session.state.learning, start=MODEL_START))
    state = run_out(qtbot, session)
    assert state.run.status is RunStatus.FAILED
    assert state.run.n_recorded == 0
    assert "3" in state.run.reason


def break_down(*_: object, **__: object) -> None:
    raise RuntimeError("out of cheese")


def test_that_an_unexpected_error_is_signalled_and_not_swallowed(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lds_gui.session.view_feed.derive_view", break_down)
    set_options(session, max_iter=1)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE) as caught:
        session.run()
    assert str(caught.args[0]) == "out of cheese"
    assert any("break_down" in note for note in caught.args[0].__notes__), "the traceback of the other process"


def test_that_a_computing_process_that_dies_is_told_and_replaced(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=100_000, tol=0.0)
    session.run()
    qtbot.waitUntil(lambda: (session.state.iteration or 0) >= 1, timeout=PATIENCE)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE) as caught:
        os.kill(session._engine_room._em_worker._process.pid, signal.SIGTERM)
    assert "has died" in str(caught.args[0])
    assert session.state.run.status is RunStatus.FAILED
    set_options(session, max_iter=1)
    assert run_out(qtbot, session).run.status is RunStatus.FINISHED


def test_that_changed_is_only_sent_from_the_gui_thread(qtbot: QtBot, session: Session) -> None:
    threads = set()
    session.changed.connect(lambda _: threads.add(threading.get_ident()))
    set_options(session, max_iter=5)
    run_out(qtbot, session)
    assert threads == {threading.get_ident()}


VERBS = {
    "run": Session.run,
    "pause": Session.pause,
    "step": Session.step,
    "stop": Session.stop,
    "reset": Session.reset,
    "simulate": Session.simulate,
    "first": lambda session: session.show_iteration(0),
    "third": lambda session: session.show_iteration(2),
    "grow": lambda session: session.set_dimensions(3, 2),
    "shrink": lambda session: session.set_dimensions(1, 1),
    "look": lambda session: session._poll(),
}


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(verbs=st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_that_no_sequence_of_actions_breaks_the_session_or_leaves_a_thread(qtbot: QtBot, verbs: list[str]) -> None:
    session = new_session()
    session.set_simulation(Simulation(6, 1))
    errors: list[Exception] = []
    session.failed.connect(errors.append)
    for verb in verbs:
        VERBS[verb](session)
        state = session.state
        assert state.iteration is None or 0 <= state.iteration <= state.run.last_iteration
        assert state.run is None or state.data is not None
    run = session._engine_room.run
    session.close()
    assert run is None or run.wait(0.0)  # a thread that is left when the program ends may abort it
    qtbot.waitUntil(lambda: not running_threads("EM run"), timeout=PATIENCE)
    assert errors == []
    assert session._engine_room._em_worker._process is None
    assert session._engine_room._view_worker._process is None


def test_that_a_run_can_go_on_from_the_last_estimate(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=3, tol=0.0)
    last = run_out(qtbot, session).run.history[-1]
    session.set_learning(replace(session.state.learning, start=LAST_START))
    state = run_out(qtbot, session)
    np.testing.assert_array_equal(state.run.history[0].params.A, last.params.A)
    assert state.run.history[0].log_likelihood == pytest.approx(last.log_likelihood, rel=1e-12)


def test_that_a_start_that_is_not_there_fails_the_run_with_its_sentence(qtbot: QtBot, session: Session) -> None:
    session.set_learning(replace(session.state.learning, start=LAST_START))
    state = run_out(qtbot, session)
    assert state.run.status is RunStatus.FAILED
    assert "no estimate yet" in state.run.reason
    session.set_learning(replace(session.state.learning, start=MODEL_START, options=EMOptions(max_iter=1)))
    assert run_out(qtbot, session).run.status is RunStatus.FINISHED


LONG = Simulation(1_000_000, 3)


def test_that_a_simulation_is_cancelled_and_leaves_nothing_running(qtbot: QtBot, session: Session) -> None:
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    before = session.state.data
    for _ in range(6):  # more than there are threads
        session.set_simulation(LONG)
        session.simulate()
        assert session.state.busy
        session.cancel_data()
        assert not session.state.busy
    session.set_simulation(Simulation(25, 4))
    assert session.state.data is before
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not before, timeout=PATIENCE)


def test_that_a_simulation_that_fits_no_memory_is_refused_with_its_size(session: Session) -> None:
    session.set_simulation(Simulation(1_000_000, 3, n_sequences=10_000))
    session.simulate()
    assert "random numbers" in session.state.data_error
    assert session.state.data is None


def test_that_a_run_that_waited_for_data_that_were_undone_does_not_begin_later(qtbot: QtBot, session: Session) -> None:
    session.set_follows(False)
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    session.set_simulation(LONG)
    session.simulate()
    session.run()
    session.undo()
    session.set_simulation(Simulation(25, 4))
    session.simulate()
    qtbot.waitUntil(lambda: not session.state.busy and session.state.data.simulation.n_steps == 25, timeout=PATIENCE)
    assert session.state.run is None


def test_that_data_that_arrive_belong_to_the_change_that_asked_for_them(qtbot: QtBot, session: Session) -> None:
    session.set_follows(False)
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    first = session.state.data
    session.set_simulation(LONG)
    session.simulate()
    session.set_learning(replace(session.state.learning, seed=5))
    qtbot.waitUntil(lambda: session.state.data is not first, timeout=PATIENCE)
    second = session.state.data
    session.undo()
    assert session.state.learning.seed != 5
    assert session.state.data is second
    session.undo()
    assert session.state.data is first


def test_that_the_same_value_is_no_change(session: Session) -> None:
    before = session.state
    session.set_parameter("A", session.state.model.A.copy())
    assert session.state is before


def test_that_a_run_that_another_one_replaced_comes_back_by_undo(qtbot: QtBot, session: Session) -> None:
    set_options(session, max_iter=4, tol=0.0)
    first = run_out(qtbot, session).run
    session.set_learning(replace(session.state.learning, start="kept"))
    session.run()
    assert session.state.run.status is RunStatus.FAILED
    session.undo()
    assert session.state.run.history is first.history
    assert session.state.run.n_recorded == first.n_recorded


def test_that_of_large_data_few_are_kept_for_undo(qtbot: QtBot, session: Session, monkeypatch) -> None:
    monkeypatch.setattr("lds_gui.session.changes._MOST_BYTES", 3000)
    for _ in range(8):
        data = session.state.data
        session.dice()
        qtbot.waitUntil(lambda data=data: session.state.data is not data, timeout=PATIENCE)
    undone = 0
    while session.state.to_undo:
        session.undo()
        undone += 1
    assert 1 <= undone < 8
