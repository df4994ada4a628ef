"""How our cost grows with the steps and with the sequences, and the memory of a long run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np

from compare.adapters import ours
from compare.cases import Case, problem_of
from compare.environment import tell
from compare.memory import needed_mb

_LENGTHS = (100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
_NUMBERS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
_ROWS = 200_000  # rows that a turn takes at least
_LATENT_DIM, _OBS_DIM = 4, 10


@dataclass(frozen=True)
class Scaling:
    """ms per iteration over T and over the number of sequences (of 100 steps), and the slopes of their logarithms.

    `length_slope` is over T ≥ 10⁴ and `number_slope` over 10⁴ steps or more in all; `arrays` is the peak memory beyond
    the data at the largest T, in arrays of T × n doubles.
    """

    lengths: list[tuple[int, float]]
    numbers: list[tuple[int, float]]
    length_slope: float
    number_slope: float
    arrays: float


def scaling(rounds: int) -> Scaling:
    """Measure both; the memory first, since a process's peak never falls."""
    arrays = _memory()
    tell(f"memory beyond the data at T = {_LENGTHS[-1]}: {arrays:.1f} arrays of T × n doubles")
    by_length = [Case(_LATENT_DIM, _OBS_DIM, length) for length in _LENGTHS]
    by_number = [Case(_LATENT_DIM, _OBS_DIM, 100, n_sequences=number) for number in _NUMBERS]
    times = _timed([*by_length, *by_number], rounds)
    lengths = [(case.n_steps, times[case]) for case in by_length]
    numbers = [(case.n_sequences, times[case]) for case in by_number]
    return Scaling(
        lengths,
        numbers,
        _slope([pair for pair in lengths if pair[0] >= 10_000]),
        _slope([pair for pair in numbers if 100 * pair[0] >= 10_000]),
        arrays,
    )


def _memory() -> float:
    """Peak memory beyond the data and the compiled code, in arrays of T × n doubles."""
    n_steps = _LENGTHS[-1]
    ours.WAYS[0].prepare(problem_of(Case(_LATENT_DIM, _OBS_DIM, 1000)))(2)
    run = ours.WAYS[0].prepare(problem_of(Case(_LATENT_DIM, _OBS_DIM, n_steps)))
    return needed_mb(lambda: run(2)) * 2**20 / (8.0 * n_steps * _LATENT_DIM)


def _timed(cases: list[Case], rounds: int) -> dict[Case, float]:
    """Milliseconds per iteration, without what is done once per run: in each round all cases take their turn."""
    runs = {case: ours.endless(problem_of(case)) for case in cases}
    for run in runs.values():
        next(run)
    times: dict[Case, list[float]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case, run in runs.items():
            next(run)  # what the case before left in the cache goes
            iterations = max(1, _ROWS // (case.n_steps * case.n_sequences))
            begin = time.perf_counter()
            for _ in range(iterations):
                next(run)
            times[case].append(1e3 * (time.perf_counter() - begin) / iterations)
    result = {case: median(values) for case, values in times.items()}
    for case, ms in result.items():
        tell(f"{case.title}: {ms:.4g} ms per iteration")
    return result


def _slope(pairs: list[tuple[int, float]]) -> float:
    size, ms = np.log(np.array(pairs)).T
    return float(np.polyfit(size, ms, 1)[0])
