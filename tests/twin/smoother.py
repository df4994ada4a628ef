"""The E-step: everything that the model says about the latents of one sequence, from a pass forward and one back.

Sources: docs/MATHEMATICS.md, section 2; Rauch, Tung and Striebel (1965); Koopman (1993) for the smoothed noise.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.errors import NumericalError, ParameterError
from lds_gui.lds.linalg import psd_factor, solved, symmetrised
from lds_gui.lds.missing import Pattern, patterns
from lds_gui.lds.params import LDSParams
from tests.twin.steps import Channel, State, channel, predict, step_back, update


@dataclass(frozen=True, eq=False)
class Posterior(Remade):
    """What one sequence of T observations says about its latents. Time is the first axis; arrays are read-only.

    `filtered_*`: given x_1..x_t. `predicted_*`: given x_1..x_{t-1} (the initial distribution at t = 1).
    `smoothed_*`: given all x. Means are (T, n), covs (T, n, n).
    `cross_covs` (T-1, n, n): Cov[z_{t+1}, z_t | x].
    `noise_means`, `noise_covs`: E[ε_t | x] and Cov[ε_t | x], where ε_1 = z_1 − μ₀ and ε_t = z_t − A z_{t-1};
    `noise_cross_covs` (T-1, n, n): Cov[ε_{t+1}, z_t | x]. Differences of moments would lose them where Σ is small.
    `information_gains` (T,): by how many nats x_t lowered the entropy of z_t.
    `log_evidences` (T,): log p(x_t | x_1..x_{t-1}) in nats, 0 for a row without an observed entry.
    """

    filtered_means: Array
    filtered_covs: Array
    predicted_means: Array
    predicted_covs: Array
    smoothed_means: Array
    smoothed_covs: Array
    cross_covs: Array
    noise_means: Array
    noise_covs: Array
    noise_cross_covs: Array
    information_gains: Array
    log_evidences: Array

    def __post_init__(self) -> None:
        """Freeze the arrays, and refuse what float64 could not hold."""
        for field in fields(self):
            array: Array = getattr(self, field.name)
            if not np.isfinite(array).all():
                quantity = field.name.replace("_", " ")
                step = int(np.argwhere(~np.isfinite(array))[0][0]) + 1
                raise NumericalError(quantity, f"The {quantity} are not finite from step {step} on.")
            array.setflags(write=False)

    @property
    def log_likelihood(self) -> float:
        """log p(x), the sum of the log evidences, in nats."""
        return float(self.log_evidences.sum())


def smooth(params: LDSParams, observations: Dataset | ArrayLike) -> Posterior:
    """Filter and smooth one sequence of observations (T, m), or a data set of one.

    NaN marks missing entries, marginalised exactly.

    Raises ParameterError when the observations do not fit the model, NumericalError when float64 overflows.
    """
    data = as_dataset(observations)
    if data.n_sequences > 1:
        raise ParameterError("observations", f"One sequence is smoothed at a time, but there are {data.n_sequences}.")
    x = data.sequences[0]
    if x.shape[1] != params.obs_dim:
        raise ParameterError(
            "observations", f"The model observes {params.obs_dim} variables, but the data have {x.shape[1]}."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return _smooth(params, x)


class _Forward(NamedTuple):
    """The states before (prior) and after each observation, and how their coordinates hang together: see `steps`."""

    prior_means: Array
    prior_factors: Array
    means: Array
    factors: Array
    shifts: Array
    shrinks: Array
    rotations: Array


class _Backward(NamedTuple):
    """Given all data: the coordinates ξ before an observation, and (u, w) after it, w those of the noise to come."""

    xi_means: Array
    xi_covs: Array
    uw_means: Array
    uw_covs: Array


def _smooth(params: LDSParams, x: Array) -> Posterior:
    n = params.latent_dim
    groups = patterns(x)
    channels = [channel(params, group.observed) for group in groups]
    filled = np.where(np.isnan(x), 0.0, x)  # a channel's reader is zero where an entry is missing
    noise_factor = _square(psd_factor(params.Sigma))
    forward = _forward(params, filled, groups, channels, noise_factor)
    backward = _backward(forward)

    # Back to the units of the latents: z_t = prior mean + prior factor · ξ = mean + factor · u, ε_t = F w.
    prior_factors, factors, back = forward.prior_factors, forward.factors, np.swapaxes(forward.factors, 1, 2)
    u_means, u_covs = backward.uw_means[:, :n], backward.uw_covs[:, :n, :n]
    xi_first, xi_cov_first = backward.xi_means[0], backward.xi_covs[0]
    known = forward.rotations[:, :n, :n]
    gains = -np.linalg.slogdet(forward.shrinks)[1]
    moved = np.einsum("tij,tj->ti", prior_factors, forward.shifts)
    evidences = np.zeros(len(x))
    for (observed, rows), seen in zip(groups, channels, strict=True):
        error = (filled[rows] - forward.prior_means[rows] @ params.B.T)[:, observed]
        evidences[rows] = _log_densities(seen, error, moved[rows], forward.shifts[rows]) - gains[rows]
    return Posterior(
        filtered_means=forward.means,
        filtered_covs=symmetrised(factors @ back),
        predicted_means=forward.prior_means,
        predicted_covs=symmetrised(prior_factors @ np.swapaxes(prior_factors, 1, 2)),
        smoothed_means=forward.means + np.einsum("tij,tj->ti", factors, u_means),
        smoothed_covs=symmetrised(factors @ u_covs @ back),
        cross_covs=prior_factors[1:] @ backward.xi_covs[1:] @ np.swapaxes(known, 1, 2) @ back[:-1],
        noise_means=np.vstack((prior_factors[0] @ xi_first, backward.uw_means[:-1, n:] @ noise_factor.T)),
        noise_covs=symmetrised(
            np.concatenate(
                (
                    (prior_factors[0] @ xi_cov_first @ prior_factors[0].T)[None],
                    noise_factor @ backward.uw_covs[:-1, n:, n:] @ noise_factor.T,
                )
            )
        ),
        noise_cross_covs=noise_factor @ backward.uw_covs[:-1, n:, :n] @ back[:-1],
        information_gains=gains,
        log_evidences=evidences,
    )


def _forward(
    params: LDSParams, filled: Array, groups: list[Pattern], channels: list[Channel], noise_factor: Array
) -> _Forward:
    n_steps, n = len(filled), params.latent_dim
    which = np.empty(n_steps, dtype=np.intp)
    for index, group in enumerate(groups):
        which[group.rows] = index
    prior_means, prior_factors = np.empty((n_steps, n)), np.empty((n_steps, n, n))
    means, factors = np.empty((n_steps, n)), np.empty((n_steps, n, n))
    shifts, shrinks = np.empty((n_steps, n)), np.empty((n_steps, n, n))
    rotations = np.empty((n_steps - 1, 2 * n, 2 * n))
    state = State(params.mu0, _square(psd_factor(params.initial_cov)))
    for t in range(n_steps):
        if t:
            state, rotations[t - 1] = predict(state, params.A, noise_factor)
        prior_means[t], prior_factors[t] = state
        seen = channels[int(which[t])]
        innovation = seen.reader @ (filled[t] - params.B @ state.mean)
        state, shifts[t], shrinks[t] = update(state, innovation, seen.matrix)
        means[t], factors[t] = state
    return _Forward(prior_means, prior_factors, means, factors, shifts, shrinks, rotations)


def _backward(forward: _Forward) -> _Backward:
    n_steps, n = forward.means.shape
    xi_means, xi_covs = np.empty((n_steps, n)), np.empty((n_steps, n, n))
    uw_means, uw_covs = np.zeros((n_steps, 2 * n)), np.empty((n_steps, 2 * n, 2 * n))
    uw_covs[-1] = np.eye(2 * n)  # nothing is known of what comes after the last step
    for t in range(n_steps - 1, -1, -1):
        if t < n_steps - 1:
            uw_means[t], uw_covs[t] = step_back(xi_means[t + 1], xi_covs[t + 1], forward.rotations[t])
        shrink = forward.shrinks[t]
        xi_means[t] = forward.shifts[t] + shrink @ uw_means[t, :n]
        xi_covs[t] = shrink @ uw_covs[t, :n, :n] @ shrink.T
    return _Backward(xi_means, xi_covs, uw_means, uw_covs)


def _log_densities(seen: Channel, error: Array, moved: Array, shifts: Array) -> Array:
    """log N(error; 0, B P Bᵀ + Γ) without its term ½ log |I + Sᵀ Rᵀ R S|, one per row.

    The quadratic form is that of the residuals after the best state: what no state explains, what this one leaves,
    and how far it lies from its prior mean, |ξ|². A difference of large sums would lose digits where Γ is small.
    """
    white = solved(seen.lower, error.T).T
    read = white @ seen.basis
    unexplained = white - read @ seen.basis.T
    left = read - moved @ seen.matrix[: read.shape[1]].T
    quadratic = (unexplained**2).sum(axis=1) + (left**2).sum(axis=1) + (shifts**2).sum(axis=1)
    log_volume = 2.0 * np.log(np.diagonal(seen.lower)).sum()
    return -0.5 * (white.shape[1] * np.log(2.0 * np.pi) + log_volume + quadratic)


def _square(factor: Array) -> Array:
    """The factor (n, r) with columns of zeros added, (n, n)."""
    return np.pad(factor, ((0, 0), (0, factor.shape[0] - factor.shape[1])))
