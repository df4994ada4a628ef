"""Gaussians: the entropy of one, and the Kullback–Leibler divergence between two, with the terms of its formula."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import OUTSIDE, checked_covariance, log_det, lower_cholesky, psd_factor, solve_psd_right, solved


@dataclass(frozen=True, eq=False, init=False)
class Gaussian(Remade):
    """N(mean, cov) on R^n: mean (n,), cov (n, n) positive semi-definite. Raises ParameterError."""

    mean: Array
    cov: Array

    def __init__(self, mean: ArrayLike, cov: ArrayLike) -> None:
        """Check and copy."""
        checked = frozen_array(mean, 1, "mean", "The mean")
        object.__setattr__(self, "mean", checked)
        object.__setattr__(self, "cov", checked_covariance(cov, len(checked), "cov", "The covariance"))

    @property
    def dim(self) -> int:
        """The dimension n of the space."""
        return len(self.mean)


def entropy(cov: Array) -> float:
    """The entropy of N(·, cov) in nats, ½ log |2πe cov|, for a positive definite (or empty) covariance."""
    return 0.5 * (len(cov) * (1.0 + float(np.log(2.0 * np.pi))) + log_det(cov))


@dataclass(frozen=True, eq=False)
class KLTerms:
    """The terms of KL(P‖Q), in nats: total = ½ (log_det + trace + mahalanobis − dim).

    log_det = log|Σ_b| − log|Σ_a|, trace = tr(Σ_b⁻¹ Σ_a), mahalanobis = (μ_a − μ_b)ᵀ Σ_b⁻¹ (μ_a − μ_b).
    Where Q is singular and P lies in its support, all terms are those on the support and `dim` is its dimension.
    An infinite divergence has infinite terms; one that is not defined (a ratio of two zeros) is NaN.
    """

    log_det: float
    trace: float
    mahalanobis: float
    dim: int
    total: float


def kl_divergence(p: Gaussian, q: Gaussian) -> KLTerms:
    """How many nats are lost when P is described by Q, KL(P‖Q).

        KL(P‖Q) = ½ [ log|Σ_b| − log|Σ_a| + tr(Σ_b⁻¹ Σ_a) + (μ_a − μ_b)ᵀ Σ_b⁻¹ (μ_a − μ_b) − n ]

    P = N(μ_a, Σ_a), Q = N(μ_b, Σ_b). Where they are close, the total is summed from the eigenvalues δ of
    L_b⁻¹ (Σ_a − Σ_b) L_b⁻ᵀ as ½ Σ (δ − log(1 + δ)), L_b the Cholesky factor of Σ_b, so that it does not drown in
    rounding. +∞ where P has mass outside Q's support or fewer dimensions than it. Raises ParameterError when the
    dimensions differ. Source: docs/MATHEMATICS.md, section 1.
    """
    if p.dim != q.dim:
        raise ParameterError("q", f"P and Q must have the same dimension, but P has {p.dim} and Q has {q.dim}.")
    support = psd_factor(q.cov)
    with np.errstate(over="ignore", invalid="ignore"):  # what exceeds float64 is infinitely far
        if support.shape[1] == q.dim:
            return _regular(p.mean - q.mean, p.cov, q.cov)
        return _singular(p, q, support)


def _singular(p: Gaussian, q: Gaussian, support: Array) -> KLTerms:
    """KL on the support of Q, with Q = N(0, I) in the coordinates y of x = μ_b + F y, Σ_b = F Fᵀ."""
    difference = p.mean - q.mean
    spread = psd_factor(p.cov)
    metric = support.T @ support
    shift = solve_psd_right((support.T @ difference)[None, :], metric)[0]
    inner = solve_psd_right(spread.T @ support, metric).T
    scale = np.sqrt(np.maximum(np.diagonal(p.cov), np.diagonal(q.cov)))
    mean_outside = _is_outside(difference - support @ shift, scale + np.abs(difference))
    cov_outside = _is_outside((spread - support @ inner).T, scale)
    if mean_outside or cov_outside:
        return KLTerms(
            log_det=-np.inf if spread.shape[1] == p.dim else np.nan,
            trace=np.inf if cov_outside else float((inner**2).sum()),
            mahalanobis=np.inf if mean_outside else float(shift @ shift),
            dim=q.dim,
            total=np.inf,
        )
    rank = support.shape[1]
    return _regular(shift, inner @ inner.T, np.eye(rank)) if rank else KLTerms(0.0, 0.0, 0.0, 0, 0.0)


def _is_outside(remainder: Array, scale: Array) -> bool:
    return bool(np.any(np.abs(remainder) > OUTSIDE * scale))


def _regular(difference: Array, cov_p: Array, cov_q: Array) -> KLTerms:
    n = len(difference)
    lower = lower_cholesky(cov_q)
    white = solved(lower, difference)
    mahalanobis = float(white @ white)
    factor = psd_factor(cov_p)
    trace = float((solved(lower, factor) ** 2).sum())
    if factor.shape[1] < n:
        return KLTerms(log_det=np.inf, trace=trace, mahalanobis=mahalanobis, dim=n, total=np.inf)
    half = solved(lower, cov_p - cov_q)
    deltas = np.asarray(np.linalg.eigvalsh(solved(lower, half.T)), dtype=np.float64)
    if np.abs(deltas).max() < 0.5:
        log_ratio = -float(np.log1p(deltas).sum())
        spread = float(_excess(deltas).sum())
    else:
        log_ratio = log_det(cov_q) - log_det(cov_p)
        spread = log_ratio + trace - n
    return KLTerms(log_ratio, trace, mahalanobis, n, total=0.5 * (spread + mahalanobis))


def _excess(deltas: Array) -> Array:
    """δ − log(1 + δ) ≥ 0; near 0 by its series, δ²/2 − δ³/3 + …, because the difference cancels there."""
    series = np.zeros_like(deltas)
    for power in range(9, 1, -1):
        series = deltas * series + (-1.0) ** power / power
    return np.where(np.abs(deltas) < 0.01, deltas**2 * series, deltas - np.log1p(deltas))
