"""EM: the E-step's statistics turned into new parameters, again and again."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lds_gui.lds import DEFAULT_LEARN, ELBOTerms
from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.params import LDSParams
from tests.twin.elbo import elbo
from tests.twin.smoother import smooth
from tests.twin.statistics import Statistics, expected_statistics

NO_STRUCTURE: Mapping[str, str] = {}


def m_step(
    statistics: Statistics, learn: frozenset[str] = DEFAULT_LEARN, structure: Mapping[str, str] = NO_STRUCTURE
) -> LDSParams:
    """The parameters that maximise E_q[log p(x, z)] among those in `learn`, the others held.

    Coefficients (μ₀, A, B) are least squares; covariances are the mean scatter that the coefficients leave, learned or
    held, and of that what `structure` leaves: all ("full"), its diagonal, or the mean of it ("isotropic"). Tied, Σ
    takes the initial term in. Without a transition (T = 1) A, and a separate Σ, stay as they are.
    Source: docs/MATHEMATICS.md, section 3.
    """
    old = statistics.reference
    initial, transition, emission = statistics.initial, statistics.transition, statistics.emission
    d_mu0 = initial.best_change() if "mu0" in learn else np.zeros_like(initial.rz)
    d_A = transition.best_change() if "A" in learn else np.zeros_like(old.A)
    d_B = emission.best_change() if "B" in learn else np.zeros_like(old.B)
    Sigma, Gamma, Sigma0 = old.Sigma, old.Gamma, old.Sigma0
    if "Sigma" in learn and old.is_tied:
        scatter = initial.scatter(d_mu0) + transition.scatter(d_A)
        Sigma = _restricted(scatter / (initial.count + transition.count), structure.get("Sigma"))
    elif "Sigma" in learn and transition.count:
        Sigma = _restricted(transition.scatter(d_A) / transition.count, structure.get("Sigma"))
    if "Gamma" in learn and emission.count:
        Gamma = _restricted(emission.scatter(d_B) / emission.count, structure.get("Gamma"))
    if "Sigma0" in learn and not old.is_tied:
        Sigma0 = _restricted(initial.scatter(d_mu0) / initial.count, structure.get("Sigma0"))
    return LDSParams(old.A + d_A, old.B + d_B, Sigma, Gamma, old.mu0 + d_mu0[:, 0], Sigma0)


def _restricted(cov: Array, structure: str | None) -> Array:
    if structure == "diagonal":
        return np.diag(np.diagonal(cov))
    if structure == "isotropic":
        return np.diagonal(cov).mean() * np.eye(len(cov))
    return cov


class Step(NamedTuple):
    """The parameters of an iteration and their log-likelihood; the terms of the bound at them.

    `terms_after_m`: those that the M-step reached which led here, with the old q; None at the start.
    """

    params: LDSParams
    log_likelihood: float
    terms: ELBOTerms
    terms_after_m: ELBOTerms | None


def em(
    start: LDSParams,
    dataset: Dataset,
    n_iterations: int,
    learn: frozenset[str] = DEFAULT_LEARN,
    structure: Mapping[str, str] = NO_STRUCTURE,
) -> list[Step]:
    """The start and so many iterations of EM. Raises what the steps raise."""
    steps: list[Step] = []
    params, after = start, None
    for iteration in range(n_iterations + 1):
        posteriors = [smooth(params, x) for x in dataset.sequences]
        statistics = expected_statistics(dataset, posteriors, params)
        log_likelihood = sum(posterior.log_likelihood for posterior in posteriors)
        steps.append(Step(params, log_likelihood, elbo(statistics, params), after))
        if iteration < n_iterations:
            params = m_step(statistics, learn, structure)
            after = elbo(statistics, params)
    return steps
