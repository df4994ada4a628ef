import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from lds_gui.lds import LDSParams, ParameterError, periodogram, power_spectrum, simulate
from tests.situations import random_model


def test_that_the_spectrum_integrates_to_the_stationary_variance() -> None:
    params = random_model(3, 2)
    frequencies = (np.arange(4000) + 0.5) / 4000 - 0.5
    variance = solve_discrete_lyapunov(params.A, params.Sigma)
    expected = np.diagonal(params.B @ variance @ params.B.T + params.Gamma)
    np.testing.assert_allclose(power_spectrum(params, frequencies).mean(axis=0), expected, rtol=1e-6)


def test_that_the_mean_periodogram_is_the_spectrum() -> None:
    params = random_model(2, 1)
    rng = np.random.default_rng(0)
    powers = []
    for _ in range(300):
        data = simulate(params, n_steps=600, rng=rng)
        frequencies, power = periodogram(data.observations[100:, 0])
        powers.append(power)
    inside = slice(5, -5)
    ratio = np.mean(powers, axis=0)[inside] / power_spectrum(params, frequencies[inside])[:, 0]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)


def test_that_a_unit_root_is_infinite_where_it_stands() -> None:
    walk = LDSParams(A=[[1.0]], B=[[1.0]], Sigma=[[1.0]], Gamma=[[1.0]], mu0=[0.0])
    assert power_spectrum(walk, [0.0])[0, 0] == np.inf
    assert power_spectrum(walk, [0.5])[0, 0] == pytest.approx(1.25)


def test_that_power_is_conserved_and_gaps_count_as_the_mean() -> None:
    values = np.random.default_rng(1).standard_normal(101)
    frequencies, power = periodogram(values)
    assert frequencies[0] == 0.0
    assert power[0] + 2 * power[1:].sum() == pytest.approx(values @ values, rel=1e-12)
    values[3] = np.nan
    filled = np.where(np.isnan(values), np.nanmean(values), values)
    np.testing.assert_allclose(periodogram(values)[1], np.abs(np.fft.rfft(filled)) ** 2 / 100)
    with pytest.raises(ParameterError):
        periodogram([np.nan, np.nan])
