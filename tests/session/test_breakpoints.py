from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import EMOptions, em
from lds_gui.session import RADIUS, Breakpoints, RunStatus, Session, Watched
from lds_gui.session.breakpoints import condition_numbers, first_halt
from lds_gui.session.history import Batch
from tests.situations import oscillator, random_model

PATIENCE = 60_000
STEPS = list(em(random_model(2, 3), oscillator()[1], EMOptions(max_iter=12, tol=0.0)))


def halts(breakpoints: Breakpoints, sizes: tuple[int, ...]) -> list[tuple[int, str]]:
    """All halts of a run whose steps come in batches of these sizes, as iterations and words."""
    found, before, begin = [], None, 0
    for size in sizes:
        rest = Batch.of(STEPS[begin : begin + size])
        while rest and (halt := first_halt(breakpoints, before, rest, begin)):
            found.append((begin + halt[0], halt[1]))
            part, rest = rest.divided(halt[0] + 1)
            before, begin = part.last, begin + len(part.figures)
        if rest:
            before, begin = rest.last, begin + len(rest.figures)
    return found


SIZES = [(13,), (1,) * 13, (4, 1, 8)]


@pytest.mark.parametrize("sizes", SIZES)
def test_that_an_iteration_halts_once(sizes: tuple[int, ...]) -> None:
    assert halts(Breakpoints(iteration=5), sizes) == [(5, "The breakpoint is reached, at iteration 5")]


@pytest.mark.parametrize("sizes", SIZES)
def test_that_a_number_halts_where_it_leaves_its_range_and_not_while_it_stays_outside(sizes: tuple[int, ...]) -> None:
    values = np.array([step.params.A[0, 1] for step in STEPS])
    limit = float(np.median(values))
    outside = values > limit
    expected = [i for i in range(13) if outside[i] and not (i and outside[i - 1])]
    found = halts(Breakpoints(watched=Watched("A", (0, 1), -np.inf, limit)), sizes)
    assert [iteration for iteration, _ in found] == expected
    assert "A[1, 2] is" in found[0][1]
    assert f"above {limit:.3g}".replace("-", "−") in found[0][1]


@pytest.mark.parametrize("sizes", SIZES)
def test_that_a_condition_number_halts(sizes: tuple[int, ...]) -> None:
    values = condition_numbers(np.array([step.params.Gamma for step in STEPS]))
    limit = 0.5 * float(values[0] + values.max())
    sigma = condition_numbers(np.array([step.params.Sigma for step in STEPS]))
    first = min(int(np.argmax(v > limit)) for v in (values, sigma) if (v > limit).any())
    assert halts(Breakpoints(condition=limit), sizes)[0][0] == first


def test_that_a_spectral_radius_halts() -> None:
    radii = [float(np.abs(np.linalg.eigvals(step.params.A)).max()) for step in STEPS]
    limit = 0.5 * (min(radii) + max(radii))
    (iteration, words), *_ = halts(Breakpoints(watched=Watched(RADIUS, (), 0.0, limit)), (13,))
    assert iteration == next(i for i, radius in enumerate(radii) if radius > limit)
    assert words.startswith("The largest |λ| of A is")


@pytest.mark.parametrize(("drop", "by"), [(0.5, False), (1e-14, True)])
def test_that_a_fall_halts_and_says_whether_it_is_rounding(drop: float, by: bool) -> None:
    steps = [replace(STEPS[0], log_likelihood=value) for value in (-2.0, -1.0, -1.0 - drop, -0.5)]
    halt = first_halt(Breakpoints(on_fall=True), None, Batch.of(steps), 0)
    assert halt is not None
    assert halt[0] == 2
    assert ("by rounding" in halt[1]) is by


def test_that_a_singular_covariance_has_an_infinite_condition_number() -> None:
    assert condition_numbers(np.zeros((1, 2, 2))).tolist() == [np.inf]


@pytest.mark.parametrize("watched", [Watched("A", (7, 7), 0.0, 1.0), Watched("Sigma0", (0, 0)), Watched("A", (0,))])
def test_that_an_entry_that_the_model_does_not_have_halts_nothing(watched: Watched) -> None:
    assert halts(Breakpoints(watched=watched), (13,)) == []


@pytest.fixture
def run_out(qtbot: QtBot) -> Callable[[Session], None]:
    def run(session: Session) -> None:
        session.run()
        qtbot.waitUntil(lambda: session.state.run is not None and not session.state.is_running, timeout=PATIENCE)

    return run


def learn(session: Session, max_iter: int) -> None:
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=max_iter, tol=0.0)))


def test_that_a_run_halts_at_its_breakpoint_and_goes_on_after_it(
    session: Session, run_out: Callable[[Session], None]
) -> None:
    learn(session, 30)
    session.set_breakpoints(Breakpoints(iteration=7))
    run_out(session)
    run = session.state.run
    assert run is not None
    assert (run.status, run.last_iteration, run.halt) == (
        RunStatus.PAUSED,
        7,
        "The breakpoint is reached, at iteration 7",
    )
    run_out(session)
    run = session.state.run
    assert run is not None
    assert (run.status, run.last_iteration, run.halt) == (RunStatus.FINISHED, 30, "")


def test_that_a_breakpoint_can_be_set_while_a_run_is_under_way(qtbot: QtBot, session: Session) -> None:
    learn(session, 10_000_000)
    session.run()
    qtbot.waitUntil(lambda: session.state.run is not None and session.state.run.n_recorded > 3, timeout=PATIENCE)
    goal = session.state.run.n_recorded + 20_000  # type: ignore[union-attr]
    session.set_breakpoints(Breakpoints(iteration=goal))
    qtbot.waitUntil(lambda: not session.state.is_running, timeout=PATIENCE)
    assert session.state.run is not None
    assert session.state.run.last_iteration == goal


def test_that_a_breakpoint_ends_what_is_played(qtbot: QtBot, session: Session) -> None:
    learn(session, 30)
    session.set_speed(20.0)
    session.set_breakpoints(Breakpoints(iteration=2))
    session.run()
    qtbot.waitUntil(lambda: session.state.run is not None and bool(session.state.run.halt), timeout=PATIENCE)
    assert not session.state.plays
    assert session.state.run is not None
    assert session.state.run.last_iteration == 2


def test_that_every_fall_halts(qtbot: QtBot) -> None:
    steps = [replace(STEPS[0], log_likelihood=value) for value in (-1.0, -2.0, -3.0, -4.0)]
    begin, found, before = 0, [], None
    rest = Batch.of(steps)
    while rest and (halt := first_halt(Breakpoints(on_fall=True), before, rest, begin)):
        part, rest = rest.divided(halt[0] + 1)
        before, begin = part.last, begin + len(part.figures)
        found.append(begin - 1)
    assert found == [1, 2, 3]


def test_that_a_limit_that_is_new_halts_although_it_was_crossed_before() -> None:
    before, batch = Batch.of(STEPS[3:4]), Batch.of(STEPS[4:])
    crossed = Breakpoints(condition=1.0 + 1e-12)
    assert first_halt(crossed, before, batch, 4) is None
    halt = first_halt(crossed, before, batch, 4, are_new=True)
    assert halt is not None
    assert halt[0] == 0
    assert first_halt(Breakpoints(iteration=2), before, batch, 4, are_new=True) is None, "it is past"
