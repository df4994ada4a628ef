"""Divergences by Monte Carlo: from samples, with the error that this leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array, check_rng, check_whole
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.gaussians.densities import log_density
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.gaussians.pair import check_same_dimension
from lds_gui.lds.linalg import is_positive_definite, lower_cholesky

_MOST_ESTIMATES = 200
_LARGEST_BATCH = 20_000  # samples, so that memory stays small and nobody waits long
_LOG_2 = float(np.log(2.0))


class Mean(NamedTuple):
    """A mean over samples, in nats, and the standard error of it."""

    value: float
    error: float


@dataclass(frozen=True)
class Estimate:
    """What the first `n_samples` of P, and as many of Q, say of the divergences."""

    n_samples: int
    kl_pq: Mean
    kl_qp: Mean
    jensen_shannon: Mean


class _Moments:
    """Running mean and variance, by batches."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, values: Array) -> None:
        count, mean = len(values), float(values.mean())
        squares = float(((values - mean) ** 2).sum())
        total, apart = self.count + count, mean - self.mean
        self.squares += squares + apart**2 * self.count * count / total
        self.mean += apart * count / total
        self.count = total

    def result(self) -> Mean:
        variance = self.squares / max(self.count - 1, 1)
        return Mean(self.mean, float(np.sqrt(variance / self.count)) if self.count > 1 else np.inf)


def estimates(p: Gaussian, q: Gaussian, rng: np.random.Generator, n_samples: int) -> Iterator[Estimate]:
    """Estimate KL(P‖Q), KL(Q‖P) and the Jensen–Shannon divergence from growing numbers of samples, up to `n_samples`.

        KL(P‖Q) ≈ mean of log p(x) − log q(x) over x ~ P,     JS = ½ KL(P‖M) + ½ KL(Q‖M),  m = ½ (p + q)

    At most some 200 estimates are given; the error of each shrinks as 1/√samples. Raises ParameterError where a
    covariance is singular, so that there are no densities to compare.
    """
    check_same_dimension(p, q)
    check_rng(rng)
    check_whole(n_samples, "n_samples", "The number of samples", least=2)
    for name, gaussian in (("P", p), ("Q", q)):
        if not is_positive_definite(gaussian.cov):
            raise ParameterError("cov", f"{name} has no density, since its covariance is singular: nothing to sample.")
    return _estimates(p, q, rng, n_samples)


def _estimates(p: Gaussian, q: Gaussian, rng: np.random.Generator, n_samples: int) -> Iterator[Estimate]:
    forwards, backwards, half_p, half_q = (_Moments() for _ in range(4))
    stops = np.unique(np.geomspace(2, n_samples, _MOST_ESTIMATES).astype(np.int64))
    done = 0
    for stop in stops.tolist():
        while done < stop:
            count = min(stop - done, _LARGEST_BATCH)
            log_ratio = _log_ratios(p, q, p, rng, count)
            forwards.add(log_ratio)
            half_p.add(_LOG_2 - np.logaddexp(0.0, -log_ratio))
            log_ratio = _log_ratios(q, p, q, rng, count)
            backwards.add(log_ratio)
            half_q.add(_LOG_2 - np.logaddexp(0.0, -log_ratio))
            done += count
        one, other = half_p.result(), half_q.result()
        both = Mean(0.5 * (one.value + other.value), 0.5 * float(np.hypot(one.error, other.error)))
        yield Estimate(done, forwards.result(), backwards.result(), both)


def _log_ratios(one: Gaussian, other: Gaussian, source: Gaussian, rng: np.random.Generator, count: int) -> Array:
    samples = source.mean + rng.standard_normal((count, source.dim)) @ lower_cholesky(source.cov).T
    return log_density(one, samples) - log_density(other, samples)
