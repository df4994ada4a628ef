"""Commands about a model that is there: smooth, forecast, diagnose, report, replay."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.text import Text

from lds_gui import arguments, terminal
from lds_gui.files import DataFile, FileFormatError, load_params
from lds_gui.files.atomic import check_writable, write_atomically
from lds_gui.lds import (
    COVARIANCES,
    Array,
    LDSParams,
    ParameterError,
    continued,
    controllability_rank,
    innovations,
    observability_rank,
    smooth,
    spectral_radius,
    white_noise_tests,
)
from lds_gui.script import Outcome, ScriptError, Statement, load_script, replay

_CLOSE = 1e-9  # relative: a replay that differs by more has not reproduced a figure
_TABLES = (".csv", ".tsv")

app = typer.Typer()

DataArgument = Annotated[
    list[str], typer.Argument(metavar="DATA...", help="A data file or sample; several files are several sequences.")
]
ParamsOption = Annotated[Path, typer.Option("--params", help="The model: a JSON or NPZ file, such as fit writes.")]
OutOption = Annotated[
    Path | None, typer.Option(help="CSV or TSV file for a table, NPZ for all arrays; without it, CSV to the output.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print everything as JSON, for machines.")]


def _opened(data: Sequence[str], params: Path) -> tuple[DataFile, LDSParams]:
    file, model = arguments.open_all(data), load_params(params)
    if model.obs_dim != file.dataset.obs_dim:
        raise ParameterError(
            "params", f"The model observes {model.obs_dim} variables, but the data have {file.dataset.obs_dim} columns."
        )
    return file, model


@app.command("smooth")
def smooth_command(
    data: DataArgument, params: ParamsOption, out: OutOption = None, json_output: JsonOption = False
) -> None:
    """Infer the latents: smoothed means and standard deviations, and the fitted observations, step by step."""
    file, model = _opened(data, params)
    names = [f"z{i + 1}" for i in range(model.latent_dim)]
    posteriors = [smooth(model, sequence) for sequence in file.dataset.sequences]
    table: dict[str, Array] = _places([len(sequence) for sequence in file.dataset.sequences])
    means = np.vstack([posterior.smoothed_means for posterior in posteriors])
    covs = np.concatenate([posterior.smoothed_covs for posterior in posteriors])
    sds = np.sqrt(np.maximum(np.diagonal(covs, axis1=1, axis2=2), 0.0))
    for i, name in enumerate(names):
        table |= {name: means[:, i], f"{name} sd": sds[:, i]}
    table |= {f"fitted {name}": (means @ model.B.T)[:, j] for j, name in enumerate(file.columns)}
    arrays = {"smoothed_means": means, "smoothed_covs": covs}
    level = sum(posterior.log_likelihood for posterior in posteriors)
    _hand_out(table, arrays, {"log_likelihood": level}, out, json_output)


@app.command("forecast")
def forecast_command(
    data: DataArgument,
    params: ParamsOption,
    steps: Annotated[int, typer.Option(help="How many steps after the last one.", min=1, max=1_000_000)] = 10,
    out: OutOption = None,
    json_output: JsonOption = False,
) -> None:
    """Forecast what follows each sequence: means and standard deviations of observations and latents."""
    file, model = _opened(data, params)
    found = [continued(smooth(model, sequence), model, steps) for sequence in file.dataset.sequences]
    table: dict[str, Array] = _places([steps] * len(found))
    parts: tuple[tuple[Sequence[str], str, str], ...] = (
        (file.columns, "means", "covs"),
        ([f"z{i + 1}" for i in range(model.latent_dim)], "latent_means", "latent_covs"),
    )
    arrays: dict[str, Array] = {}
    for names, of_means, of_covs in parts:
        arrays[of_means] = np.vstack([getattr(one, of_means) for one in found])
        arrays[of_covs] = np.concatenate([getattr(one, of_covs) for one in found])
        sds = np.sqrt(np.diagonal(arrays[of_covs], axis1=1, axis2=2))
        for j, name in enumerate(names):
            table |= {name: arrays[of_means][:, j], f"{name} sd": sds[:, j]}
    _hand_out(table, arrays, {}, out, json_output)


def _places(lengths: Sequence[int]) -> dict[str, Array]:
    """The columns that say which row this is: its step from 1, and its sequence where there are several."""
    steps = {"step": np.concatenate([np.arange(1.0, length + 1.0) for length in lengths])}
    if len(lengths) == 1:
        return steps
    return {"sequence": np.repeat(np.arange(1.0, len(lengths) + 1.0), lengths), **steps}


def _hand_out(
    table: dict[str, Array], arrays: dict[str, Array], figures: dict[str, float], out: Path | None, as_json: bool
) -> None:
    """Write a table, or all arrays, where they are wanted."""
    if as_json:
        lists = {name: array.tolist() for name, array in arrays.items()}
        print(json.dumps(terminal.json_ready({**figures, **lists})))
    if out is None:
        if not as_json:
            sys.stdout.write(_as_text(table, ","))
        return
    suffix = out.suffix.lower()
    if suffix in _TABLES:
        text = _as_text(table, "\t" if suffix == ".tsv" else ",")
        write_atomically(out, lambda file: file.write(text.encode()))
    elif suffix == ".npz":
        write_atomically(out, lambda file: np.savez(file, allow_pickle=False, **arrays, **figures))
    else:
        raise FileFormatError(out, f"The name must end in one of {', '.join((*_TABLES, '.npz'))}, not '{suffix}'.")
    print(f"Written to {out}.", file=sys.stderr)


def _as_text(table: dict[str, Array], separator: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(table)
    whole = [name in ("sequence", "step") for name in table]
    for row in zip(*(column.tolist() for column in table.values()), strict=True):
        pairs = zip(row, whole, strict=True)
        writer.writerow([str(int(value)) if is_whole else repr(value) for value, is_whole in pairs])
    return text.getvalue()


@app.command("diagnose")
def diagnose_command(data: DataArgument, params: ParamsOption, json_output: JsonOption = False) -> None:
    """Say what is wrong with a model of these data: whether residuals are white, covariances sound, latents seen."""
    file, model = _opened(data, params)
    found = [innovations(model, sequence) for sequence in file.dataset.sequences]
    level = sum(float(one.log_densities.sum()) for one in found)
    columns: dict[str, Any] = {}
    for j, name in enumerate(file.columns):
        tests = white_noise_tests(np.concatenate([one.standardised[:, j] for one in found]))
        columns[name] = {
            "values": tests.n_values,
            "mean": tests.mean,
            "sd": tests.sd,
            "ljung_box_p": tests.ljung_box.p_value,
            "normality_p": tests.normality.p_value,
        }
    covariances: dict[str, Any] = {}
    for name in COVARIANCES:
        cov: Array | None = getattr(model, name)
        if cov is not None:
            values = np.linalg.eigvalsh(cov)
            condition = float(values[-1] / values[0]) if values[0] > 0.0 else np.inf
            covariances[name] = {"smallest_eigenvalue": float(values[0]), "condition": condition}
    report: dict[str, Any] = {
        "log_likelihood": level,
        "per_value": level / max(file.dataset.n_observed, 1),
        "spectral_radius": spectral_radius(model.A),
        "latent_dim": model.latent_dim,
        "observable": observability_rank(model.A, model.B),
        "controllable": controllability_rank(model.A, model.Sigma),
        "covariances": covariances,
        "residuals": columns,
    }
    if json_output:
        print(json.dumps(terminal.json_ready(report), ensure_ascii=False, indent=2))
    else:
        terminal.print_diagnosis(terminal.console(), report)


@app.command("report")
def report_command(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A session file, or data (then give --latent-dim).")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
    latent_dim: Annotated[int | None, typer.Option(help="Number of latents, to learn the data first.", min=1)] = None,
) -> None:
    """Write a report of a run, with its pictures inside, without a display."""
    if out.suffix.lower() not in (".html", ".htm"):
        raise FileFormatError(out, "A report is an HTML file: its name must end in .html.")
    is_session = Path(source).suffix.lower() == ".ldsession"
    if not is_session and latent_dim is None:
        raise ParameterError("latent_dim", "To learn the data first, give the number of latents: --latent-dim 2.")
    check_writable(out)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from lds_gui.ui.platform import missing_libraries

    lacking = missing_libraries()
    if lacking is not None:
        raise ParameterError("system", lacking)
    from lds_gui.ui.app import run_report

    path = Path(source) if is_session else arguments.data_path(source)
    run_report(path, out, None if is_session else latent_dim)
    print(f"The report is written to {out}.", file=sys.stderr)


@app.command("replay")
def replay_command(
    script: Annotated[Path, typer.Argument(metavar="FILE", help="A notebook or script that the window has written.")],
    json_output: JsonOption = False,
) -> None:
    """Carry a notebook out without a window, and say whether every run reaches what is written behind it.

    Exit code 1: a run has reached another log p(x).
    """
    screen = terminal.console()
    outcomes: list[Outcome] = []
    steps = replay(load_script(script), script.parent, _tell)
    try:
        for outcome in steps:
            outcomes.append(outcome)
            if not json_output:
                _print_outcome(screen, outcome)
    except ScriptError as error:
        raise FileFormatError(script, str(error)) from error
    finally:
        if json_output:
            print(json.dumps([_as_record(outcome) for outcome in outcomes if outcome.iteration is not None]))
    if any(_differs(outcome) for outcome in outcomes):
        raise typer.Exit(1)


def _tell(statement: Statement) -> None:
    if statement.targets and sys.stderr.isatty():
        print(f"Line {statement.line} …", file=sys.stderr)


def _differs(outcome: Outcome) -> bool:
    difference, level = outcome.difference, outcome.log_likelihood
    return difference is not None and level is not None and not abs(difference) <= _CLOSE * max(abs(level), 1.0)


def _as_record(outcome: Outcome) -> dict[str, Any]:
    return {
        "line": outcome.statement.line,
        "name": outcome.statement.targets[0],
        "iteration": outcome.iteration,
        "log_likelihood": outcome.log_likelihood,
        "difference": outcome.difference,
    }


def _print_outcome(screen: Any, outcome: Outcome) -> None:
    statement = outcome.statement
    if not statement.targets:
        screen.print(Text(statement.comment, style="italic"))
        return
    screen.print(Text(statement.text, overflow="ellipsis", no_wrap=True))
    if outcome.log_likelihood is not None:
        compared = {None: "", 0.0: ", as recorded, to the last bit"}.get(outcome.difference)
        if compared is None:
            compared = f", which differs by {terminal.number(outcome.difference or 0.0)} from what was recorded"
        screen.print(f"    iteration {outcome.iteration}: log p(x) = {outcome.log_likelihood!r}{compared}")
