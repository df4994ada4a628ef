"""statsmodels: a Cython filter and smoother with collapsing, and EM for dynamic factor models."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.dynamic_factor_mq import DynamicFactorMQ
from statsmodels.tsa.statespace.kalman_smoother import (
    SMOOTHER_STATE,
    SMOOTHER_STATE_AUTOCOV,
    SMOOTHER_STATE_COV,
    KalmanSmoother,
)

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import ALL, Assembly, EStep, Run, Way

warnings.simplefilter("ignore", ConvergenceWarning)  # that k iterations are not all is meant

_OUTPUT = SMOOTHER_STATE | SMOOTHER_STATE_COV | SMOOTHER_STATE_AUTOCOV


def _bound(x: np.ndarray, n: int, collapsed: bool) -> KalmanSmoother:
    smoother = KalmanSmoother(k_endog=x.shape[1], k_states=n, k_posdef=n)
    smoother.bind(np.ascontiguousarray(x))
    smoother.filter_collapsed = collapsed
    smoother["selection"] = np.eye(n)
    return smoother


def _smoother(problem: Problem, collapsed: bool) -> EStep:
    smoothers = [_bound(x, problem.start.latent_dim, collapsed) for x in problem.observations]

    def smoothed(smoother: KalmanSmoother, model: Model) -> Any:
        smoother["design"], smoother["obs_cov"] = model.B, model.Gamma
        smoother["transition"], smoother["state_cov"] = model.A, model.Sigma
        smoother.initialize_known(model.mu0, model.Sigma0)
        return smoother.smooth(_OUTPUT, update_filter=False)

    def e_step(model: Model) -> Smoothed:
        results = [smoothed(smoother, model) for smoother in smoothers]
        means = [result.smoothed_state.T for result in results]
        covs = [result.smoothed_state_cov.transpose(2, 1, 0) for result in results]
        cross_sum = sum(result.smoothed_state_autocov.transpose(2, 1, 0)[:-1].sum(axis=0).T for result in results)
        if len(results) == 1:
            return Smoothed(means[0][None], covs[0][None], cross_sum)
        return Smoothed(np.stack(means), np.stack(covs), cross_sum)

    return e_step


class _FactorModel(DynamicFactorMQ):
    """Keeps the last smoothed states: the EM takes its μ₀ and Σ₀ from them, but does not return them."""

    last: Any = None

    def _em_expectation_step(self, params0: np.ndarray, init: Any = None) -> Any:
        self.last = super()._em_expectation_step(params0, init=init)
        return self.last


def _em(problem: Problem) -> Run:
    start = problem.start
    n, m = start.latent_dim, start.obs_dim
    model = _FactorModel(
        problem.only_sequence,
        factors=1,
        factor_multiplicities=n,
        factor_orders=1,
        idiosyncratic_ar1=False,
        standardize=False,
    )
    lower = np.tril_indices(n)
    parameters = np.concatenate(
        [start.B.ravel(), start.A.ravel(), np.linalg.cholesky(start.Sigma)[lower], np.diag(start.Gamma)]
    )
    ends = np.cumsum([m * n, n * n, len(lower[0])])

    def run(n_iterations: int) -> Model:
        model.ssm.initialize_known(start.mu0, start.Sigma0)
        last = model.fit_em(
            parameters, maxiter=n_iterations, tolerance=-1.0, return_params=True, llf_decrease_action="ignore"
        )
        loadings, transition, factor, variances = np.split(last, ends)
        root = np.zeros((n, n))
        root[lower] = factor
        states = model.last
        return Model(
            transition.reshape(n, n),
            loadings.reshape(m, n),
            root @ root.T,
            np.diag(variances),
            states.smoothed_state[:, 0],
            states.smoothed_state_cov[..., 0],
        )

    return run


_ANY = frozenset({"rows", "entries"})
WAYS = (
    Way("statsmodels", "smoother", "assembled", Assembly(partial(_smoother, collapsed=False)), _ANY, True),
    Way(
        "statsmodels",
        "collapsed smoother",
        "assembled",
        Assembly(partial(_smoother, collapsed=True)),
        _ANY,
        True,
        collapses=True,
    ),
    Way("statsmodels", "own EM (DynamicFactorMQ)", "ready-made", _em, _ANY, learns=ALL, diagonal_gamma=True),
)
