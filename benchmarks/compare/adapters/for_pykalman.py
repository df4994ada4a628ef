"""pykalman: NumPy with a Python loop over time, and EM that learns everything."""

from __future__ import annotations

import numpy as np
from pykalman import KalmanFilter
from pykalman.standard import _filter, _smooth, _smooth_pair

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Run, Way

_EVERYTHING = [
    "transition_matrices",
    "observation_matrices",
    "transition_covariance",
    "observation_covariance",
    "initial_state_mean",
    "initial_state_covariance",
]


def _smoother(problem: Problem) -> EStep:
    sequences = [np.ma.masked_invalid(x) for x in problem.observations]

    def e_step(model: Model) -> Smoothed:
        zero_state, zero_obs = np.zeros(model.latent_dim), np.zeros(model.obs_dim)
        matrices = (model.A, model.B, model.Sigma, model.Gamma)
        means, covs, cross_sum = [], [], np.zeros_like(model.A)
        for x in sequences:
            predicted, predicted_covs, _, filtered, filtered_covs = _filter(
                *matrices, zero_state, zero_obs, model.mu0, model.Sigma0, x
            )
            smoothed, smoothed_covs, gains = _smooth(model.A, filtered, filtered_covs, predicted, predicted_covs)
            cross_sum += _smooth_pair(smoothed_covs, gains)[1:].sum(axis=0)
            means.append(smoothed)
            covs.append(smoothed_covs)
        return Smoothed(np.stack(means), np.stack(covs), cross_sum)

    return e_step


def _em(problem: Problem) -> Run:
    start = problem.start
    x = np.ma.masked_invalid(problem.only_sequence)

    def run(n_iterations: int) -> Model:
        kalman = KalmanFilter(start.A, start.B, start.Sigma, start.Gamma, None, None, start.mu0, start.Sigma0)
        last = kalman.em(x, n_iter=n_iterations, em_vars=_EVERYTHING)
        return Model(
            last.transition_matrices,
            last.observation_matrices,
            last.transition_covariance,
            last.observation_covariance,
            last.initial_state_mean,
            last.initial_state_covariance,
        )

    return run


_ROWS = frozenset({"rows"})
WAYS = (
    Way("pykalman", "smoother", "assembled", Assembly(_smoother), _ROWS, True, most_steps=20_000),
    Way("pykalman", "own EM", "ready-made", _em, _ROWS, most_steps=20_000),
)
