"""Time per iteration, ours and another's in turn, so that whatever disturbs the machine disturbs both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from compare.adapters import ours
from compare.cases import Case, Problem, problem_of
from compare.environment import tell
from compare.likelihood import log_likelihood
from compare.way import Run, Way

_ROUND = 0.1  # seconds that one side of a round is to take
_MOST = 400  # iterations in a round
_CHECKED_ITERATIONS = 3
_SLOW = 3.0  # seconds per iteration from which on the check is of one iteration


@dataclass(frozen=True)
class Measured:
    """One way on one case: ms per iteration, how many times ours that is, and how far its result is from ours.

    `ours_ms` is the median of our time in the same rounds, `ratio` the median of the rounds' ratios, `error` the
    relative difference of the log-likelihoods after `checked` iterations, None where the result is another one.
    """

    case: Case
    way: Way
    ms: float
    ours_ms: float
    ratio: float
    rounds: int
    error: float | None
    checked: int


@dataclass(frozen=True)
class Failed:
    """A way that should have done a case but did not, and what it said."""

    case: Case
    way: Way
    reason: str


@dataclass
class _Side:
    """What takes a number of iterations and tells the seconds of it, and how many make a round."""

    clock: Callable[[int], float]
    iterations: int = 1

    def per_iteration(self) -> float:
        """Seconds per iteration, now."""
        return self.clock(self.iterations) / self.iterations

    def warmed(self) -> float:
        """Compile, choose the number of iterations for a round, and return seconds per iteration."""
        self.clock(1)
        once = self.per_iteration()
        self.iterations = int(min(max(round(_ROUND / once), 1), _MOST))
        if self.iterations > 1:
            self.clock(self.iterations)
            once = self.per_iteration()
        return once


def _timed_run(run: Run) -> Callable[[int], float]:
    def clock(iterations: int) -> float:
        begin = time.perf_counter()
        run(iterations)
        return time.perf_counter() - begin

    return clock


def _our_clock(problem: Problem) -> Callable[[int], float]:
    """Our iterations from the start; what is done once per run is left out, as others do it in `prepare`."""

    def clock(iterations: int) -> float:
        steps = ours.endless(problem)
        next(steps)
        begin = time.perf_counter()
        for _ in range(iterations):
            next(steps)
        return time.perf_counter() - begin

    return clock


def measure(case: Case, ways: list[Way], rounds: int, budget: float) -> list[Measured | Failed]:
    """All ways that fit a case, each in at most about `budget` seconds of rounds."""
    problem = problem_of(case)
    ours_side = _Side(_our_clock(problem))
    ours_side.warmed()
    results: list[Measured | Failed] = []
    for way in ways:
        if not way.fits(case) or way.takes_too_long(case):
            continue
        try:
            results.append(_one(case, problem, way, ours_side, rounds, budget))
        except Exception as error:  # whatever another library raises is its result
            results.append(Failed(case, way, f"{type(error).__name__}: {error}"))
            tell(f"  {way.title}: {results[-1].reason}")
    return results


def _one(case: Case, problem: Problem, way: Way, ours_side: _Side, rounds: int, budget: float) -> Measured:
    other_run = way.prepare(problem)
    other = _Side(_timed_run(other_run))
    once = other.warmed()
    checked = 1 if once > _SLOW else _CHECKED_ITERATIONS
    error = None
    if case.missing not in way.differs:
        reached = log_likelihood(other_run(checked), problem)
        expected = log_likelihood(ours.reference(problem, way)(checked), problem)
        error = abs(reached - expected) / abs(expected)
    n_rounds = int(min(max(budget / (once * other.iterations + _ROUND), 1), rounds))
    pairs = [(ours_side.per_iteration(), other.per_iteration()) for _ in range(n_rounds)]
    result = Measured(
        case,
        way,
        ms=1e3 * median(theirs for _, theirs in pairs),
        ours_ms=1e3 * median(mine for mine, _ in pairs),
        ratio=median(theirs / mine for mine, theirs in pairs),
        rounds=n_rounds,
        error=error,
        checked=checked,
    )
    agreement = "another result" if error is None else f"log-likelihood {error:.1e}"
    tell(
        f"  {way.title}: {result.ms:.3g} ms, ours {result.ours_ms:.3g} ms, × {result.ratio:.3g} "
        f"({n_rounds} rounds; {agreement})"
    )
    return result
