"""A session as it is kept in a file: the state without what is derived from it, and how the window was laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import lds_gui
from lds_gui.files import FileFormatError
from lds_gui.files.atomic import write_atomically
from lds_gui.files.bundle import Bundle, read_bundle, write_bundle
from lds_gui.lds import FAMILIES, ParameterError
from lds_gui.session.codec import CodecError, Decoder, Encoder
from lds_gui.session.gauge import LENSES
from lds_gui.session.starts import START_CHOICES
from lds_gui.session.state import Data, Run, RunStatus, State, mean_powers

SUFFIX = ".ldsession"
_KIND, _VERSION, _TITLE = "session", 1, "session file"
_STARTS = frozenset(choice.name for choice in START_CHOICES)


@dataclass(frozen=True)
class WindowLayout:
    """What the window looks like beside the state.

    Attributes:
        tab: which tab is shown, counted from 0.
        docks: where the panels are, as the window itself describes it, in Base64.
        choices: what is chosen in the panels, by their names.
        folded: the cards that are folded.
        ranges: the stretches (left, right, bottom, top) of plots that were zoomed, by their panels' names.
    """

    tab: int = 0
    docks: str = ""
    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    folded: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float, float, float]] = field(
        default_factory=dict[str, tuple[float, float, float, float]]
    )


@dataclass(frozen=True)
class Heading:
    """What a session file says of itself.

    Attributes:
        program: the version that wrote it.
        time: when, in UTC.
        summary: what is in it, in words.
        path: the file that it was opened from or saved in, where it is a recovery file.
    """

    program: str
    time: datetime
    summary: str
    path: str = ""


@dataclass(frozen=True, eq=False)
class Saved:
    """What a session file holds."""

    heading: Heading
    state: State
    layout: WindowLayout


def save_session(path: Path, state: State, layout: WindowLayout, *, for_recovery: bool = False) -> None:
    """Write a session: as a whole, or not at all; the previous file stays beside it as `.bak`.

    A file for recovery says where the session is kept otherwise, and has no previous one.

    Raises FileFormatError if the file cannot be written.
    """
    encoder = Encoder()
    kept = replace(state, run=_at_rest(state.run), runs=tuple(run.ended() for run in state.runs))
    restarts = kept.restarts
    if restarts is not None:
        kept = replace(kept, restarts=replace(restarts, is_running=False))
    laboratory = replace(kept.laboratory, is_sampling=False, is_fitting=False, plays_fit=False, is_taking=False)
    tree = encoder.tree(replace(kept, laboratory=laboratory))
    document = {
        "program": lds_gui.__version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "summary": summary(state),
        "path": state.document.path if for_recovery else "",
        "state": tree,
        "shared": encoder.shared,
        "layout": encoder.tree(layout),
    }
    bundle = Bundle(_KIND, _VERSION, document, encoder.arrays)
    write_atomically(path, lambda file: write_bundle(file, bundle), keep_previous=not for_recovery)


def _at_rest(run: Run | None) -> Run | None:
    """The current run, which a file holds as a paused one."""
    is_running = run is not None and run.status is RunStatus.RUNNING
    return replace(run, status=RunStatus.PAUSED) if is_running and run is not None else run


def load_heading(path: Path) -> Heading:
    """Look at a session file, all of which is checked to be there. Raises FileFormatError."""
    return _heading(read_bundle(path, _KIND, _VERSION, _TITLE, with_arrays=False), path)


def load_session(path: Path) -> Saved:
    """Read a session file. Raises FileFormatError."""
    bundle = read_bundle(path, _KIND, _VERSION, _TITLE)
    decoder = Decoder(bundle.arrays, bundle.document.get("shared"))
    try:
        state: State = decoder.value(State, bundle.document.get("state"), "state")
        layout: WindowLayout = decoder.value(WindowLayout, bundle.document.get("layout"), "layout")
        _check(state)
    except (CodecError, ParameterError) as error:
        sentence = str(error).rstrip(".")
        raise FileFormatError(path, f"The content of the session file does not fit together: {sentence}.") from error
    data = state.data
    if data is not None:
        state = replace(state, data=replace(data, power=mean_powers(data.dataset)))
    return Saved(_heading(bundle, path), state, layout)


def _heading(bundle: Bundle, path: Path) -> Heading:
    texts = [bundle.document.get(name) for name in ("program", "time", "summary", "path")]
    try:
        program, time, words, origin = (text if isinstance(text, str) else "" for text in texts)
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise FileFormatError(path, "The session file does not say when it was written.") from error
    return Heading(program, moment if moment.tzinfo else moment.replace(tzinfo=UTC), words, origin)


def summary(state: State) -> str:
    """Say in a line what a session is about."""
    parts = [state.preset.title if state.data is None or state.data.truth is not None else state.data.title]
    if state.data is not None:
        parts.append(f"{state.data.dataset.n_steps:,} steps")
    if state.run is not None and state.run.n_recorded:
        parts.append(f"{state.run.title} at iteration {state.run.last_iteration}")
    if len(state.all_runs) > 1:
        parts.append(f"{len(state.all_runs)} runs")
    return ", ".join(parts)


def content_of(state: State) -> tuple[object, ...]:
    """What would be missed if it were lost; two states of which all this is the same need not both be kept."""
    data, restarts, laboratory = state.data, state.restarts, state.laboratory
    return (
        *(state.model, state.simulation, state.learning, state.breakpoints),
        data if data is not None and data.truth is None and data.source is None else None,  # others can be had again
        *(state.run, *state.runs),
        *(() if restarts is None else restarts.ended),
        *(state.gaussians, laboratory.families),
    )


def is_same_content(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Say whether two contents are the same."""
    return len(one) == len(other) and all(mine is its for mine, its in zip(one, other, strict=True))


def _check(state: State) -> None:
    """Raise CodecError if parts that are valid do not fit each other."""
    for run in state.all_runs:
        _check_run(run, state.data)
    for run in () if state.restarts is None else state.restarts.ended:
        _check_run(run, state.data)
    numbers = [run.number for run in state.all_runs]
    last = -1 if state.run is None else state.run.last_iteration
    shown, laboratory = state.shown_iteration, state.laboratory
    fit_pair = laboratory.fit_pair
    checks: tuple[tuple[bool, str], ...] = (
        (len(set(numbers)) == len(numbers), "two runs have the same number"),
        (all(run.n_recorded for run in state.runs), "a run that was kept has no iterations"),
        (shown is None or 0 <= shown <= last, f"the shown iteration {shown} is none of 0 to {last}"),
        (not state.before_e or (shown or last) >= 1, "iteration 0 has no M-step that could be shown"),
        (state.compared is None or state.compared in numbers, "the compared run is not there"),
        (state.learning.start in _STARTS, "the chosen start is unknown"),
        (state.lens in [lens.name for lens in LENSES], "the lens is unknown"),
        (state.speed is None or state.speed > 0.0, "the speed is not above 0"),
        (set(laboratory.families) <= set(FAMILIES), "the family of a Gaussian is unknown"),
        (0 <= laboratory.shown_step <= max(len(laboratory.fit) - 1, 0), "the shown step of the fit is not there"),
        (not laboratory.fit or fit_pair is not None, "the fit has no pair"),
        (
            all(step.q.dim == state.gaussians.dim for step in laboratory.fit),
            "the fit is of another dimension than its pair",
        ),
    )
    problem = next((words for holds, words in checks if not holds), "")
    if problem:
        raise CodecError(problem)


def _check_run(run: Run, data: Data | None) -> None:
    """Raise CodecError if this cannot be a run on these data."""
    if run.learning.start not in _STARTS:
        raise CodecError(f"{run.title} begins from an unknown start")
    if data is None or run.n_recorded != len(run.history):
        raise CodecError(f"{run.title} has no data, or not as many iterations as it says")
    if run.n_recorded:
        m = run.history[0].params.obs_dim
        if m != data.dataset.obs_dim:
            raise CodecError(f"{run.title} is about {m} columns, but the data have {data.dataset.obs_dim}")
