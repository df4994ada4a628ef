from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, Simulation, em
from lds_gui.session import MODEL_START, Breakpoints, History, Learning, Run, RunStatus, Session, State
from lds_gui.session.runs import differences, matched_iteration
from tests.situations import oscillator, random_model

PATIENCE = 60_000


def finished(start_seed: int, n_iterations: int, learning: Learning | None = None, **names: object) -> Run:
    steps = em(random_model(2, 3, start_seed), oscillator()[1], EMOptions(max_iter=n_iterations, tol=0.0))
    history = History.of(steps)
    return Run(history, len(history), learning or Learning(), RunStatus.FINISHED, **names)  # type: ignore[arg-type]


@pytest.fixture
def run_out(qtbot: QtBot, session: Session) -> Callable[..., State]:
    """Run to the end with these options; wait until its view is there."""

    def wait() -> State:
        def is_there() -> bool:
            state = session.state
            return state.run is not None and not state.is_running and state.run.n_recorded > 0 and state.view_is_current

        qtbot.waitUntil(is_there, timeout=PATIENCE)
        return session.state

    def run(max_iter: int = 6, *, go: Callable[[], None] = session.run) -> State:
        session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=max_iter, tol=0.0)))
        go()
        return wait()

    return run


def numbers(state: State) -> tuple[int | None, list[int]]:
    return None if state.run is None else state.run.number, [run.number for run in state.runs]


def test_that_equal_runs_do_not_differ() -> None:
    one = finished(1, 3)
    assert differences(one, one) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"options": EMOptions(tol=1e-3)}, ("tolerance", "1e−06 nats", "0.001 nats")),
        ({"options": EMOptions(max_iter=7)}, ("iterations at most", "200", "7")),
        ({"options": EMOptions(floor=0.1)}, ("smallest variance", "0", "0.1")),
        ({"options": EMOptions(param_tol=0.1)}, ("change of parameters", "0", "0.1")),
        ({"options": EMOptions(learn={"A", "B"})}, ("learned", "A, B, Σ, Γ, μ₀", "A, B")),  # type: ignore[arg-type]
        (
            {"options": EMOptions(structure={"Gamma": "diagonal"})},
            ("learned", "A, B, Σ, Γ, μ₀", "A, B, Σ, Γ diagonal, μ₀"),
        ),
        (
            {"options": EMOptions(tol=0.0, rtol=1e-9), "per_entry": True},
            ("tolerance", "1e−06 nats", "1e−09 nats / entry"),
        ),
        ({"separate_initial": True}, ("covariance of z₁", "Σ", "its own")),
    ],
)
def test_that_only_what_differs_is_named(changes: dict[str, object], expected: tuple[str, str, str]) -> None:
    one, other = finished(1, 3), finished(1, 3, replace(Learning(), **changes))  # type: ignore[arg-type]
    assert [tuple(difference) for difference in differences(one, other)] == [expected]


def test_that_starts_of_the_same_name_are_told_apart_by_their_parameters() -> None:
    found = differences(finished(1, 3), finished(2, 3))
    assert [difference.what for difference in found] == ["start’s A", "start’s B"]


def test_that_iterations_are_matched_by_number_or_by_level() -> None:
    one, other = finished(1, 8), finished(2, 20)
    for iteration in range(9):
        assert matched_iteration(one, iteration, other, by_level=False) == iteration
        found = matched_iteration(one, iteration, other, by_level=True)
        level = one.log_likelihoods[iteration]
        high = [k for k in range(21) if other.log_likelihoods[k] >= level]
        assert found == (high[0] if high else 20)
    assert matched_iteration(other, 20, one, by_level=False) == 8


def test_that_a_new_run_keeps_the_one_before(session: Session, run_out: Callable[..., State]) -> None:
    first = run_out(4)
    second = run_out(6)
    assert numbers(second) == (2, [1])
    assert second.runs[0].history is first.run.history  # type: ignore[union-attr]
    assert second.runs[0].origin == "Principal components"


def test_that_new_data_have_no_runs_and_undo_brings_all_back(
    qtbot: QtBot, session: Session, run_out: Callable[..., State]
) -> None:
    run_out(3)
    before = run_out(4)
    session.dice()
    qtbot.waitUntil(lambda: session.state.data is not before.data, timeout=PATIENCE)
    assert numbers(session.state) == (None, [])
    session.undo()
    assert numbers(session.state) == (2, [1])


def test_that_undoing_a_new_run_brings_back_the_one_before(session: Session, run_out: Callable[..., State]) -> None:
    run_out(3)
    run_out(4)
    session.undo()
    session.undo()  # of the settings comes first
    assert session.state.run is not None
    assert session.state.run.number in (1, 2)


def test_that_a_kept_run_can_be_shown_with_its_own_view(session: Session, qtbot: QtBot, run_out) -> None:
    run_out(3)
    run_out(5)
    session.show_run(1)
    assert numbers(session.state) == (1, [2])
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    assert session.state.view is not None
    assert session.state.view.params is session.state.run.history[3].params  # type: ignore[union-attr]


@pytest.mark.parametrize("by_level", [False, True])
def test_that_blinking_swaps_two_runs_at_matching_iterations(
    session: Session, qtbot: QtBot, run_out: Callable[..., State], by_level: bool
) -> None:
    one = run_out(12).run
    two = run_out(8).run
    assert one is not None
    assert two is not None
    session.compare(1)
    session.set_matches_levels(by_level)
    session.show_iteration(2)
    session.blink()
    state = session.state
    assert numbers(state) == (1, [2])
    assert state.compared == 2
    assert state.iteration == matched_iteration(two, 2, one, by_level=by_level)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    session.blink()
    assert numbers(session.state) == (2, [1])
    assert session.state.view_is_current, "a view that was just there is not derived again"


def test_that_a_paused_run_goes_on_after_another_one_was_shown(
    session: Session, qtbot: QtBot, run_out: Callable[..., State]
) -> None:
    run_out(3)
    session.set_breakpoints(Breakpoints(iteration=4))
    run_out(9)
    assert session.state.run is not None
    assert session.state.run.status is RunStatus.PAUSED
    session.show_run(1)
    session.show_run(2)
    assert session.state.run.status is RunStatus.PAUSED
    session.run()
    qtbot.waitUntil(lambda: not session.state.is_running, timeout=PATIENCE)
    assert session.state.run.last_iteration == 9


def test_that_a_paused_run_in_the_background_ends_when_another_begins(
    session: Session, qtbot: QtBot, run_out: Callable[..., State]
) -> None:
    run_out(3)
    session.set_breakpoints(Breakpoints(iteration=4))
    run_out(9)
    session.show_run(1)
    state = run_out(3)
    assert numbers(state) == (3, [1, 2])
    assert state.runs[1].status is RunStatus.STOPPED
    assert state.runs[1].last_iteration == 4


def test_that_a_branch_goes_on_from_the_shown_iteration_with_the_settings_of_now(
    session: Session, run_out: Callable[..., State]
) -> None:
    first = run_out(8).run
    assert first is not None
    session.show_iteration(3)
    state = run_out(5, go=session.branch)
    assert numbers(state) == (2, [1])
    branch = state.run
    assert branch is not None
    assert branch.parent == (1, 3)
    assert branch.origin == "Run 1, iteration 3"
    assert branch.learning.options.max_iter == 5
    np.testing.assert_allclose(branch.log_likelihoods, first.log_likelihoods[3:], rtol=1e-12)


def test_that_a_branch_may_begin_with_changed_parameters(session: Session, run_out: Callable[..., State]) -> None:
    params = run_out(4).step.params  # type: ignore[union-attr]
    changed = replace(params, mu0=params.mu0 + 1.0)
    state = run_out(3, go=lambda: session.branch(changed))
    assert state.run is not None
    np.testing.assert_array_equal(state.run.history[0].params.mu0, changed.mu0)


def test_that_runs_are_renamed_and_deleted(session: Session, run_out: Callable[..., State]) -> None:
    run_out(3)
    run_out(4)
    session.rename_run(1, "  slow \n one ")
    session.rename_run(2, "other")
    state = session.state
    assert state.run is not None
    assert (state.run.title, state.runs[0].title) == ("other", "slow one")
    session.rename_run(1, "")
    assert session.state.runs[0].title == "Run 1"
    session.delete_run(1)
    assert numbers(session.state) == (2, [])
    session.undo()
    assert numbers(session.state) == (2, [1])
    session.delete_run(2)
    assert numbers(session.state) == (None, [1])


def test_that_a_refused_start_leaves_the_kept_runs(session: Session, run_out: Callable[..., State]) -> None:
    run_out(3)
    model = session.state.model
    session.new_model(random_model(2, 5), "of five columns")
    session.set_learning(replace(session.state.learning, start=MODEL_START))
    session.run()
    assert numbers(session.state)[1] == [1]
    assert model is not session.state.model


def test_that_many_short_simulations_and_runs_leave_one_engine(session: Session, run_out) -> None:
    for seed in range(3):
        session.set_simulation(Simulation(25, seed))
        run_out(2)
    assert session._engine_room.run is None


def test_that_what_panels_show_of_a_run_that_degenerates_is_derived(qtbot: QtBot, session: Session) -> None:
    """The last Γ is at the edge of what counts as positive definite, where a second judgement may differ."""
    errors: list[Exception] = []
    session.failed.connect(errors.append)
    session.set_dimensions(6, 3)
    session.set_simulation(Simulation(12, 3))
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=5000, tol=0.0)))
    session.want_residuals(True)
    session.simulate()
    session.run()
    qtbot.waitUntil(
        lambda: bool(errors) or (session.state.run is not None and session.state.view_is_current), timeout=PATIENCE
    )
    qtbot.waitUntil(
        lambda: bool(errors) or (not session.state.is_running and session.state.view_is_current), timeout=PATIENCE
    )
    assert errors == []
    state = session.state
    assert state.run is not None
    assert state.run.status is RunStatus.FAILED
    assert state.run.reason.startswith("In iteration")  # what breaks first is a matter of rounding
    assert state.view is not None
    assert state.view.shown_params.latent_dim == 6


ENDLESS = EMOptions(max_iter=10**6, tol=0.0)


@pytest.fixture
def run_on(session: Session, qtbot: QtBot) -> Callable[[], None]:
    """Begin a run that does not end by itself, and wait for its first iterations."""

    def run_on() -> None:
        session.set_learning(replace(session.state.learning, options=ENDLESS))
        session.run()
        qtbot.waitUntil(lambda: (session.state.iteration or 0) > 5, timeout=PATIENCE)

    return run_on


def test_that_a_deletion_is_undone_without_touching_the_run_under_way(
    session: Session, qtbot: QtBot, run_out: Callable[..., State], run_on: Callable[[], None]
) -> None:
    run_out(3)
    run_on()
    session.delete_run(1)
    reached = session.state.run.n_recorded
    qtbot.waitUntil(lambda: session.state.run.n_recorded > reached, timeout=PATIENCE)
    session.rename_run(2, "slow")
    shown = session.state.run
    session.undo()
    assert numbers(session.state) == (2, [1])
    assert session.state.run is shown
    assert session.state.is_running
    session.redo()
    assert numbers(session.state) == (2, [])
    qtbot.waitUntil(lambda: session.state.run.n_recorded > shown.n_recorded, timeout=PATIENCE)


def test_that_a_deletion_is_undone_after_another_run_was_shown(session: Session, run_out: Callable[..., State]) -> None:
    for max_iter in (3, 4, 5):
        run_out(max_iter)
    session.delete_run(1)
    session.show_run(2)
    session.undo()
    assert numbers(session.state) == (2, [1, 3])
    session.show_run(1)
    session.redo()
    assert numbers(session.state) == (None, [2, 3]), "the run that was deleted again was shown"


def test_that_a_paused_run_that_comes_back_is_ended_and_can_be_followed_by_another(
    session: Session, qtbot: QtBot, run_out: Callable[..., State], run_on: Callable[[], None]
) -> None:
    run_on()
    session.pause()
    session.stop_restarts()
    session.delete_run(1)
    session.undo()
    assert session.state.run.status is RunStatus.STOPPED
    assert session._engine_room.run is None
    session.run()
    qtbot.waitUntil(lambda: session.state.run.number == 2 and session.state.run.n_recorded > 0, timeout=PATIENCE)
    session.pause()
    session.undo()
    assert numbers(session.state) == (1, [])
    assert session._engine_room.run is None, "nobody computes what is no longer there"
    session.step()
    qtbot.waitUntil(lambda: session.state.run.number == 3 and session.state.run.n_recorded > 0, timeout=PATIENCE)


def test_that_a_view_of_one_run_is_never_shown_with_another(
    session: Session, qtbot: QtBot, run_out: Callable[..., State]
) -> None:
    """The runs have different numbers of latents: their views cannot stand for each other."""
    errors: list[Exception] = []
    session.failed.connect(errors.append)
    run_out(4)
    session.set_dimensions(3, session.state.model.obs_dim)
    session.set_learning(replace(session.state.learning, start=MODEL_START))
    run_out(6)
    seen: list[bool] = []

    def note(state: State) -> None:
        if state.view is not None and state.step is not None:
            seen.append(state.view.params.latent_dim == state.step.params.latent_dim)

    session.changed.connect(note)
    session.compare(1)
    for iteration in (0, 2, 1, 3):
        session.show_iteration(iteration)
        session.blink()
        session.show_iteration(2)
        session.blink()
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    assert all(seen)
    assert errors == []


def test_that_a_branch_leaves_the_iteration_that_it_was_asked_for(
    session: Session, run_out: Callable[..., State]
) -> None:
    run_out(6)
    state = run_out(3, go=lambda: session.branch(origin=(1, 2)))
    assert state.run is not None
    assert state.run.parent == (1, 2)
    np.testing.assert_array_equal(state.run.history[0].params.A, state.runs[0].history[2].params.A)
    session.branch(origin=(77, 0))
    assert numbers(session.state) == (2, [1])
