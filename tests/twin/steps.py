"""One step in time, each a pure function: an observation taken in, a transition, a step back.

The state is carried in whitened coordinates, z_t = mean + factor · ξ with ξ ~ N(0, I) given the past, and the two
places where covariances meet (an observation, a transition) are rotations of such coordinates, by QR. Nothing is
inverted, nothing is subtracted from a covariance, and the way back only multiplies by matrices of norm ≤ 1: a singular
Σ, an unstable A, a diffuse start and a nearly noise-free Γ are all ordinary.

Sources: Kaminski, Bryson and Schmidt (1971) for square-root recursions; Jungbacker and Koopman (2008) for the reduction
of an observation to n dimensions.
"""

from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.linalg import lower_cholesky, solved
from lds_gui.lds.missing import Mask
from lds_gui.lds.params import LDSParams


class Channel(NamedTuple):
    """What one pattern of observed entries sees of the state: with unit noise, and in n dimensions.

    With Γ = L Lᵀ (`lower`) over the observed entries and L⁻¹ B = Q R: `reader` (n, m) is Qᵀ L⁻¹ and `matrix` (n, n)
    is R, both padded with zeros; `basis` is Q. What is left of L⁻¹ x outside Q does not depend on z.
    """

    observed: Mask
    reader: Array
    matrix: Array
    lower: Array
    basis: Array


class State(NamedTuple):
    """A Gaussian over z_t as mean + factor · N(0, I)."""

    mean: Array
    factor: Array


class Update(NamedTuple):
    """An observation taken in: the state after it, whose coordinates u give those before it, ξ = shift + shrink · u."""

    state: State
    shift: Array
    shrink: Array


class Transition(NamedTuple):
    """A step in time: the next state, and the rotation (u, w) = rotation · (ξ, ζ).

    u are the coordinates of z_t, w those of the noise, ξ those of z_{t+1}, and ζ is what z_{t+1} does not tell of them.
    """

    state: State
    rotation: Array


def channel(params: LDSParams, observed: Mask) -> Channel:
    """The channel of one pattern of observed entries."""
    n = params.latent_dim
    lower = lower_cholesky(params.Gamma[np.ix_(observed, observed)])
    basis, upper = np.linalg.qr(solved(lower, params.B[observed]))
    reader = np.zeros((n, params.obs_dim))
    reader[: len(upper), observed] = solved(lower.T, basis).T
    matrix = np.zeros((n, n))
    matrix[: len(upper)] = upper
    return Channel(observed, reader, matrix, lower, basis)


def update(state: State, innovation: Array, matrix: Array) -> Update:
    """Take in v = R (z − mean) + N(0, I): `innovation` v (n,) and `matrix` R (n, n) of a channel.

    With S the state's factor, the QR factors of [R S; I] hold the square root of I + Sᵀ Rᵀ R S, and its inverse.
    """
    n = len(innovation)
    columns, _ = np.linalg.qr(np.concatenate((matrix @ state.factor, np.eye(n))))
    shrink = columns[n:]
    shift = shrink @ (innovation @ columns[:n])
    return Update(State(state.mean + state.factor @ shift, state.factor @ shrink), shift, shrink)


def predict(state: State, A: Array, noise_factor: Array) -> Transition:
    """One step in time, z_{t+1} = A z_t + F w: `noise_factor` F (n, n) is a square root of Σ."""
    rotation, upper = np.linalg.qr(np.concatenate(((A @ state.factor).T, noise_factor.T)), mode="complete")
    return Transition(State(A @ state.mean, upper[: len(A)].T), rotation)


def step_back(mean: Array, cov: Array, rotation: Array) -> tuple[Array, Array]:
    """Mean (2n,) and covariance (2n, 2n) of (u, w) given all data, from those of ξ at the later step."""
    n = len(mean)
    known, unknown = rotation[:, :n], rotation[:, n:]
    return known @ mean, known @ cov @ known.T + unknown @ unknown.T
