"""The 2-Wasserstein distance: how far mass must travel to turn P into Q."""

import math

import numpy as np
from flint import arb, arb_mat, ctx

from lds_gui.lds.arrays import Array
from lds_gui.lds.gaussians import balls
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.gaussians.pair import ExactPair
from lds_gui.lds.linalg import psd_factor

_MOST_REFINEMENTS = 12
_AGREE = 2.0**-60
_DIGITS = 50  # bits that float64's matrices are orthogonal to


def squared_wasserstein(pair: ExactPair) -> arb:
    """W₂² = |μ_a − μ_b|² + tr Σ_a + tr Σ_b − 2 tr (Σ_a^½ Σ_b Σ_a^½)^½ of definite covariances."""
    return _squared(pair.difference, balls.as_matrix(pair.lower_a), balls.as_matrix(pair.lower_b))


def squared_wasserstein_of_singular(p: Gaussian, q: Gaussian) -> arb:
    """The same of covariances of any rank, from factors whose digits are those of float64."""
    factors = [_padded(psd_factor(gaussian.cov)) for gaussian in (p, q)]
    difference = [one - other for one, other in zip(*map(balls.vector, (p.mean, q.mean)), strict=True)]
    return _squared(difference, *(balls.matrix(factor) for factor in factors))


def _padded(factor: Array) -> Array:
    return np.pad(factor, ((0, 0), (0, factor.shape[0] - factor.shape[1])))


def _squared(difference: list[arb], one: arb_mat, other: arb_mat) -> arb:
    """|Δ|² + ‖F_a − F_b U‖², least over all orthogonal U, where U is the polar factor of F_bᵀ F_a.

    No digits cancel, and an error of U counts only by its square.
    """
    inner = other.transpose() * one
    polar = _nearest_orthogonal(inner)
    rest = one - other * polar
    return balls.squares(difference) + balls.squares(rest.entries())


def _nearest_orthogonal(matrix: arb_mat) -> arb_mat:
    """The orthogonal U for which tr(Uᵀ M) is largest: from float64's singular vectors, refined until it stays.

    With U off by a small turn Ω, Uᵀ M is symmetric but for E = Uᵀ M − Mᵀ U, and H Ω + Ω H = E, H the symmetric part: an
    equation that needs few digits, as each solution adds some.
    """
    approximation = balls.floats(matrix)
    size = float(np.abs(approximation).max(initial=0.0)) or 1.0
    left, values, right = np.linalg.svd(approximation / size)
    polar = _orthogonalised(balls.matrix(left @ right))
    sums = values[:, None] + values[None, :]
    largest = float(values.max(initial=0.0))
    before = np.inf
    for _ in range(_MOST_REFINEMENTS):
        product = polar.transpose() * matrix
        skew = _middles(product - product.transpose())
        remaining = balls.floats(skew * (1 / arb(size)))
        turned = right @ remaining @ right.T
        turn = right.T @ np.divide(turned, sums, out=np.zeros_like(sums), where=sums > 1e-30 * largest) @ right
        step = float(np.abs(turn).max(initial=0.0))
        if step == 0.0 or (step >= 0.5 * before and before < _AGREE):
            break
        polar = _orthogonalised(_middles(polar + polar * balls.matrix(0.5 * (turn - turn.T))))
        before = step
        if step < 2.0**-90:
            break
    return polar


def _orthogonalised(matrix: arb_mat) -> arb_mat:
    """The nearest orthogonal matrix to one that nearly is, by Newton and Schulz: U (3 I − Uᵀ U) / 2."""
    size = matrix.nrows()
    result = matrix
    three = arb_mat(size, size, [3.0 * (i == j) for i in range(size) for j in range(size)])
    for _ in range(math.ceil(math.log2(ctx.prec / _DIGITS))):  # each of which doubles the digits
        result = _middles(result * (three - result.transpose() * result) * arb(0.5))
    return result


def _middles(matrix: arb_mat) -> arb_mat:
    """The middles of the balls: what is only an approximation needs no bounds."""
    return matrix.mid()
