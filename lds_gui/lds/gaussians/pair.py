"""Two Gaussians, and what all their divergences are made of, as balls."""

from functools import cached_property

import numpy as np
from flint import arb, arb_mat

from lds_gui.lds.arrays import Array, figure
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.gaussians import balls
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.linalg import OUTSIDE, psd_factor, solve_psd_right


class ExactPair:
    """P and Q with definite covariances. Each property is computed once, at the precision of its first use."""

    def __init__(self, p: Gaussian, q: Gaussian) -> None:
        """Take exactly the numbers that are there."""
        self.dim, self._have_same_shape = p.dim, np.array_equal(p.cov, q.cov)
        self.a, self.b = balls.matrix(p.cov), balls.matrix(q.cov)
        self.difference = [one - other for one, other in zip(*map(balls.vector, (p.mean, q.mean)), strict=True)]

    @cached_property
    def lower_a(self) -> balls.Rows:
        """L_a with Σ_a = L_a L_aᵀ."""
        return balls.cholesky(self.a)

    @cached_property
    def lower_b(self) -> balls.Rows:
        """L_b with Σ_b = L_b L_bᵀ."""
        return self.lower_a if self._have_same_shape else balls.cholesky(self.b)

    @cached_property
    def log_det_a(self) -> arb:
        """log |Σ_a|."""
        return balls.log_det(self.lower_a)

    @cached_property
    def log_det_b(self) -> arb:
        """log |Σ_b|."""
        return balls.log_det(self.lower_b)

    @cached_property
    def log_ratio(self) -> arb:
        """log |Σ_b| − log |Σ_a|."""
        return arb(0) if self._have_same_shape else self.log_det_b - self.log_det_a

    @cached_property
    def trace(self) -> arb:
        """tr(Σ_b⁻¹ Σ_a) = ‖L_b⁻¹ L_a‖²."""
        if self._have_same_shape:
            return arb(self.dim)
        return sum(
            (balls.squares(balls.solved(self.lower_b, column)) for column in balls.columns(self.lower_a)), arb(0)
        )

    @cached_property
    def mahalanobis(self) -> arb:
        """(μ_a − μ_b)ᵀ Σ_b⁻¹ (μ_a − μ_b)."""
        return balls.squares(balls.solved(self.lower_b, self.difference))

    @cached_property
    def swapped(self) -> "ExactPair":
        """Q and P."""
        other = ExactPair.__new__(ExactPair)
        other.dim, other.a, other.b, other._have_same_shape = self.dim, self.b, self.a, self._have_same_shape
        other.difference = [-value for value in self.difference]
        other.__dict__ |= {"lower_a": self.lower_b, "lower_b": self.lower_a}
        other.__dict__ |= {"log_det_a": self.log_det_b, "log_det_b": self.log_det_a, "swapped": self}
        return other

    def mixed(self, weight: arb) -> tuple[arb, arb]:
        """log |M| and Δᵀ M⁻¹ Δ of M = (1 − weight) Σ_a + weight Σ_b. Raises UncertainError if M is not definite."""
        size = self.dim
        mixture: arb_mat = self.a * (1 - weight) + self.b * weight
        lower = balls.cholesky(mixture) if size else []
        return balls.log_det(lower), balls.squares(balls.solved(lower, self.difference))


class Support:
    """Where Q has its mass, {μ_b + F y}, and whether P has its there, too.

    Attributes:
        p, q: both in the coordinates y, in which Q is N(0, I); None if P has mass elsewhere, or Q is a point.
        reason: why P is not there, in words; empty if it is.
        mean_is_outside, cov_is_outside: which part of P is not there.
        is_point: whether Q has all its mass in one point.
    """

    def __init__(self, p: Gaussian, q: Gaussian) -> None:
        """Look at both."""
        factor = psd_factor(q.cov)
        difference, spread, metric = p.mean - q.mean, psd_factor(p.cov), factor.T @ factor
        shift = solve_psd_right((factor.T @ difference)[None, :], metric)[0]
        inner = solve_psd_right(spread.T @ factor, metric).T
        scale = np.sqrt(np.maximum(np.diagonal(p.cov), np.diagonal(q.cov)))
        away, across = difference - factor @ shift, spread - factor @ inner
        self.mean_is_outside = _is_outside(away, scale + np.abs(difference))
        self.cov_is_outside = _is_outside(across.T, scale)
        self.shift, self.inner = shift, inner
        self.is_point = not factor.shape[1]
        self.p = self.q = None
        self.reason = ""
        if self.cov_is_outside:
            direction, sd = _widest(across)
            self.reason = f"P spreads along {_written(direction)} with variance {figure(sd**2)}, and Q not at all"
        elif self.mean_is_outside:
            distance = float(np.linalg.norm(away))
            self.reason = f"P’s mean lies {figure(distance)} away from the only places where Q has mass"
        elif not self.is_point:
            rank = len(shift)
            self.p, self.q = Gaussian(shift, inner @ inner.T), Gaussian(np.zeros(rank), np.eye(rank))

    @property
    def holds_p(self) -> bool:
        """Whether all of P's mass is there."""
        return not (self.mean_is_outside or self.cov_is_outside)


def check_same_dimension(p: Gaussian, q: Gaussian) -> None:
    """Raise ParameterError unless both are on the same space."""
    if p.dim != q.dim:
        raise ParameterError("q", f"P and Q must have the same dimension, but P has {p.dim} and Q has {q.dim}.")


def are_equal(p: Gaussian, q: Gaussian) -> bool:
    """Whether both are the same, to the last bit."""
    return np.array_equal(p.mean, q.mean) and np.array_equal(p.cov, q.cov)


def _is_outside(remainder: Array, scale: Array) -> bool:
    return bool(np.any(np.abs(remainder) > OUTSIDE * scale))


def _widest(factor: Array) -> tuple[Array, float]:
    """The direction in which F y, y ~ N(0, I), varies most, and its standard deviation there."""
    vectors, values, _ = np.linalg.svd(factor, full_matrices=False)
    direction = vectors[:, 0]
    return direction * (1.0 if direction[np.abs(direction).argmax()] > 0.0 else -1.0), float(values[0])


def _written(direction: Array) -> str:
    shown = [figure(float(value)) if abs(value) > 5e-4 else "0" for value in direction[:6]]
    return f"({', '.join(shown)}{', …' if len(direction) > 6 else ''})"
