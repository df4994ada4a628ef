"""Draw latents that could have made the data."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, check_rng, check_whole, figure
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.errors import NumericalError
from lds_gui.lds.params import LDSParams
from lds_gui.lds.simulation import simulate
from lds_gui.lds.smoother import smooth

_EPS = float(np.finfo(np.float64).eps)
_LEAST_DIGITS = 1e-3  # relative to a standard deviation: what a draw may be wrong by


def sample_posterior(
    params: LDSParams, observations: Dataset | ArrayLike, rng: np.random.Generator, n_samples: int = 1
) -> Array:
    """Independent draws of all latents z_1..z_T of one sequence (T, m) given its observations: (n_samples, T, n).

        z = E[z | x] + (z⁺ − E[z⁺ | x⁺]),   (z⁺, x⁺) simulated from the model, with x's missing entries

    How far the latents lie from their smoothed means does not depend on the data, only on what was observed: so the
    error of a simulated sequence, whose latents are known, is an exact draw of the data's. Nothing is inverted, and a
    singular Σ keeps every draw in its support. Costs a simulation and a smoothing for each draw. Raises ParameterError
    when the observations do not fit the model, NumericalError when float64 overflows, or where what is simulated is so
    much larger than what the data leave open (A far from stable, a very wide Σ₀) that the difference has no digits.
    Source: Durbin and Koopman (2002).
    """
    check_rng(rng)
    check_whole(n_samples, "n_samples", "The number of samples", least=1)
    posterior = smooth(params, observations)
    means = posterior.smoothed_means
    sds, spread = (np.sqrt(_variances(covs)) for covs in (posterior.smoothed_covs, posterior.predicted_covs))
    missing = np.isnan(as_dataset(observations).sequences[0])
    centred = replace(params, mu0=np.zeros(params.latent_dim))  # the error is the same, and no level costs digits
    samples = np.empty((n_samples, *means.shape))
    for index in range(n_samples):
        drawn = simulate(centred, len(means), rng)
        assert drawn.latent_sequences is not None
        x = np.where(missing, np.nan, drawn.sequences[0])
        latents = drawn.latent_sequences[0]
        lost = _EPS * (np.abs(latents) * sds + spread**2) > _LEAST_DIGITS * sds**2
        lost &= sds > _LEAST_DIGITS * _LEAST_DIGITS * spread  # what the data leave open at all
        if lost.any():
            step = int(lost.any(axis=1).argmax()) + 1
            raise NumericalError(
                "posterior samples",
                f"At step {step} latents spread by {figure(float(spread[step - 1].max()))} before the data are seen "
                f"and by {figure(float(sds[step - 1].min()))} after: 64-bit numbers cannot hold draws of both.",
            )
        samples[index] = means + (latents - smooth(centred, x).smoothed_means)
    return samples


def _variances(covs: Array) -> Array:
    return np.maximum(np.diagonal(covs, axis1=1, axis2=2), 0.0)
