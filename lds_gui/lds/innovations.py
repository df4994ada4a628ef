"""The errors of predicting each row from the rows before it: white noise where the model is right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, freeze
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.linalg import lower_cholesky, solved, symmetrised
from lds_gui.lds.missing import patterns
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import smooth

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class Innovations(Remade):
    """What x_t says that x_1..x_{t-1} did not, in one sequence of T rows. Arrays are read-only.

    `errors` (T, m): x_t − E[x_t | x_1..x_{t-1}], in the units of x. `covs` (T, m, m): their covariances under the
    model, those of missing entries included. `standardised` (T, m): L⁻¹ times the observed errors of the row, L the
    lower Cholesky factor of their covariance: independent N(0, 1) under the model. NaN where x is missing.
    `log_densities` (T,): log p(x_t | x_1..x_{t−1}) of what is observed, in nats, 0 where nothing is; they add up to
    log p(x). Infinite where the model leaves no room for noise.
    """

    errors: Array
    covs: Array
    standardised: Array
    log_densities: Array

    def __post_init__(self) -> None:
        """Freeze the arrays, and refuse what float64 could not hold."""
        freeze(self, ["covs"])
        for name in ("errors", "standardised", "log_densities"):
            getattr(self, name).setflags(write=False)


def innovations(params: LDSParams, observations: Dataset | ArrayLike) -> Innovations:
    """The innovations of one sequence (T, m), NaN where an entry is missing.

        e_t = x_t − B m_t⁻,   Cov[e_t] = B P_t⁻ Bᵀ + Γ = L Lᵀ,   u_t = L⁻¹ e_t
        log p(x_t | x_1..x_{t−1}) = −½ Σ_j (u_tj² + log 2π) − Σ_j log L_jj

    with m_t⁻ and P_t⁻ the predicted moments of z_t. The first observed entry of a row is standardised by its own
    spread, each further one by what the ones before it leave. Raises ParameterError when the observations do not fit
    the model, NumericalError when float64 overflows. Source: docs/MATHEMATICS.md, section 2.
    """
    posterior = smooth(params, observations)
    x = as_dataset(observations).sequences[0]
    errors = x - posterior.predicted_means @ params.B.T
    with np.errstate(over="ignore", invalid="ignore"):
        covs = symmetrised(params.B @ posterior.predicted_covs @ params.B.T + params.Gamma)
    standardised = np.full(x.shape, np.nan)
    roots = params.B @ _roots(posterior.predicted_covs)
    noise = np.broadcast_to(lower_cholesky(params.Gamma), (len(x), params.obs_dim, params.obs_dim))
    spread = np.concatenate([roots, noise], axis=2)  # times its transpose, the covariance: nothing is added up
    log_densities = np.zeros(len(x))
    for observed, rows in patterns(x):
        if observed.any():
            lower = _lower(spread[np.ix_(rows, observed)])
            unit = solved(lower, errors[np.ix_(rows, observed)][..., None])[..., 0]
            standardised[np.ix_(rows, observed)] = unit
            with np.errstate(divide="ignore"):
                volumes = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
            log_densities[rows] = -0.5 * (unit**2 + _LOG_2PI).sum(axis=1) - volumes
    return Innovations(errors, covs, standardised, log_densities)


def _roots(covs: Array) -> Array:
    """F with F Fᵀ = P for each of the positive semi-definite P."""
    values, vectors = np.linalg.eigh(covs)
    return vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]


def _lower(spread: Array) -> Array:
    """The lower Cholesky factors of M Mᵀ, without that product, in which digits would be lost."""
    lower = np.swapaxes(np.linalg.qr(np.swapaxes(spread, 1, 2), mode="r"), 1, 2)
    return lower * np.sign(np.diagonal(lower, axis1=1, axis2=2))[:, None, :]
