"""The evidence lower bound, term by term."""

import numpy as np

from lds_gui.lds import ELBOTerms
from lds_gui.lds.arrays import Array
from lds_gui.lds.gaussians.gaussian import entropy
from lds_gui.lds.linalg import (
    OUTSIDE,
    is_positive_definite,
    log_det,
    lower_cholesky,
    psd_factor,
    solve_psd_right,
    solved,
    symmetrised,
)
from lds_gui.lds.params import LDSParams
from tests.twin.statistics import Regression, Statistics

_LOG_2PI = float(np.log(2.0 * np.pi))


def elbo(statistics: Statistics, params: LDSParams) -> ELBOTerms:
    """The bound for the posterior q behind `statistics` and the parameters θ = `params`.

        ELBO[q, θ] = E_q[log p_θ(x, z)] + H[q] = log p_θ(x) − KL(q ‖ p_θ(z|x))

    The entropy is that of p(z) under the parameters that made q, less the information gained from each observation.
    Where their Σ (or Σ₀) is singular, densities and entropy are those on its support; θ must have the same support, or
    the bound is −∞. Source: docs/MATHEMATICS.md, section 4.
    """
    old = statistics.reference
    initial_factor, transition_factor = psd_factor(old.initial_cov), psd_factor(old.Sigma)
    initial, transition, emission = statistics.initial, statistics.transition, statistics.emission
    prior_entropy = initial.count * entropy(initial_factor.T @ initial_factor)
    prior_entropy += transition.count * entropy(transition_factor.T @ transition_factor)
    mean_change = (params.mu0 - old.mu0)[:, None]
    return ELBOTerms(
        initial=_expected_log_density(initial, mean_change, params.initial_cov, initial_factor),
        transition=_expected_log_density(transition, params.A - old.A, params.Sigma, transition_factor),
        observation=_regular_log_density(emission.count, emission.scatter(params.B - old.B), params.Gamma),
        entropy=prior_entropy - statistics.information_gain + statistics.missing_entropy,
    )


def _regular_log_density(count: int, scatter: Array, cov: Array) -> float:
    """Σ E[log N(r; 0, C)] over `count` rows with Σ E[r rᵀ] = scatter."""
    lower = lower_cholesky(cov)
    quadratic = np.trace(solved(lower, solved(lower, scatter).T))
    volume = 2.0 * np.log(np.diagonal(lower)).sum()
    return float(-0.5 * (count * (len(cov) * _LOG_2PI + volume) + quadratic))


def _expected_log_density(regression: Regression, change: Array, cov: Array, factor: Array) -> float:
    """The same for a covariance that may be singular, with densities on the support that `factor` spans."""
    if regression.count == 0:
        return 0.0
    scatter = regression.scatter(change)
    n, rank = factor.shape
    if rank == n:
        return _regular_log_density(regression.count, scatter, cov) if is_positive_definite(cov) else -np.inf
    inner_scatter, inner_cov = _within(scatter, factor), _within(cov, factor)
    if inner_scatter is None or inner_cov is None or not is_positive_definite(inner_cov):
        return -np.inf
    inside = _regular_log_density(regression.count, inner_scatter, inner_cov)
    return inside - 0.5 * regression.count * log_det(factor.T @ factor)


def _within(cov: Array, factor: Array) -> Array | None:
    """W with cov = F W Fᵀ, or None where `cov` reaches outside the support that F spans."""
    half = solve_psd_right(cov @ factor, factor.T @ factor)  # F W, if cov is inside
    inner = symmetrised(solve_psd_right(half.T @ factor, factor.T @ factor))
    scale = np.sqrt(np.outer(np.diagonal(cov), np.diagonal(cov))).max(initial=0.0)
    if np.abs(factor @ inner @ factor.T - cov).max() > OUTSIDE * scale:
        return None
    return inner
