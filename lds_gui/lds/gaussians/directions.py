"""Where a divergence comes from: the directions in which P and Q differ, and what each of them costs."""

from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.linalg import is_positive_definite, lower_cholesky, solved, symmetrised


@dataclass(frozen=True, eq=False)
class Directions:
    """KL(P‖Q) as a sum over independent directions, in nats; the costliest first. k directions of R^n.

    Attributes:
        ratios: (k,) the variance of P by that of Q along each: the eigenvalues λ of Σ_b⁻¹ Σ_a.
        vectors: (n, k) the directions, columns of length 1; they are independent under Q, and under P.
        shifts: (k,) how many standard deviations of Q the means are apart along each.
        shape_costs: (k,) ½ (λ − 1 − log λ) ≥ 0, what the different widths cost.
        mean_costs: (k,) ½ shift² ≥ 0, what the different means cost.
    """

    ratios: Array
    vectors: Array
    shifts: Array
    shape_costs: Array
    mean_costs: Array

    @property
    def costs(self) -> Array:
        """What each direction costs in all, (k,) nats."""
        return self.shape_costs + self.mean_costs


def directions(p: Gaussian, q: Gaussian) -> Directions | None:
    """Split KL(P‖Q) by eigen-direction of Σ_b⁻¹ Σ_a; None where a covariance is singular.

    With L_b the Cholesky factor of Σ_b and L_b⁻¹ Σ_a L_b⁻ᵀ = U (I + δ) Uᵀ, the directions are the columns of L_b U, in
    which both Gaussians fall into independent parts. δ comes from Σ_a − Σ_b, so that it does not drown in rounding.
    """
    if not (is_positive_definite(p.cov) and is_positive_definite(q.cov)):
        return None
    lower = lower_cholesky(q.cov)
    half = solved(lower, p.cov - q.cov)
    deltas, U = np.linalg.eigh(symmetrised(solved(lower, half.T)))
    deltas = np.maximum(deltas, -1.0 + 1e-300)
    shifts = U.T @ solved(lower, p.mean - q.mean)
    vectors = lower @ U
    lengths = np.linalg.norm(vectors, axis=0)
    with np.errstate(over="ignore"):  # infinitely far
        shape, mean = 0.5 * excess(deltas), 0.5 * shifts**2
    order = np.argsort(-(shape + mean), kind="stable")
    return Directions(1.0 + deltas[order], (vectors / lengths)[:, order], shifts[order], shape[order], mean[order])


def dimension_costs(p: Gaussian, q: Gaussian) -> Array | None:
    """What each dimension contributes to KL(P‖Q), (n,) nats, where the dimensions are independent; else None.

    ½ [log(s_b / s_a) + s_a / s_b + (μ_a − μ_b)² / s_b − 1]   with the variances s of that dimension
    """
    a, b = np.diagonal(p.cov), np.diagonal(q.cov)
    if not (p.is_diagonal and q.is_diagonal and (a > 0.0).all() and (b > 0.0).all()):
        return None
    with np.errstate(over="ignore"):
        return 0.5 * (excess((a - b) / b) + (p.mean - q.mean) ** 2 / b)


def excess(deltas: Array) -> Array:
    """δ − log(1 + δ) ≥ 0; near 0 by its series, δ²/2 − δ³/3 + …, because the difference cancels there."""
    series = np.zeros_like(deltas)
    for power in range(9, 1, -1):
        series = deltas * series + (-1.0) ** power / power
    return np.where(np.abs(deltas) < 0.01, deltas**2 * series, deltas - np.log1p(deltas))
