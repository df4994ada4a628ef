"""Where EM begins: parameters that fit the data's dimensions, units and level, before anything is learned.

The model has no constant term, so that a latent near eigenvalue 1 has to carry the level of raw data: nothing is
centred here, and both starts find B in the units of the columns. Gaps are bridged linearly for the start only.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, figure, whole_number
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import solved, symmetrised
from lds_gui.lds.params import LDSParams

_SMALLEST, _LARGEST = 1e-140, 1e140  # of a column's peak, whose square is to be an ordinary number
_PRIOR_ROWS = 1.0  # how many rows the guess before seeing the data counts as, in each regression


def random_start(dataset: Dataset | ArrayLike, latent_dim: int, rng: np.random.Generator) -> LDSParams:
    """A stable random A, a random B in the units of the data, and noise as large as the data's own spread.

    A's largest eigenvalue has a modulus between 0.7 and 0.98; the latents are of size 1; μ₀ explains the first rows.
    """
    dataset = _checked(dataset, latent_dim)
    m = dataset.obs_dim
    sequences = [_bridged(x, dataset) for x in dataset.sequences]
    size, noise = _scales(sequences)
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


def pca_start(dataset: Dataset | ArrayLike, latent_dim: int) -> LDSParams:
    """Latents from the principal components of the data, then each parameter by regression.

    The components are those of the second moments of (x_t, x_{t-1}, …), each column in units of its root mean square,
    with as many delays as n latents need: none where n ≤ m. A is scaled back to the unit circle where it exceeds it.
    """
    dataset = _checked(dataset, latent_dim)
    m = dataset.obs_dim
    delays = -(-latent_dim // m)
    sequences = [_bridged(x, dataset) for x in dataset.sequences]
    size, noise = _scales(sequences)
    embedded = [_delayed(x / size, delays) for x in sequences]
    scores = _component_scores(embedded, latent_dim)
    Z, X = np.concatenate(scores), np.concatenate(sequences) / size
    before = np.concatenate([z[:-1] for z in scores])
    after = np.concatenate([z[1:] for z in scores])

    slope = _ridge(before, after, np.eye(latent_dim))
    A = slope / max(1.0, float(np.abs(np.linalg.eigvals(slope)).max()))
    B = _ridge(Z, X, np.eye(m, latent_dim))
    step, error = after - before @ A.T, X - Z @ B.T
    Sigma = (step.T @ step + 0.01 * _PRIOR_ROWS * np.eye(latent_dim)) / (len(step) + _PRIOR_ROWS)
    Gamma = error.T @ error / len(error) + np.diag(0.5 * noise / size**2)
    return LDSParams(
        A=A,
        B=size[:, None] * B,
        Sigma=symmetrised(Sigma),
        Gamma=symmetrised(size[:, None] * Gamma * size),
        mu0=np.mean([z[0] for z in scores], axis=0),
    )


def _checked(data: Dataset | ArrayLike, latent_dim: int) -> Dataset:
    dataset = as_dataset(data)
    whole_number(latent_dim, "latent_dim", "The number of latents", least=1)
    if all(np.isnan(x).all() for x in dataset.sequences):
        raise ParameterError(
            "observations", "Every entry of the data is missing, so that nothing can be learned from them."
        )
    peaks = np.max([np.abs(np.nan_to_num(x)).max(axis=0) for x in dataset.sequences], axis=0)
    for j, peak in enumerate(peaks):
        if peak > _LARGEST or 0.0 < peak < _SMALLEST:
            raise ParameterError(
                "observations",
                f"The data go up to {figure(peak)} in column {j + 1}, and EM needs their squares: from "
                f"{figure(_SMALLEST)} to {figure(_LARGEST)} a 64-bit number can hold them. Another unit helps.",
            )
    return dataset


def _bridged(x: Array, dataset: Dataset) -> Array:
    """The sequence with its gaps bridged linearly in time; an empty column takes its mean in all data, or 0."""
    filled = np.array(x)
    time = np.arange(len(x))
    for j in range(x.shape[1]):
        seen = ~np.isnan(x[:, j])
        if seen.any():
            filled[:, j] = np.interp(time, time[seen], x[seen, j])
        else:
            column = np.concatenate([other[:, j] for other in dataset.sequences])
            filled[:, j] = column[~np.isnan(column)].mean() if not np.isnan(column).all() else 0.0
    return filled


def _scales(sequences: list[Array]) -> tuple[Array, Array]:
    """Of each column the root mean square (1 if all are 0), and the variance that may be noise.

    White noise of variance v has differences of variance 2v, and a smooth signal adds little to them: it is the smaller
    of the variance and half the mean square difference, but at least a millionth of the mean square.
    """
    stacked = np.concatenate(sequences)
    size = np.sqrt((stacked**2).mean(axis=0))
    size = np.where(size > 0.0, size, 1.0)
    noise = stacked.var(axis=0)
    differences = np.concatenate([np.diff(x, axis=0) for x in sequences])
    if len(differences):
        noise = np.minimum(noise, 0.5 * (differences**2).mean(axis=0))
    return size, np.maximum(noise, (1e-3 * size) ** 2)


def _delayed(x: Array, delays: int) -> Array:
    """Rows (x_t, x_{t-1}, …), where the first row stands for all before it."""
    time = np.arange(len(x))
    return np.concatenate([x[np.maximum(time - delay, 0)] for delay in range(delays)], axis=1)


def _component_scores(embedded: list[Array], latent_dim: int) -> list[Array]:
    """The leading components' scores, each with a root mean square of 1; components that are not there score 0."""
    stacked = np.concatenate(embedded)
    _, values, vectors = np.linalg.svd(stacked, full_matrices=False)
    there = values[:latent_dim] > 1e-8 * values[0]
    basis = np.zeros((stacked.shape[1], latent_dim))
    found = int(there.sum())
    basis[:, :found] = vectors[:found].T / values[:found] * np.sqrt(len(stacked))
    return [x @ basis for x in embedded]


def _ridge(inputs: Array, targets: Array, guess: Array) -> Array:
    """The regression matrix of targets on inputs, pulled towards `guess` by a few made-up rows."""
    k = inputs.shape[1]
    moments = inputs.T @ inputs + _PRIOR_ROWS * np.eye(k)
    return solved(moments, inputs.T @ targets + _PRIOR_ROWS * guess.T).T


class Start(NamedTuple):
    """A starting point: how it is called, and its function of (dataset, latent_dim, rng)."""

    name: str
    title: str
    function: Callable[[Dataset, int, np.random.Generator], LDSParams]


def _pca(dataset: Dataset, latent_dim: int, rng: np.random.Generator) -> LDSParams:  # noqa: ARG001
    return pca_start(dataset, latent_dim)


STARTS: tuple[Start, ...] = (
    Start("pca", "Principal components", _pca),
    Start("random", "Random", random_start),
)
