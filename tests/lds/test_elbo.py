from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import BlockGains, Dataset, ELBOTerms, EMFault, EMOptions, EMStep, LDSParams, em, simulate
from tests import oracles
from tests.lds.models import Case, cases, everything, random_params, with_gaps


def at(params: LDSParams, dataset: Dataset) -> EMStep:
    (step,) = em(params, dataset, EMOptions(max_iter=0))
    return step


def steps_of(case: Case, n: int = 4) -> list[EMStep]:
    """As many good steps as there are."""
    steps: list[EMStep] = []
    start = replace(case.params, A=0.5 * case.params.A, B=case.params.B + 0.3)
    try:
        steps.extend(em(start, case.dataset, EMOptions(max_iter=n, tol=0.0, learn=everything(start))))
    except EMFault:
        assert steps
    return steps


@given(cases())
def test_that_the_gap_closes_with_an_exact_e_step(case: Case) -> None:
    step = at(case.params, case.dataset)
    want = oracles.log_likelihood(case.params, case.dataset)
    assert step.terms is not None
    assert step.terms.total == pytest.approx(want, rel=1e-8, abs=1e-8)


@given(cases(max_steps=9))
def test_that_the_gap_is_computed_and_vanishes_after_every_e_step(case: Case) -> None:
    for step in steps_of(case):
        assert step.gap is not None
        assert step.terms is not None
        assert step.gap == step.log_likelihood - step.terms.total
        known = max(1e-8, 1e-15 * float(np.linalg.cond(step.params.Gamma)))  # to so many digits where Γ degenerates
        assert abs(step.gap) < known * max(1.0, abs(step.log_likelihood))


def test_that_the_gap_closes_where_the_transition_covariance_is_singular() -> None:
    rng = np.random.default_rng(3)
    for rank in (0, 1, 2):
        params = random_params(rng, 3, 2, rank=rank)
        data = simulate(params, 8, rng)
        terms = at(params, data).terms
        assert terms is not None
        assert terms.total == pytest.approx(oracles.log_likelihood(params, data), rel=1e-9)


@given(cases(max_steps=9))
def test_that_the_gains_of_the_blocks_sum_up_to_the_rise_of_the_bound(case: Case) -> None:
    for before, after in pairwise(steps_of(case)):
        assert before.terms is not None
        assert after.terms_after_m is not None
        assert after.gains is not None
        assert after.elbo_after_m is not None
        scale = max(1.0, *np.abs(before.terms), *np.abs(after.terms_after_m))
        assert after.gains.total == pytest.approx(after.elbo_after_m - before.terms.total, abs=1e-12 * scale)
        assert after.terms_after_m.total == after.elbo_after_m
        assert after.terms_after_m.entropy == before.terms.entropy
        gains = [new - old for old, new in zip(before.terms, after.terms_after_m, strict=True)][:3]
        assert after.gains == pytest.approx(gains)


def test_that_a_block_whose_parameters_are_held_gains_nothing() -> None:
    rng = np.random.default_rng(5)
    params = random_params(rng, 2, 3, tied=False)
    data = simulate(params, 30, rng)
    blocks = {"initial": {"mu0", "Sigma0"}, "transition": {"A", "Sigma"}, "observation": {"B", "Gamma"}}
    for name, learn in blocks.items():
        step = list(em(params, data, EMOptions(max_iter=1, learn=frozenset(learn))))[1]
        assert step.gains is not None
        for block, gain in step.gains._asdict().items():
            assert gain > 1e-3 if block == name else abs(gain) < 1e-12


def test_that_the_start_has_terms_and_a_gap_but_no_m_step_behind_it() -> None:
    step = at(random_params(np.random.default_rng(0), 2, 2), Dataset(np.ones((4, 2))))
    assert isinstance(step.terms, ELBOTerms)
    assert step.gap is not None
    assert step.terms_after_m is None
    assert step.gains is None
    assert step.elbo_after_m is None
    assert BlockGains(1.0, 2.0, 3.5).total == 6.5


@given(seed=st.integers(0, 2**32 - 1), tied=st.booleans())
def test_that_each_term_is_the_gaussian_expectation_it_says(seed: int, tied: bool) -> None:
    """Against sampling-free moments of the joint posterior, at the parameters before and after an M-step."""
    rng = np.random.default_rng(seed)
    old = random_params(rng, 2, 2, tied=tied)
    data = simulate(old, 6, rng)
    x = data.sequences[0]
    q = oracles.conditioned(oracles.joint(old, 6), x)
    start, step = em(old, data, EMOptions(max_iter=1, tol=0.0, learn=everything(old)))

    def expected(mean: np.ndarray, second: np.ndarray, cov: np.ndarray) -> float:
        total = np.linalg.slogdet(2 * np.pi * cov)[1] + np.trace(np.linalg.solve(cov, second + np.outer(mean, mean)))
        return -0.5 * float(total)

    z = [q.z(t) for t in range(6)]
    for params, terms in ((old, start.terms), (step.params, step.terms_after_m)):
        assert terms is not None
        assert terms.initial == pytest.approx(
            expected(q.mean[z[0]] - params.mu0, q.cov[z[0], z[0]], params.initial_cov)
        )
        transition = 0.0
        for t in range(1, 6):
            difference = np.hstack((np.eye(2), -params.A))
            where = np.r_[z[t], z[t - 1]]
            cov = difference @ q.cov[np.ix_(where, where)] @ difference.T
            transition += expected(difference @ q.mean[where], cov, params.Sigma)
        assert terms.transition == pytest.approx(transition)
        observation = sum(
            expected(x[t] - params.B @ q.mean[z[t]], params.B @ q.cov[z[t], z[t]] @ params.B.T, params.Gamma)
            for t in range(6)
        )
        assert terms.observation == pytest.approx(observation)
        latents = q.cov[:12, :12]
        assert terms.entropy == pytest.approx(0.5 * np.linalg.slogdet(2 * np.pi * np.e * latents)[1])


def test_that_the_entropy_is_also_that_of_the_missing_entries() -> None:
    """Of z and of what is missing of partly observed rows; rows without any entry add nothing."""
    rng = np.random.default_rng(9)
    params = random_params(rng, 2, 3)
    x = with_gaps(rng, np.asarray(simulate(params, 6, rng).observations), 0.4)
    x[2] = np.nan
    q = oracles.conditioned(oracles.joint(params, 6), x)
    latent = [q.z(t) for t in range(6)]
    missing = [
        np.arange(q.x(t).start, q.x(t).stop)[np.isnan(x[t])]
        for t in range(6)
        if np.isnan(x[t]).any() and not np.isnan(x[t]).all()
    ]
    where = np.concatenate([*(np.r_[z] for z in latent), *missing])
    terms = at(params, Dataset(x)).terms
    assert terms is not None
    assert terms.entropy == pytest.approx(0.5 * np.linalg.slogdet(2 * np.pi * np.e * q.cov[np.ix_(where, where)])[1])


@given(cases(max_sequences=2))
def test_that_the_bound_after_the_m_step_is_below_the_likelihood_of_its_parameters(case: Case) -> None:
    for step in steps_of(case, 2)[1:]:
        if np.linalg.cond(step.params.Gamma) < 1e6:
            assert step.elbo_after_m is not None
            slack = 1e-9 * max(1.0, abs(step.log_likelihood))
            assert step.elbo_after_m <= oracles.log_likelihood(step.params, case.dataset) + slack


def test_that_leaving_the_support_costs_everything() -> None:
    """A diagonal of a singular Σ spans more than Σ did: the bound is −∞, and EM goes on from there."""
    start = LDSParams(0.5 * np.eye(2), np.eye(2), [[1.0, 1.0], [1.0, 1.0]], np.eye(2), [0.0, 1.0])
    data = simulate(start, 20, np.random.default_rng(0))
    steps = list(em(start, data, EMOptions(max_iter=3, tol=0.0, structure={"Sigma": "diagonal"})))
    assert steps[1].elbo_after_m == -np.inf
    assert np.linalg.matrix_rank(steps[1].params.Sigma) == 2
    assert steps[3].elbo_after_m is not None
    assert steps[2].log_likelihood <= steps[3].elbo_after_m <= steps[3].log_likelihood
