"""A starting point a given distance away from known parameters, such as the truth."""

from numbers import Real

import numpy as np

from lds_gui.lds.arrays import Array, check_rng, figure
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import psd_factor, symmetrised
from lds_gui.lds.params import LDSParams


def perturbed(params: LDSParams, amount: float, rng: np.random.Generator) -> LDSParams:
    """The model with every parameter shaken by `amount`, relative to its size: 0 leaves it, 0.1 is 10 %.

    Entries of A, B and μ₀ get noise of standard deviation amount × the parameter's root mean square (so that μ₀ = 0
    stays), and A is scaled back where its largest eigenvalue would exceed 1 and what it was. A covariance F Fᵀ becomes
    F M Fᵀ, where M is random and symmetric, with eigenvalues 1 + amount·|g| or 1 / (1 + amount·|g|), g about 1: its
    support and rank stay, and so does a diagonal one, or one tied to another. Raises ParameterError.
    """
    check_rng(rng)
    if not (isinstance(amount, Real) and np.isfinite(amount) and amount >= 0.0):
        given = figure(amount) if isinstance(amount, Real) else repr(amount)
        raise ParameterError("amount", f"The relative perturbation must be 0 or more and finite, but is {given}.")
    if amount == 0.0:
        return params
    return LDSParams(
        A=_no_larger_radius(_shaken(params.A, amount, rng), params.A),
        B=_shaken(params.B, amount, rng),
        Sigma=_shaken_cov(params.Sigma, amount, rng),
        Gamma=_shaken_cov(params.Gamma, amount, rng),
        mu0=_shaken(params.mu0, amount, rng),
        Sigma0=None if params.Sigma0 is None else _shaken_cov(params.Sigma0, amount, rng),
    )


def _shaken(array: Array, amount: float, rng: np.random.Generator) -> Array:
    size = float(np.abs(array).max()) or 1.0
    root_mean_square = size * float(np.sqrt(((array / size) ** 2).mean()))
    return array + amount * root_mean_square * rng.standard_normal(array.shape)


def _no_larger_radius(A: Array, original: Array) -> Array:
    radius, allowed = (float(np.abs(np.linalg.eigvals(matrix)).max()) for matrix in (A, original))
    return A * min(1.0, max(1.0, allowed) / radius) if radius > 0.0 else A


def _shaken_cov(cov: Array, amount: float, rng: np.random.Generator) -> Array:
    factor = psd_factor(cov)
    rank = factor.shape[1]
    if rank == 0:
        return cov
    direction = symmetrised(rng.standard_normal((rank, rank))) / np.sqrt(rank)
    if np.array_equal(cov, np.diag(np.diagonal(cov))):
        direction = np.diag(np.sqrt(rank) * np.diagonal(direction))
    values, vectors = np.linalg.eigh(direction)
    roots = (1.0 + amount * np.abs(values)) ** (0.5 * np.sign(values))
    spread = factor @ (vectors * roots)
    return symmetrised(spread @ spread.T)
