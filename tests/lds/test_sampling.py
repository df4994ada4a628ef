import numpy as np
import pytest

from lds_gui.lds import Dataset, LDSParams, ParameterError, sample_posterior, simulate, smooth
from tests import oracles
from tests.lds.models import random_params, with_gaps

COUNT = 3000
LIMIT = 4.5  # standard errors


@pytest.mark.parametrize(("tied", "rank", "share"), [(True, None, 0.0), (False, None, 0.3), (True, 1, 0.3)])
def test_that_the_draws_have_the_moments_of_the_posterior(tied: bool, rank: int | None, share: float) -> None:
    """Of all latents jointly, so that covariances at every lag are among them."""
    rng = np.random.default_rng(7)
    params = random_params(rng, 2, 2, tied=tied, rank=rank)
    x = with_gaps(rng, np.asarray(simulate(params, 5, rng).observations) + 3.0, share)
    drawn = sample_posterior(params, x, np.random.default_rng(8), COUNT).reshape(COUNT, -1)
    want = oracles.conditioned(oracles.joint(params, len(x)), x)
    mean, cov = want.mean[: drawn.shape[1]], want.cov[: drawn.shape[1], : drawn.shape[1]]
    spread = np.sqrt(np.diagonal(cov))
    assert (np.abs(drawn.mean(axis=0) - mean) < LIMIT * spread / np.sqrt(COUNT)).all()
    error = np.abs(np.cov(drawn.T) - cov) / np.outer(spread, spread)
    assert error.max() < LIMIT * np.sqrt(2 / COUNT)


def test_that_draws_stay_in_the_support_of_a_singular_model() -> None:
    """A companion form: the second latent is the first one step before, without noise."""
    params = LDSParams([[1.6, -0.8], [1.0, 0.0]], [[1.0, 0.0]], [[0.5, 0.0], [0.0, 0.0]], [[0.3]], [100.0, 90.0])
    x = np.array(simulate(params, 40, np.random.default_rng(1)).observations)
    x[10:20] = np.nan
    drawn = sample_posterior(params, x, np.random.default_rng(2), 20)
    np.testing.assert_allclose(drawn[:, 1:, 1], drawn[:, :-1, 0], atol=1e-10)
    np.testing.assert_allclose(drawn[:, 0, 1], 90.0, rtol=1e-13)
    assert drawn[:, 15, 0].std() > 0.5


def test_that_a_deterministic_model_has_one_path() -> None:
    params = LDSParams([[0.5, 1.0], [0.0, 0.9]], [[1.0, 0.0]], np.zeros((2, 2)), [[1.0]], [1.0, 2.0])
    drawn = sample_posterior(params, [[0.3], [0.1], [np.nan]], np.random.default_rng(1), 3)
    path = smooth(params, [[0.3], [0.1], [np.nan]]).smoothed_means
    np.testing.assert_array_equal(drawn, np.broadcast_to(path, (3, 3, 2)))


def test_that_draws_follow_their_generator_and_differ_from_one_another() -> None:
    params = random_params(np.random.default_rng(1), 2, 2)
    data = Dataset(simulate(params, 4, np.random.default_rng(2)).observations)
    a, b = (sample_posterior(params, data, np.random.default_rng(3), 2) for _ in range(2))
    assert a.shape == (2, 4, 2)
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a[0], a[1])


def test_that_one_sequence_and_at_least_one_draw_are_asked_for() -> None:
    params = random_params(np.random.default_rng(1), 2, 2)
    with pytest.raises(ParameterError, match=r"^One sequence is smoothed at a time, but there are 2\.$"):
        sample_posterior(params, Dataset([np.zeros((3, 2)), np.zeros((3, 2))]), np.random.default_rng(1))
    with pytest.raises(ParameterError, match=r"^The number of samples must be at least 1, but is 0\.$"):
        sample_posterior(params, np.zeros((3, 2)), np.random.default_rng(1), 0)
