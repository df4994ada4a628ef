"""Models on which a careless recursion loses its digits, each with a few data: see `test_accuracy`."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lds_gui.lds import Dataset, LDSParams, simulate
from tests.lds.models import random_cov, random_params, with_gaps


class HardCase(NamedTuple):
    """A start with data; `tolerance` of moments and parameters, relative to the scale of each quantity."""

    params: LDSParams
    dataset: Dataset
    held: frozenset[str] = frozenset()
    tolerance: float = 1e-8

    @property
    def learn(self) -> frozenset[str]:
        names = {"A", "B", "Sigma", "Gamma", "mu0"}
        return frozenset(names if self.params.is_tied else names | {"Sigma0"}) - self.held


def _rotation(size: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]


def _turned(diagonal: list[float], seed: int) -> np.ndarray:
    Q = _rotation(len(diagonal), seed)
    cov = (Q * diagonal) @ Q.T
    return (cov + cov.T) / 2


def _data(params: LDSParams, *lengths: int, seed: int = 1, share: float = 0.0) -> Dataset:
    rng = np.random.default_rng(seed)
    sequences = [np.asarray(simulate(params, length, rng).observations) for length in lengths]
    return Dataset([with_gaps(rng, x, share) if share else x for x in sequences])


def _simulated(
    params: LDSParams,
    *lengths: int,
    seed: int = 1,
    share: float = 0.0,
    held: frozenset[str] = frozenset(),
    tolerance: float = 1e-8,
) -> HardCase:
    return HardCase(params, _data(params, *(lengths or (12,)), seed=seed, share=share), held, tolerance)


def _model(n: int, m: int, seed: int = 0, **fields: Any) -> LDSParams:
    values = {
        name: getattr(random_params(np.random.default_rng(seed), n, m), name)
        for name in ("A", "B", "Sigma", "Gamma", "mu0")
    }
    return LDSParams(**(values | fields))


def _with_rows_missing() -> HardCase:
    params = _model(2, 2, 4)
    x = np.array(_data(params, 12).sequences[0])
    x[[0, 4, 5, 6, 11]] = np.nan
    x[2, 0] = x[8, 1] = np.nan
    return HardCase(params, Dataset(x))


def _gap_that_grows(
    n: int, m: int, radius: float = 1.3, *, at_start: bool = False, share: float = 0.0, seed: int = 0, **fields: Any
) -> HardCase:
    """Data of a stable model, under one whose A lets variances grow in a gap of 31 rows, by up to 10⁷."""
    stable = _model(n, m, seed)
    A = stable.A / np.abs(np.linalg.eigvals(stable.A)).max()
    data = _data(LDSParams(0.9 * A, stable.B, stable.Sigma, stable.Gamma, stable.mu0), 40, seed=seed, share=share)
    x, first = np.array(data.sequences[0]), 0 if at_start else 4
    x[first : first + 31] = np.nan
    return HardCase(_model(n, m, seed, **({"A": radius * A} | fields)), Dataset(x))


def _gaps_that_grow() -> HardCase:
    """Two sequences with the same gap, and one without."""
    params = _gap_that_grows(2, 2, Sigma0=np.eye(2)).params
    one, other = (np.array(_gap_that_grows(2, 2, seed=seed).dataset.sequences[0]) for seed in (0, 3))
    return HardCase(params, Dataset([one, other, one[-5:]]))


def _far_away(mean: float, *, known: bool, n: int = 1, m: int = 1, **fields: Any) -> HardCase:
    """Data around a huge mean; `known`: the start's B μ₀ is there already."""
    params = _model(n, m, 5, A=np.eye(n), **fields)
    rng = np.random.default_rng(2)
    x = mean + rng.standard_normal((12, m)).cumsum(axis=0)
    if known:
        mu0 = np.linalg.lstsq(params.B, np.full(m, mean))[0]
        params = LDSParams(params.A, params.B, params.Sigma, params.Gamma, mu0, params.Sigma0)
    return HardCase(params, Dataset(x))


def _nile_like() -> HardCase:
    x = [[1120.0], [1160], [963], [1210], [1160], [1160], [813], [1230], [1370], [1140], [995], [935]]
    return HardCase(LDSParams([[1.0]], [[1.0]], [[1469.1]], [[15098.5]], [0.0], [[1e7]]), Dataset(x))


def _companion() -> LDSParams:
    A = [[1.2, -0.5, 0.1], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    return LDSParams(A, [[1.0, 0.0, 0.0]], np.diag([0.4, 0.0, 0.0]), [[0.2]], [0.5, 0.1, 0.0])


def _dependent_columns() -> LDSParams:
    B = np.array([[1.0, 2.0], [0.5, 1.0], [-1.0, -2.0]])
    return _model(2, 3, 8, B=B)


ILL = 1e-6  # where a covariance has a condition number of 1e10

HARD_CASES: dict[str, Callable[[], HardCase]] = {
    "ordinary": lambda: _simulated(_model(2, 2)),
    "ordinary, separate": lambda: _simulated(_model(2, 2, Sigma0=np.eye(2))),
    "T = 1": lambda: _simulated(_model(2, 2), 1, held=frozenset({"B", "Gamma"})),
    "T = 2": lambda: _simulated(_model(1, 1), 2),
    "T = 2, n = 2, separate": lambda: _simulated(_model(2, 1, Sigma0=np.eye(2)), 2, held=frozenset({"B"})),
    "unit root": lambda: _simulated(_model(2, 2, 3, A=[[1.0, 1.0], [0.0, 1.0]])),
    "slow mode, small Σ": lambda: _simulated(_model(1, 1, A=[[0.9999]], Sigma=[[1e-8]], mu0=[3.0])),
    "slow mode, small Σ, separate": lambda: _simulated(
        _model(2, 2, A=np.diag([0.9999, 0.99]), Sigma=1e-8 * np.eye(2), Sigma0=np.eye(2))
    ),
    "A = 1.2": lambda: _simulated(_model(1, 1, A=[[1.2]])),
    "A unstable, n = 2": lambda: _simulated(_model(2, 2, A=[[1.2, 0.4], [-0.3, 1.1]])),
    "A = 3": lambda: _simulated(_model(1, 2, A=[[3.0]])),
    "A unstable and unseen": lambda: _simulated(_model(2, 1, A=np.diag([1.3, 0.5]), B=[[0.0, 1.0]])),
    "A unstable, a gap, n = 1": lambda: _gap_that_grows(1, 1),
    "A unstable, a gap": lambda: _gap_that_grows(2, 2, seed=1),
    "A unstable, a gap at the start": lambda: _gap_that_grows(2, 2, at_start=True),
    "A unstable, a gap, m < n": lambda: _gap_that_grows(2, 1),
    "A unstable, a gap, entries missing": lambda: _gap_that_grows(3, 2, 1.25, share=0.3, seed=2),
    "A unstable, a gap, n = 4": lambda: _gap_that_grows(4, 2, 1.25),
    "A unstable, a gap, Σ of rank 1": lambda: _gap_that_grows(2, 2, Sigma=[[1.0, 0.5], [0.5, 0.25]], Sigma0=np.eye(2)),
    "A unstable, gaps in two of three sequences": _gaps_that_grow,
    "m < n": lambda: _simulated(_model(3, 1, 1)),
    "m > n": lambda: _simulated(_model(2, 4, 2), 12, 6),
    "rows missing": _with_rows_missing,
    "entries missing": lambda: _simulated(_model(2, 3, 3), 12, share=0.25),
    "sequences of unequal length": lambda: _simulated(_model(2, 2, 6), 7, 1, 4),
    "sequences of unequal length, missing": lambda: _simulated(
        _model(2, 2, 6, Sigma0=np.eye(2)), 7, 1, 4, 7, share=0.25
    ),
    "mean 1e6, known": lambda: _far_away(1e6, known=True),
    "mean 1e6, unknown": lambda: _far_away(1e6, known=False),
    "mean 1e6, unknown, wide Σ₀": lambda: _far_away(1e6, known=False, Sigma0=[[1e12]])._replace(tolerance=2e-3),
    "mean 1e6, m = 2, n = 2": lambda: _far_away(1e6, known=True, n=2, m=2)._replace(tolerance=1e-3),
    "mean 1e6, m = 3, n = 1, small Γ": lambda: _far_away(1e6, known=False, m=3, Gamma=0.01 * np.eye(3))._replace(
        tolerance=1e-3
    ),
    "mean 340, noise 0.3": lambda: _far_away(340.0, known=False, n=2, m=1, Sigma=0.1 * np.eye(2), Gamma=[[0.09]]),
    "mean 1e4, n = m = 2": lambda: _far_away(1e4, known=True, n=2, m=2)._replace(tolerance=1e-6),
    "Nile, first years": _nile_like,
    "diffuse Σ₀": lambda: _simulated(_model(1, 1, Sigma0=[[1e7]])),
    "diffuse Σ₀, n = m = 2": lambda: _simulated(_model(2, 2, Sigma0=1e7 * np.eye(2))),
    "diffuse Σ₀, n = 2, m = 1": lambda: _simulated(_model(2, 1, Sigma0=1e7 * np.eye(2))),
    "diffuse Σ₀, n = 3, m = 1": lambda: _simulated(_model(3, 1, Sigma0=1e7 * np.eye(3))),
    "diffuse Σ₀, first rows missing": lambda: HardCase(
        _model(2, 2, Sigma0=1e7 * np.eye(2)),
        Dataset(
            np.where(np.arange(12)[:, None] < [3, 5], np.nan, _data(_model(2, 2), 12).sequences[0]),
        ),
    ),
    "a wide start, then little noise": lambda: _simulated(
        _model(3, 2, Sigma=1e-3 * np.eye(3), Gamma=1e-3 * np.eye(2), Sigma0=1e3 * np.eye(3))
    ),
    "a wide start, then little noise, missing": lambda: _simulated(
        _model(2, 2, Sigma=1e-3 * np.eye(2), Gamma=1e-3 * np.eye(2), Sigma0=1e3 * np.eye(2)), share=0.25
    ),
    "Σ = 0": lambda: _simulated(_model(2, 2, Sigma=np.zeros((2, 2)), Sigma0=np.eye(2))),
    "Σ = 0, Σ₀ = 0": lambda: _simulated(_model(2, 2, Sigma=np.zeros((2, 2))), 12),
    "Σ of rank 1": lambda: _simulated(_model(2, 2, Sigma=[[1.0, 2.0], [2.0, 4.0]])),
    "Σ of rank 1, separate": lambda: _simulated(_model(2, 2, Sigma=[[1.0, 0.0], [0.0, 0.0]], Sigma0=np.eye(2))),
    "AR(3) in companion form": lambda: _simulated(_companion(), held=frozenset({"B"})),
    "Σ₀ of rank 1": lambda: _simulated(_model(2, 2, Sigma0=[[1.0, -1.0], [-1.0, 1.0]])),
    "Γ = diag(1e-10, 0.3)": lambda: _simulated(
        _model(1, 2, A=[[0.9]], B=[[1.0], [0.7]], Gamma=np.diag([1e-10, 0.3])), tolerance=ILL
    ),
    "Γ = diag(1e-10, 0.3), n = 2": lambda: _simulated(_model(2, 2, Gamma=np.diag([1e-10, 0.3])), tolerance=ILL),
    "Γ = diag(1e-10, 0.3), m = 2, n = 1, missing": lambda: _simulated(
        _model(1, 2, Gamma=np.diag([1e-10, 0.3])), share=0.3, tolerance=ILL
    ),
    "Γ turned, condition 1e10": lambda: _simulated(_model(2, 3, Gamma=_turned([1e-10, 0.1, 1.0], 3)), tolerance=ILL),
    "Γ turned, condition 1e10, missing": lambda: _simulated(
        _model(2, 3, Gamma=_turned([1e-10, 0.1, 1.0], 3)), share=0.25, tolerance=ILL
    ),
    "Γ = 1e-10 I, n = m": lambda: _simulated(_model(2, 2, Gamma=1e-10 * np.eye(2)), tolerance=ILL),
    "Γ = 1e-10 I, m > n": lambda: _simulated(_model(1, 3, Gamma=1e-10 * np.eye(3)), tolerance=ILL),
    "Γ = 1e-10, n = 2, m = 1": lambda: _simulated(_model(2, 1, Gamma=[[1e-10]]), tolerance=ILL),
    "Σ = diag(1e-10, 1)": lambda: _simulated(_model(2, 2, Sigma=np.diag([1e-10, 1.0])), tolerance=ILL),
    "Σ = diag(1e-10, 1), separate": lambda: _simulated(
        _model(2, 2, Sigma=np.diag([1e-10, 1.0]), Sigma0=np.eye(2)), tolerance=ILL
    ),
    "Σ turned, condition 1e10": lambda: _simulated(_model(3, 2, Sigma=_turned([1e-10, 0.1, 1.0], 4)), tolerance=ILL),
    "Σ large, 1e10": lambda: _simulated(_model(1, 1, Sigma=[[1e10]]), tolerance=ILL),
    "B with a zero column": lambda: _simulated(_model(2, 2, B=[[1.0, 0.0], [0.5, 0.0]])),
    "B = 0": lambda: _simulated(_model(2, 2, B=np.zeros((2, 2)))),
    "B with dependent columns": lambda: _simulated(_dependent_columns()),
    "B with dependent rows": lambda: _simulated(_model(2, 2, B=[[1.0, 2.0], [2.0, 4.0]])),
    "A = 0": lambda: _simulated(_model(2, 2, A=np.zeros((2, 2)))),
    "A singular": lambda: _simulated(_model(2, 2, A=[[0.5, 1.0], [0.25, 0.5]])),
    "units 1e6 and 1e-6": lambda: _simulated(
        _model(2, 2, B=np.diag([1e6, 1e-6]) @ [[1.0, 0.3], [-0.2, 0.8]], Gamma=np.diag([1e12, 1e-12]))
    ),
    "units of the latents 1e5 and 1e-5": lambda: _simulated(
        _model(
            2,
            2,
            B=[[1e-5, 0.3e5], [-0.2e-5, 0.8e5]],
            A=[[0.8, 1e10 * 0.1], [-1e-10 * 0.2, 0.7]],
            Sigma=np.diag([1e10, 1e-10]),
            mu0=[1e5, 1e-5],
        )
    ),
    "random n = 3, m = 3": lambda: _simulated(_model(3, 3, 7, Sigma0=random_cov(np.random.default_rng(7), 3)), 10, 5),
}
