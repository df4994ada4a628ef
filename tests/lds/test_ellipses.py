import numpy as np
import pytest

from lds_gui.lds import ParameterError, principal_axes, smallest_eigenvalue, with_block


def random_covariance(rng: np.random.Generator, size: int, rank: int, spread: float = 1.0) -> np.ndarray:
    factor = rng.standard_normal((size, rank)) * spread ** rng.standard_normal((size, 1))
    return factor @ factor.T


@pytest.mark.parametrize("rank", [1, 2, 3, 5])
@pytest.mark.parametrize("new_rank", [0, 1, 2])
@pytest.mark.parametrize("spread", [1.0, 1e3])
def test_that_a_new_block_leaves_a_covariance_and_the_others_as_they_were(
    rank: int, new_rank: int, spread: float
) -> None:
    rng = np.random.default_rng(10 * rank + new_rank)
    for _ in range(20):
        cov = random_covariance(rng, 5, rank, spread)
        block = random_covariance(rng, 2, new_rank, spread)
        result = with_block(cov, (3, 1), block)
        np.testing.assert_array_equal(result[np.ix_((3, 1), (3, 1))], block)
        others = np.ix_((0, 2, 4), (0, 2, 4))
        np.testing.assert_array_equal(result[others], cov[others])
        np.testing.assert_array_equal(result, result.T)
        scale = np.sqrt(np.where(np.diagonal(result) > 0.0, np.diagonal(result), 1.0))
        assert smallest_eigenvalue(result / scale[:, None] / scale) > -1e-10


def test_that_the_same_block_changes_nothing() -> None:
    cov = random_covariance(np.random.default_rng(1), 4, 4)
    np.testing.assert_allclose(with_block(cov, (0, 2), cov[np.ix_((0, 2), (0, 2))]), cov, atol=1e-12)


def test_that_correlations_with_the_others_stay_when_the_block_is_scaled() -> None:
    cov = random_covariance(np.random.default_rng(2), 3, 3)
    place = np.ix_((0, 1), (0, 1))
    scaled = with_block(cov, (0, 1), 4.0 * cov[place])
    np.testing.assert_allclose(scaled[:2, 2], 2.0 * cov[:2, 2])


def test_that_a_definite_covariance_stays_definite() -> None:
    cov = np.array([[1.0, 0.99, 0.7], [0.99, 1.0, 0.7], [0.7, 0.7, 1.0]])
    assert smallest_eigenvalue(with_block(cov, (0, 2), [[1e-4, 0.0], [0.0, 5.0]])) > 0.0


def test_that_a_block_that_is_no_covariance_is_refused() -> None:
    with pytest.raises(ParameterError, match="not positive semi-definite"):
        with_block(np.eye(3), (0, 1), [[1.0, 2.0], [2.0, 1.0]])


def test_that_principal_axes_rebuild_the_covariance_longest_first() -> None:
    cov = random_covariance(np.random.default_rng(3), 2, 2)
    sds, axes = principal_axes(cov)
    assert sds[0] >= sds[1]
    np.testing.assert_allclose((axes * sds**2) @ axes.T, cov)
    np.testing.assert_array_equal(principal_axes(np.zeros((2, 2)))[0], [0.0, 0.0])
