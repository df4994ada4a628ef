"""adskalman: NumPy with a Python loop over time."""

from __future__ import annotations

import numpy as np
from adskalman.adskalman import kalman_smoother

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Way


def _smoother(problem: Problem) -> EStep:
    def e_step(model: Model) -> Smoothed:
        parameters = (model.A, model.B, model.Sigma, model.Gamma, model.mu0, model.Sigma0)
        results = [kalman_smoother(x, *parameters, full_output=True) for x in problem.observations]
        means, covs, crosses, _ = zip(*results, strict=True)
        return Smoothed(np.stack(means), np.stack(covs), sum(cross[1:].sum(axis=0) for cross in crosses))

    return e_step


WAYS = (Way("adskalman", "smoother", "assembled", Assembly(_smoother), several_sequences=True, most_steps=20_000),)
