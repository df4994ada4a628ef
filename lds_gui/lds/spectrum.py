"""Where in frequency the observations have their power: by the model, and in the data."""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lds_gui.lds.arrays import Array, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.params import LDSParams

Complex = NDArray[np.complex128]


def power_spectrum(params: LDSParams, frequencies: ArrayLike) -> Array:
    """The power spectral density (F, m) of each observed variable at these frequencies, in cycles per step.

        S(f) = diag( B H Σ Hᴴ Bᵀ + Γ ),   H = (I − A e^{−2πif})⁻¹

    in squared units of x per cycle per step, so that its integral over −½ ≤ f ≤ ½ is the stationary variance. Where A
    isn't stable there is no stationary one: S then still says which frequencies are amplified. Infinite where
    I − A e^{−2πif} is singular. Raises ParameterError.
    """
    grid = frozen_array(frequencies, 1, "frequencies", "The list of frequencies")
    phases = np.exp(-2j * np.pi * grid)
    identity = np.eye(params.latent_dim)
    result = np.empty((len(grid), params.obs_dim))
    for index, phase in enumerate(phases):
        try:
            reach = cast(Complex, np.linalg.solve((identity - phase * params.A).T, params.B.T)).T
        except np.linalg.LinAlgError:
            result[index] = np.inf
            continue
        result[index] = ((reach @ params.Sigma) * reach.conj()).sum(axis=1).real + np.diagonal(params.Gamma)
    return result


def periodogram(values: ArrayLike) -> tuple[Array, Array]:
    """Frequencies (F,) in cycles per step from 0 to ½, and the data's power (F,) at them; NaN marks missing values.

        I(f) = |Σ_t x_t e^{−2πift}|² / N

    of a series (T,) of which N values are there; a missing one counts as the mean, which lowers every power alike on
    average. No mean is taken off, as the model has none. Raises ParameterError if no value is there.
    """
    series = frozen_array(values, 1, "values", "The series", gaps=True)
    there = ~np.isnan(series)
    if not there.any():
        raise ParameterError("values", "There is no value to take the periodogram of.")
    filled = np.where(there, series, series[there].mean())
    power: Array = np.abs(np.fft.rfft(filled)) ** 2 / int(there.sum())
    return np.arange(len(power)) / len(series), power
