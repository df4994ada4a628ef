import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    ParameterError,
    covariance_rank,
    modes,
    random_covariance,
    random_model,
    random_observation,
    random_stable,
)

RNG = np.random.default_rng(0)


@given(
    st.lists(
        st.tuples(st.floats(0.05, 1.0), st.one_of(st.none(), st.just(math.inf), st.floats(2.1, 100.0))),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_that_the_modes_are_the_wished_ones(wish: list[tuple[float, float | None]], mixed: bool, seed: int) -> None:
    n = sum(1 if period in (None, math.inf) else 2 for _, period in wish)
    A = random_stable(n, [r for r, _ in wish], [p for _, p in wish], np.random.default_rng(seed), mixed=mixed)
    assert A.shape == (n, n)
    expected = [
        complex(r) if period is None or period == math.inf else r * np.exp(sign * 2j * np.pi / period)
        for r, period in wish
        for sign in ((1,) if period in (None, math.inf) else (1, -1))
    ]
    left = [mode.eigenvalue for mode in modes(A)]
    for value in expected:
        nearest = min(left, key=lambda other: abs(other - value))
        assert abs(nearest - value) < 1e-7
        left.remove(nearest)


def test_that_unmixed_modes_lie_along_the_axes() -> None:
    A = random_stable(3, [0.5, 0.9], [4, None], RNG, mixed=False)
    np.testing.assert_allclose(A, [[0.0, -0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.9]], atol=1e-15)


def test_that_the_mean_of_random_covariances_is_the_scale() -> None:
    for dof in (None, 2, 20):
        mean = np.mean([random_covariance(3, RNG, dof, scale=4.0) for _ in range(4000)], axis=0)
        np.testing.assert_allclose(mean, 4.0 * np.eye(3), atol=0.35)
    assert covariance_rank(random_covariance(4, RNG, 2)) == 2
    assert covariance_rank(random_covariance(4, RNG)) == 4


def test_that_observations_are_about_as_large_as_one_latent() -> None:
    B = random_observation(2000, 5, RNG)
    assert abs((B**2).sum(axis=1).mean() - 1.0) < 0.1


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_that_a_random_model_is_stable_and_has_the_wished_sizes(n: int, m: int, seed: int) -> None:
    params = random_model(n, m, np.random.default_rng(seed))
    assert (params.latent_dim, params.obs_dim) == (n, m)
    found = modes(params.A)
    assert all(0.79 < mode.modulus < 0.99 for mode in found)
    assert sum(math.isinf(mode.period) for mode in found) == n % 2
    again = random_model(n, m, np.random.default_rng(seed))
    np.testing.assert_array_equal(params.A, again.A)


def test_that_a_random_model_has_the_wished_modes_and_noise() -> None:
    params = random_model(3, 40, RNG, moduli=[0.5, 0.9], periods=[8, None], noise=0.01, dof=1)
    assert [round(mode.modulus, 9) for mode in modes(params.A)] == [0.9, 0.5, 0.5]
    assert 0.005 < np.diagonal(params.Gamma).mean() < 0.02
    assert covariance_rank(params.Sigma) == 1


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (
            lambda: random_stable(3, [0.5], [4], RNG),
            "periods",
            "Modes with a period take two latents and others one, here 2 together, but there are 3 latents.",
        ),
        (
            lambda: random_stable(1, [0.5, 0.5], [None], RNG),
            "periods",
            "Each mode has a modulus and a period, but there are 2 and 1 of them.",
        ),
        (
            lambda: random_stable(1, [1.5], [None], RNG),
            "moduli",
            "The modulus of a stable mode is from 0 to 1, not 1.5.",
        ),
        (
            lambda: random_stable(2, [0.5], [1.5], RNG),
            "periods",
            "A period has at least 2 steps, not 1.5; None stands for no cycle.",
        ),
        (
            lambda: random_stable(2, [0.5], [math.nan], RNG),
            "periods",
            "A period has at least 2 steps, not nan; None stands for no cycle.",
        ),
        (lambda: random_stable(0, [], [], RNG), "n", "The number of latents must be at least 1, but is 0."),
        (
            lambda: random_covariance(2, RNG, 0),
            "dof",
            "The number of degrees of freedom must be at least 1, but is 0.",
        ),
        (
            lambda: random_covariance(2, RNG, scale=0.0),
            "scale",
            "The scale of a covariance must be a positive number, but is 0.",
        ),
        (
            lambda: random_model(2, 2, RNG, noise=math.inf),
            "noise",
            "The size of the observation noise must be a positive number, but is inf.",
        ),
        (
            lambda: random_observation(0, 2, RNG),
            "m",
            "The number of observed variables must be at least 1, but is 0.",
        ),
    ],
)
def test_that_an_impossible_wish_is_refused(make: Callable[[], object], field: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert (caught.value.field, caught.value.message) == (field, message)
