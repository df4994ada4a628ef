"""Q of a restricted family fitted to P by gradient descent: what each direction of the divergence looks for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.gaussians.kl import kl_divergence
from lds_gui.lds.linalg import is_positive_definite, lower_cholesky, solved, symmetrised

RESTRICTIONS = ("diagonal", "isotropic")
FORWARD, REVERSE = "KL(P ‖ Q)", "KL(Q ‖ P)"
_SUFFICIENT = 1e-4  # Armijo: the share of the promised fall that a step must bring
_SHORTEST = 1e-14  # of a step
_GROWTH, _CUT = 1.5, 0.5  # of the rate, after a step that was good, and after one that was not


@dataclass(frozen=True, eq=False)
class FitStep:
    """A step of gradient descent: its number, Q there, the divergence in nats, and the gradient's length."""

    iteration: int
    q: Gaussian
    divergence: float
    gradient_norm: float


def best_gaussian(target: Gaussian, family: str, objective: str) -> Gaussian:
    """Give the Q of the family that is nearest to P = N(μ, Σ); its mean is μ.

    KL(P ‖ Q) = const + ½ Σ_i (log q_i + (Σ_ii + (μ_i − m_i)²) / q_i) is least at the variances q_i = Σ_ii: moments are
    matched. KL(Q ‖ P) = const + ½ Σ_i (q_i Λ_ii − log q_i) + ½ (m − μ)ᵀ Λ (m − μ), Λ = Σ⁻¹, is least at q_i = 1 / Λ_ii,
    the variance of x_i given all others: Q seeks the mode. Isotropic: with the means of Σ_ii, and of Λ_ii. Raises
    ParameterError.
    """
    _check(target, family, objective)
    diagonal = np.diagonal(target.cov if objective == FORWARD else _precision(target))
    if family == "isotropic":
        diagonal = np.full_like(diagonal, diagonal.mean())
    return Gaussian(target.mean, np.diag(diagonal if objective == FORWARD else 1.0 / diagonal))


def fit_gaussian(
    target: Gaussian, family: str, objective: str, start: Gaussian, *, rate: float = 0.1, max_iter: int = 500
) -> Iterator[FitStep]:
    """Descend from `start` along the gradient with respect to Q's mean and log standard deviations.

    The rate grows as long as steps are good and is cut where one would not fall far enough (Armijo), so that the
    divergence never rises. Ends where the gradient is below 1e-9, where no step falls any more, or after `max_iter`.
    Raises ParameterError.
    """
    _check(target, family, objective)
    if not rate > 0.0:
        raise ParameterError("rate", f"The rate must be above 0, but is {rate:g}.")
    variances = np.diagonal(start.cov)
    if family == "isotropic":
        variances = np.full_like(variances, variances.mean())
    if not (variances > 0.0).all():
        raise ParameterError("start", "The descent cannot begin at a variance of 0: log standard deviations are moved.")
    return _descend(_Objective(target, family, objective), start.mean.copy(), 0.5 * np.log(variances), rate, max_iter)


class _Objective:
    """The divergence, but for a constant, and its gradient by the mean m and the log standard deviations ρ."""

    def __init__(self, target: Gaussian, family: str, objective: str) -> None:
        self.target, self._is_forward, self._is_isotropic = target, objective == FORWARD, family == "isotropic"
        self._precision = _precision(target)

    def value(self, mean: Array, log_sds: Array) -> float:
        away, variances = mean - self.target.mean, np.exp(2.0 * log_sds)
        if self._is_forward:
            return float((log_sds + 0.5 * (np.diagonal(self.target.cov) + away**2) / variances).sum())
        inside = float((0.5 * variances * np.diagonal(self._precision) - log_sds).sum())
        return inside + 0.5 * float(away @ self._precision @ away)

    def gradient(self, mean: Array, log_sds: Array) -> tuple[Array, Array]:
        away, variances = mean - self.target.mean, np.exp(2.0 * log_sds)
        if self._is_forward:
            by_mean = away / variances
            by_scale = 1.0 - (np.diagonal(self.target.cov) + away**2) / variances
        else:
            by_mean = self._precision @ away
            by_scale = variances * np.diagonal(self._precision) - 1.0
        return by_mean, np.full_like(by_scale, by_scale.mean()) if self._is_isotropic else by_scale

    def divergence(self, q: Gaussian) -> float:
        return (kl_divergence(self.target, q) if self._is_forward else kl_divergence(q, self.target)).total


def _descend(objective: _Objective, mean: Array, log_sds: Array, rate: float, max_iter: int) -> Iterator[FitStep]:
    for iteration in range(max_iter + 1):
        by_mean, by_scale = objective.gradient(mean, log_sds)
        steepness = float(by_mean @ by_mean + by_scale @ by_scale)
        q = Gaussian(mean, np.diag(np.exp(2.0 * log_sds)))
        yield FitStep(iteration, q, objective.divergence(q), float(np.sqrt(steepness)))
        if steepness < 1e-18:
            return
        here = objective.value(mean, log_sds)
        with np.errstate(over="ignore", invalid="ignore"):  # too long a step is cut
            while rate > _SHORTEST:
                there = mean - rate * by_mean, log_sds - rate * by_scale
                if objective.value(*there) <= here - _SUFFICIENT * rate * steepness:
                    break
                rate *= _CUT
            else:
                return
        (mean, log_sds), rate = there, rate * _GROWTH


def _precision(target: Gaussian) -> Array:
    inverse = solved(lower_cholesky(target.cov), np.eye(target.dim))
    return symmetrised(inverse.T @ inverse)


def _check(target: Gaussian, family: str, objective: str) -> None:
    if family not in RESTRICTIONS:
        raise ParameterError("family", f"Q must be {' or '.join(RESTRICTIONS)}, but is to be {family}.")
    if objective not in (FORWARD, REVERSE):
        raise ParameterError("objective", f"The objective must be {FORWARD} or {REVERSE}, but is {objective}.")
    if not is_positive_definite(target.cov):
        raise ParameterError("cov", "Nothing can be fitted to a P without a density: its covariance is singular.")
