"""kalbee: EM for Σ and Γ in plain Python loops."""

from __future__ import annotations

from kalbee.learning.em import em_kalman

from compare.cases import Problem
from compare.model import Model
from compare.way import Run, Way


def _em(problem: Problem) -> Run:
    start = problem.start
    x = problem.only_sequence

    def run(n_iterations: int) -> Model:
        fit = em_kalman(
            x, start.A, start.B, start.Sigma, start.Gamma, start.mu0, start.Sigma0, n_iter=n_iterations, tol=0.0
        )
        return Model(start.A, start.B, fit.Q, fit.R, start.mu0, start.Sigma0)

    return run


WAYS = (Way("kalbee", "own EM", "ready-made", _em, learns=frozenset({"Sigma", "Gamma"}), most_steps=20_000),)
