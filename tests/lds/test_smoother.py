import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import Dataset, LDSParams, NumericalError, ParameterError, change_basis, simulate, smooth
from tests import oracles
from tests.lds.models import Case, cases, random_cov, random_params, relative, with_gaps


def assert_matches_the_joint_gaussian(params: LDSParams, x: np.ndarray, tolerance: float = 1e-9) -> None:
    q = smooth(params, x)
    steps = range(len(x))
    prior = oracles.joint(params, len(x))
    every = oracles.conditioned(prior, x)
    scale = np.abs(prior.mean).max() + np.sqrt(np.diagonal(prior.cov)).max()
    for t in steps:
        now, before = oracles.conditioned(prior, x, t + 1), oracles.conditioned(prior, x, t)
        z = prior.z(t)
        for got, want in (
            (q.filtered_means[t], now.mean[z]),
            (q.predicted_means[t], before.mean[z]),
            (q.smoothed_means[t], every.mean[z]),
        ):
            np.testing.assert_allclose(got, want, atol=tolerance * scale, rtol=tolerance)
        for got, want in (
            (q.filtered_covs[t], now.cov[z, z]),
            (q.predicted_covs[t], before.cov[z, z]),
            (q.smoothed_covs[t], every.cov[z, z]),
        ):
            np.testing.assert_allclose(got, want, atol=tolerance * scale**2, rtol=tolerance)
            assert (got == got.T).all()
        if t:
            cross = every.cov[prior.z(t), prior.z(t - 1)]
            np.testing.assert_allclose(q.cross_covs[t - 1], cross, atol=tolerance * scale**2, rtol=tolerance)
        start, end = oracles.log_density(params, x[:t]) if t else 0.0, oracles.log_density(params, x[: t + 1])
        assert q.log_evidences[t] == pytest.approx(end - start, rel=1e-7, abs=1e-7)
    assert q.log_likelihood == pytest.approx(oracles.log_density(params, x), rel=1e-9, abs=1e-9)


@given(cases())
def test_that_all_moments_are_those_of_one_big_joint_gaussian(case: Case) -> None:
    for x in case.dataset.sequences:
        assert_matches_the_joint_gaussian(case.params, x)


@given(st.integers(0, 2**32 - 1), st.integers(0, 1), st.booleans())
def test_that_a_singular_transition_covariance_needs_no_inverse(seed: int, rank: int, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    params = random_params(rng, 2, 2, tied=tied, rank=rank)
    x = with_gaps(rng, np.asarray(simulate(params, 6, rng).observations), 0.2)
    assert_matches_the_joint_gaussian(params, x)


def test_that_a_wholly_deterministic_model_stays_at_its_path() -> None:
    params = LDSParams([[0.5, 1.0], [0.0, 0.9]], [[1.0, 0.0]], np.zeros((2, 2)), [[1.0]], [1.0, 2.0])
    q = smooth(params, [[0.3], [0.1], [np.nan]])
    path = [params.mu0, params.A @ params.mu0, params.A @ params.A @ params.mu0]
    np.testing.assert_array_equal(q.smoothed_means, path)
    np.testing.assert_array_equal(q.smoothed_covs, np.zeros((3, 2, 2)))


@pytest.mark.parametrize("radius", [1.0, 1.3, 3.0])
def test_that_a_unit_root_and_an_unstable_model_are_smoothed_like_any_other(radius: float) -> None:
    rng = np.random.default_rng(5)
    params = random_params(rng, 2, 2)
    A = params.A * radius / np.abs(np.linalg.eigvals(params.A)).max()
    params = LDSParams(A, params.B, params.Sigma, params.Gamma, params.mu0)
    assert_matches_the_joint_gaussian(params, np.asarray(simulate(params, 8, rng).observations))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 1), (1, 4)])
def test_that_a_single_step_is_a_bayesian_regression(n: int, m: int) -> None:
    rng = np.random.default_rng(3)
    params = random_params(rng, n, m)
    x = np.asarray(simulate(params, 1, rng).observations)
    assert_matches_the_joint_gaussian(params, x)
    assert smooth(params, x).cross_covs.shape == (0, n, n)


def test_that_a_row_without_entries_changes_nothing_and_has_no_evidence() -> None:
    rng = np.random.default_rng(2)
    params = random_params(rng, 2, 3)
    x = np.array(simulate(params, 5, rng).observations)
    x[2] = np.nan
    q = smooth(params, x)
    np.testing.assert_allclose(q.filtered_means[2], q.predicted_means[2], rtol=1e-13)
    np.testing.assert_allclose(q.filtered_covs[2], q.predicted_covs[2], rtol=1e-13)
    assert q.log_evidences[2] == 0.0


def test_that_ill_conditioned_noise_keeps_its_digits() -> None:
    """Γ = diag(1e-10, 0.3): against 60-digit arithmetic, by the scalar filter written out."""
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(1)
    params = LDSParams([[0.9]], [[1.0], [0.7]], [[0.2]], np.diag([1e-10, 0.3]), [5.0])
    x = np.asarray(simulate(params, 50, rng).observations)
    with mpmath.workdps(60):
        number = mpmath.mpf
        a, s = number(params.A[0, 0]), number(params.Sigma[0, 0])
        mean, var, total, filtered = number(params.mu0[0]), s, number(0), []
        for row in x:
            for j in range(2):  # Γ is diagonal: one entry after the other
                b, g = number(params.B[j, 0]), number(params.Gamma[j, j])
                scale, error = b * var * b + g, number(row[j]) - b * mean
                total -= (mpmath.log(2 * mpmath.pi * scale) + error**2 / scale) / 2
                mean, var = mean + var * b * error / scale, var * g / scale
            filtered.append((mean, var))
            mean, var = a * mean, a * var * a + s
        q = smooth(params, x)
        assert q.log_likelihood == pytest.approx(float(total), rel=1e-12)
        np.testing.assert_allclose(q.filtered_means[:, 0], [float(mean) for mean, _ in filtered], rtol=1e-12)
        np.testing.assert_allclose(q.filtered_covs[:, 0, 0], [float(var) for _, var in filtered], rtol=1e-9)


@given(cases(max_sequences=1))
def test_that_a_change_of_basis_changes_the_latents_and_not_the_likelihood(case: Case) -> None:
    x = case.dataset.sequences[0]
    n = case.params.latent_dim
    W = np.eye(n) + 0.4 * np.random.default_rng(n).standard_normal((n, n))
    q, moved = smooth(case.params, x), smooth(change_basis(case.params, W), x)
    assert moved.log_likelihood == pytest.approx(q.log_likelihood, rel=1e-9, abs=1e-9)
    assert relative(moved.smoothed_means, q.smoothed_means @ W.T) < 1e-8
    assert relative(moved.smoothed_covs, W @ q.smoothed_covs @ W.T) < 1e-8


def test_that_a_posterior_cannot_be_written_to() -> None:
    q = smooth(LDSParams([[0.9]], [[1.0]], [[1.0]], [[1.0]], [0.0]), [[1.0], [2.0]])
    with pytest.raises(ValueError, match="read-only"):
        q.smoothed_means[0] = 1.0


def test_that_observations_must_fit_the_model() -> None:
    params = random_params(np.random.default_rng(0), 2, 3)
    with pytest.raises(ParameterError, match=r"^The model observes 3 variables, but the data have 2\.$"):
        smooth(params, np.zeros((4, 2)))


def test_that_an_overflow_is_named() -> None:
    params = LDSParams([[1e30]], [[1.0]], [[1.0]], [[1.0]], [1.0])
    with pytest.raises(NumericalError, match="are not finite from step") as caught:
        smooth(params, np.full((40, 1), np.nan))
    assert caught.value.quantity == "filtered means"


def test_that_a_near_noise_free_observation_of_many_variables_is_taken_in_exactly() -> None:
    rng = np.random.default_rng(9)
    params = LDSParams(0.8 * np.eye(2), rng.standard_normal((5, 2)), random_cov(rng, 2), 1e-8 * np.eye(5), [0.0, 0.0])
    data = simulate(params, 20, rng)
    q = smooth(params, Dataset(data.observations).sequences[0])
    assert np.abs(q.smoothed_means - data.latents).max() < 1e-3
