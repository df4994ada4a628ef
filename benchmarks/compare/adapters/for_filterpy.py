"""filterpy: NumPy with a Python loop over time."""

from __future__ import annotations

import numpy as np
from filterpy.kalman import KalmanFilter

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Way


def _smoother(problem: Problem) -> EStep:
    sequences = [[None if np.isnan(row).any() else row for row in x] for x in problem.observations]

    def e_step(model: Model) -> Smoothed:
        means, covs, cross_sum = [], [], np.zeros_like(model.A)
        for rows in sequences:
            kalman = KalmanFilter(dim_x=model.latent_dim, dim_z=model.obs_dim)
            kalman.x, kalman.P = model.mu0.copy(), model.Sigma0.copy()
            kalman.F, kalman.H, kalman.Q, kalman.R = model.A, model.B, model.Sigma, model.Gamma
            filtered, filtered_covs, _, _ = kalman.batch_filter(rows, update_first=True)
            smoothed, smoothed_covs, gains, _ = kalman.rts_smoother(filtered, filtered_covs)
            cross_sum += (smoothed_covs[1:] @ np.swapaxes(gains[:-1], 1, 2)).sum(axis=0)
            means.append(smoothed)
            covs.append(smoothed_covs)
        return Smoothed(np.stack(means), np.stack(covs), cross_sum)

    return e_step


WAYS = (
    Way(
        "filterpy",
        "smoother",
        "assembled",
        Assembly(_smoother),
        frozenset({"rows"}),
        True,
        gives_log_likelihood=False,
        most_steps=20_000,
    ),
)
