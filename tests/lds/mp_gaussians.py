"""Divergences between Gaussians by the formulas as they stand, in 90 digits."""

import mpmath
import numpy as np

from lds_gui.lds import Gaussian

Number = mpmath.mpf


def all_divergences(p: Gaussian, q: Gaussian, order: float) -> dict[str, Number]:
    with mpmath.workdps(90):
        a, b = (mpmath.matrix(one.cov.tolist()) for one in (p, q))
        d = mpmath.matrix(p.mean.tolist()) - mpmath.matrix(q.mean.tolist())
        n, alpha, log_tau = p.dim, Number(order), mpmath.log(2 * mpmath.pi)
        forwards, backwards = _kl(a, b, d), _kl(b, a, d)
        half = (a + b) / 2
        overlap = _form(half, d) / 8 + (_log_det(half) - (_log_det(a) + _log_det(b)) / 2) / 2
        root = _root(a)
        between = sum(mpmath.sqrt(value) for value in mpmath.eigsy(root * b * root, eigvals_only=True))
        return {
            "kl_pq": forwards,
            "kl_qp": backwards,
            "jeffreys": forwards + backwards,
            "bhattacharyya": overlap,
            "hellinger": mpmath.sqrt(-mpmath.expm1(-overlap)),
            "wasserstein": mpmath.sqrt(sum(x * x for x in d) + _trace(a) + _trace(b) - 2 * between),
            "renyi": _renyi(a, b, d, alpha),
            "cross_entropy": (n * log_tau + _log_det(b) + _trace(b**-1 * a) + _form(b, d)) / 2,
            "entropy_p": (n * (1 + log_tau) + _log_det(a)) / 2,
            "entropy_q": (n * (1 + log_tau) + _log_det(b)) / 2,
        }


def _kl(a: mpmath.matrix, b: mpmath.matrix, d: mpmath.matrix) -> Number:
    return (_log_det(b) - _log_det(a) + _trace(b**-1 * a) + _form(b, d) - len(d)) / 2


def _renyi(a: mpmath.matrix, b: mpmath.matrix, d: mpmath.matrix, alpha: Number) -> Number:
    mixture = (1 - alpha) * a + alpha * b
    if min(mpmath.eigsy(mixture, eigvals_only=True)) <= 0:
        return mpmath.inf
    log_ratio = _log_det(mixture) - (1 - alpha) * _log_det(a) - alpha * _log_det(b)
    return alpha * _form(mixture, d) / 2 + log_ratio / (2 * (1 - alpha))


def _log_det(matrix: mpmath.matrix) -> Number:
    return mpmath.log(mpmath.det(matrix))


def _trace(matrix: mpmath.matrix) -> Number:
    return sum(matrix[i, i] for i in range(matrix.rows))


def _form(matrix: mpmath.matrix, d: mpmath.matrix) -> Number:
    return (d.T * matrix**-1 * d)[0]


def _root(matrix: mpmath.matrix) -> mpmath.matrix:
    values, vectors = mpmath.eigsy(matrix)
    return vectors * mpmath.diag([mpmath.sqrt(value) for value in values]) * vectors.T


def of_condition(rng: np.random.Generator, n: int, condition: float) -> Gaussian:
    """A Gaussian whose covariance is turned at random and has this condition number."""
    axes, _ = np.linalg.qr(rng.standard_normal((n, n)))
    cov = (axes * np.logspace(0.0, -np.log10(condition), n)) @ axes.T
    return Gaussian(rng.standard_normal(n), 0.5 * (cov + cov.T))


def nearby(rng: np.random.Generator, p: Gaussian, distance: float) -> Gaussian:
    """A Gaussian that differs from P by so much, relative to its standard deviations."""
    root = np.linalg.cholesky(p.cov)
    tilt = rng.standard_normal((p.dim, p.dim))
    cov = p.cov + distance * root @ (tilt + tilt.T) @ root.T / p.dim
    return Gaussian(p.mean + distance * root @ rng.standard_normal(p.dim), 0.5 * (cov + cov.T))
