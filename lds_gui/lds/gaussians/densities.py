"""The densities of two Gaussians at given points, and where between them the divergence arises."""

from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.linalg import is_positive_definite, lower_cholesky, solved

_LOG_TAU = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class Pointwise:
    """p, q and p log(p / q) at k points, (k,) each. The integral of the last one is KL(P‖Q), in nats."""

    p: Array
    q: Array
    integrand: Array


def log_density(gaussian: Gaussian, points: Array) -> Array:
    """log N(x; μ, Σ) at points (k, n), in nats; NaN where the covariance is singular, which has no density."""
    if not is_positive_definite(gaussian.cov):
        return np.full(len(points), np.nan)
    lower = lower_cholesky(gaussian.cov)
    white = solved(lower, (points - gaussian.mean).T)
    half_log_det = float(np.log(np.diagonal(lower)).sum())
    with np.errstate(over="ignore"):  # infinitely far: log 0
        return -0.5 * (white**2).sum(axis=0) - half_log_det - 0.5 * gaussian.dim * _LOG_TAU


def pointwise(p: Gaussian, q: Gaussian, points: Array) -> Pointwise:
    """Give p, q and p log(p / q) at points (k, n); NaN where one of them has no density."""
    log_p, log_q = log_density(p, points), log_density(q, points)
    with np.errstate(over="ignore", under="ignore"):  # a narrow peak may exceed float64; far out, 0 is right
        density_p, density_q = np.exp(log_p), np.exp(log_q)
    with np.errstate(invalid="ignore"):
        return Pointwise(density_p, density_q, density_p * (log_p - log_q))
