"""What the command line prints: matrices, eigenvalues, the trace of a fit, divergences, lists."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lds_gui.files import DataFile
from lds_gui.files.kinds import to_fields
from lds_gui.lds import (
    COVARIANCES,
    DIVERGENCES,
    PARAMETERS,
    Array,
    Dataset,
    EMOptions,
    EMResult,
    EMStep,
    LDSParams,
    Stop,
    columns_far_from_zero,
    convergence_rate,
    is_open,
    smooth,
)

_PLAIN_WIDTH = 110  # of what is piped into a file or another program
_LONGEST_NAME = 24
_NARROWEST = 60  # two of the longest names: a name and a column of numbers beside it
_SMALL, _ILL = 0.01, 1e10  # a p-value, and a condition number, that are worth a sentence
_GAP = 3  # between two columns of a table


def console(stderr: bool = False) -> Console:
    """Return a console that colours and fits its width only where it prints to a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    out = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    out.width = max(out.width if stream.isatty() else _PLAIN_WIDTH, _NARROWEST)
    return out


def number(value: float) -> str:
    """Write a number with six significant digits, in a form that can be read back."""
    return f"{value:.6g}"


def _print_table(
    out: Console, title: str, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    """Print a title and a table with names on both sides; a wide one in blocks, so that no digit is ever cut off."""
    rows, columns = [_clipped(name) for name in rows], [_clipped(name) for name in columns]
    widths = [max(map(cell_len, [name, *(row[j] for row in cells)])) + _GAP for j, name in enumerate(columns)]
    left, start = max(map(cell_len, rows)) + _GAP, 0
    while start < len(columns):
        stop = start + 1
        while stop < len(columns) and left + sum(widths[start : stop + 1]) <= out.width:
            stop += 1
        table = Table("", *columns[start:stop], box=SIMPLE_HEAD, show_edge=False)
        for column in table.columns:
            column.justify, column.no_wrap = "right", True
        for name, row in zip(rows, cells, strict=True):
            table.add_row(name, *row[start:stop])
        out.print(Text(title if start == 0 else f"{title}, continued", style="bold"))
        out.print(table)
        out.print()
        start = stop


def _clipped(name: str) -> str:
    return name if cell_len(name) <= _LONGEST_NAME else set_cell_size(name, _LONGEST_NAME - 1) + "…"


def print_params(out: Console, params: LDSParams, columns: Sequence[str], options: EMOptions) -> None:
    """Print all matrices, the latents called z1, z2, ...; and, if they were learned, that they are not unique."""
    held = {name for name, _, _ in PARAMETERS} - options.learn
    latents = [f"z{i + 1}" for i in range(params.latent_dim)]
    names = {"A": (latents, latents), "B": (columns, latents), "Gamma": (columns, columns), "mu0": (["μ₀"], latents)}
    for name, symbol, title in PARAMETERS:
        value: Array | None = getattr(params, name)
        if value is None:
            continue
        rows, heads = names.get(name, (latents, latents))
        kind = options.structure.get(name, "full")
        ending = ", held" if name in held else "" if kind == "full" else f", {kind}"
        cells = [[number(entry) for entry in row] for row in np.atleast_2d(value).tolist()]
        _print_table(out, f"{symbol}, {title}{ending}", rows, heads, cells)
    restricted = {name for name in ("Sigma", "Sigma0") if options.structure.get(name, "full") != "full"}
    if not {"A", "B", "Sigma"} & held and not restricted:
        out.print(
            "A, B, Σ and μ₀ are one of many equal descriptions: any change of the latents' basis fits as well. The "
            "eigenvalues of A, Γ and log p(x) are the same in all of them.\n"
        )


def print_eigenvalues(out: Console, A: Array) -> None:
    """Print the eigenvalues of A, each conjugate pair once: how far, how fast around, how long they last."""
    names: list[str] = []
    cells: list[list[str]] = []
    eigenvalues: list[complex] = np.linalg.eigvals(A).astype(complex).tolist()
    for value in sorted(eigenvalues, key=lambda value: (-abs(value), value.real)):
        if value.imag < 0:
            continue
        modulus = abs(value)
        angle = math.atan2(value.imag, value.real)
        names.append(number(value.real) + (f" ± {number(value.imag)}i" if value.imag else ""))
        cells.append([number(modulus), number(2 * math.pi / angle) if angle else "–", _decay(modulus)])
    _print_table(out, "Eigenvalues of A", names, ("modulus", "period (steps)", "falls to 1/e in (steps)"), cells)


def _decay(modulus: float) -> str:
    if modulus == 0.0:
        return "0"
    if modulus == 1.0:
        return "never"
    time = -1.0 / math.log(modulus)
    return number(time) if time > 0 else f"grows to e in {number(-time)}"


def print_data(out: Console, data: DataFile) -> None:
    """Print what the data are, and every note about how they were read."""
    dataset = data.dataset
    size = f"{dataset.n_steps} steps"
    if dataset.n_sequences > 1:
        size += f" in {dataset.n_sequences} sequences"
    if data.time_values:
        size += f", {data.time_name} {data.time_values[0]} to {data.time_values[-1]}"
    out.print(Text.assemble((data.name, "bold"), f": {size}, observed: {', '.join(data.columns)}"))
    for note in data.notes:
        out.print(f"  {note}")


def print_trace(out: Console, steps: Sequence[EMStep]) -> None:
    """Print some of a run's iterations: the first ones, then ever fewer, and the last."""
    names: list[str] = []
    cells: list[list[str]] = []
    last = steps[-1].iteration
    for step, before in zip(steps, (None, *steps), strict=False):
        if step.iteration in (0, last) or _is_round(step.iteration):
            bound = "" if step.elbo_after_m is None else f"{step.elbo_after_m:.9g}"
            change = "" if before is None else number(step.log_likelihood - before.log_likelihood)
            names.append(str(step.iteration))
            cells.append([bound, f"{step.log_likelihood:.9g}", change])
    _print_table(out, "Trace, in nats", names, ("bound after the M-step", "log-likelihood", "change"), cells)


def _is_round(iteration: int) -> bool:
    """Whether the iteration is 1, 2 or 5 times a power of ten."""
    return iteration >= 1 and str(iteration).rstrip("0") in ("1", "2", "5")


def print_outcome(out: Console, steps: Sequence[EMStep], stop: Stop, dataset: Dataset, options: EMOptions) -> None:
    """Print why the run ended, how good the fit is, how EM would go on, and whatever happened on the way."""
    last, n_values = steps[-1], dataset.n_observed
    after = f"after {_count(last.iteration, 'iteration')}. "
    if stop.converged:
        out.print(Text.assemble((f"Converged {after}", "bold green"), stop.reason))
    else:
        out.print(Text.assemble((f"Not converged {after}", "bold yellow"), stop.reason))
        if last.stop is not None:
            out.print("The parameters below are those of the last iteration and would still change: see --max-iter.")
    _print_gaps(out, steps)
    _print_floored(out, steps, options)
    _print_rate(out, steps, options.tolerance(n_values))
    shown = f"{last.log_likelihood:.9g} nats"
    out.print(f"log p(x) = {shown}, {number(last.log_likelihood / max(n_values, 1))} for each of {n_values} values.\n")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_gaps(out: Console, steps: Sequence[EMStep]) -> None:
    wrong = [step for step in steps if step.gap is not None and is_open(step.gap, step.log_likelihood)]
    if wrong:
        gaps = {step.iteration: abs(step.gap or 0.0) for step in wrong}
        worst = max(gaps, key=lambda iteration: gaps[iteration])
        out.print(
            f"There was a gap beyond rounding in {len(wrong)} of {len(steps)} E-steps, the largest "
            f"{number(gaps[worst])} nats in iteration {worst}: 64-bit numbers lose digits at these parameters."
        )


def _print_floored(out: Console, steps: Sequence[EMStep], options: EMOptions) -> None:
    for name, symbol, _ in PARAMETERS:
        raised = [step.iteration for step in steps if name in step.floored] if name in COVARIANCES else []
        if raised:
            count = _count(len(raised), "iteration")
            ending = f"iteration {raised[-1]}" if len(raised) == 1 else f"{count}, the last one iteration {raised[-1]}"
            out.print(f"The smallest variance, {number(options.floor)}, raised {symbol} in {ending}.")


def _print_rate(out: Console, steps: Sequence[EMStep], tolerance: float) -> None:
    """Print how EM converges, where its last iterations tell."""
    rate, gain, remaining = convergence_rate([step.log_likelihood for step in steps], tolerance)
    if rate is None or gain is None:
        return
    words = f"At the end each iteration gained {number(rate)} times what the one before did"
    if remaining:
        words += f": about {remaining} more until the tolerance, {number(gain)} nats still to gain"
    out.print(f"{words}.")


def print_columns(out: Console, data: DataFile, params: LDSParams) -> None:
    """Print, in each column's own units, its spread, how well it is predicted, and the two noises of the model."""
    dataset = data.dataset
    observed = np.vstack(dataset.sequences)
    predicted = np.vstack([smooth(params, sequence).predicted_means @ params.B.T for sequence in dataset.sequences])
    state_noise = np.sqrt(np.diagonal(params.B @ params.Sigma @ params.B.T))
    noise = np.sqrt(np.diagonal(params.Gamma))
    heads = ("mean", "deviation", "prediction error", "error / deviation", "state noise", "observation noise")
    cells: list[list[str]] = []
    for j in range(dataset.obs_dim):
        there = ~np.isnan(observed[:, j])
        x, fitted = observed[there, j], predicted[there, j]
        figures = ["–"] * 4
        if len(x):
            mean, deviation, error = float(x.mean()), float(x.std()), math.sqrt(float(np.square(x - fitted).mean()))
            figures = [number(mean), number(deviation), number(error), number(error / deviation) if deviation else "–"]
        cells.append([*figures, number(float(state_noise[j])), number(float(noise[j]))])
    _print_table(out, "Observed columns, in their own units", data.columns, heads, cells)
    out.print(
        "Deviation is the standard deviation of the data, prediction error the root mean square error of predicting "
        "one step ahead. Noises are standard deviations, from B Σ Bᵀ and from Γ; the latents' basis does not matter."
    )
    if columns_far_from_zero(dataset):
        out.print(
            "Some columns lie far from zero and the model has no constant term, so that a latent with an eigenvalue "
            "near 1 has to carry their mean. With no latent to spare for it, periods and decay times are not those of "
            "the fluctuations: give one latent more, or subtract the means from the data."
        )


def print_kl(out: Console, report: dict[str, Any], *, errata: bool) -> None:
    """Print a report of `kl_report`: the terms of both directions, all divergences, and which directions cost."""
    unit = report["unit"]
    both = [report["terms"]["kl_pq"], report["terms"]["kl_qp"]]
    names = {"log-determinants": "log_det", "trace": "trace", "Mahalanobis": "mahalanobis", "n": "n"}
    cells = [[number(terms[key]) for terms in both] for key in (*names.values(), "total")]
    title = f"KL = ½ (log-determinants + trace + Mahalanobis − n), in {unit}"
    _print_table(out, title, (*names, "divergence"), ("KL(P‖Q)", "KL(Q‖P)"), cells)
    for terms, p, q in zip(both, "PQ", "QP", strict=True):
        if terms["reason"]:
            out.print(f"KL({p}‖{q}) is infinite. {terms['reason']}.")
            out.print()
    values = report["divergences"]
    units = [unit if divergence.unit == "nats" else divergence.unit for divergence in DIVERGENCES]
    rows = [[f"{values[divergence.name]:.15g}", its] for divergence, its in zip(DIVERGENCES, units, strict=True)]
    _print_table(out, "All divergences", [divergence.symbol for divergence in DIVERGENCES], ("value", "unit"), rows)
    if report["directions"]:
        columns = ("variance ratio", "shift in sd of Q", f"width, {unit}", f"mean, {unit}")
        keys = ("variance_ratio", "shift", "shape_cost", "mean_cost")
        cells = [[number(found[key]) for key in keys] for found in report["directions"]]
        title = "KL(P‖Q) by direction, the costliest first"
        _print_table(out, title, [str(k + 1) for k in range(len(cells))], columns, cells)
    if "dimensions" in report:
        out.print(f"KL(P‖Q) by dimension: {', '.join(number(cost) for cost in report['dimensions'])} {unit}")
        out.print()
    if "monte_carlo" in report:
        means = [report["monte_carlo"][name] for name in ("kl_pq", "kl_qp", "jensen_shannon")]
        cells = [[number(mean["value"]), number(mean["error"])] for mean in means]
        title = f"By {report['monte_carlo']['n_samples']} samples, in {unit}"
        _print_table(out, title, ("KL(P‖Q)", "KL(Q‖P)", "Jensen–Shannon"), ("value", "standard error"), cells)
    if report["fits"]:
        cells = [[number(fit["divergence"]), *(number(value) for value in fit["variances"])] for fit in report["fits"]]
        columns = ["divergence", *(f"variance {i + 1}" for i in range(report["dim"]))]
        names = [f"{fit['family']}, least {fit['objective']}" for fit in report["fits"]]
        _print_table(out, f"The nearest restricted Q, its mean that of P, in {unit}", names, columns, cells)
    if errata:
        _print_errata(out, report["errata"])


def _print_errata(out: Console, errata: Sequence[dict[str, Any]]) -> None:
    cells = [[number(found["printed"]), number(found["right"])] for found in errata]
    _print_table(out, "As printed, and right", [found["place"] for found in errata], ("printed", "right"), cells)
    print_list(
        out,
        (
            (
                found["place"],
                found["note"],
                [
                    f"Printed: {found['formula_as_printed']}",
                    f"Right: {found['right_formula']}",
                    f"What breaks: {'; '.join(found['breaks'])}.",
                    found["went_wrong"],
                ],
            )
            for found in errata
        ),
    )


def result_record(result: EMResult, data: DataFile) -> dict[str, Any]:
    """A result as plain values, for JSON: the same fields as in a file, and what belongs to them."""
    fields: dict[str, Any] = dict(to_fields(result))
    fields |= {name: value.tolist() for name, value in fields.items() if isinstance(value, np.ndarray)}
    values: list[complex] = np.linalg.eigvals(result.params.A).astype(complex).tolist()
    return {
        "data": data.name,
        "columns": list(data.columns),
        "notes": list(data.notes),
        "log_likelihood": float(result.log_likelihoods[-1]),
        "eigenvalues": [[value.real, value.imag] for value in values],
        **fields,
    }


def print_diagnosis(out: Console, report: dict[str, Any]) -> None:
    """Print what `diagnose` has found, and a sentence for whatever is not as it should be."""
    n = report["latent_dim"]
    out.print(f"log p(x) = {report['log_likelihood']:.9g} nats, {number(report['per_value'])} for each value.")
    out.print()
    residuals = report["residuals"]
    keys = ("values", "mean", "sd", "ljung_box_p", "normality_p")
    cells = [[number(found[key]) for key in keys] for found in residuals.values()]
    heads = ("values", "mean", "sd", "Ljung–Box, p", "normality, p")
    _print_table(out, "Standardised one-step prediction errors", list(residuals), heads, cells)
    covariances = report["covariances"]
    cells = [[number(found["smallest_eigenvalue"]), number(found["condition"])] for found in covariances.values()]
    _print_table(out, "Covariances", list(covariances), ("smallest eigenvalue", "condition number"), cells)
    remarks = [
        (report["spectral_radius"] > 1.0, f"The model is unstable: |λ| reaches {number(report['spectral_radius'])}."),
        (report["observable"] < n, f"Only {report['observable']} of {n} latents can be seen in the observations."),
        (report["controllable"] < n, f"Noise reaches only {report['controllable']} of {n} latents."),
        *(
            (found["ljung_box_p"] < _SMALL, f"The errors of {name} are not white: they could be predicted better.")
            for name, found in residuals.items()
        ),
        *(
            (found["normality_p"] < _SMALL, f"The errors of {name} are not Gaussian: look for outliers.")
            for name, found in residuals.items()
        ),
        *(
            (found["condition"] > _ILL, f"{name} is close to singular: 64-bit numbers lose digits.")
            for name, found in covariances.items()
        ),
    ]
    said = [words for holds, words in remarks if holds]
    for words in said or ["Nothing here speaks against the model."]:
        out.print(words)


def json_ready(value: Any) -> Any:
    """The same for JSON, which has no infinite numbers: they become "inf", "-inf" and "nan"."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {key: json_ready(entry) for key, entry in entries.items()}
    if isinstance(value, list):
        return [json_ready(entry) for entry in cast("list[Any]", value)]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def print_list(out: Console, entries: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """Print entries of (name, title, paragraphs)."""
    for name, title, paragraphs in entries:
        out.print(Text.assemble((name, "bold"), f"  {title}"))
        for paragraph in paragraphs:
            out.print(textwrap.indent(textwrap.fill(paragraph, out.width - 4), "    "))
        out.print()
