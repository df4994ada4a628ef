import re
from itertools import product

import numpy as np
import pytest

from lds_gui.lds import (
    STARTS,
    Dataset,
    EMOptions,
    LDSParams,
    ParameterError,
    Start,
    em,
    pca_start,
    random_start,
    simulate,
)
from tests.lds.models import with_gaps

STEPS = np.arange(40)[:, None]
RNG = np.random.default_rng(0)


def waves(m: int) -> np.ndarray:
    return np.sin(STEPS * (0.2 + 0.1 * np.arange(m))) + 0.1 * RNG.standard_normal((40, m))


DATA = {
    "plain": Dataset(waves(3)),
    "one column": Dataset(waves(1)),
    "raw units": Dataset(1e6 + 1e3 * waves(2) * [1.0, 1e-3]),
    "tiny": Dataset(1e-9 * waves(2)),
    "gaps": Dataset(with_gaps(RNG, waves(3), 0.3)),
    "an empty column": Dataset(np.column_stack((waves(2), np.full(40, np.nan)))),
    "a constant column": Dataset(np.column_stack((waves(1), np.full(40, 7.0), np.zeros(40)))),
    "all zero": Dataset(np.zeros((5, 2))),
    "all constant": Dataset(np.full((5, 1), 3.0)),
    "one row": Dataset([[1.0, 2.0]]),
    "two rows": Dataset([[1.0], [2.0]]),
    "short sequences": Dataset([waves(2)[:3], waves(2)[:1], waves(2)[:2]]),
    "a sequence without entries": Dataset([waves(2)[:6], np.full((2, 2), np.nan)]),
}


@pytest.mark.parametrize(
    ("start", "case", "latent_dim"),
    list(product(STARTS, DATA, (1, 2, 3, 5))),
    ids=lambda value: value.name if isinstance(value, Start) else str(value),
)
def test_that_a_start_is_a_valid_stable_model_of_finite_likelihood(start: Start, case: str, latent_dim: int) -> None:
    data = DATA[case]
    params = start.function(data, latent_dim, np.random.default_rng(1))
    assert (params.latent_dim, params.obs_dim) == (latent_dim, data.obs_dim)
    assert params.is_tied
    assert np.abs(np.linalg.eigvals(params.A)).max() <= 1 + 1e-9
    (step,) = em(params, data, EMOptions(max_iter=0))
    assert np.isfinite(step.log_likelihood)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize("case", ["plain", "raw units", "gaps", "one column"])
def test_that_em_rises_from_a_start(start: Start, case: str) -> None:
    steps = list(em(start.function(DATA[case], 2, np.random.default_rng(1)), DATA[case], EMOptions(5, 0.0)))
    assert all(step.fall is None for step in steps)
    assert steps[-1].log_likelihood > steps[0].log_likelihood


def test_that_the_random_start_is_as_random_as_its_generator() -> None:
    a, b, c = (random_start(DATA["plain"], 2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a.A, b.A)
    assert not np.array_equal(a.A, c.A)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_that_starts_follow_the_units_of_the_data(factor: float) -> None:
    x = waves(2) + 5
    for make in (lambda data: pca_start(data, 3), lambda data: random_start(data, 3, np.random.default_rng(1))):
        plain, scaled = make(Dataset(x)), make(Dataset(factor * x))
        np.testing.assert_allclose(np.abs(scaled.A), np.abs(plain.A), rtol=1e-6)
        np.testing.assert_allclose(np.abs(scaled.B), factor * np.abs(plain.B), rtol=1e-6)
        np.testing.assert_allclose(scaled.Gamma, factor**2 * plain.Gamma, rtol=1e-6)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize(
    ("size", "words"), [(1e-310, "3e−310"), (1e-200, "3e−200"), (1e160, "3e+160"), (5e307, "1.5e+308")]
)
def test_that_data_out_of_range_are_named_with_their_size(start: Start, size: float, words: str) -> None:
    data = Dataset([np.array([[1.0, size], [2.0, -3 * size], [np.nan, 0.0]]), np.array([[1.0, np.nan]])])
    with pytest.raises(ParameterError, match=f"^The data go up to {re.escape(words)} in column 2") as caught:
        start.function(data, 2, np.random.default_rng(1))
    assert caught.value.field == "observations"


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize("size", [2e-140, 5e139])
def test_that_data_just_in_range_can_be_learned(start: Start, size: float) -> None:
    data = Dataset(size * waves(2))
    steps = list(em(start.function(data, 2, np.random.default_rng(1)), data, EMOptions(5, 0.0)))
    assert all(step.fall is None for step in steps)
    assert steps[-1].log_likelihood > steps[0].log_likelihood


def test_that_the_pca_start_sees_a_clear_oscillation() -> None:
    B = [[1.0, 0.0], [0.0, 1.0], [0.7, -0.7], [0.5, 1.0]]
    truth = LDSParams([[0.94, -0.28], [0.28, 0.94]], B, 0.05 * np.eye(2), 0.01 * np.eye(4), [3.0, 0.0])
    data = simulate(truth, 400, np.random.default_rng(3))
    start = pca_start(data, 2)
    got = np.linalg.eigvals(start.A)
    assert np.abs(got.imag).max() == pytest.approx(0.28, abs=0.05)
    assert np.abs(got).max() == pytest.approx(0.98, abs=0.05)
