"""A Gaussian: checked when it is made, and seen in some of its dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import checked_covariance, log_det, psd_factor, solve_psd_right, symmetrised

FAMILIES = ("full", "diagonal", "isotropic")
_LOG_TAU = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False, init=False)
class Gaussian(Remade):
    """N(mean, cov) on R^n: mean (n,), cov (n, n) positive semi-definite. Raises ParameterError."""

    mean: Array
    cov: Array

    def __init__(self, mean: ArrayLike, cov: ArrayLike) -> None:
        """Check and copy."""
        checked = frozen_array(mean, 1, "mean", "The mean")
        object.__setattr__(self, "mean", checked)
        object.__setattr__(self, "cov", checked_covariance(cov, len(checked), "cov", "The covariance"))

    @property
    def dim(self) -> int:
        """The dimension n of the space."""
        return len(self.mean)

    @property
    def rank(self) -> int:
        """The dimension of the support: n, unless the covariance is singular."""
        return psd_factor(self.cov).shape[1]

    @property
    def is_diagonal(self) -> bool:
        """Whether the dimensions are independent."""
        return not np.any(self.cov - np.diag(np.diagonal(self.cov)))

    def marginal(self, dims: Sequence[int]) -> "Gaussian":
        """The distribution of these dimensions, counted from 0, whatever the others are."""
        kept = list(dims)
        return Gaussian(self.mean[kept], self.cov[np.ix_(kept, kept)])

    def conditional(self, dims: Sequence[int], given: Array) -> "Gaussian":
        """The distribution of these dimensions where all others are as in the point `given` (n,).

        mean = μ_1 + Σ_12 Σ_22⁻¹ (x_2 − μ_2), cov = Σ_11 − Σ_12 Σ_22⁻¹ Σ_21, with the pseudo-inverse of a singular Σ_22.
        """
        kept = list(dims)
        others = [i for i in range(self.dim) if i not in kept]
        if not others:
            return self.marginal(kept)
        gain = solve_psd_right(self.cov[np.ix_(kept, others)], self.cov[np.ix_(others, others)])
        mean = self.mean[kept] + gain @ (given[others] - self.mean[others])
        cov = symmetrised(self.cov[np.ix_(kept, kept)] - gain @ self.cov[np.ix_(others, kept)])
        values, vectors = np.linalg.eigh(cov)  # what rounding leaves below 0 is none
        return Gaussian(mean, symmetrised((vectors * np.maximum(values, 0.0)) @ vectors.T))


def entropy(cov: Array) -> float:
    """The entropy of N(·, cov) in nats, ½ log |2πe cov|, for a positive definite (or empty) covariance."""
    return 0.5 * (len(cov) * (1.0 + _LOG_TAU) + log_det(cov))


def restricted(cov: Array, family: str) -> Array:
    """The covariance of a family of FAMILIES that has the same variances, or the same mean variance.

    Raises ParameterError for another family.
    """
    variances = np.diagonal(cov)
    if family == "full":
        return cov
    if family == "diagonal":
        return np.diag(variances)
    if family == "isotropic":
        return np.eye(len(cov)) * float(variances.mean())
    raise ParameterError("family", f"The family must be one of {', '.join(FAMILIES)}, but is {family}.")
