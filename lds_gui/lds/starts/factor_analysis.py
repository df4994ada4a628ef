"""A starting point from factor analysis: like principal components, but each column has its own noise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.linalg import solved, symmetrised
from lds_gui.lds.params import LDSParams
from lds_gui.lds.starts.preparation import checked, embedding, steps
from lds_gui.lds.starts.regression import PRIOR_ROWS, ridge, stabilised

_ITERATIONS = 100
_LEAST_SHARE = 0.1  # of what may be noise, which a column's own variance keeps: without it, it may fall to zero


def factor_analysis_start(dataset: Dataset | ArrayLike, latent_dim: int) -> LDSParams:
    """Latents from maximum-likelihood factor analysis, then the M-step as if they were independent in time.

        y_t = L u_t + e_t,  u_t ~ N(0, I),  e_t ~ N(0, Ψ), Ψ diagonal

    y_t is x_t in units of each column's root mean square, with as many delays (x_t, x_{t-1}, …) as n latents need: none
    where n ≤ m. Γ is the part of Ψ that belongs to x_t, hence diagonal; A, B and Σ are what the M-step makes of u given
    y, and A is scaled back to the unit circle where it exceeds it. Raises ParameterError.
    Sources: Rubin and Thayer (1982); docs/MATHEMATICS.md, section 3.
    """
    dataset = checked(dataset, latent_dim)
    m = dataset.obs_dim
    embedded, X, size, noise = embedding(dataset, latent_dim)
    factors = _factors(embedded, latent_dim, np.tile(noise, embedded[0].shape[1] // m))
    reader, left = _reading(factors)
    scores = [y @ reader.T for y in embedded]
    Z = np.concatenate(scores)
    before, after = steps(scores)

    count = len(after)
    S00, S10, S11 = before.T @ before + count * left, after.T @ before, after.T @ after + count * left
    A = stabilised(ridge(S10, S00, np.eye(latent_dim)))
    B = ridge(X.T @ Z, Z.T @ Z + len(Z) * left, np.eye(m, latent_dim))
    scatter = S11 - A @ S10.T - S10 @ A.T + A @ S00 @ A.T + 0.01 * PRIOR_ROWS * np.eye(latent_dim)
    return LDSParams(
        A=A,
        B=size[:, None] * B,
        Sigma=symmetrised(scatter / (count + PRIOR_ROWS)),
        Gamma=np.diag(size**2 * factors.noise[:m]),
        mu0=np.mean([z[0] for z in scores], axis=0),
    )


class _Factors(NamedTuple):
    """A static factor model: loadings L (d, n), and the variances Ψ (d,) of each column's own noise."""

    loadings: Array
    noise: Array


def _factors(embedded: list[Array], latent_dim: int, noise: Array) -> _Factors:
    """The factor model by EM, from the principal components of the data in units of the noise."""
    count = sum(len(y) for y in embedded)
    moments = np.sum([y.T @ y for y in embedded], axis=0) / count
    scale = np.sqrt(0.5 * noise)
    values, vectors = np.linalg.eigh(symmetrised(moments / scale[:, None] / scale))
    signal = np.maximum(values[::-1][:latent_dim] - 1.0, 1e-3)
    factors = _Factors(scale[:, None] * vectors[:, ::-1][:, :latent_dim] * np.sqrt(signal), scale**2)
    for _ in range(_ITERATIONS):
        reader, left = _reading(factors)
        cross = moments @ reader.T
        loadings = solved(symmetrised(reader @ cross + left), cross.T).T
        own = np.diagonal(moments) - (loadings * cross).sum(axis=1)
        factors = _Factors(loadings, np.maximum(own, _LEAST_SHARE * noise))
    return factors


def _reading(factors: _Factors) -> tuple[Array, Array]:
    """E[u | y] = reader · y, and Cov[u | y]."""
    weighted = factors.loadings.T / factors.noise
    left = solved(np.eye(len(weighted)) + weighted @ factors.loadings, np.eye(len(weighted)))
    return left @ weighted, symmetrised(left)
