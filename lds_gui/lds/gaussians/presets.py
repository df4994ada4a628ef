"""Pairs of Gaussians that show something, in any dimension."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array, check_rng, check_whole
from lds_gui.lds.gaussians.gaussian import Gaussian, restricted
from lds_gui.lds.linalg import symmetrised

MOST_DIMENSIONS = 20
Pair = tuple[Gaussian, Gaussian]


@dataclass(frozen=True)
class GaussianPreset:
    """A pair of Gaussians with a name: what it shows, and how it is made in n dimensions."""

    name: str
    title: str
    about: str
    make: Callable[[int], Pair]


def _alternating(dim: int, even: float, odd: float) -> Array:
    return np.where(np.arange(dim) % 2 == 0, even, odd)


def _correlated(dim: int, correlation: float) -> Array:
    """Neighbours correlate so much, and others the less the farther they are apart."""
    places = np.arange(dim)
    return correlation ** np.abs(places[:, None] - places[None, :]).astype(np.float64)


def _same_mean(dim: int) -> Pair:
    wide, narrow = _alternating(dim, 2.0, 0.4), _alternating(dim, 0.5, 1.5)
    return Gaussian(np.zeros(dim), np.diag(wide)), Gaussian(np.zeros(dim), np.diag(narrow))


def _same_shape(dim: int) -> Pair:
    cov = _correlated(dim, 0.6)
    return Gaussian(np.zeros(dim), cov), Gaussian(_alternating(dim, 1.5, -0.5), cov)


def _nested(dim: int) -> Pair:
    return Gaussian(np.zeros(dim), 0.25 * np.eye(dim)), Gaussian(np.zeros(dim), 2.0 * np.eye(dim))


def _far_apart(dim: int) -> Pair:
    return Gaussian(np.full(dim, -4.0), np.eye(dim)), Gaussian(np.full(dim, 4.0), _correlated(dim, 0.3))


def _nearly_singular(dim: int) -> Pair:
    cov = np.eye(dim) if dim > 1 else np.array([[1e-4]])
    if dim > 1:
        cov = _correlated(dim, 0.999)
    return Gaussian(np.zeros(dim), np.eye(dim)), Gaussian(np.zeros(dim), cov)


def _correlated_and_not(dim: int) -> Pair:
    return Gaussian(np.zeros(dim), _correlated(dim, 0.9)), Gaussian(np.zeros(dim), np.eye(dim))


GAUSSIAN_PRESETS: tuple[GaussianPreset, ...] = (
    GaussianPreset("same_mean", "Same mean", "Only the shapes differ: the quadratic term is 0.", _same_mean),
    GaussianPreset("same_shape", "Same shape", "Only the means differ: both directions are equal.", _same_shape),
    GaussianPreset("nested", "Nested", "Q covers P, but P does not cover Q: compare both directions.", _nested),
    GaussianPreset("far_apart", "Far apart", "Hardly any overlap: Hellinger saturates, W₂ does not.", _far_apart),
    GaussianPreset(
        "nearly_singular",
        "Nearly singular",
        "Q is nearly flat: what P spreads across it costs a lot, and float64 runs out of digits.",
        _nearly_singular,
    ),
    GaussianPreset(
        "correlated",
        "Correlated, independent",
        "The same marginals: KL is the information that the dimensions share.",
        _correlated_and_not,
    ),
)


def random_gaussian(dim: int, rng: np.random.Generator, family: str = "full") -> Gaussian:
    """Draw a Gaussian with standard deviations between about ½ and 2, turned at random, of a family of FAMILIES.

    Raises ParameterError.
    """
    check_whole(dim, "dim", "The dimension", least=1)
    check_rng(rng)
    axes, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    variances = np.exp(rng.uniform(-1.4, 1.4, dim))
    return Gaussian(1.2 * rng.standard_normal(dim), restricted(symmetrised((axes * variances) @ axes.T), family))
