"""kalman-py: a NumPy filter with a steady state, and EM for Σ and Γ.

Its prior is that of a z_0 one step before the data. With z_0 = A⁻¹μ₀ known exactly, z_1 ~ N(μ₀, Σ): the tied model.
"""

from __future__ import annotations

import numpy as np
from kalman_py import KalmanFilter
from kalman_py.learning import fit_noise

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Run, Way


def _smoother(problem: Problem) -> EStep:
    nothing = np.zeros((problem.start.latent_dim, problem.start.latent_dim))

    def e_step(model: Model) -> Smoothed:
        before = np.linalg.solve(model.A, model.mu0)
        kalman = KalmanFilter(F=model.A, H=model.B, Q=model.Sigma, R=model.Gamma, x0=before, P0=nothing)
        results = [kalman.smooth(kalman.filter(x)) for x in problem.observations]
        cross_sum = sum((result.covs[1:] @ np.swapaxes(result.gains, 1, 2)).sum(axis=0) for result in results)
        means = np.stack([result.means for result in results])
        return Smoothed(means, np.stack([result.covs for result in results]), cross_sum)

    return e_step


def _em(problem: Problem) -> Run:
    start = problem.start
    x = problem.only_sequence
    before, nothing = np.linalg.solve(start.A, start.mu0), np.zeros_like(start.A)

    def run(n_iterations: int) -> Model:
        fit = fit_noise(
            start.A,
            start.B,
            x,
            before,
            nothing,
            Q0=start.Sigma,
            R0=start.Gamma,
            method="em",
            max_iter=n_iterations,
            tol=-1.0,
        )
        return Model(start.A, start.B, fit.Q, fit.R, start.mu0, fit.Q)

    return run


WAYS = (
    Way(
        "kalman-py",
        "smoother",
        "assembled",
        Assembly(_smoother, tied=True),
        several_sequences=True,
        tied=True,
        most_steps=20_000,
    ),
    Way("kalman-py", "own EM", "ready-made", _em, learns=frozenset({"Sigma", "Gamma"}), tied=True, most_steps=20_000),
)
