"""cuthbert: a square-root filter and smoother in JAX, run sequentially; sequences by vmap."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from cuthbert import filter as run_filter
from cuthbert import smoother as run_smoother
from cuthbert.gaussian import kalman

from compare.cases import Problem
from compare.m_step import Smoothed
from compare.model import Model
from compare.way import Assembly, EStep, Way


def _smoother(problem: Problem) -> EStep:
    x = jnp.asarray(problem.observations)
    n = problem.start.latent_dim
    steps = jnp.arange(x.shape[1])

    @jax.jit
    def smooth(A, B, root_Sigma, root_Gamma, mu0, root_Sigma0):
        def dynamics(inputs):
            # cuthbert's first observation follows a transition: here one that changes nothing
            t, _ = inputs
            is_first = t == 0
            return jnp.where(is_first, jnp.eye(n), A), jnp.zeros(n), jnp.where(is_first, 0.0, root_Sigma)

        def observation(inputs):
            return B, jnp.zeros(x.shape[2]), root_Gamma, inputs[1]

        forward = kalman.build_filter(mu0, root_Sigma0, dynamics, observation)
        backward = kalman.build_smoother(dynamics, store_gain=True)

        def one_sequence(sequence):
            filtered = run_filter(forward, (steps, sequence), forward.init_prepare())
            smoothed = run_smoother(backward, filtered)
            roots = smoothed.chol_cov[1:]
            covs = roots @ jnp.swapaxes(roots, 1, 2)
            cross = covs[1:] @ jnp.swapaxes(smoothed.gain[1:-1], 1, 2)
            return smoothed.mean[1:], covs, cross.sum(0)

        means, covs, cross_sums = jax.vmap(one_sequence)(x)
        return means, covs, cross_sums.sum(0)

    def e_step(model: Model) -> Smoothed:
        roots = [np.linalg.cholesky(cov) for cov in (model.Sigma, model.Gamma, model.Sigma0)]
        means, covs, cross_sum = smooth(model.A, model.B, roots[0], roots[1], model.mu0, roots[2])
        return Smoothed(np.asarray(means), np.asarray(covs), np.asarray(cross_sum))

    return e_step


WAYS = (Way("cuthbert", "smoother", "assembled", Assembly(_smoother), frozenset({"rows", "entries"}), True),)
