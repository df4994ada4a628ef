"""Slow and obviously right: the whole model as one big joint Gaussian, conditioned by the textbook formula."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Dataset, LDSParams

Array = NDArray[np.float64]


@dataclass
class Moments:
    """Mean and covariance of (z_1..z_T, x_1..x_T), with slices to look things up."""

    mean: Array
    cov: Array
    n: int
    m: int
    n_steps: int

    def z(self, t: int) -> slice:
        return slice(t * self.n, (t + 1) * self.n)

    def x(self, t: int) -> slice:
        start = self.n_steps * self.n
        return slice(start + t * self.m, start + (t + 1) * self.m)

    def second(self, a: slice, b: slice) -> Array:
        """E[a bᵀ]."""
        return self.cov[a, b] + np.outer(self.mean[a], self.mean[b])


def joint(params: LDSParams, n_steps: int) -> Moments:
    """The joint distribution of all latents and observations, written out step by step."""
    n, m = params.latent_dim, params.obs_dim
    z_mean = [params.mu0]
    z_cov = np.zeros((n_steps, n_steps, n, n))  # z_cov[s, t] = Cov[z_s, z_t]
    z_cov[0, 0] = params.initial_cov
    for t in range(1, n_steps):
        z_mean.append(params.A @ z_mean[-1])
        for s in range(t):
            z_cov[t, s] = params.A @ z_cov[t - 1, s]
            z_cov[s, t] = z_cov[t, s].T
        z_cov[t, t] = params.A @ z_cov[t - 1, t - 1] @ params.A.T + params.Sigma
    latent = z_cov.transpose(0, 2, 1, 3).reshape(n_steps * n, n_steps * n)
    see = np.kron(np.eye(n_steps), params.B)
    noise = np.kron(np.eye(n_steps), params.Gamma)
    mean = np.concatenate(z_mean)
    cov = np.block([[latent, latent @ see.T], [see @ latent, see @ latent @ see.T + noise]])
    return Moments(np.concatenate((mean, see @ mean)), cov, n, m, n_steps)


def conditioned(moments: Moments, x: Array, until: int | None = None) -> Moments:
    """Everything given the observed entries of x_1..x_until (all of them by default)."""
    known = ~np.isnan(x)
    if until is not None:
        known[until:] = False
    where = moments.n_steps * moments.n + np.flatnonzero(known.ravel())
    gain = np.linalg.solve(moments.cov[np.ix_(where, where)], moments.cov[where]).T
    mean = moments.mean + gain @ (x.ravel()[known.ravel()] - moments.mean[where])
    cov = moments.cov - gain @ moments.cov[where]
    return Moments(mean, cov, moments.n, moments.m, moments.n_steps)


def log_density(params: LDSParams, x: Array) -> float:
    """log p(x) of the observed entries of one sequence."""
    moments = joint(params, len(x))
    known = np.flatnonzero(~np.isnan(x).ravel())
    where = len(x) * params.latent_dim + known
    cov = moments.cov[np.ix_(where, where)]
    error = x.ravel()[known] - moments.mean[where]
    log_det = np.linalg.slogdet(cov)[1]
    return float(-0.5 * (len(known) * np.log(2 * np.pi) + log_det + error @ np.linalg.solve(cov, error)))


def log_likelihood(params: LDSParams, dataset: Dataset) -> float:
    return sum(log_density(params, x) for x in dataset.sequences)


def em_update(params: LDSParams, dataset: Dataset, learn: frozenset[str]) -> LDSParams:
    """One EM iteration by the sums of the textbook: S, S00, S10, S11, Sxz, Sxx."""
    n, m = params.latent_dim, params.obs_dim
    S, S00, S10, S11 = (np.zeros((n, n)) for _ in range(4))
    Sxx, Sxz = np.zeros((m, m)), np.zeros((m, n))
    firsts: list[tuple[Array, Array]] = []
    n_transitions = n_rows = 0
    for x in dataset.sequences:
        q = conditioned(joint(params, len(x)), x)
        firsts.append((q.mean[q.z(0)], q.cov[q.z(0), q.z(0)]))
        for t in range(len(x)):
            if not np.isnan(x[t]).all():
                n_rows += 1
                S += q.second(q.z(t), q.z(t))
                Sxz += q.second(q.x(t), q.z(t))
                Sxx += q.second(q.x(t), q.x(t))
            if t:
                n_transitions += 1
                S00 += q.second(q.z(t - 1), q.z(t - 1))
                S10 += q.second(q.z(t), q.z(t - 1))
                S11 += q.second(q.z(t), q.z(t))
    A = S10 @ np.linalg.inv(S00) if "A" in learn and n_transitions else params.A
    B = Sxz @ np.linalg.inv(S) if "B" in learn else params.B
    mu0 = np.mean([mean for mean, _ in firsts], axis=0) if "mu0" in learn else params.mu0
    start = sum(cov + np.outer(mean - mu0, mean - mu0) for mean, cov in firsts)
    steps = S11 - S10 @ A.T - A @ S10.T + A @ S00 @ A.T
    Sigma, Gamma, Sigma0 = params.Sigma, params.Gamma, params.Sigma0
    if "Gamma" in learn:
        Gamma = (Sxx - Sxz @ B.T - B @ Sxz.T + B @ S @ B.T) / n_rows
    if "Sigma" in learn and params.is_tied:
        Sigma = (start + steps) / (len(firsts) + n_transitions)
    elif "Sigma" in learn and n_transitions:
        Sigma = steps / n_transitions
    if "Sigma0" in learn and Sigma0 is not None:
        Sigma0 = start / len(firsts)
    return LDSParams(A, B, _even(Sigma), _even(Gamma), mu0, None if Sigma0 is None else _even(Sigma0))


def _even(matrix: Array) -> Array:
    return (matrix + matrix.T) / 2
