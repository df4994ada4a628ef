"""How exact the divergences between Gaussians are, and how long they take: `uv run benchmarks/kl_accuracy.py`.

Each divergence is compared with mpmath's in 90 digits, over dimensions and condition numbers, and where P and Q nearly
coincide; beside it the plain formula in float64. Writes results/kl_accuracy.md.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import mpmath
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from lds_gui.lds import ERRATA, GAUSSIAN_PRESETS, Gaussian, check_erratum, compare, divergences
from tests.lds.mp_gaussians import all_divergences, nearby, of_condition

_RESULTS = Path(__file__).parent / "results" / "kl_accuracy.md"
_ROUNDS = 7
_DIMENSIONS, _CONDITIONS, _DISTANCES = (1, 2, 5, 20), (1.0, 1e4, 1e8), (1e-3, 1e-6, 1e-9, 1e-12)


def main() -> None:
    """Compare, and write the tables."""
    lines = [
        "# Divergences between Gaussians",
        "",
        "Made by `uv run benchmarks/kl_accuracy.py`. Largest error relative to mpmath in 90 digits, over all ten",
        "divergences; of KL(P‖Q) by the plain formula in float64; and the time for all of them (median).",
        "",
        "| n | condition number | all, largest error | plain KL, error | ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for n in _DIMENSIONS:
        for condition in _CONDITIONS:
            rng = np.random.default_rng(n)
            pair = of_condition(rng, n, condition), of_condition(rng, n, condition)
            lines.append(f"| {n} | {condition:.0e} | {_row(*pair)} |")
    lines += ["", "Where P and Q nearly coincide, n = 4, condition number 1e8:", ""]
    lines += ["| distance in sd | all, largest error | plain KL, error | ms |", "| --- | --- | --- | --- |"]
    for distance in _DISTANCES:
        rng = np.random.default_rng(3)
        p = of_condition(rng, 4, 1e8)
        lines.append(f"| {distance:.0e} | {_row(p, nearby(rng, p, distance))} |")
    lines += ["", "## As printed, and right", ""]
    sheet = Gaussian([0, 1], np.diag([1.0, 2.0])), Gaussian([1, -1], np.diag([0.5, 3.0]))
    pairs = {"the sheet's check": sheet} | {p.title.lower(): p.make(2) for p in GAUSSIAN_PRESETS[:2]}
    lines += ["| | as printed | right | what breaks |", "| --- | --- | --- | --- |"]
    for title, (p, q) in pairs.items():
        for erratum in ERRATA:
            check = check_erratum(erratum, p, q)
            figures = f"{check.printed:.12g} | {check.right:.12g}"
            lines.append(f"| {title}: {erratum.place} | {figures} | {'; '.join(check.breaks)} |")
    text = "\n".join(lines) + "\n"
    _RESULTS.write_text(text, encoding="utf-8")
    print(text)


def _row(p: Gaussian, q: Gaussian) -> str:
    found, wanted = divergences(p, q, 0.7), all_divergences(p, q, 0.7)
    worst = max(float(abs(found[name] - wanted[name]) / abs(wanted[name])) for name in found)
    plain = float(abs(_plain(p, q) - wanted["kl_pq"]) / wanted["kl_pq"])
    times: list[float] = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        compare(p, q, 0.7)
        times.append(time.perf_counter() - begin)
    return f"{worst:.1e} | {plain:.1e} | {1e3 * sorted(times)[_ROUNDS // 2]:.1f}"


def _plain(p: Gaussian, q: Gaussian) -> mpmath.mpf:
    """KL(P‖Q) as one would write it."""
    apart = p.mean - q.mean
    log_ratio = np.linalg.slogdet(q.cov)[1] - np.linalg.slogdet(p.cov)[1]
    rest = np.trace(np.linalg.solve(q.cov, p.cov)) + apart @ np.linalg.solve(q.cov, apart) - p.dim
    return mpmath.mpf(float(0.5 * (log_ratio + rest)))


if __name__ == "__main__":
    main()
