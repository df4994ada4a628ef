import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import LDSParams, ParameterError, nearest_psd, simulate
from lds_gui.lds.linalg import symmetric_root
from lds_gui.lds.recursion import linear_recursion
from tests import oracles
from tests.lds.models import random_cov, random_params, relative


def test_that_the_drawn_moments_are_those_of_the_model() -> None:
    drawn = random_params(np.random.default_rng(1), 2, 2, tied=False)
    params = replace(drawn, Gamma=np.array([[9.0, 5.0], [5.0, 4.0]]))  # its factor is far from its own transpose
    count, n_steps = 4000, 3
    data = simulate(params, n_steps, np.random.default_rng(2), n_sequences=count)
    assert data.latent_sequences is not None
    rows = np.array(
        [np.concatenate((z.ravel(), x.ravel())) for z, x in zip(data.latent_sequences, data.sequences, strict=True)]
    )
    want = oracles.joint(params, n_steps)
    spread = np.sqrt(np.diagonal(want.cov))
    assert (np.abs(rows.mean(axis=0) - want.mean) < 4.5 * spread / np.sqrt(count)).all()
    error = np.abs(np.cov(rows.T) - want.cov) / np.outer(spread, spread)
    assert error.max() < 4.5 * np.sqrt(2 / count)


def test_that_the_same_seed_gives_the_same_data() -> None:
    params = random_params(np.random.default_rng(1), 2, 3)
    a, b = (simulate(params, 10, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a.observations, b.observations)
    np.testing.assert_array_equal(a.latents, b.latents)
    assert not np.array_equal(a.observations, simulate(params, 10, np.random.default_rng(6)).observations)


def test_that_one_sequence_is_an_array_and_several_are_a_tuple() -> None:
    params = random_params(np.random.default_rng(1), 2, 3)
    single, several = (simulate(params, 4, np.random.default_rng(0), count) for count in (1, 3))
    assert np.shape(single.observations) == (4, 3)
    assert np.shape(single.latents) == (4, 2)
    assert isinstance(several.observations, tuple)
    assert [x.shape for x in several.observations] == [(4, 3)] * 3
    assert not np.array_equal(several.observations[0], several.observations[1])


def test_that_without_noise_the_latents_follow_their_path_exactly() -> None:
    params = LDSParams([[0.5, 1.0], [0.0, 0.9]], [[1.0, 0.0]], np.zeros((2, 2)), [[1.0]], [1.0, 2.0])
    latents = np.asarray(simulate(params, 5, np.random.default_rng(0)).latents)
    np.testing.assert_array_equal(latents[0], [1.0, 2.0])
    np.testing.assert_allclose(latents[1:], latents[:-1] @ params.A.T, rtol=1e-15)


def plain_path(A: np.ndarray, steps: np.ndarray) -> np.ndarray:
    path = steps.copy()
    for t in range(1, path.shape[1]):
        path[:, t] += path[:, t - 1] @ A.T
    return path


@given(
    n=st.integers(1, 4),
    n_steps=st.integers(1, 1500),
    n_sequences=st.integers(1, 3),
    radius=st.sampled_from((0.0, 0.5, 0.99, 1.0, 1.05)),
    seed=st.integers(0, 2**32 - 1),
)
def test_that_blocks_of_time_give_the_path_of_the_plain_loop(
    n: int, n_steps: int, n_sequences: int, radius: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n))
    A *= radius / np.abs(np.linalg.eigvals(A)).max()
    steps = rng.standard_normal((n_sequences, n_steps, n))
    assert relative(linear_recursion(A, steps), plain_path(A, steps)) < 1e-10


def test_that_a_latent_that_feeds_another_enormously_is_followed_through_the_blocks() -> None:
    A = np.array([[0.9, 1e6], [0.0, 0.9]])
    steps = np.random.default_rng(0).standard_normal((1, 5000, 2))
    got, want = linear_recursion(A, steps), plain_path(A, steps)
    for i in range(2):
        assert relative(got[..., i], want[..., i]) < 1e-12


def test_that_powers_beyond_float64_do_not_matter_where_the_path_stays_at_zero() -> None:
    params = LDSParams([[1e10]], [[1.0]], [[0.0]], [[1.0]], [0.0])
    np.testing.assert_array_equal(simulate(params, 1000, np.random.default_rng(0)).latents, np.zeros((1000, 1)))


def test_that_an_overflow_late_in_a_long_sequence_is_told_with_its_step() -> None:
    params = LDSParams([[1.05]], [[1.0]], [[0.0]], [[1.0]], [1.0])
    step = int(np.log(np.finfo(float).max) / np.log(1.05)) + 2
    simulate(params, step - 1, np.random.default_rng(0))
    with pytest.raises(ParameterError, match=f"overflow at step {step} of 20000: A has an eigenvalue of modulus 1.05"):
        simulate(params, 20_000, np.random.default_rng(0))
    with pytest.raises(ParameterError, match=f"overflow at step {step} of the 20000 before the first") as caught:
        simulate(params, 10, np.random.default_rng(0), burn_in=20_000)
    assert caught.value.field == "burn_in"
    with pytest.raises(ParameterError, match=f"overflow at step {step - 100} of 20000"):
        simulate(params, 20_000, np.random.default_rng(0), burn_in=100)


def test_that_the_burn_in_is_run_and_not_recorded() -> None:
    params = random_params(np.random.default_rng(1), 2, 3, tied=False)
    whole, late = (
        simulate(params, 300, np.random.default_rng(5)),
        simulate(params, 180, np.random.default_rng(5), 1, 120),
    )
    np.testing.assert_array_equal(np.asarray(whole.latents)[120:], late.latents)
    assert np.shape(late.observations) == (180, 3)


def test_that_after_the_burn_in_the_beginning_is_forgotten() -> None:
    params = LDSParams([[0.9]], [[1.0]], [[0.19]], [[1.0]], [50.0])
    latents = np.array(simulate(params, 1, np.random.default_rng(0), 4000, burn_in=200).latents)
    assert abs(latents.mean()) < 5 / np.sqrt(4000)
    assert abs(latents.var() - 1.0) < 0.12


def test_that_the_first_sequences_are_the_same_however_many_follow() -> None:
    params = random_params(np.random.default_rng(1), 2, 3)
    few, many = (simulate(params, 30, np.random.default_rng(5), count, burn_in=7) for count in (2, 5))
    for one, other in zip(few.sequences, many.sequences, strict=False):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.sampled_from((1e-4, 1e-7)))
def test_that_the_data_of_one_noise_change_without_a_jump(seed: int, rank: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    params = replace(random_params(rng, 3, 2, tied=False), Sigma=random_cov(rng, 3, rank) if rank else np.zeros((3, 3)))
    changed = replace(
        params,
        Sigma=nearest_psd(params.Sigma + size * random_cov(rng, 3, 1)),
        Gamma=params.Gamma + size * random_cov(rng, 2, 1),
    )
    one, other = (np.asarray(simulate(p, 20, np.random.default_rng(3)).observations) for p in (params, changed))
    assert np.abs(one - other).max() < 200 * np.sqrt(size) * (1.0 + np.abs(one).max())


def test_that_the_numbers_drawn_depend_on_the_sizes_alone() -> None:
    params = random_params(np.random.default_rng(1), 3, 2)
    still = replace(params, Sigma=np.zeros((3, 3)))
    after = []
    for model in (params, still, replace(params, Sigma0=np.zeros((3, 3)))):
        rng = np.random.default_rng(2)
        simulate(model, 20, rng, 3, burn_in=4)
        after.append(rng.random())
    assert after == [after[0]] * 3


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_that_the_symmetric_root_is_one_within_the_support_in_any_units(seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    units = 10.0 ** rng.integers(-5, 6, size=4)
    cov = units[:, None] * random_cov(rng, 4, rank) * units
    root = symmetric_root(cov)
    np.testing.assert_array_equal(root, root.T)
    spread = np.sqrt(np.diagonal(cov))
    assert (np.abs(root @ root - cov) / np.outer(spread, spread)).max() < 1e-5
    assert np.linalg.eigvalsh(root)[0] > -1e-15 * units.max() * 10
    assert np.linalg.matrix_rank(random_root(rng, rank), tol=1e-12) == rank


def random_root(rng: np.random.Generator, rank: int) -> np.ndarray:
    return symmetric_root(random_cov(rng, 4, rank))


def test_that_a_mere_seed_in_the_place_of_a_generator_is_refused() -> None:
    params = random_params(np.random.default_rng(1), 1, 1)
    with pytest.raises(ParameterError, match="rng must be") as caught:
        simulate(params, 10, 3)  # pyright: ignore
    assert caught.value.field == "rng"
    with pytest.raises(ParameterError, match="before the first recorded one must be at least 0, but is -1"):
        simulate(params, 10, np.random.default_rng(0), burn_in=-1)


def test_that_a_million_steps_take_no_loop_over_them() -> None:
    params = random_params(np.random.default_rng(1), 4, 10)
    before = time.process_time()
    data = simulate(params, 1_000_000, np.random.default_rng(0))
    assert time.process_time() - before < 4.0  # about 1 s; a loop over the steps takes many
    assert data.n_steps == 1_000_000
