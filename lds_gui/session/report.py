"""A report of a run: one HTML file with everything inside, that any browser shows."""

from __future__ import annotations

import base64
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.metadata import version

import numpy as np

import lds_gui
from lds_gui.lds import COVARIANCES, PARAMETERS, Array, columns_far_from_zero, convergence_rate, modes
from lds_gui.session.notebook import script_of
from lds_gui.session.state import Run, State

_MOST_ROWS = 40  # of the trace
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b2733; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #d9e0e7; }
table { border-collapse: collapse; margin: .6rem 0 1rem; } caption { text-align: left; font-weight: 600; }
td, th { padding: .15rem .7rem; text-align: right; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: #566573; } tr + tr td { border-top: 1px solid #edf0f3; }
td.word, th.word { text-align: left; }
.matrices { display: flex; flex-wrap: wrap; gap: 0 2.5rem; } img { max-width: 100%; margin: .4rem 0; }
pre { background: #f4f6f8; padding: .8rem; overflow-x: auto; font-size: 12px; } .bad { color: #b3261e; }
"""


def report_of(state: State, pictures: Mapping[str, bytes], when: datetime) -> str:
    """Write the report of the current run; `pictures`: PNG bytes by title.

    Numbers have twelve digits; the script at the end computes the run again, to the last bit.
    """
    run, data = state.run, state.data
    assert run is not None
    assert data is not None
    title = f"{data.title}: {run.title}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(_outcome(run))}</p>",
        "<h2>Data</h2>",
        *(f"<p>{escape(line)}</p>" for line in (_data_in_words(state), *data.notes)),
        "<h2>Settings</h2>",
        _table((), _settings(run), words=2),
        "<h2>Convergence</h2>",
        _convergence(run, state),
        "<h2>Estimate</h2>",
        _matrices(state),
        _modes(state),
        "<h2>Are the residuals white?</h2>",
        _tests(state),
        "<h2>Pictures</h2>",
        *(_picture(name, png) for name, png in pictures.items()),
        "<h2>Script</h2>",
        "<p>On the same data, these lines compute the run again.</p>",
        f"<pre>{escape(chr(10).join(script_of(state)))}</pre>",
        "<h2>Versions</h2>",
        _table((), _versions(when), words=2),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _figure(value: float) -> str:
    return f"{value:.12g}".replace("-", "−")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", words: int = 0) -> str:
    """A table of texts; the first columns hold words, the others figures."""
    kinds = [' class="word"' if place < words else "" for place in range(64)]
    head = "".join(f"<th{kind}>{escape(text)}</th>" for kind, text in zip(kinds, heads, strict=False))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=False)) + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}{f'<tr>{head}</tr>' if heads else ''}{body}</table>"


def _outcome(run: Run) -> str:
    level = _figure(run.level)
    reason = run.reason or f"{run.status.value.capitalize()}."
    return f"After {run.last_iteration} iterations log p(x) = {level} nats. {reason}"


def _data_in_words(state: State) -> str:
    data = state.data
    assert data is not None
    dataset = data.dataset
    several = f" in {dataset.n_sequences} sequences" if dataset.n_sequences > 1 else ""
    missing = f", {dataset.n_missing:,} entries missing" if dataset.n_missing else ""
    columns = ", ".join(data.columns)
    far = (
        " Some columns lie far from zero, and the model has no constant term." if columns_far_from_zero(dataset) else ""
    )
    return f"{data.title}: {dataset.n_steps:,} steps{several} of {columns}{missing}.{far}"


def _settings(run: Run) -> list[tuple[str, str]]:
    options = run.learning.options
    learned = [symbol for name, symbol, _ in PARAMETERS if name in options.learn]
    kinds = [f"{symbol}: {options.structure[name]}" for name, symbol, _ in PARAMETERS if name in options.structure]
    return [
        ("Start", run.origin),
        ("Learned", ", ".join(learned) or "nothing"),
        ("Restricted", ", ".join(kinds) or "nothing"),
        ("Covariance of z₁", "its own" if run.learning.separate_initial else "Σ"),
        ("Tolerance", f"{options.tol:g} nats, {options.rtol:g} nats per entry, parameters {options.param_tol:g}"),
        ("Smallest variance", f"{options.floor:g}"),
        ("Iterations at most", f"{options.max_iter:,}"),
    ]


def _convergence(run: Run, state: State) -> str:
    levels, bounds = run.log_likelihoods, run.bounds
    places = np.unique(np.geomspace(1, max(run.n_recorded, 1), _MOST_ROWS).round().astype(int)) - 1
    rows: list[tuple[str, ...]] = []
    for place in places.tolist():
        change = "" if place == 0 else _figure(float(levels[place] - levels[place - 1]))
        bound = "" if np.isnan(bounds[place]) else _figure(float(bounds[place]))
        rows.append((str(place), bound, _figure(float(levels[place])), change))
    falls = int((np.diff(levels) < 0.0).sum())
    n_observed = 0 if state.data is None else state.data.dataset.n_observed
    rate, gain, remaining = convergence_rate(levels.tolist(), run.learning.options.tolerance(n_observed))
    words = f"log p(x) fell in {falls} of {run.last_iteration} iterations. " if falls else "log p(x) never fell. "
    if rate is not None and gain is not None:
        words += f"At the end each iteration gained {rate:.4g} times what the one before did"
        words += f"; about {remaining} more until the tolerance." if remaining else "."
    heads = ("iteration", "bound after the M-step", "log p(x), nats", "change")
    return f"<p>{escape(words)}</p>" + _table(heads, rows)


def _matrices(state: State) -> str:
    step = state.step
    assert step is not None
    blocks: list[str] = []
    for name, symbol, title in PARAMETERS:
        value: Array | None = getattr(step.params, name)
        if value is not None:
            rows = [[_figure(entry) for entry in row] for row in np.atleast_2d(value).tolist()]
            smallest = ""
            if name in COVARIANCES:
                smallest = f", smallest eigenvalue {float(np.linalg.eigvalsh(value)[0]):.4g}"
            blocks.append(_table((), rows, f"{symbol}, {title}{smallest}"))
    note = f"<p>Iteration {step.iteration}, in the basis in which EM found the latents; any other one is as good.</p>"
    return f'{note}<div class="matrices">{"".join(blocks)}</div>'


def _modes(state: State) -> str:
    step = state.step
    assert step is not None
    rows = [
        (
            _complex(mode.eigenvalue),
            _figure(abs(mode.eigenvalue)),
            _figure(2 * np.pi / abs(np.angle(mode.eigenvalue))) if mode.eigenvalue.imag else "–",
        )
        for mode in modes(step.params.A)
        if mode.eigenvalue.imag >= 0.0
    ]
    return _table(("eigenvalue of A", "modulus", "period, steps"), rows)


def _complex(value: complex) -> str:
    return _figure(value.real) + (f" ± {_figure(abs(value.imag))} i" if value.imag else "")


def _tests(state: State) -> str:
    view = state.view
    if view is None or view.residuals is None or state.data is None:
        return "<p>They were not derived.</p>"
    rows: list[tuple[str, ...]] = []
    for column, tests in zip(state.data.columns, view.residuals.tests, strict=False):
        rows.append(
            (
                column,
                str(tests.n_values),
                _figure(round(tests.mean, 6)),
                _figure(round(tests.sd, 6)),
                f"{tests.ljung_box.p_value:.4g}",
                f"{tests.normality.p_value:.4g}",
            )
        )
    heads = ("column", "values", "mean", "sd", "Ljung–Box, p", "normality, p")
    words = (
        "Standardised one-step prediction errors of the first sequence: mean 0, sd 1 and large p are as they should be."
    )
    return f"<p>{words}</p>" + _table(heads, rows, words=1)


def _picture(name: str, png: bytes) -> str:
    encoded = base64.b64encode(png).decode()
    return f'<h3>{escape(name)}</h3><img alt="{escape(name)}" src="data:image/png;base64,{encoded}">'


def _versions(when: datetime) -> list[tuple[str, str]]:
    return [
        ("Written", f"{when:%d %B %Y, %H:%M}"),
        ("LDS GUI", lds_gui.__version__),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ("numpy", "scipy", "numba")),
        ("System", platform.platform()),
    ]
