"""The hard cases against the joint Gaussian in 80 digits: python -m tests.accuracy_table prints the figures."""

import numpy as np
import pytest

from lds_gui.lds import EMOptions, em, smooth
from tests import exact
from tests.lds.hard_cases import HARD_CASES
from tests.lds.models import MOMENTS, everything, random_params, relative
from tests.lds.test_em import enough_data

NAMES = ("A", "B", "Sigma", "Gamma", "mu0", "Sigma0")
LIKELIHOOD = 1e-10
# What float64 leaves where the inverse of Γ multiplies its rounding by 1e10, where P⁻ spans seven orders of magnitude,
# and where a learned latent has to carry a mean of 10⁴ or 10⁶ noise deviations.
LIKELIHOODS = {
    "Γ turned, condition 1e10": 1e-6,
    "Γ turned, condition 1e10, missing": 1e-6,
    "diffuse Σ₀, n = 2, m = 1": 5e-9,
    "mean 1e4, n = m = 2": 1e-7,
    "mean 1e6, m = 2, n = 2": 1e-3,
    "mean 1e6, m = 3, n = 1, small Γ": 1e-4,
    "mean 1e6, unknown, wide Σ₀": 1e-4,
}


@pytest.mark.parametrize("name", HARD_CASES)
def test_that_moments_keep_their_digits(name: str) -> None:
    case, likelihood = HARD_CASES[name](), LIKELIHOODS.get(name, LIKELIHOOD)
    for x in case.dataset.sequences:
        got, want = smooth(case.params, x), exact.posterior(case.params, x)
        assert relative(got.log_likelihood, want["log_likelihood"]) < likelihood
        assert relative(got.log_evidences, want["log_evidences"]) < case.tolerance
        for quantity in MOMENTS:
            assert relative(getattr(got, quantity), want[quantity]) < case.tolerance, quantity


@pytest.mark.parametrize("name", HARD_CASES)
def test_that_em_keeps_its_digits(name: str) -> None:
    case, likelihood = HARD_CASES[name](), LIKELIHOODS.get(name, LIKELIHOOD)
    want = exact.em(case.params, case.dataset, 10, case.learn)
    steps = list(em(case.params, case.dataset, EMOptions(max_iter=10, tol=0.0, learn=case.learn)))
    for step, log_likelihood in zip(steps, want.log_likelihoods, strict=True):
        assert relative(step.log_likelihood, log_likelihood) < likelihood, step.iteration
    for iteration in (1, 10):
        for quantity, value in want.params[iteration].items():
            if value is not None:
                got = getattr(steps[iteration].params, quantity)
                assert relative(got, value) < case.tolerance, f"{quantity} after {iteration} iterations"


@pytest.mark.parametrize("kind", ["diagonal", "isotropic"])
@pytest.mark.parametrize("tied", [True, False])
def test_that_a_restricted_m_step_is_the_textbooks_in_80_digits(tied: bool, kind: str) -> None:
    rng = np.random.default_rng(21)
    params = random_params(rng, 2, 3, tied=tied)
    dataset = enough_data(params, rng, share=0.2)
    structure = {"Sigma": kind, "Gamma": kind} | ({} if tied else {"Sigma0": kind})
    learn = everything(params)
    want = exact.em(params, dataset, 3, learn, structure)
    steps = list(em(params, dataset, EMOptions(max_iter=3, tol=0.0, learn=learn, structure=structure)))
    for step, model, log_likelihood in zip(steps, want.params, want.log_likelihoods, strict=True):
        assert relative(step.log_likelihood, log_likelihood) < LIKELIHOOD
        for quantity in NAMES:
            if model[quantity] is not None:
                assert relative(getattr(step.params, quantity), model[quantity]) < 1e-10, quantity
