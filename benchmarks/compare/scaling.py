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
_NUMBERS = (1, 3, 10, 30, 100, 300, 1000)
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
    lengths = [(n, _timed(Case(_LATENT_DIM, _OBS_DIM, n), rounds)) for n in _LENGTHS]
    numbers = [(s, _timed(Case(_LATENT_DIM, _OBS_DIM, 100, n_sequences=s), rounds)) for s in _NUMBERS]
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


def _timed(case: Case, rounds: int) -> float:
    run = ours.WAYS[0].prepare(problem_of(case))
    begin = time.perf_counter()
    run(2)
    iterations = int(min(max(0.1 * 2 / (time.perf_counter() - begin), 2), 200))
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run(iterations)
        times.append(1e3 * (time.perf_counter() - begin) / iterations)
    tell(f"{case.title}: {median(times):.4g} ms per iteration")
    return median(times)


def _slope(pairs: list[tuple[int, float]]) -> float:
    size, ms = np.log(np.array(pairs)).T
    return float(np.polyfit(size, ms, 1)[0])
