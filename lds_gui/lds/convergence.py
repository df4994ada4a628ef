"""How fast EM converges: what each iteration still gains, and how many iterations are left."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, frozen_array
from lds_gui.lds.options import check_at_least_zero

_ROUNDING = 64.0 * float(np.finfo(np.float64).eps)  # relative: log-likelihoods do not differ by less
_FEWEST, _MOST = 3, 5  # gains that the rate is estimated from


class ConvergenceRate(NamedTuple):
    """How EM goes on, if it goes on as it did last; None where nothing can be said (yet).

    `rate`: the ratio of successive gains of log p(x), below 1. Near the maximum it tends to ρ², where ρ is the linear
    rate at which the *parameters* converge, the largest eigenvalue of EM's Jacobian: the share of missing information.
    `remaining_gain`: nats between the last log-likelihood and its limit. `remaining_iterations`: how many more it takes
    until an iteration gains less than the tolerance; 0 if the last one did.
    """

    rate: float | None
    remaining_gain: float | None
    remaining_iterations: int | None


_UNKNOWN = ConvergenceRate(None, None, None)


def convergence_rate(log_likelihoods: ArrayLike, tol: float) -> ConvergenceRate:
    """Estimate the rate from the log-likelihoods (nats) of the iterations so far, the start's included.

        g_k = log p_k − log p_{k−1},   rate = g_{k+1} / g_k,
        remaining gain = g rate / (1 − rate),   remaining iterations = the least j with g rateʲ < tol

    The rate is the slope of log g over the last 3 to 5 gains, by least squares; the remaining gain is Aitken's (1926)
    extrapolation, from the last g on the fitted line. While slower modes of EM are still hidden behind faster ones, the
    rate rises, and less is told than remains. Gains at the level of rounding are not used: once the last one is such,
    nothing remains. Nothing is said of fewer than three gains, of gains that grow, or after a fall; `tol` = 0 is never
    reached, so that the iterations are None then. Raises ParameterError.
    """
    check_at_least_zero(tol, "tol", "The tolerance must be 0 or more nats")
    if np.size(log_likelihoods) == 0:
        return _UNKNOWN
    values = frozen_array(log_likelihoods, 1, "log_likelihoods", "The list of log-likelihoods")
    gains = np.diff(values)
    rounding = _ROUNDING * float(np.abs(values).max())
    if len(gains) == 0 or gains[-1] < -rounding:
        return _UNKNOWN
    is_over = bool(gains[-1] <= rounding)
    line = _fitted(_last_stretch(gains, rounding))
    if is_over:
        return ConvergenceRate(None if line is None else line.rate, 0.0, 0)
    if line is None:
        return _UNKNOWN
    return ConvergenceRate(
        rate=line.rate,
        remaining_gain=line.gain * line.rate / (1.0 - line.rate),
        remaining_iterations=_iterations(line, tol),
    )


class _Line(NamedTuple):
    """Gains that fall geometrically, by `rate` per iteration, down to `gain` in the last one."""

    rate: float
    gain: float


def _last_stretch(gains: Array, rounding: float) -> Array:
    """The last gains beyond rounding that follow one another, at most as many as the rate is estimated from."""
    above = np.flatnonzero(gains > rounding)
    if not len(above):
        return gains[:0]
    end = int(above[-1]) + 1
    not_above = np.flatnonzero(gains[:end] <= rounding)
    begin = int(not_above[-1]) + 1 if len(not_above) else 0
    return gains[max(begin, end - _MOST) : end]


def _fitted(gains: Array) -> _Line | None:
    """The line through log g; None where there are too few gains, or where they do not fall."""
    if len(gains) < _FEWEST:
        return None
    logs = np.log(gains)
    time = np.arange(len(gains)) - 0.5 * (len(gains) - 1)
    slope = float(time @ logs / (time @ time))
    rate = float(np.exp(slope))
    if not rate < 1.0:
        return None
    return _Line(rate, float(np.exp(logs.mean() + slope * time[-1])))


def _iterations(line: _Line, tol: float) -> int | None:
    """The least j ≥ 0 with gain · rateʲ < tol."""
    if tol == 0.0:
        return None
    if line.gain < tol:
        return 0
    return int(np.floor(np.log(tol / line.gain) / np.log(line.rate))) + 1
