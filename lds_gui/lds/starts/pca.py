"""A starting point from principal components."""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.linalg import symmetrised
from lds_gui.lds.params import LDSParams
from lds_gui.lds.starts.preparation import checked, embedding, steps
from lds_gui.lds.starts.regression import PRIOR_ROWS, ridge, stabilised


def pca_start(dataset: Dataset | ArrayLike, latent_dim: int) -> LDSParams:
    """Latents from the principal components of the data, then each parameter by regression.

    The components are those of the second moments of (x_t, x_{t-1}, …), each column in units of its root mean square,
    with as many delays as n latents need: none where n ≤ m. A is scaled back to the unit circle where it exceeds it.
    """
    dataset = checked(dataset, latent_dim)
    embedded, X, size, noise = embedding(dataset, latent_dim)
    scores = _component_scores(embedded, latent_dim)
    Z = np.concatenate(scores)
    before, after = steps(scores)

    A = stabilised(ridge(after.T @ before, before.T @ before, np.eye(latent_dim)))
    B = ridge(X.T @ Z, Z.T @ Z, np.eye(dataset.obs_dim, latent_dim))
    step, error = after - before @ A.T, X - Z @ B.T
    Sigma = (step.T @ step + 0.01 * PRIOR_ROWS * np.eye(latent_dim)) / (len(step) + PRIOR_ROWS)
    Gamma = error.T @ error / len(error) + np.diag(0.5 * noise)
    return LDSParams(
        A=A,
        B=size[:, None] * B,
        Sigma=symmetrised(Sigma),
        Gamma=symmetrised(size[:, None] * Gamma * size),
        mu0=np.mean([z[0] for z in scores], axis=0),
    )


def _component_scores(embedded: list[Array], latent_dim: int) -> list[Array]:
    """The leading components' scores, each with a root mean square of 1; components that are not there score 0."""
    stacked = np.concatenate(embedded)
    _, values, vectors = np.linalg.svd(stacked, full_matrices=False)
    there = values[:latent_dim] > 1e-8 * values[0]
    basis = np.zeros((stacked.shape[1], latent_dim))
    found = int(there.sum())
    basis[:, :found] = vectors[:found].T / values[:found] * np.sqrt(len(stacked))
    return [x @ basis for x in embedded]
