"""The readable version itself, against the joint Gaussian: what the kernels are held against must be right."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import Dataset, LDSParams, simulate
from tests import exact, oracles, twin
from tests.lds.hard_cases import HARD_CASES
from tests.lds.models import Case, cases, everything, random_params, relative, with_gaps
from tests.lds.test_em import NAMES, assert_same_params, enough_data


def statistics_of(params: LDSParams, dataset: Dataset) -> twin.Statistics:
    return twin.expected_statistics(dataset, [twin.smooth(params, x) for x in dataset.sequences], params)


@given(cases())
def test_that_the_twins_moments_are_those_of_one_big_joint_gaussian(case: Case) -> None:
    for x in case.dataset.sequences:
        got, want = twin.smooth(case.params, x), exact.posterior(case.params, x)
        for name, value in want.items():
            assert relative(getattr(got, name), value) < 1e-9, name


@given(
    seed=st.integers(0, 2**32 - 1),
    tied=st.booleans(),
    share=st.sampled_from((0.0, 0.25)),
    held=st.frozensets(st.sampled_from(NAMES)),
    kind=st.sampled_from(("full", "diagonal", "isotropic")),
)
def test_that_the_twins_iteration_is_the_textbooks(
    seed: int, tied: bool, share: float, held: frozenset[str], kind: str
) -> None:
    rng = np.random.default_rng(seed)
    params = random_params(rng, 2, 3, tied=tied)
    dataset = enough_data(params, rng, share=share)
    learn = everything(params) - held
    structure = dict.fromkeys(("Sigma", "Gamma", "Sigma0"), kind)
    got, want = twin.em(params, dataset, 1, learn, structure), exact.em(params, dataset, 1, learn, structure)
    for name in everything(params):
        assert relative(getattr(got[1].params, name), want.params[1][name]) < 1e-9, name
    if kind == "full":
        assert_same_params(got[1].params, oracles.em_update(params, dataset, learn), 1e-7)


@pytest.mark.parametrize(
    "name", ["Γ = diag(1e-10, 0.3)", "Σ of rank 1", "diffuse Σ₀, n = 2, m = 1", "A unstable, n = 2"]
)
def test_that_the_twin_keeps_its_digits_in_hard_cases(name: str) -> None:
    case = HARD_CASES[name]()
    got, want = (run(case.params, case.dataset, 2, case.learn) for run in (twin.em, exact.em))
    assert relative([step.log_likelihood for step in got], want.log_likelihoods) < 1e-10
    for quantity in case.learn:
        assert relative(getattr(got[2].params, quantity), want.params[2][quantity]) < 1e-8, quantity


def test_that_the_noise_moments_are_those_of_the_differences() -> None:
    rng = np.random.default_rng(11)
    params = random_params(rng, 3, 2, tied=False)
    x = with_gaps(rng, np.asarray(simulate(params, 9, rng).observations), 0.2)
    q = twin.smooth(params, x)
    V, C, A = q.smoothed_covs, q.cross_covs, params.A
    residuals = q.smoothed_means[1:] - q.smoothed_means[:-1] @ A.T
    np.testing.assert_allclose(q.noise_means[0], q.smoothed_means[0] - params.mu0, atol=1e-12)
    np.testing.assert_allclose(q.noise_means[1:], residuals, atol=1e-12)
    np.testing.assert_allclose(q.noise_covs[0], V[0], atol=1e-12)
    CA = C @ A.T
    np.testing.assert_allclose(q.noise_covs[1:], V[1:] - CA - CA.swapaxes(1, 2) + A @ V[:-1] @ A.T, atol=1e-12)
    np.testing.assert_allclose(q.noise_cross_covs, C - A @ V[:-1], atol=1e-12)


def test_that_the_information_gain_is_the_fall_in_entropy() -> None:
    rng = np.random.default_rng(12)
    params = random_params(rng, 3, 2)
    q = twin.smooth(params, np.asarray(simulate(params, 6, rng).observations))
    before, after = np.linalg.slogdet(q.predicted_covs)[1], np.linalg.slogdet(q.filtered_covs)[1]
    np.testing.assert_allclose(q.information_gains, 0.5 * (before - after), atol=1e-12)


def test_that_each_term_is_the_gaussian_expectation_it_says() -> None:
    """Against sampling-free moments of the joint posterior, at other parameters than those of q."""
    rng = np.random.default_rng(5)
    old, new = random_params(rng, 2, 2, tied=False), random_params(rng, 2, 2, tied=False)
    data = simulate(old, 4, rng)
    x = data.sequences[0]
    q = oracles.conditioned(oracles.joint(old, 4), x)

    def expected(mean: np.ndarray, second: np.ndarray, cov: np.ndarray) -> float:
        total = np.linalg.slogdet(2 * np.pi * cov)[1] + np.trace(np.linalg.solve(cov, second + np.outer(mean, mean)))
        return -0.5 * float(total)

    terms = twin.elbo(statistics_of(old, data), new)
    z = [q.z(t) for t in range(4)]
    assert new.Sigma0 is not None
    assert terms.initial == pytest.approx(expected(q.mean[z[0]] - new.mu0, q.cov[z[0], z[0]], new.Sigma0))
    transition = 0.0
    for t in range(1, 4):
        step = np.hstack((np.eye(2), -new.A))
        where = np.r_[z[t], z[t - 1]]
        transition += expected(step @ q.mean[where], step @ q.cov[np.ix_(where, where)] @ step.T, new.Sigma)
    assert terms.transition == pytest.approx(transition)
    observation = sum(
        expected(x[t] - new.B @ q.mean[z[t]], new.B @ q.cov[z[t], z[t]] @ new.B.T, new.Gamma) for t in range(4)
    )
    assert terms.observation == pytest.approx(observation)
    latents = q.cov[:8, :8]
    assert terms.entropy == pytest.approx(0.5 * np.linalg.slogdet(2 * np.pi * np.e * latents)[1])


@given(cases(max_sequences=2))
def test_that_the_bound_is_below_the_likelihood_of_any_other_parameters(case: Case) -> None:
    other = replace(case.params, A=case.params.A - 0.2, B=case.params.B + 0.1, mu0=case.params.mu0 + 0.5)
    bound = twin.elbo(statistics_of(case.params, case.dataset), other).total
    assert bound <= oracles.log_likelihood(other, case.dataset) + 1e-9


def test_that_leaving_the_support_costs_everything() -> None:
    old = LDSParams(np.eye(2), [[1.0, 0.0]], np.diag([1.0, 0.0]), [[1.0]], [0.0, 1.0])
    statistics = statistics_of(old, Dataset([[1.0], [2.0]]))
    assert np.isfinite(twin.elbo(statistics, replace(old, Sigma=np.diag([2.0, 0.0]))).total)
    for cov in (np.diag([0.0, 1.0]), np.eye(2), np.zeros((2, 2)), [[1.0, 1.0], [1.0, 1.0]]):
        assert twin.elbo(statistics, replace(old, Sigma=cov)).total == -np.inf
