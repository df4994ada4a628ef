"""A linear dynamical system as plain arrays, which every library can be given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """θ = (A, B, Σ, Γ, μ₀, Σ₀) in the notation of docs/MATHEMATICS.md; Σ₀ is separate unless a way ties it to Σ."""

    A: Array
    B: Array
    Sigma: Array
    Gamma: Array
    mu0: Array
    Sigma0: Array

    @property
    def latent_dim(self) -> int:
        """The number of latents, n."""
        return len(self.A)

    @property
    def obs_dim(self) -> int:
        """The number of observed variables, m."""
        return len(self.B)

    def with_diagonal_gamma(self) -> Model:
        """The same model without the off-diagonal entries of Γ."""
        return replace(self, Gamma=np.diag(np.diag(self.Gamma)))

    def tied(self) -> Model:
        """The same model with Σ₀ = Σ."""
        return replace(self, Sigma0=self.Sigma)


def symmetrised(matrix: Array) -> Array:
    """(M + Mᵀ) / 2, over the last two axes."""
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))
