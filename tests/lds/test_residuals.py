import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lds_gui.lds import ParameterError, white_noise_tests


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(30, 200), n_lags=st.integers(1, 10))
def test_that_the_statistics_are_those_of_their_definitions(seed: int, count: int, n_lags: int) -> None:
    values = np.random.default_rng(seed).gamma(2.0, size=count)
    found = white_noise_tests(values, n_lags)
    centred = values - values.mean()
    r = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, n_lags + 1)]) / (centred @ centred)
    np.testing.assert_allclose(found.autocorrelation, r, atol=1e-13)
    expected = count * (count + 2) * sum(r[lag - 1] ** 2 / (count - lag) for lag in range(1, n_lags + 1))
    assert found.ljung_box.statistic == pytest.approx(expected)
    assert found.ljung_box.p_value == pytest.approx(stats.chi2.sf(expected, n_lags))
    bera = stats.jarque_bera(values)
    assert found.normality.statistic == pytest.approx(bera.statistic)
    assert found.normality.p_value == pytest.approx(bera.pvalue)
    assert found.skewness == pytest.approx(stats.skew(values))
    assert found.kurtosis == pytest.approx(stats.kurtosis(values))


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_that_white_noise_is_rejected_as_often_as_it_says(missing: float) -> None:
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(400):
        values = rng.standard_normal(300)
        values[rng.random(300) < missing] = np.nan
        found = white_noise_tests(values)
        p_values.append((found.ljung_box.p_value, found.normality.p_value))
    rejected = (np.array(p_values) < 0.05).mean(axis=0)
    assert (rejected > 0.015).all()
    assert (rejected < 0.1).all()


def test_that_a_slow_series_is_not_white() -> None:
    rng = np.random.default_rng(2)
    values = np.cumsum(rng.standard_normal(200))
    assert white_noise_tests(values).ljung_box.p_value < 1e-10
    assert white_noise_tests(rng.standard_t(2, 400)).normality.p_value < 1e-6


@pytest.mark.parametrize("values", [[1.0], [np.nan, np.nan], [2.0, 2.0, 2.0], [1.0, np.nan, 2.0]])
def test_that_too_few_or_equal_values_say_nothing(values: list[float]) -> None:
    found = white_noise_tests(values)
    assert np.isnan(found.normality.p_value)
    assert found.n_values == np.isfinite(values).sum()


def test_that_what_is_no_series_is_refused() -> None:
    with pytest.raises(ParameterError):
        white_noise_tests([[1.0, 2.0]])
    with pytest.raises(ParameterError):
        white_noise_tests([1.0, np.inf])
