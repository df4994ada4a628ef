"""The command line: everything that needs no screen, and the two commands that open a window or draw one."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lds_gui import analysis, arguments, terminal
from lds_gui.files import (
    FORMATS,
    DataFile,
    FileFormatError,
    Preset,
    load_data,
    load_params,
    preset,
    presets,
    samples,
    save,
)
from lds_gui.files.atomic import check_writable
from lds_gui.files.csv_writing import write_csv
from lds_gui.files.result_files import check_result_suffix, save_result
from lds_gui.kl_report import kl_report
from lds_gui.lds import (
    STARTS,
    EMFault,
    EMOptions,
    EMResult,
    EMStep,
    LDSParams,
    NumericalError,
    ParameterError,
    Stop,
    em,
    standardised,
)
from lds_gui.lds.preparation import prepare

Theme = Literal["light", "dark", "system"]
InitialCovariance = Literal["tied", "separate"]

app = typer.Typer(
    name="lds-gui",
    help="See expectation-maximisation learn a linear dynamical system. Without a command: open the window.",
    pretty_exceptions_enable=False,
)
app.add_typer(analysis.app)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 after a wrong input, 130 when interrupted."""
    _prepare_streams()
    try:
        words = _with_file(sys.argv[1:] if argv is None else argv)
        code: object = app(args=words, prog_name="lds-gui", standalone_mode=False)
        sys.stdout.flush()
    except (ParameterError, FileFormatError, NumericalError) as error:
        return _fail(str(error))
    except typer.TyperException as error:
        return _fail(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # the reader has gone, as in `lds-gui simulate | head`
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        reason = (
            "it is closed" if isinstance(error, io.UnsupportedOperation) else (error.strerror or str(error)).lower()
        )
        return _fail(f"{error.filename}: {reason}." if error.filename else f"The output cannot be written: {reason}.")
    return code if isinstance(code, int) else 0


def _with_file(argv: list[str]) -> list[str]:
    """Take a first word that is a session or data file for the option that it stands for, as a desktop gives it."""
    if not argv or argv[0].startswith("-"):
        return argv
    suffix = Path(argv[0]).suffix.lower()
    if suffix == ".ldsession":
        return ["--session", *argv]
    return ["--data", *argv] if suffix in [known for form in FORMATS for known in form.suffixes] else argv


def _prepare_streams() -> None:
    """Let no character be too strange to print, and nothing else be opened in the place of a closed output."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = open(os.devnull)  # noqa: SIM115 - nothing can be written to it, so that printing is an OSError
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore


def _drop_output() -> None:
    """Forget what could not be written, which Python would try again when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str) -> int:
    print(f"lds-gui: {message}", file=sys.stderr)
    return 2


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context,
    data: Annotated[str | None, typer.Option(help="A data file or the name of a sample data set.")] = None,
    theme: Annotated[Theme | None, typer.Option(help="Colours of the window.")] = None,
    session: Annotated[Path | None, typer.Option(help="A session file, as `lds-gui FILE.ldsession` does.")] = None,
    safe_mode: Annotated[
        bool, typer.Option("--safe-mode", help="Start without settings, and without what an earlier window has left.")
    ] = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """See expectation-maximisation learn a linear dynamical system. Without a command: open the window."""
    if show_version:
        print(f"lds-gui {version('lds-gui')}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        given = {"data": data, "theme": theme, "session": session, "safe-mode": safe_mode or None}
        _refuse_options_of_the_window(context.invoked_subcommand, given)
        return
    if session is not None and data is not None:
        raise ParameterError("session", "Give either --session or --data, not both: a session holds its data.")
    if session is not None and not session.is_file():
        raise FileFormatError(session, "There is no such file.")
    path = None if data is None else arguments.data_path(data)
    opened = None if path is None else load_data(path)
    if not _can_open_window():
        if session is not None:
            raise ParameterError(
                "session",
                f"There is no display to open a window on, so that {session.name} cannot be shown; "
                f"`lds-gui report {session}` writes what is in it into an HTML file.",
            )
        if opened is not None:
            raise ParameterError(
                "data",
                f"There is no display to open a window on, so that {opened.name} cannot be shown; "
                f"`lds-gui fit {data} --latent-dim 2` learns from it without one.",
            )
        print(
            "lds-gui: there is no display to open a window on; drawing the demonstration into demo.png instead.",
            file=sys.stderr,
        )
        demo(theme="dark" if theme == "dark" else "light")
        return
    from lds_gui.ui.app import run_window

    raise typer.Exit(run_window(opened, path, theme, session, safe_mode=safe_mode))


def _refuse_options_of_the_window(command: str, given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if value is not None:
            hint = "; it may stand after it" if (command, name) == ("demo", "theme") else ""
            raise ParameterError(name, f"--{name} belongs to the window, not to the command {command}{hint}.")


def _can_open_window() -> bool:
    """Whether there is a display. Raises ParameterError if Qt cannot be loaded at all."""
    from lds_gui.ui.platform import has_display, missing_libraries

    lacking = missing_libraries()
    if lacking is not None:
        raise ParameterError("system", lacking)
    return has_display()


@app.command()
def demo(
    preset_name: Annotated[str, typer.Option("--preset", help="The model to simulate and to learn.")] = "",
    out: Annotated[Path, typer.Option(help="The picture to write, a PNG file.")] = Path("demo.png"),
    theme: Annotated[Literal["light", "dark"], typer.Option(help="Colours of the picture.")] = "light",
    size: Annotated[str, typer.Option(help="Width and height in pixels.")] = "1440x900",
) -> None:
    """Simulate a preset, learn it by EM and draw the window's panels into a picture, without a display."""
    chosen = preset(preset_name) if preset_name else presets()[0]
    width_height = arguments.picture_size(size)
    if out.suffix.lower() != ".png":
        raise ParameterError("out", f"The picture is a PNG file, so that its name must end in .png, unlike '{out}'.")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _can_open_window()
    from lds_gui.ui.app import run_demo

    print(run_demo(chosen.name, out, theme, width_height))


@app.command("simulate")
def simulate_command(
    preset_name: Annotated[str, typer.Option("--preset", help="A model that comes with the program.")] = "",
    params: Annotated[Path | None, typer.Option(help="A model of one's own: a JSON or NPZ file.")] = None,
    n_steps: Annotated[int | None, typer.Option(help="Steps in each sequence.", min=1, max=10_000_000)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the random numbers.", min=0)] = None,
    sequences: Annotated[int | None, typer.Option(help="Number of sequences.", min=1, max=100_000)] = None,
    burn_in: Annotated[
        int | None, typer.Option(help="Steps that are run before the first recorded one.", min=0, max=10_000_000)
    ] = None,
    missing: Annotated[float | None, typer.Option(help="Share of entries missing at random, 0 to 1.")] = None,
    dropout: Annotated[
        float | None, typer.Option(help="Share of time that each sensor is out, in runs of 10 steps on average.")
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Share of steps missing in one gap in the middle.")] = None,
    outliers: Annotated[
        float | None, typer.Option(help="Share of entries that are off by 5 sd of the observation noise.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV, TSV, JSON or NPZ file; without it, CSV to the output.")] = None,
) -> None:
    """Draw observations, and the latents behind them, from a model; what is not given is as the preset has it."""
    if preset_name and params is not None:
        raise ParameterError("params", "Give either --preset or --params, not both.")
    if params is not None:
        chosen = Preset(params.stem, "", "", "", load_params(params))
    else:
        chosen = preset(preset_name) if preset_name else presets()[0]
    sizes = {"n_steps": n_steps, "seed": seed, "n_sequences": sequences, "burn_in": burn_in}
    shares = {"missing": missing, "dropout": dropout, "gap": gap, "outliers": outliers}
    spoiling = replace(chosen.spoiling, **{name: share for name, share in shares.items() if share is not None})
    chosen = replace(chosen, spoiling=spoiling, **{name: size for name, size in sizes.items() if size is not None})
    data = DataFile.of(chosen.drawn(), chosen.name)
    if out is None:
        sys.stdout.flush()
        write_csv(sys.stdout.buffer, data)
        return
    save(out, data)
    steps, several = f"{chosen.n_steps} steps", chosen.n_sequences > 1
    count = f"{chosen.n_sequences} sequences of {steps}" if several else steps
    print(f"{count} of {chosen.name}, seed {chosen.seed}, written to {out}", file=sys.stderr)


@app.command("fit")
def fit_command(
    data: analysis.DataArgument,
    latent_dim: Annotated[int, typer.Option(help="Number of latents, n.", min=1, max=200)],
    start: Annotated[
        str, typer.Option(help=f"Where EM begins: {', '.join(start.name for start in STARTS)}, perturbed, or a file.")
    ] = STARTS[0].name,
    seed: Annotated[int, typer.Option(help="Seed of a random start.", min=0)] = 0,
    max_iter: Annotated[int, typer.Option(help="Limit of iterations.", min=0)] = EMOptions.max_iter,
    tol: Annotated[float, typer.Option(help="Stop when the log-likelihood changes by less, in nats.")] = EMOptions.tol,
    rtol: Annotated[float, typer.Option(help="The same in nats per observed entry; 0: off.")] = EMOptions.rtol,
    param_tol: Annotated[
        float, typer.Option(help="Stop when no parameter changes by a larger share of its largest entry; 0: off.")
    ] = EMOptions.param_tol,
    floor: Annotated[float, typer.Option(help="No learned variance falls below it; 0: off.")] = EMOptions.floor,
    structure: Annotated[
        list[str] | None,
        typer.Option(help="Restrict a covariance: full, diagonal or isotropic, e.g. Gamma=diagonal; repeatable."),
    ] = None,
    learn: Annotated[str | None, typer.Option(help="Learn only these, e.g. B,Sigma,Gamma.")] = None,
    hold: Annotated[str | None, typer.Option(help="Learn all but these, e.g. A,mu0.")] = None,
    initial: Annotated[InitialCovariance, typer.Option(help="The initial covariance: Σ, or a Σ₀ of its own.")] = "tied",
    truth: Annotated[Path | None, typer.Option(help="The parameters that a perturbed start perturbs, a file.")] = None,
    amount: Annotated[float, typer.Option(help="By how much, relative to their size.", min=0.0)] = 0.3,
    restarts: Annotated[int, typer.Option(help="Run from so many seeds, and keep the best.", min=1, max=10_000)] = 1,
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Bring every column to mean 0 and standard deviation 1 first.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="JSON, NPZ, MAT or CSV file for the result.")] = None,
    json_output: analysis.JsonOption = False,
) -> None:
    """Learn a model from data by EM; print the trace, the estimated matrices and the eigenvalues of A."""
    file = arguments.open_all(data)
    if standardise:
        file = replace(file, dataset=standardised(file.dataset, file.columns)[0])
    begin = arguments.starting_point(start, file, latent_dim, seed, truth, amount)
    if initial == "separate" and begin.is_tied:
        begin = replace(begin, Sigma0=begin.Sigma)
    learned = arguments.learned(learn, hold, begin.is_tied)
    options = EMOptions(
        max_iter,
        tol,
        learned,
        arguments.structures(structure or [], learned),
        rtol,
        param_tol,
        floor,
    )
    if out is not None:
        check_result_suffix(out)
        check_writable(out)
    screen = terminal.console()
    if not json_output:
        terminal.print_data(screen, file)
    prepare(_say_that_it_compiles)
    steps, broken_off = _run(begin, file, options)
    for other in range(1, restarts):
        if isinstance(broken_off, KeyboardInterrupt):
            break
        begin = arguments.starting_point(start, file, latent_dim, seed + other, truth, amount)
        begin = replace(begin, Sigma0=begin.initial_cov) if initial == "separate" else begin
        steps, broken_off = _better((steps, broken_off), _run(begin, file, options), seed + other)
    last = steps[-1]
    reason = f"Interrupted after iteration {last.iteration}." if not str(broken_off) else str(broken_off)
    stop = last.stop or Stop(converged=False, reason=reason)
    log_likelihoods = np.array([step.log_likelihood for step in steps])
    result = EMResult(last.params, log_likelihoods, last.iteration, stop.converged, stop.reason)
    if json_output:
        print(json.dumps(terminal.json_ready(terminal.result_record(result, file)), ensure_ascii=False))
    else:
        terminal.print_trace(screen, steps)
        terminal.print_outcome(screen, steps, stop, file.dataset, options)
        terminal.print_params(screen, last.params, file.columns, options)
        terminal.print_eigenvalues(screen, last.params.A)
        terminal.print_columns(screen, file, last.params)
    if out is not None:
        save_result(out, result)
        print(f"The result is written to {out}.", file=sys.stderr)
    if broken_off is not None:
        raise broken_off


_Ran = tuple[list[EMStep], "EMFault | KeyboardInterrupt | None"]


def _better(best: _Ran, other: _Ran, seed: int) -> _Ran:
    """Keep the run that reached the higher log p(x); say how the other one compares."""
    levels = [steps[-1].log_likelihood for steps, _ in (best, other)]
    print(f"Seed {seed}: log p(x) = {levels[1]:.9g}, {levels[1] - levels[0]:+.3g} to the best so far", file=sys.stderr)
    interrupted = isinstance(other[1], KeyboardInterrupt)
    kept = other if levels[1] > levels[0] else best
    return (kept[0], other[1]) if interrupted else kept


def _say_that_it_compiles() -> None:
    print("Compiling the engine, once on this computer …", file=sys.stderr, flush=True)


def _run(
    start: LDSParams, data: DataFile, options: EMOptions
) -> tuple[list[EMStep], EMFault | KeyboardInterrupt | None]:
    """Run EM under a progress bar on the error output; return its steps, and what broke it off, if anything did."""
    steps: list[EMStep] = []
    screen = terminal.console(stderr=True)
    columns = (
        TextColumn("EM"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("", total=options.max_iter)
        try:
            for step in em(start, data.dataset, options):
                steps.append(step)
                progress.update(task, completed=step.iteration, description=f"log p(x) = {step.log_likelihood:.6g}")
        except (EMFault, KeyboardInterrupt) as broken_off:
            if not steps:
                raise
            return steps, broken_off
    return steps, None


@app.command()
def kl(
    p_file: Annotated[Path | None, typer.Argument(metavar="[P]", help="P: a file with mean and cov.")] = None,
    q_file: Annotated[Path | None, typer.Argument(metavar="[Q]", help="Q, likewise.")] = None,
    p_mean: Annotated[str | None, typer.Option(help='The mean of P, e.g. "0, 1".')] = None,
    p_cov: Annotated[str | None, typer.Option(help='The covariance of P by rows, e.g. "1 0; 0 2".')] = None,
    q_mean: Annotated[str | None, typer.Option(help="The mean of Q.")] = None,
    q_cov: Annotated[str | None, typer.Option(help="The covariance of Q.")] = None,
    order: Annotated[float, typer.Option(help="The order of Rényi's divergence.")] = 2.0,
    bits: Annotated[bool, typer.Option("--bits", help="In bits instead of nats.")] = False,
    samples: Annotated[
        int, typer.Option(help="Estimate by Monte Carlo, too, from so many samples.", min=0, max=100_000_000)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the samples.", min=0)] = 0,
    errata: Annotated[bool, typer.Option("--errata", help="Print the exercise's wrong formulas, too.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for machines.")] = False,
) -> None:
    """Print how far one Gaussian is from another: the Kullback-Leibler divergence, both ways, and all others.

    A file holds mean and cov as JSON or NPZ; or as CSV, the mean in its first row and the covariance below.
    """
    p, q = arguments.gaussian("p", p_file, p_mean, p_cov), arguments.gaussian("q", q_file, q_mean, q_cov)
    if samples == 1:
        raise ParameterError("samples", "One sample has no error: --samples must be 0, or at least 2.")
    report = kl_report(p, q, order=order, n_samples=samples, seed=seed, in_bits=bits)
    if json_output:
        print(json.dumps(terminal.json_ready(report), ensure_ascii=False, indent=2))
    else:
        terminal.print_kl(terminal.console(), report, errata=errata)


@app.command("samples")
def samples_command() -> None:
    """List the sample data sets."""
    terminal.print_list(
        terminal.console(),
        ((s.name, s.title, [s.description, f"Source: {s.source} Licence: {s.licence}."]) for s in samples()),
    )


@app.command("presets")
def presets_command() -> None:
    """List the models that come with the program."""
    terminal.print_list(
        terminal.console(),
        (
            (p.name, f"{p.title}, n = {p.params.latent_dim}, m = {p.params.obs_dim}", [p.about, p.try_this])
            for p in presets()
        ),
    )
