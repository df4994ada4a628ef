"""dynamax: a compiled smoother, and EM that learns everything; sequences in parallel by vmap."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from dynamax.linear_gaussian_ssm import LinearGaussianSSM, lgssm_smoother
from dynamax.linear_gaussian_ssm.inference import ParamsLGSSM, make_lgssm_params

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Run, Way


def _params(model: Model) -> ParamsLGSSM:
    return make_lgssm_params(model.mu0, model.Sigma0, model.A, model.Sigma, model.B, model.Gamma)


def _smoother(problem: Problem) -> EStep:
    x = jnp.asarray(problem.observations)

    @jax.jit
    def smooth(params: ParamsLGSSM) -> tuple[jax.Array, jax.Array, jax.Array]:
        posterior = jax.vmap(partial(lgssm_smoother, params))(x)
        means, covs = posterior.smoothed_means, posterior.smoothed_covariances
        # dynamax gives E[z_t z_{t+1}ᵀ], the means' product included
        products = posterior.smoothed_cross_covariances.sum((0, 1))
        return means, covs, products - jnp.einsum("sti,stj->ij", means[:, :-1], means[:, 1:])

    def e_step(model: Model) -> Smoothed:
        means, covs, cross_sum = smooth(_params(model))
        return Smoothed(np.asarray(means), np.asarray(covs), np.asarray(cross_sum).T)

    return e_step


class _Mended(LinearGaussianSSM):
    """With the initial moments' means over the sequences: dynamax takes E[z₁] E[z₁]ᵀ of their sums, and Σ₀ is lost."""

    def m_step(self, params: Any, props: Any, batch_stats: Any, m_step_state: Any) -> tuple[Any, Any]:
        (means, products, counts), *others = batch_stats
        initial = (means.mean(0, keepdims=True), products.mean(0, keepdims=True), counts[:1])
        return super().m_step(params, props, (initial, *others), m_step_state)


def _em(problem: Problem) -> Run:
    start = problem.start
    model = _Mended(start.latent_dim, start.obs_dim, has_dynamics_bias=False, has_emissions_bias=False)
    _, props = model.initialize()
    params = _em_params(model, start)
    x = jnp.asarray(problem.observations)

    @partial(jax.jit, static_argnums=2)
    def fit(params: ParamsLGSSM, x: jax.Array, n_iterations: int) -> ParamsLGSSM:
        return model.fit_em(params, props, x, num_iters=n_iterations, verbose=False)[0]

    def run(n_iterations: int) -> Model:
        last = jax.block_until_ready(fit(params, x, n_iterations))
        return Model(
            np.asarray(last.dynamics.weights),
            np.asarray(last.emissions.weights),
            np.asarray(last.dynamics.cov),
            np.asarray(last.emissions.cov),
            np.asarray(last.initial.mean),
            np.asarray(last.initial.cov),
        )

    return run


def _em_params(model: LinearGaussianSSM, start: Model) -> ParamsLGSSM:
    params, _ = model.initialize(
        initial_mean=jnp.asarray(start.mu0),
        initial_covariance=jnp.asarray(start.Sigma0),
        dynamics_weights=jnp.asarray(start.A),
        dynamics_covariance=jnp.asarray(start.Sigma),
        emission_weights=jnp.asarray(start.B),
        emission_covariance=jnp.asarray(start.Gamma),
    )
    return params


WAYS = (
    Way("dynamax", "smoother", "assembled", Assembly(_smoother), several_sequences=True),
    Way("dynamax", "own EM", "ready-made", _em, several_sequences=True, remark="Σ₀ of several sequences mended"),
)
