"""The parameters of a linear dynamical system, θ = (A, B, Σ, Γ, μ₀), and Σ₀ where it is separate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, check_whole, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import checked_covariance, solved, symmetrised


class ParameterInfo(NamedTuple):
    """How a parameter is called: in code, on screen, and in words."""

    name: str
    symbol: str
    title: str


PARAMETERS: tuple[ParameterInfo, ...] = (
    ParameterInfo("A", "A", "transition matrix"),
    ParameterInfo("B", "B", "observation matrix"),
    ParameterInfo("Sigma", "Σ", "transition covariance"),
    ParameterInfo("Gamma", "Γ", "observation covariance"),
    ParameterInfo("mu0", "μ₀", "initial state mean"),
    ParameterInfo("Sigma0", "Σ₀", "initial state covariance"),
)
SYMBOLS = {parameter.name: parameter.symbol for parameter in PARAMETERS}


@dataclass(frozen=True, eq=False, init=False)
class LDSParams:
    """A linear dynamical system; a value that exists is valid.

        z_1 ~ N(μ₀, Σ₀)    z_t = A z_{t-1} + ε_t,  ε_t ~ N(0, Σ)
                           x_t = B z_t + η_t,      η_t ~ N(0, Γ)

    Shapes: A (n, n), B (m, n), Sigma (n, n), Gamma (m, m), mu0 (n,), Sigma0 (n, n) or None, which ties the initial
    covariance to Σ. Σ and Σ₀ may be singular, Γ must be positive definite. Arrays are copied and read-only.
    Raises ParameterError. Source: docs/MATHEMATICS.md, first section.
    """

    A: Array
    B: Array
    Sigma: Array
    Gamma: Array
    mu0: Array
    Sigma0: Array | None = None

    def __init__(
        self,
        A: ArrayLike,
        B: ArrayLike,
        Sigma: ArrayLike,
        Gamma: ArrayLike,
        mu0: ArrayLike,
        Sigma0: ArrayLike | None = None,
    ) -> None:
        """Check and copy every field."""
        transition = frozen_array(A, 2, "A", "A")
        n = len(transition)
        if transition.shape != (n, n):
            raise ParameterError("A", f"A must be square, but is {n} × {transition.shape[1]}.")
        observation = frozen_array(B, 2, "B", "B")
        m, width = observation.shape
        if width != n:
            raise ParameterError("B", f"B must have {n} columns, one for each latent of A, but has {width}.")
        mean = frozen_array(mu0, 1, "mu0", "μ₀")
        if len(mean) != n:
            raise ParameterError("mu0", f"μ₀ must have {n} entries, one for each latent of A, but has {len(mean)}.")
        fields = {
            "A": transition,
            "B": observation,
            "Sigma": checked_covariance(Sigma, n, "Sigma", "Σ"),
            "Gamma": checked_covariance(Gamma, m, "Gamma", "Γ", definite=True),
            "mu0": mean,
            "Sigma0": None if Sigma0 is None else checked_covariance(Sigma0, n, "Sigma0", "Σ₀"),
        }
        for name, array in fields.items():
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Callable[..., LDSParams], tuple[Array | None, ...]]:
        """Make the copy of what was checked already: what is at the edge of rounding must not be judged twice."""
        return LDSParams.made, tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def made(cls, A: Array, B: Array, Sigma: Array, Gamma: Array, mu0: Array, Sigma0: Array | None = None) -> LDSParams:
        """The same of arrays that a computation has made and checked itself: nothing is copied or checked again."""
        params = object.__new__(cls)
        for name, array in (("A", A), ("B", B), ("Sigma", Sigma), ("Gamma", Gamma), ("mu0", mu0), ("Sigma0", Sigma0)):
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(params, name, array)
        return params

    @property
    def latent_dim(self) -> int:
        """The number of latents, n."""
        return len(self.A)

    @property
    def obs_dim(self) -> int:
        """The number of observed variables, m."""
        return len(self.B)

    @property
    def is_tied(self) -> bool:
        """Whether z_1 has the transition covariance Σ."""
        return self.Sigma0 is None

    @property
    def initial_cov(self) -> Array:
        """The covariance of z_1: Σ₀, or Σ where they are tied."""
        return self.Sigma if self.Sigma0 is None else self.Sigma0


def resized(params: LDSParams, latent_dim: int, obs_dim: int) -> LDSParams:
    """The model with other dimensions that keeps what fits.

    New latents decay on their own (A_ii = ½), start at 0, and have the mean variance of the old ones; a new entry of B
    is 1 on its diagonal and 0 elsewhere. Leaving a variable out leaves the rest as it was.
    """
    check_whole(latent_dim, "latent_dim", "The number of latents", least=1)
    check_whole(obs_dim, "obs_dim", "The number of observed variables", least=1)
    return LDSParams(
        A=_grown(params.A, 0.5 * np.eye(latent_dim)),
        B=_grown(params.B, np.eye(obs_dim, latent_dim)),
        Sigma=_grown(params.Sigma, _typical_variance(params.Sigma) * np.eye(latent_dim)),
        Gamma=_grown(params.Gamma, _typical_variance(params.Gamma) * np.eye(obs_dim)),
        mu0=_grown(params.mu0, np.zeros(latent_dim)),
        Sigma0=None
        if params.Sigma0 is None
        else _grown(params.Sigma0, _typical_variance(params.Sigma0) * np.eye(latent_dim)),
    )


def _grown(old: Array, new: Array) -> Array:
    """`new` with as much of `old` as it has room for in its corner."""
    corner = tuple(slice(0, min(a, b)) for a, b in zip(old.shape, new.shape, strict=True))
    new[corner] = old[corner]
    return new


def _typical_variance(cov: Array) -> float:
    mean = float(np.diagonal(cov).mean())
    return mean if mean > 0.0 else 1.0


def change_basis(params: LDSParams, W: ArrayLike) -> LDSParams:
    """The same distribution of x, seen from the latents W z.

        A → W A W⁻¹,  B → B W⁻¹,  Σ → W Σ Wᵀ,  Σ₀ → W Σ₀ Wᵀ,  μ₀ → W μ₀

    W (n, n) must be invertible; raises ParameterError. Source: docs/MATHEMATICS.md, section 5.
    """
    n = params.latent_dim
    basis = frozen_array(W, 2, "W", "W")
    if basis.shape != (n, n):
        raise ParameterError("W", f"W must be {n} × {n}, but is {basis.shape[0]} × {basis.shape[1]}.")
    rank = _rank(basis)
    if rank < n:
        raise ParameterError("W", f"W must be invertible, but its rank is {rank} of {n}.")

    def turned(cov: Array, field: str, symbol: str) -> Array:
        return checked_covariance(symmetrised(basis @ cov @ basis.T), n, field, symbol)

    return LDSParams.made(
        frozen_array(_over(basis @ params.A, basis), 2, "A", "A"),
        frozen_array(_over(params.B, basis), 2, "B", "B"),
        turned(params.Sigma, "Sigma", "Σ"),
        params.Gamma,  # as it is: at the edge of rounding it must not be judged twice
        frozen_array(basis @ params.mu0, 1, "mu0", "μ₀"),
        None if params.Sigma0 is None else turned(params.Sigma0, "Sigma0", "Σ₀"),
    )


def _rank(W: Array) -> int:
    """The rank of a matrix whose rows, and then columns, are brought to one size: units must not decide it."""
    balanced = W
    for axis in (1, 0):
        largest = np.abs(balanced).max(axis=axis, keepdims=True)
        balanced = balanced / np.where(largest > 0.0, largest, 1.0)
    return int(np.linalg.matrix_rank(balanced))


def _over(left: Array, right: Array) -> Array:
    """left · right⁻¹."""
    return solved(right.T, left.T).T
