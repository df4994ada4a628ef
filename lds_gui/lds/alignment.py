"""The change of latent basis that brings estimated latents closest to the true ones."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import as_tuple, checked_sequences
from lds_gui.lds.errors import ParameterError


def align(
    estimate: ArrayLike | Sequence[ArrayLike],
    truth: ArrayLike | Sequence[ArrayLike],
    method: Literal["linear", "orthogonal", "signs"] = "linear",
) -> Array:
    """W = argmin ‖Z_true − Z_est Wᵀ‖, so that W z_est ≈ z_true and `change_basis(estimated_params, W)` can be compared.

    `estimate` and `truth` are (T, n_est) and (T, n_true), or lists of such, one per sequence; W is (n_true, n_est).
    "linear" takes any W (the shortest, where several are best), "orthogonal" only W with orthonormal rows or columns,
    "signs" only W that change order and sign; those that are left over, where the dimensions differ, are 0.
    Raises ParameterError. Sources: docs/MATHEMATICS.md, section 5; Schönemann (1966) for the orthogonal case.
    """
    Z_est, est_lengths = _stacked(estimate, "estimate")
    Z_true, true_lengths = _stacked(truth, "truth")
    if est_lengths != true_lengths:
        raise ParameterError(
            "estimate", f"The estimated latents have {est_lengths} steps, but the true ones {true_lengths}."
        )
    if method == "linear":
        return np.asarray(np.linalg.lstsq(Z_est, Z_true, rcond=None)[0].T, dtype=np.float64)
    if method == "orthogonal":
        left, _, right = np.linalg.svd(Z_true.T @ Z_est, full_matrices=False)
        return left @ right
    if method == "signs":
        return _signed_order(Z_true.T @ Z_est)
    raise ParameterError("method", f"The method must be 'linear', 'orthogonal' or 'signs', but is '{method}'.")


def _signed_order(products: Array) -> Array:
    """The signed order that maximises the sum of the products Σ_t z_true z_estᵀ that belong together."""
    from scipy.optimize import linear_sum_assignment  # pyright: ignore  # late: the import takes its time

    rows, columns = linear_sum_assignment(-np.abs(products))  # pyright: ignore[reportUnknownVariableType]
    W = np.zeros(products.shape)
    W[rows, columns] = np.where(products[rows, columns] < 0.0, -1.0, 1.0)
    return W


def _stacked(latents: ArrayLike | Sequence[ArrayLike], field: str) -> tuple[Array, list[int]]:
    """All sequences below one another, and how long each is."""
    sequences = as_tuple(checked_sequences(latents, field))
    stacked = np.concatenate(sequences)
    if np.isnan(stacked).any():
        raise ParameterError(field, f"The {field} must be finite to be aligned.")
    return stacked, [len(sequence) for sequence in sequences]
