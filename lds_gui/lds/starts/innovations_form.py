"""From what a predictor sees to the model's own noise: the covariances Σ and Γ behind an innovations form."""

from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.linalg import lower_cholesky, nearest_psd, solved, symmetrised

_LEAST_NOISE = 0.01  # relative to what may be noise, and to a latent's own step: what Γ and Σ keep at least
_MOST_EXPLAINED = 0.95  # of the innovations' variance by the error of the state
_DESCENTS = 300


class InnovationsForm(NamedTuple):
    """ẑ_{t+1} = A ẑ_t + r_t and x_t = B ẑ_t + e_t, where ẑ_t is the best guess of z_t from the past.

    state_cov (n, n): E[ẑ ẑᵀ]. residual_cov (n + m, n + m): the covariance of (r, e), which are correlated.
    """

    A: Array
    B: Array
    state_cov: Array
    residual_cov: Array


def noise_covariances(form: InnovationsForm, noise: Array, count: int) -> tuple[Array, Array, Array]:
    """Σ, Γ and the covariance P of z_t − ẑ_t, such that a Kalman filter makes these residuals, as nearly as it can.

        A P Bᵀ = E[r eᵀ],   Γ = E[e eᵀ] − B P Bᵀ,   Σ = P − A P Aᵀ + E[r rᵀ]

    P solves the first by least squares, in units of e, among those for which P and Σ have no negative eigenvalue. What
    is left of one is set to 0, P is scaled down where it would explain all of e, and Σ and Γ keep a little noise in
    each direction: of the latents' own steps, and of `noise` (m,), the variances that may be noise. `count` is how many
    rows the residuals are from.
    Source: the positive real lemma of stochastic realisation, as in Van Overschee and De Moor (1996), chapter 3.
    """
    n = len(form.A)
    steps, across = form.residual_cov[:n, :n], form.residual_cov[:n, n:]
    errors = form.residual_cov[n:, n:] + np.diag(_LEAST_NOISE * noise)
    lower = lower_cholesky(errors)
    basis, seen = np.linalg.qr(solved(lower, form.B))  # what the latents reach of e, at most n directions
    cross = solved(lower, across.T).T @ basis
    cov = nearest_psd(_error_cov(form.A, seen, cross, steps, count))
    explained = float(np.linalg.eigvalsh(symmetrised(seen @ cov @ seen.T))[-1])
    P = cov * _MOST_EXPLAINED / max(_MOST_EXPLAINED, explained)
    Gamma = symmetrised(errors - form.B @ P @ form.B.T)
    Sigma = nearest_psd(P - form.A @ P @ form.A.T + steps)
    floor = _LEAST_NOISE * (np.diagonal(Sigma) + 1.0 / count)
    return Sigma + np.diag(floor), Gamma, P


def _error_cov(A: Array, seen: Array, cross: Array, steps: Array, count: int) -> Array:
    """The symmetric P that minimises ‖A P seenᵀ − cross‖² + ‖P‖² / count + the squares of all negative eigenvalues.

    The eigenvalues are those of P and of Σ = P − A P Aᵀ + steps; the ridge is of the size of the sampling error.
    By accelerated gradient descent (Nesterov, 1983): the function is convex.
    """
    n = len(A)
    most, reach = (float(np.linalg.norm(matrix, 2)) for matrix in (A, seen))
    steepest = (most * reach) ** 2 + 1.0 / count + 1.0 + (1.0 + most**2) ** 2
    cov = ahead = np.zeros((n, n))
    momentum = 1.0
    for _ in range(_DESCENTS):
        misfit = A.T @ (A @ ahead @ seen.T - cross) @ seen
        from_Sigma = _negative_part(ahead - A @ ahead @ A.T + steps)
        towards_psd = _negative_part(ahead) + from_Sigma - A.T @ from_Sigma @ A
        gradient = symmetrised(misfit) + ahead / count + towards_psd
        before, cov = cov, ahead - gradient / steepest
        faster = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        ahead = cov + (momentum - 1.0) / faster * (cov - before)
        momentum = faster
    return cov


def _negative_part(matrix: Array) -> Array:
    """What is missing to the nearest positive semi-definite matrix, M − M₊."""
    values, vectors = np.linalg.eigh(symmetrised(matrix))
    return symmetrised((vectors * np.minimum(values, 0.0)) @ vectors.T)
