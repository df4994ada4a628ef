"""The log-likelihood that all results are judged by: a plain Kalman filter that belongs to none of the libraries."""

from __future__ import annotations

import numba
import numpy as np

from compare.cases import Problem
from compare.model import Array, Model


def log_likelihood(model: Model, problem: Problem) -> float:
    """log p(x) in nats, summed over the sequences; missing entries are left out."""
    arrays = (model.A, model.B, model.Sigma, model.Gamma, model.mu0, model.Sigma0)
    plain = [np.ascontiguousarray(array, dtype=np.float64) for array in arrays]
    return sum(_one_sequence(np.ascontiguousarray(x), *plain) for x in problem.observations)


@numba.njit(cache=False)
def _one_sequence(x: Array, A: Array, B: Array, Sigma: Array, Gamma: Array, mu0: Array, Sigma0: Array) -> float:
    total = 0.0
    mean, cov = mu0.copy(), Sigma0.copy()
    for t in range(len(x)):
        there = np.flatnonzero(~np.isnan(x[t]))
        if len(there):
            loading = B[there]
            noise = Gamma[there][:, there]
            innovation = x[t][there] - loading @ mean
            innovation_cov = loading @ cov @ loading.T + noise
            factor = np.linalg.cholesky(innovation_cov)
            whitened = np.linalg.solve(factor, innovation)
            root = np.linalg.solve(factor, loading @ cov)
            total -= 0.5 * (whitened @ whitened + len(there) * np.log(2.0 * np.pi)) + np.log(np.diag(factor)).sum()
            mean = mean + root.T @ whitened
            cov = cov - root.T @ root
        mean = A @ mean
        cov = A @ cov @ A.T + Sigma
        cov = 0.5 * (cov + cov.T)
    return total
