"""Everything that there is to say of two Gaussians, as plain data: what the command `kl` prints, or writes as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from lds_gui.lds import (
    DIVERGENCES,
    ERRATA,
    RESTRICTIONS,
    Estimate,
    Gaussian,
    KLTerms,
    ParameterError,
    best_gaussian,
    check_erratum,
    compare,
    dimension_costs,
    directions,
    estimates,
)
from lds_gui.lds.gaussians.fitting import FORWARD, REVERSE

_BITS_PER_NAT = 1.0 / float(np.log(2.0))
_SWAP = {ord("P"): "Q", ord("Q"): "P"}  # a reason of KL(Q‖P) says P where Q is meant


def kl_report(
    p: Gaussian, q: Gaussian, *, order: float = 2.0, n_samples: int = 0, seed: int = 0, in_bits: bool = False
) -> dict[str, Any]:
    """Give terms, divergences, directions, errata, the best restricted fits, and estimates if samples are asked for.

    Raises ParameterError.
    """
    found, factor = compare(p, q, order), _BITS_PER_NAT if in_bits else 1.0
    report: dict[str, Any] = {
        "dim": p.dim,
        "unit": "bits" if in_bits else "nats",
        "order": order,
        "terms": {"kl_pq": _terms(found.forwards, factor), "kl_qp": _terms(found.backwards, factor, _SWAP)},
        "divergences": {
            divergence.name: found.values[divergence.name] * (factor if divergence.unit == "nats" else 1.0)
            for divergence in DIVERGENCES
        },
        "directions": _directions(p, q, factor),
        "errata": [_erratum(place, p, q, factor) for place in range(len(ERRATA))],
        "fits": _fits(p, factor),
    }
    costs = dimension_costs(p, q)
    if costs is not None:
        report["dimensions"] = (costs * factor).tolist()
    if n_samples:
        *_, last = estimates(p, q, np.random.default_rng(seed), n_samples)
        report["monte_carlo"] = _estimate(last, factor) | {"n_samples": n_samples, "seed": seed}
    return report


def _terms(terms: KLTerms, factor: float, names: dict[int, str] | None = None) -> dict[str, Any]:
    values = {"log_det": terms.log_det, "trace": terms.trace, "mahalanobis": terms.mahalanobis, "n": float(terms.dim)}
    scaled: dict[str, Any] = {name: value * factor for name, value in values.items()}
    return scaled | {"total": terms.total * factor, "reason": terms.reason.translate(names or {})}


def _directions(p: Gaussian, q: Gaussian, factor: float) -> list[dict[str, Any]]:
    found = directions(p, q)
    if found is None:
        return []
    return [
        {
            "direction": found.vectors[:, k].tolist(),
            "variance_ratio": float(found.ratios[k]),
            "shift": float(found.shifts[k]),
            "shape_cost": float(found.shape_costs[k]) * factor,
            "mean_cost": float(found.mean_costs[k]) * factor,
        }
        for k in range(len(found.ratios))
    ]


def _erratum(place: int, p: Gaussian, q: Gaussian, factor: float) -> dict[str, Any]:
    erratum, check = ERRATA[place], check_erratum(ERRATA[place], p, q)
    return {
        "place": erratum.place,
        "formula_as_printed": erratum.printed,
        "right_formula": erratum.right,
        "printed": check.printed * factor,
        "right": check.right * factor,
        "breaks": list(check.breaks),
        "went_wrong": erratum.went_wrong,
        "note": check.note,
    }


def _fits(p: Gaussian, factor: float) -> list[dict[str, Any]]:
    """The best Q of each restricted family by each direction; none where P has no density."""
    fits: list[dict[str, Any]] = []
    for family in RESTRICTIONS:
        for objective in (FORWARD, REVERSE):
            try:
                best = best_gaussian(p, family, objective)
            except ParameterError:
                return []
            found = compare(p, best)
            value = found.forwards.total if objective == FORWARD else found.backwards.total
            fits.append(
                {
                    "family": family,
                    "objective": objective,
                    "divergence": value * factor,
                    "mean": best.mean.tolist(),
                    "variances": np.diagonal(best.cov).tolist(),
                }
            )
    return fits


def _estimate(estimate: Estimate, factor: float) -> dict[str, Any]:
    both = {"kl_pq": estimate.kl_pq, "kl_qp": estimate.kl_qp, "jensen_shannon": estimate.jensen_shannon}
    return {name: {"value": mean.value * factor, "error": mean.error * factor} for name, mean in both.items()}
