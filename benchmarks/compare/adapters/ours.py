"""This program's engine."""

from __future__ import annotations

from collections.abc import Iterator

from compare.cases import Problem
from compare.model import Model
from compare.way import ALL, Run, Way
from lds_gui.lds import Dataset, EMFault, EMOptions, EMStep, LDSParams, em


def prepared(
    problem: Problem, start: Model, learns: frozenset[str] = ALL, tied: bool = False, diagonal_gamma: bool = False
) -> Run:
    """EM from `start`, with the restrictions that another library has."""
    dataset = Dataset(list(problem.observations))
    sigma0 = None if tied else start.Sigma0
    first = LDSParams(start.A, start.B, start.Sigma, start.Gamma, start.mu0, sigma0)
    learn = learns - {"Sigma0"} if tied else learns

    def run(n_iterations: int) -> Model:
        if diagonal_gamma:
            options = EMOptions(max_iter=n_iterations, tol=0.0, learn=learn, structure={"Gamma": "diagonal"})
        else:
            options = EMOptions(max_iter=n_iterations, tol=0.0, learn=learn)
        params = first
        for step in em(first, dataset, options):
            params = step.params
        return Model(params.A, params.B, params.Sigma, params.Gamma, params.mu0, params.initial_cov)

    return run


def endless(problem: Problem) -> Iterator[EMStep]:
    """EM from the start of a problem, learning everything, one iteration after the other."""
    start, data = problem.start, Dataset(list(problem.observations))
    first = LDSParams(start.A, start.B, start.Sigma, start.Gamma, start.mu0, start.Sigma0)
    while True:
        try:
            yield from em(first, data, EMOptions(max_iter=10**9, tol=0.0, learn=ALL))
        except EMFault:  # after thousands of iterations a Σ₀ of its own has shrunk to nothing: from the start again
            continue


def reference(problem: Problem, way: Way) -> Run:
    """Our EM under the restrictions of `way`, which must reach the same parameters."""
    return prepared(problem, way.start(problem), way.learns, way.tied, way.diagonal_gamma)


WAYS = (
    Way(
        "lds_gui",
        "EM",
        "ours",
        lambda problem: prepared(problem, problem.start),
        missing=frozenset({"rows", "entries"}),
        several_sequences=True,
    ),
)
