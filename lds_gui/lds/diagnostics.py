"""What one should know about data and models before learning from them."""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, frozen_array
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import checked_covariance, psd_factor

_FAR_FROM_ZERO = 0.5  # a mean this many standard deviations from zero shapes the fit of a model without a constant
_REACHES = 1e-10  # relative to |A|: a direction that is entered less than this is rounding


def columns_far_from_zero(dataset: Dataset) -> tuple[int, ...]:
    """The observed columns whose mean is more than half a standard deviation from zero.

    The model has no constant term, so that a latent with an eigenvalue near 1 has to carry their mean.
    """
    rows = np.vstack(dataset.sequences)
    columns = [rows[~np.isnan(rows[:, j]), j] for j in range(rows.shape[1])]
    return tuple(j for j, x in enumerate(columns) if x.size and abs(x.mean()) > _FAR_FROM_ZERO * x.std())


def spectral_radius(A: ArrayLike) -> float:
    """The largest modulus of A's eigenvalues: below 1, what happened long ago is forgotten. Raises ParameterError."""
    return float(np.abs(np.linalg.eigvals(_square(A))).max())


def covariance_rank(cov: ArrayLike) -> int:
    """How many independent directions a covariance has, in whatever units. Raises ParameterError."""
    matrix = frozen_array(cov, 2, "cov", "The covariance")
    return psd_factor(checked_covariance(matrix, len(matrix), "cov", "The covariance")).shape[1]


def observability_rank(A: ArrayLike, B: ArrayLike) -> int:
    """How many directions of the latents leave a trace in the observations, at once or later: the rank of
    [B; BA; BA²; …]. Below n, some of the latents cannot be learned at all. Raises ParameterError.
    """
    transition, observation = _square(A), frozen_array(B, 2, "B", "B")
    n = len(transition)
    if observation.shape[1] != n:
        raise ParameterError("B", f"B must have {n} columns, one for each latent of A, but has {observation.shape[1]}.")
    return _reachable(transition.T, observation.T)


def controllability_rank(A: ArrayLike, Sigma: ArrayLike) -> int:
    """How many directions of the latents the noise moves, at once or later: the rank of [F, AF, A²F, …], Σ = F Fᵀ.

    Below n, some of the latents follow from where they began. Raises ParameterError.
    """
    transition = _square(A)
    return _reachable(transition, psd_factor(checked_covariance(Sigma, len(transition), "Sigma", "Σ")))


def _reachable(A: Array, inputs: Array) -> int:
    """The dimension of the smallest A-invariant subspace that holds the columns of `inputs`.

    A staircase: an orthonormal basis grows by what A makes of its latest directions. No power of A is formed, whose
    columns would all turn towards the largest eigenvalue.
    """
    sizes = np.linalg.norm(inputs, axis=0)
    new = inputs[:, sizes > 0.0] / sizes[sizes > 0.0]
    basis = np.zeros((len(A), 0))
    smallest = _REACHES
    while new.shape[1] and basis.shape[1] < len(A):
        for _ in range(2):  # once more, because the first time leaves rounding
            new = new - basis @ (basis.T @ new)
        vectors, values, _ = np.linalg.svd(new, full_matrices=False)
        added = vectors[:, values > smallest]
        basis = np.hstack((basis, added))[:, : len(A)]
        new = A @ added
        smallest = _REACHES * float(np.linalg.norm(A, 2))
    return basis.shape[1]


def _square(A: ArrayLike) -> Array:
    matrix = frozen_array(A, 2, "A", "A")
    if matrix.shape[0] != matrix.shape[1]:
        raise ParameterError("A", f"A must be square, but is {matrix.shape[0]} × {matrix.shape[1]}.")
    return matrix
