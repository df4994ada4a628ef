"""A and B by least squares, held by a guess where the data say nothing, and an A that does not explode."""

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.linalg import solved

PRIOR_ROWS = 1.0  # how many rows the guess before seeing the data counts as, in each regression


def ridge(cross: Array, square: Array, guess: Array) -> Array:
    """The coefficient C of y = C z from the sums Σ y zᵀ (`cross`) and Σ z zᵀ (`square`), pulled towards `guess`.

        C = (Σ y zᵀ + guess) (Σ z zᵀ + I)⁻¹

    The guess counts as much as one row per direction of z, which is to be of size 1.
    """
    return solved(square + PRIOR_ROWS * np.eye(len(square)), cross.T + PRIOR_ROWS * guess.T).T


def stabilised(A: Array) -> Array:
    """A, scaled back to the unit circle where an eigenvalue lies beyond it."""
    return A / max(1.0, float(np.abs(np.linalg.eigvals(A)).max()))
