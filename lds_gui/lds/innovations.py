"""The errors of predicting each row from the rows before it: white noise where the model is right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, freeze
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.errors import NumericalError
from lds_gui.lds.linalg import lower_cholesky, solved, symmetrised
from lds_gui.lds.missing import Rows, patterns
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import smooth

_LOG_2PI = float(np.log(2.0 * np.pi))
_BLOCK = 2048  # rows that are whitened together; their square roots stay in the processor's cache


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
        covs = symmetrised(_around(params.B, posterior.predicted_covs) + params.Gamma)
    there, distinct = ~np.isnan(x), patterns(x)
    seen, which = np.zeros((len(distinct), *params.B.shape)), np.zeros(len(x), dtype=np.intp)
    unit, volumes = np.zeros(x.shape), np.zeros(len(x))
    for k, (observed, rows) in enumerate(distinct):  # in units of the noise
        noise, entries = _noise_factor(params.Gamma[np.ix_(observed, observed)]), np.ix_(rows, observed)
        seen[k, observed], unit[entries] = solved(noise, params.B[observed]), solved(noise, errors[entries].T).T
        volumes[rows], which[rows] = np.log(np.diagonal(noise)).sum(), k
    for begin in range(0, len(x), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        _whiten(unit[block], volumes[block], seen, which[block], posterior.predicted_covs[block])
    log_densities = -0.5 * ((unit**2).sum(axis=1) + _LOG_2PI * there.sum(axis=1)) - volumes
    return Innovations(errors, covs, np.where(there, unit, np.nan), log_densities)


def _noise_factor(Gamma: Array) -> Array:
    try:
        return lower_cholesky(Gamma)
    except np.linalg.LinAlgError:
        raise NumericalError("Gamma", "Γ is too close to singular for innovations to be standardised.") from None


def _around(B: Array, covs: Array) -> Array:
    """B P Bᵀ for each P, in two products: one for each of the T takes longer to call than to compute."""
    T, n = covs.shape[:2]
    half = (covs.reshape(-1, n) @ B.T).reshape(T, n, len(B))
    return (np.swapaxes(half, 1, 2).reshape(-1, n) @ B.T).reshape(T, len(B), len(B))


def _whiten(unit: Array, volumes: Array, seen: Array, which: Rows, covs: Array) -> None:
    """Divide errors (k, m) by C, and add log |C| to volumes (k,), with C Cᵀ = I + B P Bᵀ, B = seen[which], in place.

    One entry of all rows after the other: an entry b z + noise is standardised by its own spread √s, and what it says
    of z is taken off those to come. With P = F Fᵀ, φ = Fᵀ b and s = 1 + φᵀ φ, F becomes F (I − φ φᵀ / (s + √s))
    (Potter's square root): no row needs a factorisation of its own, and no covariance is subtracted from another.
    """
    roots = _roots(covs)
    shift = np.zeros(roots.shape[1:])  # E[z] by the entries so far
    for j in range(seen.shape[1]):
        b = seen[which, j].T
        phi = (b[:, None] * roots).sum(axis=0)
        s = 1.0 + (phi**2).sum(axis=0)
        spread = np.sqrt(s)
        gain = (roots * phi).sum(axis=1)
        unit[:, j] = (unit[:, j] - (b * shift).sum(axis=0)) / spread
        shift += gain * (unit[:, j] / spread)
        roots -= gain[:, None] * (phi / (s + spread))
        volumes += np.log(spread)


def _roots(covs: Array) -> Array:
    """F (n, n, k) with F Fᵀ = P for each of the k positive semi-definite P; time is last, where loops are long."""
    try:
        roots = lower_cholesky(covs)
    except np.linalg.LinAlgError:  # one of them is singular
        values, vectors = np.linalg.eigh(covs)
        roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return np.moveaxis(roots, 0, -1).copy()
