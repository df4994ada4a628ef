"""Draw latents that could have made the data."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, whole_number
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.params import LDSParams
from lds_gui.lds.simulation import simulate
from lds_gui.lds.smoother import smooth


def sample_posterior(
    params: LDSParams, observations: Dataset | ArrayLike, rng: np.random.Generator, n_samples: int = 1
) -> Array:
    """Independent draws of all latents z_1..z_T of one sequence (T, m) given its observations: (n_samples, T, n).

        z = E[z | x] + (z⁺ − E[z⁺ | x⁺]),   (z⁺, x⁺) simulated from the model, with x's missing entries

    How far the latents lie from their smoothed means does not depend on the data, only on what was observed: so the
    error of a simulated sequence, whose latents are known, is an exact draw of the data's. Nothing is inverted, and a
    singular Σ keeps every draw in its support. Costs a simulation and a smoothing for each draw. Raises ParameterError
    when the observations do not fit the model, NumericalError when float64 overflows.
    Source: Durbin and Koopman (2002).
    """
    whole_number(n_samples, "n_samples", "The number of samples", least=1)
    means = smooth(params, observations).smoothed_means
    missing = np.isnan(as_dataset(observations).sequences[0])
    centred = replace(params, mu0=np.zeros(params.latent_dim))  # the error is the same, and no level costs digits
    samples = np.empty((n_samples, *means.shape))
    for index in range(n_samples):
        drawn = simulate(centred, len(means), rng)
        assert drawn.latent_sequences is not None
        x = np.where(missing, np.nan, drawn.sequences[0])
        samples[index] = means + (drawn.latent_sequences[0] - smooth(centred, x).smoothed_means)
    return samples
