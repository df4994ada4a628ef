"""The M-step in NumPy that turns any library's smoother into EM; all parameters learned.

It is written as one who cares for speed would write it: whatever depends on the data alone is computed once, and what
is left is a matrix product over time. Source: docs/MATHEMATICS.md, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from compare.cases import Problem
from compare.model import Array, Model, symmetrised


@dataclass(frozen=True)
class Smoothed:
    """What the M-step needs of a smoother, for S sequences of T steps.

    means (S, T, n), covs (S, T, n, n), and cross_sum (n, n), the sum of Cov[z_t, z_{t-1}] over all transitions.
    """

    means: Array
    covs: Array
    cross_sum: Array


class MStep:
    """New parameters from smoothed moments; made once per data set."""

    def __init__(self, problem: Problem, tied: bool = False) -> None:
        """Compute what the data alone decide; `tied` learns one covariance for z_1 and for the transitions."""
        n_sequences, n_steps, obs_dim = problem.observations.shape
        self._tied = tied
        self._n_transitions = n_sequences * (n_steps - 1)
        observed = problem.observed.reshape(-1, obs_dim)
        self._x = np.where(observed, problem.observations.reshape(-1, obs_dim), 0.0)
        self._has_any = observed.any(axis=1)
        self._n_rows = int(self._has_any.sum())
        self._weights = np.vstack([np.ones(len(observed)), self._has_any.astype(float)])
        self._observe: Callable[[Model, Array, Array, Array], tuple[Array, Array]]
        if problem.missing == "entries":
            self._patterns = _Patterns(observed[self._has_any])
            self._observe = self._partly_observed
        else:
            self._Sxx = self._x.T @ self._x
            self._observe = self._fully_observed

    def __call__(self, smoothed: Smoothed, model: Model) -> Model:
        """The maximiser of the expected complete log-likelihood under `smoothed`, with `model` the old parameters."""
        n = model.latent_dim
        means = smoothed.means.reshape(-1, n)
        covs = smoothed.covs.reshape(-1, n * n)
        cov_sum, observed_cov_sum = (self._weights @ covs).reshape(2, n, n)
        first_means, last_means = smoothed.means[:, 0], smoothed.means[:, -1]
        first = smoothed.covs[:, 0].sum(axis=0) + first_means.T @ first_means
        last = smoothed.covs[:, -1].sum(axis=0) + last_means.T @ last_means
        S = cov_sum + means.T @ means
        S11, S00 = S - first, S - last
        S10 = smoothed.cross_sum + np.einsum(
            "sti,stj->ij", smoothed.means[:, 1:], smoothed.means[:, :-1], optimize=True
        )
        A = np.linalg.solve(S00, S10.T).T
        scatter = symmetrised(S11 - A @ S10.T)

        mu0 = first_means.mean(axis=0)
        initial = symmetrised(first / len(first_means) - np.outer(mu0, mu0))
        if self._tied:
            Sigma = (scatter + len(first_means) * initial) / (self._n_transitions + len(first_means))
            Sigma0 = Sigma
        else:
            Sigma, Sigma0 = scatter / self._n_transitions, initial
        B, Gamma = self._observe(model, means, covs, observed_cov_sum)
        return Model(A, B, Sigma, Gamma, mu0, Sigma0)

    def _fully_observed(self, _: Model, means: Array, __: Array, observed_cov_sum: Array) -> tuple[Array, Array]:
        """B and Γ where a row is there or not."""
        seen = means if self._n_rows == len(means) else means * self._has_any[:, None]
        S = observed_cov_sum + seen.T @ seen
        Sxz = self._x.T @ means
        B = np.linalg.solve(S, Sxz.T).T
        return B, symmetrised(self._Sxx - B @ Sxz.T) / self._n_rows

    def _partly_observed(self, model: Model, means: Array, covs: Array, _: Array) -> tuple[Array, Array]:
        """B and Γ where single entries are missing: they are latent too, and their moments are expected ones.

        With U = Γ[:, o] Γ[o, o]⁻¹ for the observed entries o of a row, E[x] = U x + (I − U) B E[z], and
        Cov[x] = (I − U) B Cov[z] Bᵀ (I − U)ᵀ + Γ − U Γ.
        """
        n = model.latent_dim
        seen_means, seen_covs, x = means[self._has_any], covs[self._has_any], self._x[self._has_any]
        gain = self._patterns.gains(model.Gamma)
        rest = np.eye(model.obs_dim) - gain
        pattern = self._patterns.of_row
        loading = rest @ model.B
        expected = np.einsum("tij,tj->ti", gain[pattern], x) + np.einsum("tij,tj->ti", loading[pattern], seen_means)
        cov_sums = self._patterns.sums(seen_covs).reshape(-1, n, n)
        spread = loading @ cov_sums
        noise = np.tensordot(self._patterns.counts, rest @ model.Gamma, axes=1)
        S = cov_sums.sum(axis=0) + seen_means.T @ seen_means
        Sxz = expected.T @ seen_means + spread.sum(axis=0)
        Sxx = expected.T @ expected + (spread @ np.swapaxes(loading, 1, 2)).sum(axis=0) + noise
        B = np.linalg.solve(S, Sxz.T).T
        return B, symmetrised(Sxx - B @ Sxz.T) / self._n_rows


class _Patterns:
    """The distinct patterns of observed entries, and which row has which."""

    def __init__(self, observed: np.ndarray) -> None:
        self._masks, self.of_row, counts = np.unique(observed, axis=0, return_inverse=True, return_counts=True)
        self.counts = counts.astype(float)
        self._order = np.argsort(self.of_row, kind="stable")
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1]))

    def gains(self, Gamma: Array) -> Array:
        """U = Γ[:, o] Γ[o, o]⁻¹ of every pattern, zero in the missing columns: (P, m, m)."""
        both = self._masks[:, :, None] & self._masks[:, None, :]
        padded = np.where(both, Gamma, np.eye(len(Gamma)))
        return Gamma @ np.where(both, np.linalg.inv(padded), 0.0)

    def sums(self, rows: Array) -> Array:
        """The rows' sum over each pattern: (P, …)."""
        return np.add.reduceat(rows[self._order], self._starts, axis=0)
