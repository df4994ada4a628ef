"""What comes after the data: latents and observations beyond the last step."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, check_whole, freeze
from lds_gui.lds.data import Dataset
from lds_gui.lds.linalg import symmetrised
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import Posterior, smooth


@dataclass(frozen=True, eq=False)
class Forecast(Remade):
    """The distribution of each of the k steps after the last one, given all observations. Arrays are read-only.

    `latent_means` (k, n) and `latent_covs` (k, n, n): of z_{T+1} … z_{T+k}. `means` (k, m) and `covs` (k, m, m): of
    x_{T+1} … x_{T+k}, the noise Γ included.
    """

    latent_means: Array
    latent_covs: Array
    means: Array
    covs: Array

    def __post_init__(self) -> None:
        """Freeze the arrays, and refuse what float64 could not hold."""
        freeze(self, [field.name for field in fields(self)], " after the data")


def forecast(params: LDSParams, observations: Dataset | ArrayLike, n_steps: int) -> Forecast:
    """Forecast the `n_steps` after the end of one sequence (T, m); NaN marks missing entries.

        E[z_{T+h}] = A E[z_{T+h−1}],   Cov[z_{T+h}] = A Cov[z_{T+h−1}] Aᵀ + Σ,   x_{T+h} = B z_{T+h} + η_{T+h}

    from the filtered z_T. Raises ParameterError when the observations do not fit the model, NumericalError when float64
    overflows.
    """
    return continued(smooth(params, observations), params, n_steps)


def continued(posterior: Posterior, params: LDSParams, n_steps: int) -> Forecast:
    """Forecast as `forecast` does, from the posterior under these parameters. Raises NumericalError."""
    check_whole(n_steps, "n_steps", "The number of steps", least=1)
    n = params.latent_dim
    mean, cov = posterior.filtered_means[-1], posterior.filtered_covs[-1]
    latent_means, latent_covs = np.empty((n_steps, n)), np.empty((n_steps, n, n))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(n_steps):
            mean, cov = params.A @ mean, symmetrised(params.A @ cov @ params.A.T + params.Sigma)
            latent_means[step], latent_covs[step] = mean, cov
        return Forecast(
            latent_means=latent_means,
            latent_covs=latent_covs,
            means=latent_means @ params.B.T,
            covs=symmetrised(params.B @ latent_covs @ params.B.T + params.Gamma),
        )
