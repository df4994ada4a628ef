from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import Dataset, EMOptions, LDSParams, NumericalError, Simulation, simulate
from lds_gui.session import History, RunStatus, Session, State, surprise, surprise_grid
from lds_gui.session.surprise import MOST_BINS, Surprise, bin_width, binned, derive_rows
from tests.situations import oscillator, random_model

PATIENCE = 60_000


def log_densities(params: LDSParams, x: np.ndarray) -> np.ndarray:
    """By the joint Gaussian of all rows: log p(x_1..x_t) − log p(x_1..x_{t−1})."""
    n_steps, m = x.shape
    initial = params.Sigma if params.Sigma0 is None else params.Sigma0
    means, covs = [params.mu0], [initial]
    for _ in range(n_steps - 1):
        means.append(params.A @ means[-1])
        covs.append(params.A @ covs[-1] @ params.A.T + params.Sigma)
    joint = np.empty((n_steps, m, n_steps, m))
    for s in range(n_steps):
        for t in range(s, n_steps):
            between = np.linalg.matrix_power(params.A, t - s) @ covs[s]
            joint[t, :, s] = params.B @ between @ params.B.T + (params.Gamma if s == t else 0.0)
            joint[s, :, t] = joint[t, :, s].T
    joint = joint.reshape(n_steps * m, -1)
    error = (x - np.array(means) @ params.B.T).ravel()
    there = ~np.isnan(error)
    totals = [0.0]
    for t in range(1, n_steps + 1):
        kept = there & (np.arange(there.size) < t * m)
        cov = joint[np.ix_(kept, kept)]
        squares = error[kept] @ np.linalg.solve(cov, error[kept]) if kept.any() else 0.0
        totals.append(-0.5 * (squares + np.linalg.slogdet(2.0 * np.pi * cov)[1] if kept.any() else 0.0))
    return np.diff(totals)


def looked_at(session: Session) -> bool:
    """Whether every row that the run has is derived."""
    state = session.state
    return state.surprise is not None and not state.surprise.missing(state.run.n_recorded)


def ended(session: Session) -> bool:
    state = session.state
    return state.run is not None and not state.run.status.is_live and state.view_is_current


def learned(qtbot: QtBot, session: Session, max_iter: int) -> State:
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=max_iter, tol=0.0)))
    session.run()
    qtbot.waitUntil(lambda: ended(session), timeout=PATIENCE)
    return session.state


def test_that_rows_grow_rarer_and_stay_where_they_are() -> None:
    assert surprise_grid(0) == ()
    assert surprise_grid(33) == (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32)
    assert len(surprise_grid(100_001)) <= 64
    for n_recorded in (1, 5, 77, 1000):
        assert surprise_grid(100_001)[: len(surprise_grid(n_recorded))] == surprise_grid(n_recorded)


def test_that_rows_are_the_log_densities_of_the_joint_gaussian() -> None:
    params, x = random_model(2, 3), simulate(random_model(2, 3), 12, np.random.default_rng(3)).sequences[0].copy()
    x[4], x[7, 1] = np.nan, np.nan
    ((means, lowest),) = derive_rows([params], Dataset(x))
    expected = log_densities(params, x)
    expected[4] = np.nan
    np.testing.assert_allclose(means, expected, rtol=1e-9)
    np.testing.assert_array_equal(means, lowest)


@pytest.mark.parametrize("n_steps", [1, 499, 500, 501, 100_003])
def test_that_bins_hold_every_step_once(n_steps: int) -> None:
    edges = Surprise.begun(History(), n_steps).edges
    assert len(edges) - 1 <= MOST_BINS
    assert (edges[0], edges[-1]) == (0.5, n_steps + 0.5)
    widths = np.diff(edges)
    assert (widths[:-1] == bin_width(n_steps)).all()
    assert 0 < widths[-1] <= bin_width(n_steps)


def test_that_a_bin_has_the_mean_and_the_lowest_of_what_is_observed_in_it() -> None:
    values, observed = np.arange(1.0, 1252.0), np.ones(1251, dtype=bool)
    values[4], observed[4] = 0.0, False  # which says that nothing was there, not that it was likely
    observed[6:9] = False
    means, lowest = binned(values, observed)
    assert means[:4].tolist() == [2.0, 5.0, pytest.approx(np.nan, nan_ok=True), 11.0]
    assert lowest[:2].tolist() == [1.0, 4.0]
    assert np.isnan(lowest[2])
    assert means[-1] == 1250.0  # (1249 + 1250 + 1251) / 3


def test_that_a_row_that_float64_cannot_hold_is_named_and_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    params, dataset = oscillator()
    whole = derive_rows([params], dataset)

    def fail(*_: object) -> None:
        raise NumericalError("Sigma", "too large")

    monkeypatch.setattr(surprise, "innovations", fail)
    (nothing,) = derive_rows([params], dataset)
    assert nothing is None
    found = Surprise.begun(History(), 40).with_rows([8, 0], [None, *whole])
    assert found.iterations == (0, 8)
    assert found.failed == (8,)
    assert np.isnan(found.log_densities[1]).all()
    np.testing.assert_array_equal(found.log_densities[0], whole[0][0])


def test_that_the_ends_come_first_and_then_ever_finer_rows() -> None:
    begun = Surprise.begun(History(), 5)
    rows = surprise_grid(200)
    order = begun.missing(200)
    assert sorted(order) == list(rows)
    assert order[:7] == [rows[-1], 0, rows[16], rows[8], rows[24], rows[4], rows[12]]
    assert begun.with_rows([0], [None]).missing(1) == []


def test_that_the_strip_of_a_run_has_the_rows_of_its_iterations(qtbot: QtBot, session: Session) -> None:
    session.want_surprise(True)
    run = learned(qtbot, session, 20).run
    qtbot.waitUntil(lambda: looked_at(session), timeout=PATIENCE)
    found, x = session.state.surprise, session.state.data.dataset.sequences[0]
    assert found.history is run.history
    assert found.iterations == surprise_grid(21)
    for iteration, row in zip(found.iterations, found.log_densities, strict=True):
        np.testing.assert_allclose(row, log_densities(run.history[iteration].params, x), rtol=1e-7)
        assert row.sum() == pytest.approx(run.history[iteration].log_likelihood)


def test_that_the_strip_grows_while_a_run_goes_on_and_derives_no_row_twice(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = []
    feed = session._surprise_feed
    take = feed._take

    def note(before: Surprise, iterations: list[int], rows: list) -> None:
        derived.extend(iterations[: len(rows)])
        take(before, iterations, rows)

    monkeypatch.setattr(feed, "_take", note)
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=10**6, tol=0.0)))
    session.want_surprise(True)
    session.run()
    qtbot.waitUntil(lambda: len(derived) > 5, timeout=PATIENCE)
    count = len(derived)
    qtbot.waitUntil(lambda: len(derived) > count and max(derived) > 40, timeout=PATIENCE)
    assert session.state.run.status is RunStatus.RUNNING
    session.stop()
    assert len(set(derived)) == len(derived)


def test_that_nothing_is_derived_that_nobody_wants(qtbot: QtBot, session: Session) -> None:
    learned(qtbot, session, 5)
    qtbot.wait(100)
    assert session.state.surprise is None
    session.want_surprise(True)
    qtbot.waitUntil(lambda: looked_at(session), timeout=PATIENCE)
    session.want_surprise(False)
    learned(qtbot, session, 6)
    qtbot.wait(100)
    assert session.state.surprise is None


def test_that_other_data_have_a_strip_of_their_own_and_a_shown_run_brings_its_own(
    qtbot: QtBot, session: Session
) -> None:
    session.want_surprise(True)
    learned(qtbot, session, 3)
    qtbot.waitUntil(lambda: looked_at(session), timeout=PATIENCE)
    first = session.state.surprise
    learned(qtbot, session, 4)
    qtbot.waitUntil(lambda: looked_at(session), timeout=PATIENCE)
    assert session.state.surprise.history is session.state.run.history
    session.show_run(1)
    assert session.state.surprise is first
    session.dice()
    qtbot.waitUntil(lambda: session.state.run is None and not session.state.busy, timeout=PATIENCE)
    assert session.state.surprise is None
    session.undo()
    assert session.state.surprise is first


def test_that_a_view_that_is_wanted_comes_next(qtbot: QtBot, session: Session, wait_until: Callable) -> None:
    """No more than one batch of rows is under way, and none is begun while a view is."""
    learned(qtbot, session, 300)
    events: list[str] = []
    room = session._engine_room
    derive, derive_more = room.derive, room.derive_rows

    def note_view(*arguments: object, **options: object) -> None:
        events.append("view")
        derive(*arguments, **options)

    def note_rows(*arguments: object, **options: object) -> None:
        events.append("rows while a view is wanted" if room.is_deriving else "rows")
        derive_more(*arguments, **options)

    room.derive, room.derive_rows = note_view, note_rows
    session.want_surprise(True)
    shown = []
    for iteration in range(0, 300, 7):
        session.show_iteration(iteration)
        qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
        shown.append(session.state.view.iteration)
    assert shown == list(range(0, 300, 7))
    qtbot.waitUntil(lambda: looked_at(session), timeout=PATIENCE)
    assert "rows" in events
    assert "rows while a view is wanted" not in events
    assert all(events[place : place + 2] != ["rows", "rows"] for place in range(events.index("view"))), events


def test_that_stopping_to_look_and_a_reset_forget_rows_that_are_under_way(qtbot: QtBot, session: Session) -> None:
    session.set_simulation(Simulation(60_000, 4))
    learned(qtbot, session, 9)
    session.want_surprise(True)
    qtbot.waitUntil(lambda: session._engine_room.is_deriving_rows, timeout=PATIENCE)
    session.reset()
    assert not session._engine_room.is_deriving_rows
    assert session.state.surprise is None


def test_that_a_sequence_of_one_step_and_the_first_of_several_have_rows() -> None:
    params, _ = oscillator()
    one = Dataset([simulate(params, 1, np.random.default_rng(1)).sequences[0]])
    ((means, _),) = derive_rows([params], one)
    np.testing.assert_allclose(means, log_densities(params, one.sequences[0]))
