from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import LDSParams, ParameterError, perturbed
from tests.lds.models import random_params, relative

NAMES = ("A", "B", "Sigma", "Gamma", "mu0")


def root_mean_square(array: np.ndarray) -> float:
    return float(np.sqrt((array**2).mean()))


def test_that_an_amount_of_zero_changes_nothing() -> None:
    params = random_params(np.random.default_rng(1), 3, 2, tied=False)
    same = perturbed(params, 0.0, np.random.default_rng(2))
    for name in (*NAMES, "Sigma0"):
        np.testing.assert_array_equal(getattr(same, name), getattr(params, name))


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 100.0), st.booleans(), st.sampled_from([None, 0, 1, 2]))
def test_that_what_is_perturbed_is_a_model_of_the_same_kind(
    seed: int, amount: float, tied: bool, rank: int | None
) -> None:
    rng = np.random.default_rng(seed)
    params = random_params(rng, 3, 2, tied=tied, rank=rank)
    got = perturbed(params, amount, rng)
    assert got.is_tied == tied
    for name in ("Sigma",) if tied else ("Sigma", "Sigma0"):
        before, after = getattr(params, name), getattr(got, name)
        assert np.linalg.matrix_rank(after, rtol=1e-10) == np.linalg.matrix_rank(before, rtol=1e-10)
        if rank:  # what does not move the one does not move the other
            _, vectors = np.linalg.eigh(before)
            outside = vectors[:, : 3 - rank]
            assert np.abs(after @ outside).max(initial=0.0) < 1e-10 * np.abs(after).max()
    radius, allowed = (np.abs(np.linalg.eigvals(model.A)).max() for model in (got, params))
    assert radius <= max(1.0, allowed) + 1e-9


@pytest.mark.parametrize("amount", [0.01, 0.3])
def test_that_entries_move_by_the_amount_relative_to_the_parameter(amount: float) -> None:
    rng = np.random.default_rng(3)
    params = LDSParams(0.1 * np.ones((3, 3)), 1e6 * np.eye(2, 3), np.eye(3), np.eye(2), [1e-3, 0.0, 2e-3])
    drawn = [perturbed(params, amount, rng) for _ in range(400)]
    for name in ("A", "B", "mu0"):
        change = np.array([getattr(one, name) for one in drawn]) - getattr(params, name)
        spread = change.std(axis=0)
        np.testing.assert_allclose(spread, amount * root_mean_square(getattr(params, name)), rtol=0.2)
        assert np.abs(change.mean(axis=0)).max() < 0.25 * spread.max()


def test_that_covariances_move_up_and_down_by_the_amount() -> None:
    rng = np.random.default_rng(4)
    params = LDSParams([[0.5]], [[1.0]], [[4.0]], [[1e-8]], [1.0])
    logs = np.log([perturbed(params, 0.1, rng).Sigma[0, 0] / 4.0 for _ in range(2000)])
    assert logs.mean() == pytest.approx(0.0, abs=0.01)
    assert logs.std() == pytest.approx(0.1, rel=0.15)


def test_that_a_small_amount_is_a_small_change() -> None:
    params = random_params(np.random.default_rng(1), 3, 2)
    params = replace(params, A=params.A / 2)
    got = perturbed(params, 1e-9, np.random.default_rng(2))
    for name in NAMES:
        assert 0.0 < relative(getattr(got, name), getattr(params, name)) < 1e-7


def test_that_a_diagonal_covariance_stays_diagonal_and_a_full_one_full() -> None:
    params = LDSParams(0.5 * np.eye(3), np.eye(2, 3), np.diag([1.0, 0.0, 1e6]), [[2.0, 1.0], [1.0, 2.0]], np.zeros(3))
    got = perturbed(params, 0.5, np.random.default_rng(1))
    assert np.count_nonzero(got.Sigma) == 2
    assert got.Sigma[0, 0] != 1.0
    assert got.Gamma[0, 1] not in (0.0, 1.0)
    np.testing.assert_array_equal(got.mu0, np.zeros(3))


def test_that_the_same_seed_gives_the_same_perturbation() -> None:
    params = random_params(np.random.default_rng(1), 3, 2)
    a, b, c = (perturbed(params, 0.1, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(a.Sigma, b.Sigma)
    assert not np.array_equal(a.Sigma, c.Sigma)


@pytest.mark.parametrize(
    ("amount", "words"), [(-0.1, "−0.1"), (np.nan, "nan"), (np.inf, "inf"), ("much", "'much'"), (None, "None")]
)
def test_that_an_impossible_amount_is_refused(amount: float, words: str) -> None:
    params = random_params(np.random.default_rng(1), 2, 2)
    with pytest.raises(ParameterError, match=f"must be 0 or more and finite, but is {words}") as caught:
        perturbed(params, amount, np.random.default_rng(1))
    assert caught.value.field == "amount"
