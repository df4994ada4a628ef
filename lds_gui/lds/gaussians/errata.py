"""The exercise's printed divergences beside the right one: what each gives, and what is wrong with it.

Source: docs/MATHEMATICS.md, section 6, Task 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lds_gui.lds.arrays import Array, figure
from lds_gui.lds.gaussians.gaussian import Gaussian, restricted
from lds_gui.lds.gaussians.kl import kl_divergence
from lds_gui.lds.gaussians.pair import check_same_dimension

_SAME = 1e-9  # relative: what rounding may leave between two figures
_SCALE = 2.0  # by which the first dimension is measured in other units


@dataclass(frozen=True)
class Erratum:
    """A formula as it is printed.

    Attributes:
        name: its key.
        place: where it stands in the exercise.
        printed, right: what is printed, and what should be.
        went_wrong: the step of the derivation at which it went wrong.
        counterexample: what shows that it is no divergence, whatever P and Q are now.
        is_diagonal: whether it is about diagonal covariances only.
        value: what the printed formula gives, in nats.
    """

    name: str
    place: str
    printed: str
    right: str
    went_wrong: str
    counterexample: str
    is_diagonal: bool
    value: Callable[[Gaussian, Gaussian], float]


@dataclass(frozen=True)
class ErratumCheck:
    """A printed formula at two Gaussians.

    Attributes:
        printed, right: its value there, and the right one, in nats.
        breaks: what is wrong with the printed one, in sentences; at least one.
        note: what it was evaluated at, where that is not P and Q themselves.
    """

    printed: float
    right: float
    breaks: tuple[str, ...]
    note: str = ""


def _variances(p: Gaussian, q: Gaussian) -> tuple[Array, Array, Array]:
    return np.diagonal(p.cov), np.diagonal(q.cov), (p.mean - q.mean) ** 2


def _half_on_determinants_only(p: Gaussian, q: Gaussian) -> float:
    terms = kl_divergence(p, q)
    return 0.5 * terms.log_det + terms.trace + terms.mahalanobis - terms.dim


def _determinant_as_sum(p: Gaussian, q: Gaussian) -> float:
    a, b, squares = _variances(p, q)
    return 0.5 * float(np.log(b.sum() / a.sum()) + (a / b + squares / b - 1.0).sum())


def _times_variance(p: Gaussian, q: Gaussian) -> float:
    a, b, squares = _variances(p, q)
    return 0.5 * float((np.log(b / a) + a / b + squares * b - 1.0).sum())


def _as_printed(p: Gaussian, q: Gaussian) -> float:
    a, b, squares = _variances(p, q)
    return 0.5 * float(np.log(b.sum() / a.sum()) + (a / b - squares * b - 1.0).sum())


_RIGHT = "½ Σ [log(s_Q / s_P) + s_P / s_Q + (μ_P − μ_Q)² / s_Q − 1]"

ERRATA: tuple[Erratum, ...] = (
    Erratum(
        "half",
        "Task 1.1, result",
        "½ log(|Σ_Q| / |Σ_P|) + tr(Σ_Q⁻¹ Σ_P) + Δᵀ Σ_Q⁻¹ Δ − n",
        "½ [log(|Σ_Q| / |Σ_P|) + tr(Σ_Q⁻¹ Σ_P) + Δᵀ Σ_Q⁻¹ Δ − n]",
        "The ½ of the exponents was dropped when both expectations were put together; it belongs to every term.",
        "at P = N(0, ½), Q = N(0, 1) it is −0.153",
        False,
        _half_on_determinants_only,
    ),
    Erratum(
        "determinant",
        "Task 1.2, determinant",
        "½ [log(Σ s_Q / Σ s_P) + …]",
        _RIGHT,
        "The determinant of a diagonal matrix was taken for the sum of its entries; it is their product.",
        "at P = N(0, diag(2, 8)), Q = N(0, diag(4, 4)) it is 0.138 and not 0.25",
        True,
        _determinant_as_sum,
    ),
    Erratum(
        "quadratic",
        "Task 1.2, quadratic form",
        "½ Σ [… + (μ_P − μ_Q)² s_Q − 1]",
        _RIGHT,
        "Σ_Q⁻¹ was put in as Σ_Q: the squares are multiplied by the variances, and should be divided.",
        "measured in other units, x → 2 x, it is another number",
        True,
        _times_variance,
    ),
    Erratum(
        "result",
        "Task 1.2, result",
        "½ [log(Σ s_Q / Σ s_P) + Σ s_P / s_Q − Σ (μ_P − μ_Q)² s_Q − n]",
        _RIGHT,
        "Both mistakes above, and the quadratic term with a minus: the sign of the exponent was kept.",
        "at P = N(0, 1), Q = N(3, 1) it is −4.5",
        True,
        _as_printed,
    ),
)


def check_erratum(erratum: Erratum, p: Gaussian, q: Gaussian) -> ErratumCheck:
    """Evaluate a printed formula at P and Q, or at their diagonal parts if it is about diagonal covariances.

    Looked for is what no divergence may do: be negative, not be 0 at P = Q, or change with the units of x.
    """
    check_same_dimension(p, q)
    note = ""
    if erratum.is_diagonal and not (p.is_diagonal and q.is_diagonal):
        p, q = (Gaussian(one.mean, restricted(one.cov, "diagonal")) for one in (p, q))
        note = "of the diagonal parts"
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        printed, at_equality = erratum.value(p, q), erratum.value(p, p)
        scaled = erratum.value(_rescaled(p), _rescaled(q))
    right = kl_divergence(p, q).total
    breaks: list[str] = []
    if printed < 0.0:
        breaks.append(f"negative: {figure(printed)}")
    if abs(at_equality) > _SAME:
        breaks.append(f"{figure(at_equality)} at P = Q, not 0")
    if np.isfinite(printed) and np.isfinite(scaled) and abs(scaled - printed) > _SAME * max(abs(printed), 1.0):
        breaks.append(f"{figure(scaled)} once x₁ is measured in halves")
    if not breaks:
        breaks.append(erratum.counterexample)
    return ErratumCheck(printed, right, tuple(breaks), note)


def _rescaled(gaussian: Gaussian) -> Gaussian:
    """The same Gaussian, with the first dimension in units half as large."""
    units = np.ones(gaussian.dim)
    units[0] = _SCALE
    return Gaussian(gaussian.mean * units, gaussian.cov * np.outer(units, units))
