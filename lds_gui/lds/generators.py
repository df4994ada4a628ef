"""Models by chance, with the properties that one wishes for."""

import math
from collections.abc import Sequence

import numpy as np

from lds_gui.lds.arrays import Array, check_rng, check_whole
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import symmetrised
from lds_gui.lds.params import LDSParams

Periods = Sequence[float | None]

_MODULI = (0.8, 0.98)  # of a model for which none are wished
_PERIODS = (5.0, 50.0)


def random_stable(
    n: int, moduli: Sequence[float], periods: Periods, rng: np.random.Generator, *, mixed: bool = True
) -> Array:
    """A transition matrix (n, n) whose eigenvalues have these moduli and periods in steps, one of each for each mode.

    A finite period p takes two dimensions, for the pair r exp(±2πi/p); None or ∞ takes one, for the real eigenvalue r.
    With `mixed`, the modes lie in a random orthonormal basis instead of along the axes. Raises ParameterError where
    a modulus is not from 0 to 1, a period is below 2, or the modes do not take n dimensions together.
    """
    check_whole(n, "n", "The number of latents", least=1)
    check_rng(rng)
    if len(moduli) != len(periods):
        raise ParameterError(
            "periods", f"Each mode has a modulus and a period, but there are {len(moduli)} and {len(periods)} of them."
        )
    for modulus in moduli:
        if not 0.0 <= modulus <= 1.0:
            raise ParameterError("moduli", f"The modulus of a stable mode is from 0 to 1, not {modulus:g}.")
    turning = [period is not None and period != math.inf for period in periods]
    for period in periods:
        if period is not None and not period >= 2.0:
            raise ParameterError("periods", f"A period has at least 2 steps, not {period:g}; None stands for no cycle.")
    taken = len(periods) + sum(turning)
    if taken != n:
        raise ParameterError(
            "periods",
            f"Modes with a period take two latents and others one, here {taken} together, but there are {n} latents.",
        )
    A = np.zeros((n, n))
    at = 0
    for modulus, period, turns in zip(moduli, periods, turning, strict=True):
        if turns and period is not None:
            angle = 2.0 * math.pi / period
            cosine, sine = modulus * math.cos(angle), modulus * math.sin(angle)
            A[at : at + 2, at : at + 2] = [[cosine, -sine], [sine, cosine]]
        else:
            A[at, at] = modulus
        at += 1 + turns
    if not mixed:
        return A
    basis, triangle = np.linalg.qr(rng.standard_normal((n, n)))
    basis = basis * np.where(np.diagonal(triangle) < 0.0, -1.0, 1.0)  # so that no basis is likelier than another
    return basis @ A @ basis.T


def random_covariance(dim: int, rng: np.random.Generator, dof: int | None = None, scale: float = 1.0) -> Array:
    """A covariance (dim, dim) from the Wishart distribution whose mean is scale · I.

    It is the sample covariance of `dof` draws from N(0, scale · I), by default 2 dim: the fewer, the more correlated;
    below `dim` it is singular. Raises ParameterError.
    """
    check_whole(dim, "dim", "The dimension", least=1)
    draws = 2 * dim if dof is None else dof
    check_whole(draws, "dof", "The number of degrees of freedom", least=1)
    _check_scale(scale, "scale", "The scale of a covariance")
    check_rng(rng)
    factor = rng.standard_normal((dim, draws)) * math.sqrt(scale / draws)
    return symmetrised(factor @ factor.T)


def random_observation(m: int, n: int, rng: np.random.Generator) -> Array:
    """An observation matrix (m, n) of independent entries of variance 1/n: x is about as large as one latent."""
    check_whole(m, "m", "The number of observed variables", least=1)
    check_whole(n, "n", "The number of latents", least=1)
    check_rng(rng)
    return rng.standard_normal((m, n)) / math.sqrt(n)


def random_model(
    n: int,
    m: int,
    rng: np.random.Generator,
    *,
    moduli: Sequence[float] | None = None,
    periods: Periods | None = None,
    noise: float = 1.0,
    dof: int | None = None,
) -> LDSParams:
    """A stable model with n latents and m observed variables, all of it random.

    Where no periods are wished, there are ⌊n/2⌋ between 5 and 50 steps, and a mode without one where n is odd; where
    no moduli are, they lie between 0.8 and 0.98. Σ has the mean I, Γ the mean noise · I, `dof` is that of Σ, and μ₀
    is standard normal. Raises ParameterError.
    """
    check_whole(n, "n", "The number of latents", least=1)
    check_whole(m, "m", "The number of observed variables", least=1)
    _check_scale(noise, "noise", "The size of the observation noise")
    check_rng(rng)
    if periods is None:
        drawn = np.exp(rng.uniform(*np.log(_PERIODS), size=n // 2))
        periods = [*map(float, drawn), *([None] if n % 2 else [])]
    if moduli is None:
        moduli = [float(modulus) for modulus in rng.uniform(*_MODULI, size=len(periods))]
    return LDSParams(
        A=random_stable(n, moduli, periods, rng),
        B=random_observation(m, n, rng),
        Sigma=random_covariance(n, rng, dof),
        Gamma=random_covariance(m, rng, scale=noise),
        mu0=rng.standard_normal(n),
    )


def empty_model() -> LDSParams:
    """One latent without memory, and one observed variable: A = 0, B = Σ = Γ = 1, μ₀ = 0. To build on."""
    unit = np.ones((1, 1))
    return LDSParams(A=np.zeros((1, 1)), B=unit, Sigma=unit, Gamma=unit, mu0=np.zeros(1))


def _check_scale(value: float, field: str, name: str) -> None:
    if not 0.0 < value < math.inf:
        raise ParameterError(field, f"{name} must be a positive number, but is {value:g}.")
