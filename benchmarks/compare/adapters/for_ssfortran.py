"""ssfortran: a Fortran filter and smoother with steady state and collapsing, and EM for Σ and Γ."""

from __future__ import annotations

from functools import partial

import numpy as np
import ssfortran

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Run, Way


def _set(representation: ssfortran.Representation, model: Model) -> None:
    representation["design"] = model.B
    representation["obs_cov"] = model.Gamma
    representation["transition"] = model.A
    representation["state_cov"] = model.Sigma
    representation.initialize_known(model.mu0, model.Sigma0)


def _smoother(problem: Problem, collapsed: bool) -> EStep:
    n = problem.start.latent_dim
    representations = [ssfortran.Representation(x, n) for x in problem.observations]
    identity = np.eye(n)

    def e_step(model: Model) -> Smoothed:
        means, covs, cross_sum = [], [], np.zeros((n, n))
        for representation in representations:
            _set(representation, model)
            result = (representation.collapse()[0] if collapsed else representation).smooth()
            # Cov[z_{t+1}, z_t] = (I − P_{t+1} N_t) A P_{t|t}; the library's own routine runs both passes again
            predicted = result.filter.predicted_state_cov.transpose(2, 1, 0)[1:-1]
            filtered = result.filter.filtered_state_cov.transpose(2, 1, 0)[:-1]
            scaled = result.scaled_smoothed_estimator_cov.transpose(2, 1, 0)[1:-1]
            cross_sum += ((identity - predicted @ scaled) @ (model.A @ filtered)).sum(axis=0)
            means.append(result.smoothed_state.T)
            covs.append(result.smoothed_state_cov.transpose(2, 1, 0))
        return Smoothed(_stacked(means), _stacked(covs), cross_sum)

    return e_step


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """All sequences in one array, without a copy where there is one."""
    return arrays[0][None] if len(arrays) == 1 else np.stack(arrays)


def _em(problem: Problem) -> Run:
    start = problem.start
    representation = ssfortran.Representation(problem.only_sequence, start.latent_dim)

    def run(n_iterations: int) -> Model:
        _set(representation, start)
        representation.em(maxiter=n_iterations, tol=-1.0)
        Sigma, Gamma = representation["state_cov"], representation["obs_cov"]
        return Model(start.A, start.B, Sigma, Gamma, start.mu0, start.Sigma0)

    return run


_ANY = frozenset({"rows", "entries"})
WAYS = (
    Way("ssfortran", "smoother", "assembled", Assembly(partial(_smoother, collapsed=False)), _ANY, True),
    Way("ssfortran", "collapsed smoother", "assembled", Assembly(partial(_smoother, collapsed=True)), _ANY, True),
    Way(
        "ssfortran",
        "own EM",
        "ready-made",
        _em,
        _ANY,
        learns=frozenset({"Sigma", "Gamma"}),
        differs=frozenset({"rows"}),
        remark="fills missing rows in, so that its result is another one there",
    ),
)
