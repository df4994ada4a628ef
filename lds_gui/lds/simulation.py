"""Draw sequences from the model."""

import numpy as np

from lds_gui.lds.arrays import Array, check_whole, figure
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import lower_cholesky, psd_factor
from lds_gui.lds.params import LDSParams


def simulate(params: LDSParams, n_steps: int, rng: np.random.Generator, n_sequences: int = 1) -> Dataset:
    """Latents and observations as the model makes them.

        z_1 ~ N(μ₀, Σ₀),  z_t = A z_{t-1} + ε_t,  x_t = B z_t + η_t

    One sequence gives arrays, (T, m) and (T, n); several give tuples of them. The same `rng` state gives the same data.
    Raises ParameterError where the latents of an unstable A leave the range of float64.
    """
    check_whole(n_steps, "n_steps", "The number of steps", least=1)
    check_whole(n_sequences, "n_sequences", "The number of sequences", least=1)
    drawn = [_one_sequence(params, n_steps, rng) for _ in range(n_sequences)]
    if n_sequences == 1:
        return Dataset(*drawn[0])
    return Dataset([x for x, _ in drawn], [z for _, z in drawn])


def _one_sequence(params: LDSParams, n_steps: int, rng: np.random.Generator) -> tuple[Array, Array]:
    initial = psd_factor(params.initial_cov)
    transition = psd_factor(params.Sigma)
    latents = np.empty((n_steps, params.latent_dim))
    latents[0] = params.mu0 + initial @ rng.standard_normal(initial.shape[1])
    noise = rng.standard_normal((n_steps - 1, transition.shape[1])) @ transition.T
    observation_noise = rng.standard_normal((n_steps, params.obs_dim)) @ lower_cholesky(params.Gamma).T
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, n_steps):
            latents[t] = params.A @ latents[t - 1] + noise[t - 1]
        observations = latents @ params.B.T + observation_noise
    finite = np.isfinite(latents).all(axis=1) & np.isfinite(observations).all(axis=1)
    if not finite.all():
        radius = np.abs(np.linalg.eigvals(params.A)).max()
        raise ParameterError(
            "n_steps",
            f"The latents overflow at step {int(finite.argmin()) + 1} of {n_steps}: A has an eigenvalue of modulus "
            f"{figure(radius)}, where at most 1 stays bounded.",
        )
    return observations, latents
