import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    Dataset,
    ParameterError,
    columns_far_from_zero,
    controllability_rank,
    covariance_rank,
    observability_rank,
    spectral_radius,
)


def test_that_columns_whose_mean_shapes_the_fit_are_named() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((200, 4))
    noise[:, 1] += 0.7
    noise[:, 2] = 1e4 * noise[:, 2] - 2e4
    noise[:, 3] = np.nan
    noise[5, 0] = np.nan
    assert columns_far_from_zero(Dataset([noise[:150], noise[150:]])) == (1, 2)


def test_that_a_constant_column_is_far_from_zero_unless_it_is_zero() -> None:
    assert columns_far_from_zero(Dataset([[3.0, 0.0], [3.0, 0.0]])) == (0,)


def test_that_the_spectral_radius_is_the_largest_modulus() -> None:
    assert spectral_radius([[0.0, -0.5], [0.5, 0.0]]) == pytest.approx(0.5)
    assert spectral_radius([[0.2, 5.0], [0.0, -0.7]]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("A", "B", "rank"),
    [
        ([[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0]], 2),  # the velocity shows in the next position
        ([[1.0, 1.0], [0.0, 1.0]], [[0.0, 1.0]], 1),  # where it began does not show in the velocity
        (np.diag([0.9, 0.5]), [[1.0, 1.0]], 2),
        (np.diag([0.9, 0.9]), [[1.0, 1.0]], 1),  # the same eigenvalue twice: only the sum is seen
        (np.diag([0.9, 0.5]), [[0.0, 0.0]], 0),
        (np.zeros((2, 2)), [[1.0, 1.0]], 1),
    ],
)
def test_that_the_directions_that_show_are_counted(A: object, B: object, rank: int) -> None:
    assert observability_rank(A, B) == rank  # pyright: ignore


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_that_hidden_latents_are_counted_in_any_basis(seen: int, m: int, hidden: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = seen + hidden
    A = rng.standard_normal((n, n)) / np.sqrt(n)
    A[:seen, seen:] = 0.0  # what is hidden does not act on what is seen
    B = np.hstack((rng.standard_normal((m, seen)), np.zeros((m, hidden))))
    basis = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A, B = basis @ A @ basis.T, B @ basis.T
    assert observability_rank(A, B) == seen
    assert controllability_rank(A.T, B.T @ B) == seen


def test_that_a_long_chain_is_followed_where_powers_would_vanish() -> None:
    n = 40
    chain = 0.1 * np.eye(n) + 0.3 * np.eye(n, k=-1)
    Sigma = np.zeros((n, n))
    Sigma[0, 0] = 1e-8
    assert controllability_rank(chain, Sigma) == n
    assert controllability_rank(chain.T, Sigma) == 1
    raw = np.hstack([np.linalg.matrix_power(chain, k)[:, :1] for k in range(n)])
    assert np.linalg.matrix_rank(raw) < n


def test_that_the_rank_of_a_covariance_does_not_depend_on_units() -> None:
    assert covariance_rank(np.diag([1e-20, 1.0, 0.0])) == 2
    assert covariance_rank([[1.0, 2.0], [2.0, 4.0]]) == 1
    assert covariance_rank([[0.0]]) == 0


def test_that_shapes_that_do_not_fit_are_told() -> None:
    with pytest.raises(ParameterError, match="B must have 2 columns, one for each latent of A, but has 3"):
        observability_rank(np.eye(2), np.ones((1, 3)))
    with pytest.raises(ParameterError, match="Σ must be 2 × 2, but is 1 × 1"):
        controllability_rank(np.eye(2), [[1.0]])
    with pytest.raises(ParameterError, match="A must be square, but is 1 × 2"):
        spectral_radius([[1.0, 2.0]])
