"""The tables, as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from compare.adapters import LEFT_OUT, MODULES, OURS
from compare.cases import CASES, FIRST_CALL_CASE, MEMORY_CASE, Case
from compare.probe import Fresh
from compare.scaling import Scaling
from compare.timing import Failed, Measured
from compare.way import Way


def table(
    results: Sequence[Measured | Failed],
    fresh: Sequence[Fresh],
    absent: dict[str, str],
    scaling: Scaling | None,
) -> str:
    """The whole page."""
    measured = [result for result in results if isinstance(result, Measured)]
    failed = [result for result in results if isinstance(result, Failed)]
    parts = ["# EM beside other libraries", _preface(), "## Against the fastest", _fastest(measured)]
    parts += ["## Milliseconds per iteration, and how many times ours", _all_ways(measured)]
    parts += ["## What the other libraries do less, and how far their results are from ours", _agreement(measured)]
    if fresh:
        parts += ["## A fresh process", _fresh(fresh)]
    if scaling:
        parts += ["## Our cost over length and number", scaling_section(scaling)]
    reasons = [f"- {library}: {reason}" for library, reason in {**absent, **LEFT_OUT}.items()]
    reasons += [f"- {failure.way.title}, case {failure.case.title}: {failure.reason}" for failure in failed]
    parts += ["## Not in the table", "\n".join(reasons)]
    return "\n\n".join(parts) + "\n"


def _preface() -> str:
    versions = ", ".join(f"{library} {version(library)}" for library in MODULES if library != OURS)
    beneath = ", ".join(f"{package} {version(package)}" for package in ("numpy", "scipy", "numba", "jax"))
    return (
        "Written by `uv run benchmarks/libraries.py`. A case is n, m, T. Times are warm, on one core, in one run, ours "
        "and the other's in turn; a ratio is the median of the rounds' ratios, other time / our time. What is done "
        "once per run, as laying out the data, is left out. “Assembled” is the library's smoother with an M-step in "
        "NumPy, “ready-made” the EM that it brings. Ours learns everything in every row. “–”: cannot, or not in this "
        "variant; “left out”: loops in Python, for minutes.\n\n"
        f"Python {platform.python_version()} on {_processor()}, {os.cpu_count()} cores. {versions}; {beneath}."
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _fastest(measured: Sequence[Measured]) -> str:
    kinds = ("assembled", "ready-made", "ready-made that learns less")
    head = ["n, m, T", "ours, beside the fastest", *kinds, "target", "reached"]
    rows = []
    for case in _cases(measured):
        here = [result for result in measured if result.case == case]
        complete = [result for result in here if result.way.does_all(case)]
        groups = [
            [result for result in complete if result.way.kind == "assembled"],
            [result for result in complete if result.way.kind == "ready-made"],
            [result for result in here if result not in complete],
        ]
        counted = here if case.target_of_all else complete
        fastest = min(counted, key=lambda result: result.ratio, default=None)
        rows.append(
            [
                case.title,
                "–" if fastest is None else _ms(fastest.ours_ms),
                *(_best(group) for group in groups),
                "–" if case.target is None else f"{case.target:g} ×",
                "–" if fastest is None else f"**{_figure(fastest.ratio)} ×**",
            ]
        )
    return _markdown(head, rows)


def _best(group: Sequence[Measured]) -> str:
    if not group:
        return "nobody"
    best = min(group, key=lambda result: result.ratio)
    return f"{best.way.title}: {_ratio_cell(best)}"


def _all_ways(measured: Sequence[Measured]) -> str:
    cases = _cases(measured)
    rows = []
    for way in _ways(measured):
        found = {result.case: result for result in measured if result.way is way}
        missing = {case: "left out" if way.fits(case) and way.takes_too_long(case) else "–" for case in cases}
        cells = [_ratio_cell(found[case]) if case in found else missing[case] for case in cases]
        rows.append([way.title, *cells])
    return _markdown(["", *(case.title for case in cases)], rows)


def _ratio_cell(result: Measured) -> str:
    return f"{_ms(result.ms)}, × {_figure(result.ratio)}"


def _agreement(measured: Sequence[Measured]) -> str:
    head = ["", "kind", "limits", "log-likelihood after k iterations, largest relative difference"]
    rows = []
    for way in _ways(measured):
        checked = [result for result in measured if result.way is way and result.error is not None]
        if checked:
            worst = max(checked, key=lambda result: result.error or 0.0)
            iterations = ", ".join(str(k) for k in sorted({result.checked for result in checked}))
            agreement = f"{worst.error:.0e} (k = {iterations}; {len(checked)} cases)"
        else:
            agreement = "another result"
        rows.append([way.title, way.kind, "; ".join(way.limits) or "none", agreement])
    return _markdown(head, rows)


def _fresh(fresh: Sequence[Fresh]) -> str:
    head = ["", "import", "first call, nothing compiled", "first call, compiled before", "peak memory"]
    rows = [
        [
            f.way.title,
            f"{f.import_s:.2f} s",
            f"{f.cold_s:.2f} s",
            f"{f.warm_s:.3f} s",
            "–" if f.memory_mb is None else f"{f.memory_mb:.0f} MB",
        ]
        for f in fresh
    ]
    return (
        f"First call: one iteration of {FIRST_CALL_CASE.title}, compilation included. Memory: beyond import and data, "
        f"of one iteration of {MEMORY_CASE.title}, compilation included.\n\n" + _markdown(head, rows)
    )


def scaling_section(scaling: Scaling) -> str:
    """Our own cost over T and over the number of sequences."""
    lengths = _markdown(
        ["T", *(f"{n:,}".replace(",", " ") for n, _ in scaling.lengths)],
        [["ms per iteration", *(_figure(ms) for _, ms in scaling.lengths)]],
    )
    numbers = _markdown(
        ["sequences of 100 steps", *(str(n) for n, _ in scaling.numbers)],
        [["ms per iteration", *(_figure(ms) for _, ms in scaling.numbers)]],
    )
    return (
        f"n = 4, m = 10. Slope of log time over log T from T = 10⁴ on: {scaling.length_slope:.2f}; over the number of "
        f"sequences from 100 on: {scaling.number_slope:.2f}. Peak memory beyond the data at T = 10⁶: "
        f"{scaling.arrays:.1f} arrays of T × n doubles.\n\n{lengths}\n\n{numbers}"
    )


def _cases(measured: Sequence[Measured]) -> list[Case]:
    present = {result.case for result in measured}
    return [case for case in CASES if case in present]


def _ways(measured: Sequence[Measured]) -> list[Way]:
    distinct = {id(result.way): result.way for result in measured}.values()
    return sorted(distinct, key=lambda way: list(MODULES).index(way.library))


def _ms(ms: float) -> str:
    return f"{_figure(ms)} ms"


def _figure(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)
