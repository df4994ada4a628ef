import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    ParameterError,
    cholesky_form,
    from_cholesky,
    from_sds_and_correlations,
    nearest_psd,
    sds_and_correlations,
    smallest_eigenvalue,
)
from lds_gui.lds.linalg import checked_covariance
from tests.lds.models import random_cov


@st.composite
def covariances(draw: st.DrawFn) -> np.ndarray:
    """Any rank, any units, now and then a variable without variance."""
    n = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    units = 10.0 ** rng.integers(-4, 5, size=n) * (rng.random(n) < 0.85)
    return units[:, None] * random_cov(rng, n, draw(st.integers(1, n + 1))) * units


def scaled_difference(one: np.ndarray, other: np.ndarray, cov: np.ndarray) -> float:
    scale = np.sqrt(np.diagonal(cov))
    scale = np.where(scale > 0.0, scale, 1.0)
    return float((np.abs(one - other) / np.outer(scale, scale)).max())


@given(covariances())
def test_that_sds_and_correlations_make_the_covariance_again(cov: np.ndarray) -> None:
    sds, correlations = sds_and_correlations(cov)
    np.testing.assert_allclose(sds**2, np.diagonal(cov), rtol=1e-14)
    np.testing.assert_array_equal(np.diagonal(correlations), 1.0)
    assert np.abs(correlations).max() <= 1.0
    assert scaled_difference(from_sds_and_correlations(sds, correlations), cov, cov) < 1e-14


def test_that_what_has_no_variance_has_no_correlation() -> None:
    sds, correlations = sds_and_correlations([[4.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(sds, [2.0, 0.0])
    np.testing.assert_array_equal(correlations, np.eye(2))


@given(covariances())
def test_that_the_cholesky_form_makes_the_covariance_again(cov: np.ndarray) -> None:
    L = cholesky_form(cov)
    np.testing.assert_array_equal(np.triu(L, 1), 0.0)
    assert (np.diagonal(L) >= 0.0).all()
    np.testing.assert_array_equal(L[:, np.diagonal(L) == 0.0], 0.0)
    assert scaled_difference(from_cholesky(L), cov, cov) < 1e-11
    np.testing.assert_array_equal(L, cholesky_form(cov))


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_that_a_triangle_comes_back_from_its_covariance(seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    L = np.tril(rng.uniform(0.5, 1.5, (4, 4)))
    L[:, rng.permutation(4)[rank:]] = 0.0
    np.testing.assert_allclose(cholesky_form(from_cholesky(L)), L, atol=1e-6)


def test_that_a_singular_covariance_has_its_zero_where_the_row_depends_on_those_above() -> None:
    np.testing.assert_allclose(cholesky_form([[0.0, 0.0], [0.0, 4.0]]), [[0.0, 0.0], [0.0, 2.0]], atol=1e-15)
    np.testing.assert_allclose(cholesky_form([[1.0, 2.0], [2.0, 4.0]]), [[1.0, 0.0], [2.0, 0.0]], atol=1e-15)


@given(st.integers(1, 5), st.integers(0, 2**32 - 1), st.booleans(), st.integers(-6, 6))
def test_that_the_nearest_psd_matrix_is_accepted(n: int, seed: int, definite: bool, power: int) -> None:
    M = np.random.default_rng(seed).standard_normal((n, n)) * 10.0**power
    M = M + M.T
    near = nearest_psd(M, definite=definite)
    checked_covariance(near, n, "cov", "Σ", definite=definite)
    best = nearest_psd(M)
    assert np.linalg.norm(near - best) <= 2e-6 * np.sqrt(n) * np.abs(np.linalg.eigvalsh(M)).max()
    np.testing.assert_array_equal(nearest_psd(near, definite=definite) if definite else near, near)


def test_that_a_valid_covariance_is_its_own_nearest() -> None:
    cov = np.diag([1e-20, 1.0, 1e20])
    np.testing.assert_array_equal(nearest_psd(cov, definite=True), cov)
    np.testing.assert_array_equal(nearest_psd(np.diag([1.0, 0.0])), np.diag([1.0, 0.0]))
    for bad in (np.zeros((2, 2)), -np.eye(2), np.ones((2, 2))):
        assert smallest_eigenvalue(nearest_psd(bad, definite=True)) > 0.0
    assert smallest_eigenvalue(np.array([[1.0, 2.0], [2.0, 1.0]])) == pytest.approx(-1.0)


def test_that_what_is_no_covariance_is_refused() -> None:
    for make, field, message in (
        (lambda: from_sds_and_correlations([1.0, -2.0], np.eye(2)), "sds", "Standard deviation 2 must not be negative"),
        (
            lambda: from_sds_and_correlations([1.0, 2.0], [[1.0, 0.5], [0.5, 2.0]]),
            "correlations",
            "A variable has the correlation 1 with itself, but that of variable 2 is 2.",
        ),
        (
            lambda: from_sds_and_correlations([1.0, 2.0], [[1.0, 1.5], [1.5, 1.0]]),
            "correlations",
            "The correlation matrix is not positive semi-definite",
        ),
        (lambda: from_cholesky([[1.0, 0.5], [0.0, 1.0]]), "L", "its entry (1, 2) is 0.5."),
        (lambda: from_cholesky([[1.0, 0.5]]), "L", "L must be square, but is 1 × 2."),
        (lambda: cholesky_form([[1.0, 2.0], [2.0, 1.0]]), "cov", "The covariance is not positive semi-definite"),
        (lambda: sds_and_correlations([[-1.0]]), "cov", "The covariance is not positive semi-definite"),
    ):
        with pytest.raises(ParameterError) as caught:
            make()
        assert caught.value.field == field
        assert message in caught.value.message
