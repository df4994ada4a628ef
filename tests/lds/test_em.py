from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    Dataset,
    EMFault,
    EMOptions,
    EMStep,
    LDSParams,
    change_basis,
    em,
    fit,
    pca_start,
    simulate,
    smooth,
)
from tests import oracles
from tests.lds.models import Case, cases, everything, random_params, relative, with_gaps

NAMES = ("A", "B", "Sigma", "Gamma", "mu0", "Sigma0")


def run(start: LDSParams, dataset: Dataset, max_iter: int, learn: frozenset[str] | None = None) -> list[EMStep]:
    options = EMOptions(max_iter=max_iter, tol=0.0, learn=everything(start) if learn is None else learn)
    return list(em(start, dataset, options))


def assert_same_params(got: LDSParams, want: LDSParams, tolerance: float) -> None:
    for name in NAMES:
        a, b = getattr(got, name), getattr(want, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert relative(a, b) < tolerance, name


def enough_data(params: LDSParams, rng: np.random.Generator, *, share: float = 0.0) -> Dataset:
    """Sequences of unequal length, one of length 1, that determine every parameter."""
    return Dataset([with_gaps(rng, np.asarray(simulate(params, t, rng).observations), share) for t in (9, 1, 6)])


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 3),
    m=st.integers(1, 3),
    tied=st.booleans(),
    share=st.sampled_from((0.0, 0.25)),
    held=st.frozensets(st.sampled_from(NAMES)),
)
def test_that_an_iteration_is_the_textbooks(
    seed: int, n: int, m: int, tied: bool, share: float, held: frozenset[str]
) -> None:
    rng = np.random.default_rng(seed)
    params = random_params(rng, n, m, tied=tied)
    dataset = enough_data(params, rng, share=share)
    learn = everything(params) - held
    got = run(params, dataset, 1, learn)[-1].params
    assert_same_params(got, oracles.em_update(params, dataset, learn), 1e-7)
    for name in held & everything(params):
        np.testing.assert_array_equal(getattr(got, name), getattr(params, name))


@given(cases(max_steps=9))
def test_that_the_elbo_never_falls(case: Case) -> None:
    """Also where the data are too few, and the likelihood has no bound: then EM ends with a fault, but never falls."""
    steps: list[EMStep] = []
    start = replace(case.params, A=0.5 * case.params.A, B=case.params.B + 0.3)
    try:
        steps.extend(em(start, case.dataset, EMOptions(max_iter=15, tol=0.0, learn=everything(start))))
    except EMFault:
        assert steps
    for before, after in pairwise(steps):
        assert after.elbo_after_m is not None
        slack = 1e-9 * max(1.0, abs(before.log_likelihood))
        assert before.log_likelihood - slack <= after.elbo_after_m <= after.log_likelihood + slack


@given(cases())
def test_that_the_log_likelihood_of_a_step_is_that_of_its_params(case: Case) -> None:
    steps: list[EMStep] = []
    try:
        steps.extend(em(case.params, case.dataset, EMOptions(max_iter=2, tol=0.0)))
    except EMFault:
        assert steps
    for step in steps:
        want = oracles.log_likelihood(step.params, case.dataset)
        if np.linalg.cond(step.params.Gamma) < 1e6:
            assert step.log_likelihood == pytest.approx(want, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("tied", [True, False])
def test_that_em_sees_through_a_change_of_basis_of_its_start(tied: bool) -> None:
    rng = np.random.default_rng(8)
    params = random_params(rng, 3, 4, tied=tied)
    dataset = enough_data(params, rng, share=0.1)
    W = np.array([[2.0, 0.3, -1.0], [0.1, 0.5, 0.4], [-0.7, 0.2, 1.5]])
    plain, moved = run(params, dataset, 8), run(change_basis(params, W), dataset, 8)
    for a, b in zip(plain, moved, strict=True):
        assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-10)
        assert_same_params(b.params, change_basis(a.params, W), 1e-8)


def test_that_the_order_of_the_sequences_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    params = random_params(rng, 2, 3)
    dataset = enough_data(params, rng, share=0.2)
    turned = Dataset(list(reversed(dataset.sequences)))
    assert_same_params(run(params, turned, 6)[-1].params, run(params, dataset, 6)[-1].params, 1e-10)


@pytest.mark.parametrize("tied", [True, False])
def test_that_a_single_step_in_time_leaves_the_transition_alone(tied: bool) -> None:
    rng = np.random.default_rng(6)
    params = random_params(rng, 2, 1, tied=tied)
    dataset = Dataset([[0.4]])
    learned = run(params, Dataset([[[0.4]]]), 1)[-1].params
    np.testing.assert_array_equal(learned.A, params.A)
    if not tied:
        np.testing.assert_array_equal(learned.Sigma, params.Sigma)
    assert_same_params(learned, oracles.em_update(params, dataset, everything(params)), 1e-9)


def test_that_a_singular_transition_covariance_keeps_its_support() -> None:
    """A companion form in another basis: what has no noise gets none, in any direction."""
    companion = LDSParams([[1.1, -0.4], [1.0, 0.0]], [[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]], [[0.3]], [0.5, 0.0])
    W = np.array([[1.0, 2.0], [-0.5, 1.5]])
    rng = np.random.default_rng(7)
    data = simulate(companion, 60, rng)
    plain, moved = run(companion, data, 30), run(change_basis(companion, W), data, 30)
    assert plain[-1].params.Sigma[1].tolist() == [0.0, 0.0]
    assert plain[-1].params.A[1].tolist() == [1.0, 0.0]
    for a, b in zip(plain, moved, strict=True):
        assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-9)
        if a.iteration:
            assert b.elbo_after_m is not None
            assert a.elbo_after_m == pytest.approx(b.elbo_after_m, rel=1e-9)
        assert np.linalg.matrix_rank(b.params.Sigma, tol=1e-12) == 1


def test_that_raw_units_and_a_large_mean_keep_their_digits() -> None:
    """The same data in other units must give the same estimate; level 340, noise 0.3, as of carbon dioxide in ppm."""
    rng = np.random.default_rng(3)
    time = np.arange(60)
    x = 340 + 0.1 * time + 3 * np.sin(time / 2) + 0.3 * rng.standard_normal(60)
    data, scaled = Dataset(x[:, None]), Dataset(1e-6 * x[:, None])
    start = pca_start(data, 2)
    small = LDSParams(start.A, 1e-6 * start.B, start.Sigma, 1e-12 * start.Gamma, start.mu0)
    a, b = run(start, data, 20)[-1], run(small, scaled, 20)[-1]
    assert relative(b.params.Gamma * 1e12, a.params.Gamma) < 1e-7
    assert relative(b.params.A, a.params.A) < 1e-7


def test_that_a_start_at_the_limit_is_the_whole_run() -> None:
    params = random_params(np.random.default_rng(0), 2, 2)
    (step,) = em(params, simulate(params, 10, np.random.default_rng(1)), EMOptions(max_iter=0))
    assert step.iteration == 0
    assert step.params is params
    assert step.elbo_after_m is None
    assert step.stop is not None
    assert step.stop.reason == "The limit of 0 iterations was reached."


def test_that_em_stops_once_at_its_tolerance_and_says_so() -> None:
    params = random_params(np.random.default_rng(0), 1, 2)
    data = simulate(params, 100, np.random.default_rng(1))
    steps = list(em(params, data, EMOptions(max_iter=1000, tol=1e-2)))
    assert all(step.stop is None for step in steps[:-1])
    changes = np.diff([step.log_likelihood for step in steps])
    assert (changes[:-1] >= 1e-2).all()
    assert abs(changes[-1]) < 1e-2
    result = fit(params, data, EMOptions(max_iter=1000, tol=1e-2))
    assert result.converged
    assert result.reason.startswith("The log-likelihood changed by ")
    assert result.n_iter == steps[-1].iteration
    np.testing.assert_array_equal(result.log_likelihoods, [step.log_likelihood for step in steps])


def test_that_a_limit_is_not_convergence() -> None:
    params = random_params(np.random.default_rng(0), 1, 2)
    result = fit(params, simulate(params, 30, np.random.default_rng(1)), EMOptions(max_iter=3, tol=0.0))
    assert not result.converged
    assert result.reason == "The limit of 3 iterations was reached."
    assert result.n_iter == 3
    assert result.log_likelihoods.shape == (4,)


def test_that_a_degenerate_covariance_ends_the_run_after_the_last_good_step() -> None:
    """Four variables, one row: the best Γ is singular."""
    params = random_params(np.random.default_rng(0), 1, 4)
    data = Dataset(np.ones((1, 4)))
    steps: list[EMStep] = []
    with pytest.raises(EMFault, match=r"^In iteration 1 Γ degenerates: .* rows are few\. A smallest") as caught:
        steps.extend(em(params, data))
    assert [step.iteration for step in steps] == [0]
    assert caught.value.quantity == "Gamma"
    assert caught.value.iteration == 1
    result = fit(params, data)
    assert not result.converged
    assert result.n_iter == 0
    assert result.params is params
    assert result.reason == str(caught.value)


def test_that_a_start_that_overflows_is_an_error_and_not_a_result() -> None:
    params = LDSParams([[1e30]], [[1.0]], [[1.0]], [[1.0]], [1.0])
    x = np.full((40, 1), np.nan)
    x[-1] = 1.0
    with pytest.raises(EMFault, match=r"^In iteration 0: The .* exceed|^In iteration 0: The predicted cov"):
        fit(params, Dataset(x))


def test_that_an_overflow_in_the_m_step_is_a_fault_and_not_a_warning() -> None:
    params = LDSParams([[0.5]], [[1.0]], [[1e300]], [[1e300]], [0.0])
    with pytest.raises(EMFault, match=r"In iteration [01]"):
        list(em(params, Dataset(np.full((3, 1), 1e160))))


def test_that_learned_parameters_come_closer_to_the_truth_with_data() -> None:
    rng = np.random.default_rng(10)
    truth = LDSParams([[0.9, -0.3], [0.3, 0.9]], np.eye(3, 2), 0.1 * np.eye(2), 0.2 * np.eye(3), [1.0, 0.0])
    data = simulate(truth, 300, rng)
    result = fit(pca_start(data, 2), data, EMOptions(max_iter=60))
    got, want = (np.sort_complex(np.linalg.eigvals(p.A)) for p in (result.params, truth))
    np.testing.assert_allclose(got, want, atol=0.06)
    assert result.log_likelihoods[-1] > smooth(truth, np.asarray(data.observations)).log_likelihood


def test_that_a_fall_ends_the_run_at_the_last_good_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an M-step that is wrong on purpose."""
    from lds_gui.lds.engine import Engine

    honest = Engine.maximise

    def wrong(self: Engine) -> str:
        status = honest(self)
        self.outcome.after[2] -= 100.0
        return status

    params = random_params(np.random.default_rng(0), 2, 2)
    data = simulate(params, 20, np.random.default_rng(1))
    steps = em(params, data, EMOptions(max_iter=1))
    assert next(steps).iteration == 0
    monkeypatch.setattr(Engine, "maximise", wrong)
    result = fit(params, data, EMOptions(max_iter=1))
    assert (result.n_iter, result.converged) == (0, False)
    assert result.reason.startswith("In iteration 1 the ELBO falls by ")


@pytest.mark.parametrize("data", [np.ones((1, 1)), np.ones((50, 1)), np.sin(np.arange(100.0) / 5)[:, None]])
def test_that_em_on_data_without_noise_ends_before_it_falls(data: np.ndarray) -> None:
    """The likelihood has no bound, and Γ shrinks until 64-bit numbers no longer tell it from nothing."""
    latent_dim = 1 if len(data) < 60 else 2
    result = fit(pca_start(data, latent_dim), data, EMOptions(max_iter=3000, tol=0.0))
    gains = np.diff(result.log_likelihoods)
    assert not result.converged
    assert (gains > -1e-9 * np.abs(result.log_likelihoods[1:]).clip(1.0)).all()
    assert result.n_iter < 3000
    assert "64-bit" in result.reason or "degenerates" in result.reason or "not finite" in result.reason
