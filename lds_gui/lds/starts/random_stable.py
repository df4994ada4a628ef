"""A starting point by chance, for runs from many places."""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import check_rng
from lds_gui.lds.data import Dataset
from lds_gui.lds.linalg import solved
from lds_gui.lds.params import LDSParams
from lds_gui.lds.starts.preparation import bridged, checked, scales


def random_start(dataset: Dataset | ArrayLike, latent_dim: int, rng: np.random.Generator) -> LDSParams:
    """A stable random A, a random B in the units of the data, and noise as large as the data's own spread.

    A's largest eigenvalue has a modulus between 0.7 and 0.98; the latents are of size 1; μ₀ explains the first rows.
    """
    check_rng(rng)
    dataset = checked(dataset, latent_dim)
    m = dataset.obs_dim
    sequences = bridged(dataset)
    size, noise = scales(sequences)
    raw = rng.standard_normal((latent_dim, latent_dim))
    radius = rng.uniform(0.7, 0.98)
    A = radius / max(float(np.abs(np.linalg.eigvals(raw)).max()), 1e-3) * raw
    loadings = rng.standard_normal((m, latent_dim)) / np.sqrt(latent_dim)
    first = np.mean([x[0] for x in sequences], axis=0) / size
    return LDSParams(
        A=A,
        B=size[:, None] * loadings,
        Sigma=(1.0 - radius**2) * np.eye(latent_dim),
        Gamma=np.diag(noise),
        mu0=solved(np.eye(latent_dim) + loadings.T @ loadings, loadings.T @ first),
    )
