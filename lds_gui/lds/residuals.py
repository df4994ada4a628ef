"""Whether standardised innovations look like independent N(0, 1): autocorrelation, Ljung–Box and normality."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, check_whole, frozen_array
from lds_gui.lds.missing import Mask

_MOST_LAGS = 20
_FEWEST = 8  # values, below which skewness and kurtosis say nothing


class TestResult(NamedTuple):
    """A statistic, its degrees of freedom, and the probability of a larger one if the model is right; NaN: too few."""

    statistic: float
    dof: int
    p_value: float


class WhiteNoiseTests(NamedTuple):
    """What one column of standardised innovations says about the model.

    `mean`, `sd`, `skewness`, `kurtosis` (excess over that of a Gaussian, 0) of the `n_values` values; `autocorrelation`
    (L,) at the lags 1 to L; `limit`: where white noise stays within, at 95 %; `ljung_box`: for all L lags together;
    `normality`: Jarque and Bera's.
    """

    n_values: int
    mean: float
    sd: float
    skewness: float
    kurtosis: float
    autocorrelation: Array
    limit: float
    ljung_box: TestResult
    normality: TestResult


def white_noise_tests(values: ArrayLike, n_lags: int | None = None) -> WhiteNoiseTests:
    """Test a series (T,) for being independent draws from one Gaussian; NaN marks missing values.

        r_k = Σ e_t e_{t+k} / Σ e_t²          (e_t without their mean; over the pairs that are there, per pair)
        Q = N (N + 2) Σ_k r_k² / (N − k)       ~ χ²(L)     (Ljung and Box 1978; with N_k pairs: N (N + 2) r_k² / N_k)
        JB = N/6 (s² + k²/4)                   ~ χ²(2)     (Jarque and Bera 1980)

    By default L is a fifth of the values, at most 20. Parameters that were estimated from the same data make the
    p-values somewhat too large. Raises ParameterError for anything but a list of numbers.
    """
    given = frozen_array(values, 1, "values", "The list of values", gaps=True)
    there = ~np.isnan(given)
    count = int(there.sum())
    lags = max(min(_MOST_LAGS, count // 5), 0) if n_lags is None else n_lags
    check_whole(lags, "n_lags", "The number of lags", least=0)
    centred = np.where(there, given - (given[there].mean() if count else 0.0), 0.0)
    variance = float(centred @ centred) / count if count else np.nan
    r, pairs = _autocorrelation(centred, there, variance, min(lags, max(len(given) - 1, 0)))
    moments = _standardised_moments(centred[there], variance)
    return WhiteNoiseTests(
        n_values=count,
        mean=float(given[there].mean()) if count else np.nan,
        sd=float(np.sqrt(variance)),
        skewness=moments[0],
        kurtosis=moments[1],
        autocorrelation=r,
        limit=1.96 / np.sqrt(count) if count else np.nan,
        ljung_box=_ljung_box(r, pairs, count),
        normality=_jarque_bera(*moments, count),
    )


def _autocorrelation(centred: Array, there: Mask, variance: float, n_lags: int) -> tuple[Array, Array]:
    """The autocorrelation at the lags 1 to L, and the number of pairs behind each."""
    r, pairs = np.zeros(n_lags), np.zeros(n_lags)
    for lag in range(1, n_lags + 1):
        pairs[lag - 1] = float((there[lag:] & there[:-lag]).sum())
        if pairs[lag - 1] and variance > 0.0:
            r[lag - 1] = float(centred[lag:] @ centred[:-lag]) / (variance * there.sum())
    return r, pairs


def _standardised_moments(centred: Array, variance: float) -> tuple[float, float]:
    if len(centred) < _FEWEST or not variance > 0.0:
        return np.nan, np.nan
    unit = centred / np.sqrt(variance)
    return float((unit**3).mean()), float((unit**4).mean()) - 3.0


def _ljung_box(r: Array, pairs: Array, count: int) -> TestResult:
    used = pairs > 0
    if not used.any():
        return TestResult(np.nan, 0, np.nan)
    # a lag of which some pairs are missing has a sum of fewer products: its variance is pairs / count²
    statistic = count * (count + 2.0) * float((r[used] ** 2 / pairs[used]).sum())
    return TestResult(statistic, int(used.sum()), _upper_tail(statistic, int(used.sum())))


def _jarque_bera(skewness: float, kurtosis: float, count: int) -> TestResult:
    statistic = count / 6.0 * (skewness**2 + 0.25 * kurtosis**2)
    return TestResult(statistic, 2, _upper_tail(statistic, 2))


def _upper_tail(statistic: float, dof: int) -> float:
    """P(χ² > statistic)."""
    from scipy.special import gammaincc  # pyright: ignore  # late: the import takes its time

    return float(gammaincc(0.5 * dof, 0.5 * statistic)) if np.isfinite(statistic) else np.nan
