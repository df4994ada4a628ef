"""The forms in which a covariance can be written down and changed: by standard deviations, or by a triangle."""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, figure, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import checked_covariance, is_positive_definite, lower_cholesky, psd_factor, symmetrised

_ROUNDING = 1e-12  # relative: what is left of a row that depends on those above it


def sds_and_correlations(cov: ArrayLike) -> tuple[Array, Array]:
    """The standard deviations (n,) and the correlations (n, n) of a covariance.

        cov = D R D,  D = diag(sds)

    R has ones on its diagonal; what has no variance has the correlation 0 with all others. Raises ParameterError.
    """
    matrix = _covariance(cov)
    sds = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    scale = np.where(sds > 0.0, sds, 1.0)
    correlations = np.clip(matrix / scale[:, None] / scale, -1.0, 1.0)
    correlations[sds == 0.0] = 0.0
    correlations[:, sds == 0.0] = 0.0
    np.fill_diagonal(correlations, 1.0)
    return sds, correlations


def from_sds_and_correlations(sds: ArrayLike, correlations: ArrayLike) -> Array:
    """The covariance D R D of standard deviations (n,) and correlations (n, n).

    Raises ParameterError for a negative standard deviation, a diagonal of R that is not 1, or correlations that
    cannot hold together (R is not positive semi-definite).
    """
    checked = frozen_array(sds, 1, "sds", "The list of standard deviations")
    place = int(checked.argmin())
    if checked[place] < 0.0:
        raise ParameterError(
            "sds", f"Standard deviation {place + 1} must not be negative, but is {figure(float(checked[place]))}."
        )
    ratio = checked_covariance(correlations, len(checked), "correlations", "The correlation matrix")
    off = np.abs(np.diagonal(ratio) - 1.0)
    if off.max() > 1e-9:
        place = int(off.argmax())
        raise ParameterError(
            "correlations",
            f"A variable has the correlation 1 with itself, but that of variable {place + 1} is "
            f"{figure(float(ratio[place, place]))}.",
        )
    return symmetrised(checked[:, None] * ratio * checked)


def cholesky_form(cov: ArrayLike) -> Array:
    """The lower triangular L (n, n) with L Lᵀ = cov and no negative entry on its diagonal, also of a singular cov.

    There it is the one whose column is zero wherever its diagonal is: the row depends on those above it.
    Raises ParameterError.
    """
    matrix = _covariance(cov)
    if is_positive_definite(matrix):
        return lower_cholesky(matrix)
    n = len(matrix)
    rows = psd_factor(matrix)  # cov = F Fᵀ: Gram–Schmidt on the rows of F gives F = L Q
    L, basis = np.zeros((n, n)), np.zeros((n, rows.shape[1]))
    for i, row in enumerate(rows):
        remainder = row
        for _ in range(2):  # once more, so that near dependence does not cost orthogonality
            along = basis @ remainder
            L[i] += along
            remainder = remainder - along @ basis
        size = float(np.linalg.norm(remainder))
        if size > _ROUNDING * float(np.linalg.norm(row)):
            L[i, i] = size
            basis[i] = remainder / size
    return L


def from_cholesky(L: ArrayLike) -> Array:
    """The covariance L Lᵀ of a lower triangular L (n, n). Raises ParameterError for an entry above its diagonal."""
    triangle = frozen_array(L, 2, "L", "L")
    if triangle.shape[0] != triangle.shape[1]:
        raise ParameterError("L", f"L must be square, but is {triangle.shape[0]} × {triangle.shape[1]}.")
    above = np.argwhere(np.triu(triangle, 1))
    if above.size:
        i, j = above[0]
        raise ParameterError(
            "L",
            f"L must be zero above its diagonal, but its entry ({i + 1}, {j + 1}) is {figure(float(triangle[i, j]))}.",
        )
    return symmetrised(triangle @ triangle.T)


def _covariance(cov: ArrayLike) -> Array:
    matrix = frozen_array(cov, 2, "cov", "The covariance")
    return checked_covariance(matrix, len(matrix), "cov", "The covariance")
