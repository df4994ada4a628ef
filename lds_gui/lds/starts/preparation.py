"""What every starting point does first: refuse data that cannot be learned from, bridge gaps, find units and noise.

Gaps are bridged linearly for the start only: EM itself marginalises them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lds_gui.lds.arrays import Array, check_whole, figure
from lds_gui.lds.data import Dataset, as_dataset, check_observed
from lds_gui.lds.errors import ParameterError

_SMALLEST, _LARGEST = 1e-140, 1e140  # of a column's peak, whose square is to be an ordinary number


def checked(data: Dataset | ArrayLike, latent_dim: int) -> Dataset:
    """The data set, if there is something in it to learn from; raises ParameterError otherwise."""
    dataset = as_dataset(data)
    check_whole(latent_dim, "latent_dim", "The number of latents", least=1)
    check_observed(dataset)
    peaks = np.max([np.abs(np.nan_to_num(x)).max(axis=0) for x in dataset.sequences], axis=0)
    for j, peak in enumerate(peaks):
        if peak > _LARGEST or 0.0 < peak < _SMALLEST:
            raise ParameterError(
                "observations",
                f"The data go up to {figure(peak)} in column {j + 1}, and EM needs their squares: from "
                f"{figure(_SMALLEST)} to {figure(_LARGEST)} a 64-bit number can hold them. Another unit helps.",
            )
    return dataset


def bridged(dataset: Dataset) -> list[Array]:
    """The sequences with their gaps bridged linearly in time; an empty column takes its mean in all data, or 0."""
    if not dataset.n_missing:
        return list(dataset.sequences)
    seen = [~np.isnan(x) for x in dataset.sequences]
    counts = np.sum([mask.sum(axis=0) for mask in seen], axis=0)
    means = np.sum([np.nansum(x, axis=0) for x in dataset.sequences], axis=0) / np.maximum(counts, 1)
    return [_filled(x, mask, means) for x, mask in zip(dataset.sequences, seen, strict=True)]


def _filled(x: Array, seen: NDArray[np.bool_], means: Array) -> Array:
    filled = np.array(x)
    time = np.arange(len(x))
    for j, mask in enumerate(seen.T):
        filled[:, j] = np.interp(time, time[mask], x[mask, j]) if mask.any() else means[j]
    return filled


def scales(sequences: list[Array]) -> tuple[Array, Array]:
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


class Embedding(NamedTuple):
    """Data in units of each column's root mean square `size`, and the variance that may be noise, in those units.

    Attributes:
        sequences: of rows (x_t, x_{t-1}, …), with as many delays as n latents need: none where n ≤ m.
        rows: x_t of all sequences, one after the other.
        size, noise: of each column.
    """

    sequences: list[Array]
    rows: Array
    size: Array
    noise: Array


def embedding(dataset: Dataset, latent_dim: int) -> Embedding:
    """The data as latents are sought in them."""
    sequences = bridged(dataset)
    size, noise = scales(sequences)
    delays = -(-latent_dim // dataset.obs_dim)
    in_units = [x / size for x in sequences]
    return Embedding([_delayed(x, delays) for x in in_units], np.concatenate(in_units), size, noise / size**2)


def steps(scores: list[Array]) -> tuple[Array, Array]:
    """The rows before and after each step of all sequences."""
    return np.concatenate([z[:-1] for z in scores]), np.concatenate([z[1:] for z in scores])


def _delayed(x: Array, delays: int) -> Array:
    """Rows (x_t, x_{t-1}, …), where the first row stands for all before it."""
    time = np.arange(len(x))
    return np.concatenate([x[np.maximum(time - delay, 0)] for delay in range(delays)], axis=1)
