from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from lds_gui.lds import Dataset, LDSParams, elbo, expected_statistics, simulate, smooth
from tests import oracles
from tests.lds.models import Case, cases, random_params


def statistics_of(params: LDSParams, dataset: Dataset):
    return expected_statistics(dataset, [smooth(params, x) for x in dataset.sequences], params)


@given(cases())
def test_that_the_gap_closes_with_an_exact_e_step(case: Case) -> None:
    bound = elbo(statistics_of(case.params, case.dataset), case.params).total
    assert bound == pytest.approx(oracles.log_likelihood(case.params, case.dataset), rel=1e-8, abs=1e-8)


def test_that_the_gap_closes_where_the_transition_covariance_is_singular() -> None:
    rng = np.random.default_rng(3)
    for rank in (0, 1, 2):
        params = random_params(rng, 3, 2, rank=rank)
        data = simulate(params, 8, rng)
        bound = elbo(statistics_of(params, data), params).total
        assert bound == pytest.approx(oracles.log_likelihood(params, data), rel=1e-9)


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

    terms = elbo(statistics_of(old, data), new)
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
    bound = elbo(statistics_of(case.params, case.dataset), other).total
    assert bound <= oracles.log_likelihood(other, case.dataset) + 1e-9


def test_that_leaving_the_support_costs_everything() -> None:
    old = LDSParams(np.eye(2), [[1.0, 0.0]], np.diag([1.0, 0.0]), [[1.0]], [0.0, 1.0])
    statistics = statistics_of(old, Dataset([[1.0], [2.0]]))
    assert np.isfinite(elbo(statistics, replace(old, Sigma=np.diag([2.0, 0.0]))).total)
    for cov in (np.diag([0.0, 1.0]), np.eye(2), np.zeros((2, 2)), [[1.0, 1.0], [1.0, 1.0]]):
        assert elbo(statistics, replace(old, Sigma=cov)).total == -np.inf
