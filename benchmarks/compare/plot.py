"""The picture of the table: milliseconds per iteration of every way on every case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from matplotlib import colormaps, rc_context
from matplotlib.figure import Figure

from compare.cases import CASES
from compare.timing import Measured


def draw(measured: Sequence[Measured], path: Path) -> None:
    """A row for each case, a mark for each way: circles assembled, diamonds ready-made, a bar for ours."""
    cases = [case for case in CASES if any(result.case == case for result in measured)]
    row = {case: len(cases) - 1 - index for index, case in enumerate(cases)}
    libraries = list(dict.fromkeys(result.way.library for result in measured))
    colour = {library: colormaps["tab20"](index % 20) for index, library in enumerate(libraries)}

    figure = Figure(figsize=(10.5, 1.6 + 0.62 * len(cases)), layout="constrained")
    axes = figure.subplots()
    for result in measured:
        marker = "o" if result.way.kind == "assembled" else "D"
        face = colour[result.way.library] if result.error is not None else "none"
        axes.scatter(
            result.ms, row[result.case], marker=marker, s=46, facecolors=face, edgecolors=colour[result.way.library]
        )
    for case in cases:
        ours = median(result.ours_ms for result in measured if result.case == case)
        axes.plot([ours, ours], [row[case] - 0.32, row[case] + 0.32], color="black", lw=3)
        axes.text(ours, row[case] + 0.36, f"{ours:.3g} ms", ha="center", va="bottom", fontsize=8)
    for library in libraries:
        axes.scatter([], [], color=colour[library], label=library)
    axes.scatter([], [], marker="o", color="gray", label="its smoother + NumPy M-step")
    axes.scatter([], [], marker="D", color="gray", label="its own EM")
    axes.scatter([], [], marker="o", facecolors="none", edgecolors="gray", label="hollow: another result")
    axes.plot([], [], color="black", lw=3, label="ours")
    axes.set(xscale="log", xlabel="milliseconds per EM iteration, one core", ylim=(-0.6, len(cases) - 0.2))
    axes.set_yticks([row[case] for case in cases], [case.title for case in cases])
    axes.set_ylabel("n, m, T")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", fontsize=8, frameon=False)
    with rc_context({"svg.hashsalt": "lds-gui"}):  # the same figures give the same file
        figure.savefig(path, metadata={"Date": None})
