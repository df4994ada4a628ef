"""The Kullback–Leibler divergence between two Gaussians, with the terms of its formula."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb

from lds_gui.lds.gaussians.balls import certified
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.gaussians.pair import ExactPair, Support, are_equal, check_same_dimension
from lds_gui.lds.linalg import lower_cholesky, psd_factor, solved


@dataclass(frozen=True, eq=False)
class KLTerms:
    """The terms of KL(P‖Q), in nats: total = ½ (log_det + trace + mahalanobis − dim).

    log_det = log|Σ_b| − log|Σ_a|, trace = tr(Σ_b⁻¹ Σ_a), mahalanobis = (μ_a − μ_b)ᵀ Σ_b⁻¹ (μ_a − μ_b).
    Where Q is singular and P lies in its support, all terms are those on the support and `dim` is its dimension.
    An infinite divergence has infinite terms; one that is not defined (a ratio of two zeros) is NaN. `reason` says in
    words why the total is infinite; empty if it is not.
    """

    log_det: float
    trace: float
    mahalanobis: float
    dim: int
    total: float
    reason: str = ""


def kl_divergence(p: Gaussian, q: Gaussian) -> KLTerms:
    """How many nats are lost when P is described by Q, KL(P‖Q).

        KL(P‖Q) = ½ [ log|Σ_b| − log|Σ_a| + tr(Σ_b⁻¹ Σ_a) + (μ_a − μ_b)ᵀ Σ_b⁻¹ (μ_a − μ_b) − n ]

    P = N(μ_a, Σ_a), Q = N(μ_b, Σ_b). Every figure is the exact one of these numbers, rounded once, however close P and
    Q are: never negative, and 0 for equal ones only. +∞ where P has mass outside Q's support or fewer dimensions than
    it. Raises ParameterError when the dimensions differ. Source: docs/MATHEMATICS.md, section 1.
    """
    check_same_dimension(p, q)
    if are_equal(p, q):
        return KLTerms(0.0, float(q.rank), 0.0, q.rank, 0.0)
    if q.rank == q.dim:
        return _flat(p, q) if p.rank < p.dim else _regular(p, q)
    support = Support(p, q)
    if support.p is not None and support.q is not None:
        return kl_divergence(support.p, support.q)
    if support.holds_p:
        return KLTerms(0.0, 0.0, 0.0, 0, 0.0)
    return KLTerms(
        log_det=-np.inf if p.rank == p.dim else np.nan,
        trace=np.inf if support.cov_is_outside else float((support.inner**2).sum()),
        mahalanobis=np.inf if support.mean_is_outside else float(support.shift @ support.shift),
        dim=q.dim,
        total=np.inf,
        reason=support.reason,
    )


def _regular(p: Gaussian, q: Gaussian) -> KLTerms:
    return made_terms(certified(lambda: exact_terms(ExactPair(p, q)), "KL(P‖Q)"), p.dim)


def exact_terms(pair: ExactPair) -> list[arb]:
    """The log-ratio, trace and Mahalanobis terms, and the total."""
    return [pair.log_ratio, pair.trace, pair.mahalanobis, kl(pair)]


def made_terms(values: Sequence[float], dim: int) -> KLTerms:
    """The terms from their four figures."""
    reason = "" if np.isfinite(values[3]) else "It is larger than any number of 64 bits, 1.8e308"
    return KLTerms(values[0], values[1], values[2], dim, values[3], reason)


def _flat(p: Gaussian, q: Gaussian) -> KLTerms:
    """P has fewer dimensions than Q, and there Q has no mass."""
    lower, factor = lower_cholesky(q.cov), psd_factor(p.cov)
    white, across = solved(lower, p.mean - q.mean), solved(lower, factor)
    reason = f"P has all its mass in {_in_words(p.rank)}, where Q, which has {q.dim} dimensions, has none"
    return KLTerms(np.inf, float((across**2).sum()), float(white @ white), q.dim, np.inf, reason)


def _in_words(rank: int) -> str:
    return "one point" if rank == 0 else f"{rank} dimension{'s' if rank > 1 else ''}"


def kl(pair: ExactPair) -> arb:
    """KL(P‖Q) in nats."""
    return (pair.log_ratio + pair.trace + pair.mahalanobis - pair.dim) / 2
