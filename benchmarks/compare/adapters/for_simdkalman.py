"""simdkalman: NumPy, one Python loop over time for all sequences at once."""

from __future__ import annotations

import simdkalman

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Way


def _smoother(problem: Problem) -> EStep:
    def e_step(model: Model) -> Smoothed:
        kalman = simdkalman.KalmanFilter(model.A, model.Sigma, model.B, model.Gamma)
        result = kalman.compute(
            problem.observations,
            0,
            initial_value=model.mu0,
            initial_covariance=model.Sigma0,
            observations=False,
            gains=True,
        )
        states = result.smoothed.states
        return Smoothed(states.mean, states.cov, result.pairwise_covariances[:, :-1].sum(axis=(0, 1)))

    return e_step


WAYS = (
    Way(
        "simdkalman",
        "smoother",
        "assembled",
        Assembly(_smoother),
        frozenset({"rows"}),
        True,
        remark="its own EM learns a Σ and Γ for every sequence, from mismatched pairs of steps",
    ),
)
