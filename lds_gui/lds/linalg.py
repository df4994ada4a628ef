"""Symmetric and positive (semi-)definite matrices: the one place where they are made, split and judged.

Definiteness is judged after the diagonal has been scaled to one, so that it does not depend on the units of the
coordinates: diag(1e-8, 1e8) is a perfectly good covariance.
"""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, figure, frozen_array
from lds_gui.lds.errors import ParameterError

OUTSIDE = 1e-9  # relative size of what may lie outside a support by rounding
_EPS = float(np.finfo(np.float64).eps)
_ASYMMETRY = 1e-9  # relative to the largest entry: what rounding and printed digits may leave
_FLOOR = 0.01  # relative to the largest eigenvalue: how far inside the definite matrices a proposed one lies
_SMALLEST = 1e-6  # relative to the largest eigenvalue: the smallest one of a matrix that is made definite
_NEGATIVE = 1e-10  # per dimension, once the diagonal is scaled to one: a negative eigenvalue that is rounding


def solved(matrix: Array, right: Array) -> Array:
    """X with matrix · X = right."""
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)


def lower_cholesky(cov: Array) -> Array:
    """The lower triangular L with cov = L Lᵀ, of a positive definite matrix."""
    return np.asarray(np.linalg.cholesky(cov), dtype=np.float64)


def symmetrised(matrix: Array) -> Array:
    """½ (M + Mᵀ), over the last two axes."""
    return 0.5 * matrix + 0.5 * np.swapaxes(matrix, -1, -2)


def smallest_eigenvalue(matrix: Array) -> float:
    """The smallest eigenvalue of a symmetric matrix; +∞ for the empty one, which is definite."""
    return float(np.linalg.eigvalsh(symmetrised(matrix)).min(initial=np.inf))


def nearest_psd(matrix: Array, *, definite: bool = False) -> Array:
    """The positive semi-definite matrix that is closest in Frobenius norm: negative eigenvalues set to zero.

    With `definite`, none stays below a millionth of the largest, unless the matrix is definite as it is.
    """
    matrix = symmetrised(matrix)
    values, vectors = np.linalg.eigh(matrix)
    floor = 0.0
    if definite:
        if is_positive_definite(matrix):
            return matrix
        floor = _SMALLEST * (float(np.abs(values).max(initial=0.0)) or 1.0)
    if values.min(initial=np.inf) >= floor:
        return matrix
    return symmetrised((vectors * np.maximum(values, floor)) @ vectors.T)


def _scaled(cov: Array) -> tuple[Array, Array]:
    """D and R with cov = D R D, D a diagonal (as a vector) and R with a diagonal of ones (or zeros)."""
    scale = np.sqrt(np.abs(np.diagonal(cov)))
    scale = np.where(scale > 0.0, scale, 1.0)
    return scale, cov / scale[:, None] / scale[None, :]


def psd_factor(cov: Array) -> Array:
    """A square root F (n, r) with cov = F Fᵀ, where r is the numerical rank: F spans the covariance's support.

    Eigenvalues of the scaled matrix at the level of rounding count as zero.
    """
    scale, ratio = _scaled(cov)
    values, vectors = np.linalg.eigh(symmetrised(ratio))
    keep = values > _rank_threshold(len(scale))
    return scale[:, None] * vectors[:, keep] * np.sqrt(values[keep])


def symmetric_root(cov: Array) -> Array:
    """The positive semi-definite S with cov = S S, which changes without a jump while cov does, rank and all.

    Taken from the singular values of `psd_factor`, it keeps its digits where the coordinates differ in their units,
    and does not leave the covariance's support.
    """
    vectors, values, _ = np.linalg.svd(psd_factor(cov), full_matrices=False)
    return symmetrised((vectors * values) @ vectors.T)


def _rank_threshold(size: int) -> float:
    return 8.0 * size * _EPS


def is_positive_definite(cov: Array) -> bool:
    """Whether a symmetric matrix is positive definite with a margin beyond rounding.

    With the diagonal scaled to one, a squared pivot of Cholesky's says how much of a coordinate the ones before it
    don't explain. The kernels judge by the same rule.
    """
    if np.any(np.diagonal(cov) <= 0.0):
        return False
    _, ratio = _scaled(cov)
    try:
        pivots = np.diagonal(lower_cholesky(ratio))
    except np.linalg.LinAlgError:
        return False
    return bool((pivots**2 > _rank_threshold(len(cov))).all())


def solve_psd_right(left: Array, psd: Array) -> Array:
    """The smallest X with X · psd = left (least squares): left · psd⁻¹ where that exists.

    Directions that `psd` does not span are left at zero, so that a singular sum of squares changes nothing
    in the directions about which it says nothing.
    """
    scale, ratio = _scaled(psd)
    values, vectors = np.linalg.eigh(symmetrised(ratio))
    keep = values > _rank_threshold(len(scale))
    basis = vectors[:, keep]
    return ((left / scale) @ basis / values[keep]) @ basis.T / scale


def log_det(cov: Array) -> float:
    """log |cov| of a positive definite matrix."""
    return float(2.0 * np.log(np.diagonal(lower_cholesky(cov))).sum())


def checked_covariance(value: ArrayLike, size: int, field: str, symbol: str, *, definite: bool = False) -> Array:
    """A covariance (size, size): square, finite, symmetric, positive semi-definite (or definite), read-only.

    An asymmetry or a negative eigenvalue at the level of rounding is accepted; the former is averaged away.
    Raises ParameterError with the smallest eigenvalue and the nearest valid matrix.
    """
    matrix = frozen_array(value, 2, field, symbol)
    if matrix.shape != (size, size):
        rows, columns = matrix.shape
        raise ParameterError(field, f"{symbol} must be {size} × {size}, but is {rows} × {columns}.")
    with np.errstate(over="ignore"):
        asymmetry = np.abs(matrix - matrix.T)
    if asymmetry.max() > _ASYMMETRY * np.abs(matrix).max():
        i, j = sorted(np.unravel_index(int(asymmetry.argmax()), matrix.shape))
        raise ParameterError(
            field,
            f"{symbol} must be symmetric, but its entries ({i + 1}, {j + 1}) and ({j + 1}, {i + 1}) "
            f"are {matrix[i, j]:.10g} and {matrix[j, i]:.10g}.",
        )
    matrix = symmetrised(matrix)
    with np.errstate(over="ignore", invalid="ignore"):
        wrong = None
        if not _is_positive_semidefinite(matrix):
            wrong = "is not positive semi-definite: its"
        elif definite and not is_positive_definite(matrix):
            wrong = "must be positive definite, but its"
        if wrong is not None:
            smallest = figure(smallest_eigenvalue(matrix))
            remedy = _remedy(matrix, definite)
            raise ParameterError(field, f"{symbol} {wrong} smallest eigenvalue is {smallest}.{remedy}")
    matrix.setflags(write=False)
    return matrix


def _is_positive_semidefinite(matrix: Array) -> bool:
    diagonal = np.diagonal(matrix)
    if np.any(diagonal < 0.0):
        return False
    _, ratio = _scaled(matrix)
    if not np.isfinite(ratio).all():  # an entry beyond all bounds of its diagonal
        return False
    return float(np.linalg.eigvalsh(ratio)[0]) >= -_NEGATIVE * len(matrix)


def _remedy(matrix: Array, definite: bool) -> str:
    """A sentence on what would be right, in as few digits as keep it right when they are typed in; or nothing."""
    if len(matrix) > 3:
        smallest, largest = np.linalg.eigvalsh(matrix)[[0, -1]]
        floor = _FLOOR * (max(-smallest, largest) or 1.0) if definite else 0.0
        amount = figure(floor - 1.01 * min(smallest, 0.0))
        enough = _is_valid(matrix + float(amount.replace("−", "-")) * np.eye(len(matrix)), definite)
        return f" Adding {amount} to its diagonal makes it valid." if enough else ""
    nearest = _nearest_definite(matrix) if definite else nearest_psd(matrix)
    proposals = ([[f"{entry:.{digits}g}" for entry in row] for row in nearest + 0.0] for digits in range(4, 18))
    valid = next((rows for rows in proposals if _is_valid(np.array(rows, dtype=np.float64), definite)), None)
    if valid is None:
        return ""
    which = "A valid matrix nearby is" if definite else "The nearest valid matrix is"
    return f" {which} [{'; '.join(' '.join(row) for row in valid)}].".replace("-", "−")


def _is_valid(matrix: Array, definite: bool) -> bool:
    finite = bool(np.isfinite(matrix).all())
    return finite and (is_positive_definite(matrix) if definite else _is_positive_semidefinite(matrix))


def _nearest_definite(matrix: Array) -> Array:
    """A positive definite matrix nearby: no eigenvalue of the scaled matrix much smaller than its largest."""
    scale, ratio = _scaled(matrix)
    if not np.isfinite(ratio).all():
        return matrix
    values, vectors = np.linalg.eigh(symmetrised(ratio))
    raised = np.maximum(values, _FLOOR * (np.abs(values).max() or 1.0))
    return symmetrised(scale[:, None] * ((vectors * raised) @ vectors.T) * scale)
