"""A starting point from subspace identification: the latents are what the past knows of the future."""

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.linalg import symmetrised
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import smooth
from lds_gui.lds.starts.innovations_form import InnovationsForm, noise_covariances
from lds_gui.lds.starts.pca import pca_start
from lds_gui.lds.starts.preparation import bridged, checked, scales
from lds_gui.lds.starts.regression import PRIOR_ROWS, ridge, stabilised

_MOST_BLOCKS = 12  # rows of the past that the latents are read from, where more are not needed
_MOST_COLUMNS = 240  # of past or future, each block having m
_WINDOWS_PER_COLUMN = 2.0  # at least, of past and future together: fewer would be fitted and not estimated
_SPANNED = 1e-12  # relative to the largest eigenvalue of a matrix of moments: what is above counts as its span
_CHUNK = 8192  # windows that are laid out in memory at once


def subspace_start(dataset: Dataset | ArrayLike, latent_dim: int) -> LDSParams:
    """Latents that tell most about the future, from the past, then each parameter by least squares.

    From all windows of 2i rows: the past p = (x_{t-i} … x_{t-1}) predicts the future f = (x_t … x_{t+i-1}) as O ẑ_t,
    where ẑ_t are the n canonical variates of p with the largest correlations (CVA weighting, scaled to size 1) and
    O = (B; BA; BA²; …). Likewise i + 1 rows of past predict the rest as O without its last block, times ẑ_{t+1}.
    Both are states of one Kalman filter, so that regressing (ẑ_{t+1}, x_t) on ẑ_t gives A and B; the covariance of the
    residuals gives Σ and Γ (`noise_covariances`). A is scaled back to the unit circle where it exceeds it. μ₀ is the
    mean of z_1 given the first 2i rows, averaged over sequences.

    Columns are taken in units of their root mean square. i is as large as the data allow, up to 12 or twice what n
    needs. Sequences with fewer than 2i rows tell μ₀ only; where there are fewer than two windows per column of past and
    future together, even with the smallest i that n needs, this is `pca_start`. Raises ParameterError.
    Source: Van Overschee and De Moor (1996), chapter 3; Larimore (1990) for the weighting.
    """
    dataset = checked(dataset, latent_dim)
    sequences = bridged(dataset)
    size, noise = scales(sequences)
    scaled = [x / size for x in sequences]
    blocks = _most_blocks(scaled, latent_dim)
    if blocks is None:
        return pca_start(dataset, latent_dim)
    moments, count = _window_moments(scaled, 2 * blocks)
    form = _innovations_form(moments, count, latent_dim, blocks)
    Sigma, Gamma, error_cov = noise_covariances(form, noise / size**2, count)
    prior = LDSParams(
        form.A, form.B, Sigma, Gamma, np.zeros(latent_dim), symmetrised(form.state_cov + error_cov + Sigma)
    )
    return LDSParams(
        A=form.A,
        B=size[:, None] * form.B,
        Sigma=Sigma,
        Gamma=symmetrised(size[:, None] * Gamma * size),
        mu0=_mean_first_latent(prior, [x[: 2 * blocks] for x in scaled]),
    )


def _most_blocks(sequences: list[Array], latent_dim: int) -> int | None:
    """The largest i for which there are enough windows of 2i rows; None where there is none."""
    m = sequences[0].shape[1]
    least = -(-latent_dim // m) + 1  # O without its last block must have n independent rows
    most = max(least, min(max(_MOST_BLOCKS, 2 * least), _MOST_COLUMNS // m))
    for blocks in range(most, least - 1, -1):
        windows = sum(max(len(x) - 2 * blocks + 1, 0) for x in sequences)
        if windows >= _WINDOWS_PER_COLUMN * 2 * blocks * m:
            return blocks
    return None


def _window_moments(sequences: list[Array], length: int) -> tuple[Array, int]:
    """The mean of w wᵀ over all windows w = (x_t, …, x_{t+length-1}), and their number."""
    width = length * sequences[0].shape[1]
    total, count = np.zeros((width, width)), 0
    for x in sequences:
        windows = len(x) - length + 1
        for begin in range(0, windows, _CHUNK):
            end = min(begin + _CHUNK, windows)
            rows = np.concatenate([x[begin + lag : end + lag] for lag in range(length)], axis=1)
            total += rows.T @ rows
        count += max(windows, 0)
    return symmetrised(total / count), count


def _innovations_form(moments: Array, count: int, latent_dim: int, blocks: int) -> InnovationsForm:
    """A, B and the residuals' covariance, all from the moments of windows of `blocks` rows of past and of future."""
    width = len(moments) // 2
    m = width // blocks
    past, future, now = slice(0, width), slice(width, None), slice(width, width + m)
    longer_past, rest = slice(0, width + m), slice(width + m, None)

    white_future, white_past = _inverse_root(moments[future, future]), _inverse_root(moments[past, past])
    _, _, right = np.linalg.svd(white_future @ moments[future, past] @ white_past)
    states = np.zeros((latent_dim, 2 * width))  # in terms of the window: ẑ_t = states · w
    states[:, past] = right[:latent_dim] @ white_past
    observability = moments[future] @ states.T
    longer_white = _inverse_root(moments[longer_past, longer_past])
    prediction = moments[rest, longer_past] @ longer_white @ longer_white
    next_states = np.zeros((latent_dim, 2 * width))
    next_states[:, longer_past] = np.linalg.lstsq(observability[: width - m], prediction)[0]

    square = count * symmetrised(states @ moments @ states.T)
    A = stabilised(ridge(count * next_states @ moments @ states.T, square, np.eye(latent_dim)))
    B = ridge(count * moments[now] @ states.T, square, np.eye(m, latent_dim))
    this_row = np.eye(m, 2 * width, width)
    residuals = np.concatenate((next_states - A @ states, this_row - B @ states))
    scatter = symmetrised(residuals @ moments @ residuals.T) * count / (count + PRIOR_ROWS)
    return InnovationsForm(A, B, square / count, scatter)


def _mean_first_latent(prior: LDSParams, sequences: list[Array]) -> Array:
    """The mean over sequences of E[z_1 | x]: linear in x where the prior mean is 0, so once for all of one length."""
    total = np.zeros(prior.latent_dim)
    for length in sorted({len(x) for x in sequences}):
        alike = [x for x in sequences if len(x) == length]
        total += len(alike) * smooth(prior, np.mean(alike, axis=0)).smoothed_means[0]
    return total / len(sequences)


def _inverse_root(cov: Array) -> Array:
    """The symmetric C with C · cov · C = I on the span of `cov`, and 0 elsewhere."""
    values, vectors = np.linalg.eigh(cov)
    keep = values > _SPANNED * values[-1]
    return (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
