"""smcx: a filter and smoother in JAX; the lag-one covariances are built from its filtered and predicted ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from smcx.kalman import kalman_filter, rts_smoother

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Way


def _smoother(problem: Problem) -> EStep:
    x = jnp.asarray(problem.observations)

    @jax.jit
    def smooth(A, B, Sigma, Gamma, mu0, Sigma0):
        def one_sequence(sequence):
            posterior = rts_smoother(kalman_filter(mu0, Sigma0, A, Sigma, B, Gamma, sequence), A)
            covs = posterior.smoothed_covariances
            filtered = A @ posterior.filtered_covariances[:-1]
            gains = jnp.linalg.solve(posterior.predicted_covariances[1:], filtered)
            return posterior.smoothed_means, covs, (covs[1:] @ gains).sum(0)

        means, covs, cross_sums = jax.vmap(one_sequence)(x)
        return means, covs, cross_sums.sum(0)

    def e_step(model: Model) -> Smoothed:
        arrays = (model.A, model.B, model.Sigma, model.Gamma, model.mu0, model.Sigma0)
        means, covs, cross_sum = smooth(*(jnp.asarray(array) for array in arrays))
        return Smoothed(np.asarray(means), np.asarray(covs), np.asarray(cross_sum))

    return e_step


WAYS = (
    Way(
        "smcx",
        "smoother",
        "assembled",
        Assembly(_smoother),
        several_sequences=True,
        remark="no lag-one covariances: from its filter's",
    ),
)
