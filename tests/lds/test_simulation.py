from dataclasses import replace

import numpy as np

from lds_gui.lds import LDSParams, simulate
from tests import oracles
from tests.lds.models import random_params


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
