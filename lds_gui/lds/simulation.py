"""Draw sequences from the model."""

import math

import numpy as np

from lds_gui.lds.arrays import Array, check_rng, check_whole, figure
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import symmetric_root
from lds_gui.lds.params import LDSParams
from lds_gui.lds.recursion import linear_recursion

_PART = 8192  # rows that are worked on at once


def simulate(
    params: LDSParams, n_steps: int, rng: np.random.Generator, n_sequences: int = 1, burn_in: int = 0
) -> Dataset:
    """Latents and observations as the model makes them.

        z_1 ~ N(μ₀, Σ₀),  z_t = A z_{t-1} + ε_t,  x_t = B z_t + η_t

    One sequence gives arrays, (T, m) and (T, n); several give tuples of them. The first `burn_in` steps are run, but
    not recorded. The same `rng` state gives the same data. How many numbers are drawn depends on the sizes alone, and
    noise is made of them by symmetric square roots, so that the data of one `rng` state change without a jump while a
    parameter does. Raises ParameterError where the latents of an unstable A leave the range of float64.
    """
    check_whole(n_steps, "n_steps", "The number of steps", least=1)
    check_whole(n_sequences, "n_sequences", "The number of sequences", least=1)
    check_whole(burn_in, "burn_in", "The number of steps before the first recorded one", least=0)
    check_rng(rng)
    n, m = params.latent_dim, params.obs_dim
    n_run = burn_in + n_steps
    path, noise = np.empty((n_sequences, n_run, n)), np.empty((n_sequences, n_steps, m))
    for sequence in range(n_sequences):
        rng.standard_normal(out=path[sequence])
        rng.standard_normal(out=noise[sequence])
    begins = params.mu0 + path[:, 0] @ symmetric_root(params.initial_cov)
    _map_in_place(path, symmetric_root(params.Sigma))
    path[:, 0] = begins
    with np.errstate(over="ignore", invalid="ignore"):
        latents = linear_recursion(params.A, path)
        _check_finite(latents, params.A, n_steps, burn_in)
        latents = latents[:, burn_in:]
        _map_in_place(noise, symmetric_root(params.Gamma), latents, params.B.T)
        _check_finite(noise, params.A, n_steps, 0)
    if n_sequences == 1:
        return Dataset(noise[0], latents[0])
    return Dataset(list(noise), list(latents))


def _map_in_place(rows: Array, matrix: Array, others: Array | None = None, other_matrix: Array | None = None) -> None:
    """rows ← rows · matrix, plus others · other_matrix; a part at a time, which stays in the processor's cache."""
    part = max(1, _PART // len(rows))
    for start in range(0, rows.shape[1], part):
        now = slice(start, start + part)
        mapped = rows[:, now] @ matrix
        if others is not None and other_matrix is not None:
            mapped += others[:, now] @ other_matrix
        rows[:, now] = mapped


def _check_finite(values: Array, A: Array, n_steps: int, burn_in: int) -> None:
    if math.isfinite(float(values.sum())):
        return
    finite = np.isfinite(values).all(axis=(0, 2))
    if finite.all():  # it was the sum alone that overflowed
        return
    step = int(finite.argmin()) + 1
    radius = figure(float(np.abs(np.linalg.eigvals(A)).max()))
    field, place = "n_steps", f"step {step - burn_in} of {n_steps}"
    if step <= burn_in:
        field, place = "burn_in", f"step {step} of the {burn_in} before the first recorded one"
    raise ParameterError(
        field,
        f"The latents overflow at {place}: A has an eigenvalue of modulus {radius}, where at most 1 stays bounded.",
    )
