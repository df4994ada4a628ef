"""The two Gaussians of the tab *Gaussians*."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lds_gui.lds import Array, Gaussian, ParameterError, restricted


@dataclass(frozen=True, eq=False)
class GaussianPair:
    """P and Q, of one dimension. Raises ParameterError for two that have not."""

    p: Gaussian
    q: Gaussian

    def __post_init__(self) -> None:
        """Check that they can be compared."""
        if self.p.dim != self.q.dim:
            words = f"P has {self.p.dim} and Q has {self.q.dim}"
            raise ParameterError("q", f"P and Q must have the same dimension, but {words}.")

    @property
    def dim(self) -> int:
        """The dimension that both have."""
        return len(self.p.mean)

    def swapped(self) -> GaussianPair:
        """Exchange P and Q."""
        return GaussianPair(self.q, self.p)

    def resized(self, dim: int) -> GaussianPair:
        """Change the dimension; what fits is kept, and new dimensions are independent and standard normal."""
        return GaussianPair(_resized(self.p, dim), _resized(self.q, dim))

    def changed(
        self, name: str, mean: Array | None = None, cov: Array | None = None, family: str = "full"
    ) -> GaussianPair:
        """Change mean or covariance of "p" or "q". Raises ParameterError if it does not become one of the family."""
        gaussian: Gaussian = getattr(self, name)
        if cov is not None:
            _check_family(cov, family, name.upper())
        changed = Gaussian(gaussian.mean if mean is None else mean, gaussian.cov if cov is None else cov)
        return replace(self, **{name: changed})

    def restricted(self, name: str, family: str) -> GaussianPair:
        """Make "p" or "q" one of the family: with the same variances, or with their mean."""
        gaussian: Gaussian = getattr(self, name)
        return replace(self, **{name: Gaussian(gaussian.mean, restricted(gaussian.cov, family))})


def _check_family(cov: Array, family: str, name: str) -> None:
    if family == "full" or cov.ndim != 2:
        return
    apart = np.argwhere(np.abs(cov - np.diag(np.diagonal(cov))) > 0.0)
    if apart.size:
        row, column = apart[0]
        raise ParameterError(
            "cov",
            f"{name} is {family}: the entry in row {row + 1}, column {column + 1} must be 0, but is "
            f"{cov[row, column]:g}. Choose “full” for any covariance.",
        )
    variances = np.diagonal(cov)
    if family == "isotropic" and np.ptp(variances) > 0.0:
        raise ParameterError(
            "cov", f"{name} is isotropic: all variances must be the same. Choose “diagonal” for different ones."
        )


def _resized(gaussian: Gaussian, dim: int) -> Gaussian:
    kept = min(dim, len(gaussian.mean))
    mean, cov = np.zeros(dim), np.eye(dim)
    mean[:kept] = gaussian.mean[:kept]
    cov[:kept, :kept] = gaussian.cov[:kept, :kept]
    return Gaussian(mean, cov)
