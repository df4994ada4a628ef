"""nowcastbox: a numba filter and smoother with collapsing, and EM for dynamic factor models."""

from __future__ import annotations

from functools import partial

import numpy as np
from nowcastbox.models._em_steps import EMParameters, StateLayout
from nowcastbox.models.em import run_em
from nowcastbox.statespace import StateSpace, kalman_smoother

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Run, Way


def _smoother(problem: Problem, collapse: bool) -> EStep:
    def e_step(model: Model) -> Smoothed:
        system = StateSpace(
            model.A, model.B, model.Sigma, model.Gamma, initial_state=model.mu0, initial_state_cov=model.Sigma0
        )
        method = "auto" if collapse else "multivariate"
        results = [kalman_smoother(system, x, method=method, collapse=collapse) for x in problem.observations]
        if len(results) == 1:
            (result,) = results
            cross_sum = result.smoothed_state_autocov[:-1].sum(axis=0)
            return Smoothed(result.smoothed_state[None], result.smoothed_state_cov[None], cross_sum)
        return Smoothed(
            np.stack([result.smoothed_state for result in results]),
            np.stack([result.smoothed_state_cov for result in results]),
            sum(result.smoothed_state_autocov[:-1].sum(axis=0) for result in results),
        )

    return e_step


def _em(problem: Problem) -> Run:
    start = problem.start
    n, m = start.latent_dim, start.obs_dim
    series = [f"x{i}" for i in range(m)]
    layout = StateLayout(series, ["z"], [n], 1, np.ones((m, 1), bool), [[1.0]] * m, "iid")
    variances = np.diag(start.Gamma)
    parameters = EMParameters((start.A,), (start.Sigma,), start.B, np.zeros(m), variances, variances)
    x = problem.only_sequence

    def run(n_iterations: int) -> Model:
        last = run_em(parameters, layout, x, max_iter=n_iterations, tol=0.0).params
        return Model(
            last.transition[0], last.loadings, last.factor_cov[0], np.diag(last.obs_var), start.mu0, start.Sigma0
        )

    return run


_ANY = frozenset({"rows", "entries"})
WAYS = (
    Way("nowcastbox", "smoother", "assembled", Assembly(partial(_smoother, collapse=False)), _ANY, True),
    Way("nowcastbox", "collapsed smoother", "assembled", Assembly(partial(_smoother, collapse=True)), _ANY, True),
    Way(
        "nowcastbox",
        "own EM",
        "ready-made",
        _em,
        _ANY,
        learns=frozenset({"A", "B", "Sigma", "Gamma"}),
        diagonal_gamma=True,
        differs=frozenset({"nothing", "rows", "entries"}),
        remark="z₁ stationary, so that its result is another one",
    ),
)
