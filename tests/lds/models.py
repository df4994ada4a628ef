"""Random small models and data for the property tests."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from lds_gui.lds import Dataset, LDSParams, simulate

MOMENTS = (
    "filtered_means",
    "filtered_covs",
    "predicted_means",
    "predicted_covs",
    "smoothed_means",
    "smoothed_covs",
    "cross_covs",
)


class Case(NamedTuple):
    params: LDSParams
    dataset: Dataset


def random_cov(rng: np.random.Generator, size: int, rank: int | None = None) -> np.ndarray:
    factor = rng.standard_normal((size, size if rank is None else rank))
    return factor @ factor.T / size + (0.1 * np.eye(size) if rank is None else 0.0)


def random_params(rng: np.random.Generator, n: int, m: int, *, tied: bool = True, rank: int | None = None) -> LDSParams:
    A = rng.standard_normal((n, n))
    A *= rng.uniform(0.3, 1.05) / np.abs(np.linalg.eigvals(A)).max()
    return LDSParams(
        A=A,
        B=rng.standard_normal((m, n)),
        Sigma=random_cov(rng, n, rank),
        Gamma=random_cov(rng, m),
        mu0=rng.standard_normal(n),
        Sigma0=None if tied else random_cov(rng, n, rank),
    )


def with_gaps(rng: np.random.Generator, x: np.ndarray, share: float) -> np.ndarray:
    """Entries missing at random, and now and then a whole row; at least one entry stays."""
    gaps = rng.random(x.shape) < share
    gaps |= rng.random((len(x), 1)) < share / 2
    gaps[rng.integers(len(x)), rng.integers(x.shape[1])] = False
    return np.where(gaps, np.nan, x)


@st.composite
def cases(draw: st.DrawFn, *, max_dim: int = 3, max_steps: int = 7, max_sequences: int = 3) -> Case:
    """A model with data from it: any sizes, tied or not, with or without gaps, in one sequence or several."""
    n, m = draw(st.integers(1, max_dim)), draw(st.integers(1, max_dim))
    lengths = draw(st.lists(st.integers(1, max_steps), min_size=1, max_size=max_sequences))
    tied, share = draw(st.booleans()), draw(st.sampled_from((0.0, 0.3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    params = random_params(rng, n, m, tied=tied)
    sequences = [with_gaps(rng, np.asarray(simulate(params, length, rng).observations), share) for length in lengths]
    return Case(params, Dataset(sequences))


def everything(params: LDSParams) -> frozenset[str]:
    names = {"A", "B", "Sigma", "Gamma", "mu0"}
    return frozenset(names if params.is_tied else names | {"Sigma0"})


def relative(got: object, want: object) -> float:
    """The largest difference, relative to the scale of the quantity."""
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    assert got.shape == want.shape
    scale = np.abs(want).max(initial=0.0)
    return float(np.abs(got - want).max(initial=0.0) / (scale or 1.0))
