"""The ellipse that a covariance has in one or two chosen dimensions, and how to change it alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, frozen_array
from lds_gui.lds.linalg import checked_covariance, symmetric_root, symmetrised

_FLAT = 1e-9  # relative to the largest: a singular value of a root that is rounding


def principal_axes(block: ArrayLike) -> tuple[Array, Array]:
    """The standard deviations (k,) along the principal axes of a covariance (k, k), the largest first, and the axes.

    Axis i is column i of the second; they are at right angles and of length 1. Raises ParameterError.
    """
    matrix = frozen_array(block, 2, "cov", "The covariance")
    values, vectors = np.linalg.eigh(checked_covariance(matrix, len(matrix), "cov", "The covariance"))
    return np.sqrt(np.maximum(values[::-1], 0.0)), np.ascontiguousarray(vectors[:, ::-1])


def with_block(cov: ArrayLike, dimensions: Sequence[int], block: ArrayLike) -> Array:
    """The covariance with another block in these dimensions; the others keep their covariances among each other.

    The chosen variables are replaced by M times them, plus noise of their own where the old block S was singular, so
    that the result is positive semi-definite whatever the new block S' is:

        S = D R D,   S' = D' R' D',   M = D' R'^½ (R^½)⁺ D⁻¹,   C' = M C Mᵀ + D' R'^½ (I − R^½ (R^½)⁺) R'^½ D'

    (M is the identity in all other dimensions, and nothing is added there. D is diagonal, R has a diagonal of ones, so
    that the units don't matter.) Raises ParameterError.
    """
    matrix = frozen_array(cov, 2, "cov", "The covariance")
    matrix = checked_covariance(matrix, len(matrix), "cov", "The covariance")
    new = checked_covariance(block, len(dimensions), "block", "The block")
    place = np.ix_(dimensions, dimensions)
    (old_scale, old_root), (new_scale, new_root) = _scaled_root(matrix[place]), _scaled_root(new)
    turn = new_root @ np.linalg.pinv(old_root, rcond=_FLAT, hermitian=True)
    change = np.eye(len(matrix))
    change[place] = new_scale[:, None] * turn / old_scale
    result = symmetrised(change @ matrix @ change.T)
    result[place] = new
    return result


def _scaled_root(block: Array) -> tuple[Array, Array]:
    """D as a vector and R^½ of a block D R D."""
    sds = np.sqrt(np.maximum(np.diagonal(block), 0.0))
    scale = np.where(sds > 0.0, sds, 1.0)
    return scale, symmetric_root(block / scale[:, None] / scale)
