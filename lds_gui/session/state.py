"""What the screen shows, as one immutable value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from lds_gui.files import AS_FOUND, DataFile, Preset, ReadOptions
from lds_gui.lds import (
    PARAMETERS,
    STARTS,
    Array,
    Dataset,
    EMOptions,
    EMStep,
    LDSParams,
    Scale,
    Simulation,
    columns_far_from_zero,
    periodogram,
    standardised,
)
from lds_gui.session.breakpoints import Breakpoints
from lds_gui.session.gauge import DEFAULT_LENS
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.history import History
from lds_gui.session.laboratory import Laboratory
from lds_gui.session.surprise import Surprise
from lds_gui.session.view import View

_N_NAMED = 4  # columns whose scale a note gives
_MOST_FREQUENCIES = 1024
_QUICK = 200_000  # random numbers, which are drawn in a few milliseconds


@dataclass(frozen=True)
class Source:
    """The file that data were read from, and how: reading it again so gives the same data."""

    path: str
    options: ReadOptions = AS_FOUND
    standardise: bool = False


@dataclass(frozen=True, eq=False)
class Data:
    """What is learned from, and where it comes from.

    Attributes:
        dataset: the observations, and the true latents where they were simulated.
        title: "Simulated", or the name of the file or sample.
        truth, simulation: the parameters that the data were drawn from, and how; None for data from a file.
        columns: a name for each observed dimension.
        time_name: what the time axis counts.
        time_labels: a label for each step of the first sequence; None for 1, 2, 3, ...
        notes: sentences about whatever was left out or converted when the data were read.
        scale: by what the columns were standardised; None if they are as they were read.
        source: the file that they were read from; None where they were simulated or pasted.
        power: frequencies (F,) in cycles per step, and the first sequence's power (F, m) at them; see `mean_powers`.
    """

    dataset: Dataset
    title: str
    truth: LDSParams | None = None
    simulation: Simulation | None = None
    columns: tuple[str, ...] = ()
    time_name: str = "time t"
    time_labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    scale: Scale | None = None
    source: Source | None = None
    power: tuple[Array, Array] | None = None

    @classmethod
    def simulated(cls, dataset: Dataset, truth: LDSParams, simulation: Simulation) -> Data:
        """Wrap data that `truth` has generated."""
        columns = tuple(f"x{i + 1}" for i in range(dataset.obs_dim))
        return cls(dataset, "Simulated", truth, simulation, columns, power=mean_powers(dataset))

    @classmethod
    def opened(cls, file: DataFile, *, standardise: bool = False) -> Data:
        """Wrap data that were read; `standardise` brings every column to mean 0 and standard deviation 1.

        Raises ParameterError if a column cannot be standardised.
        """
        dataset, scale = standardised(file.dataset, file.columns) if standardise else (file.dataset, None)
        notes = list(file.notes)
        if scale is not None:
            notes.append(f"Standardised: {_scale_in_words(file.columns, scale)}.")
        far = [file.columns[column] for column in columns_far_from_zero(dataset)]
        if far:
            notes.append(f"The model has no constant term: a latent has to carry the mean of {', '.join(far)}.")
        return cls(
            dataset,
            file.name,
            columns=file.columns,
            time_name=file.time_name or "time t",
            time_labels=file.time_values,
            notes=tuple(notes),
            scale=scale,
            power=mean_powers(dataset),
        )


@dataclass(frozen=True)
class Line:
    """A line of the notebook.

    Attributes:
        text: Python, or a remark.
        target: what it assigns to; empty for a remark.
        change: the number of the change that it belongs to.
    """

    text: str
    target: str = ""
    change: int = 0


@dataclass(frozen=True)
class Lesson:
    """A notebook that is replayed in the window, line by line.

    Attributes:
        title: its file's name.
        lines: its text, line by line.
        place: how many of its lines have been carried out.
        plays: whether the others follow by themselves; no more when all that they have begun is done.
        pause: seconds between two lines.
        remark: the newest remark that stands in it.
        notes: what differs from what the lines say came of them.
        problem: why it cannot go on, in a sentence; empty if it can.
    """

    title: str
    lines: tuple[str, ...]
    place: int = 0
    plays: bool = True
    pause: float = 1.0
    remark: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Whether all lines have been carried out."""
        return self.place == len(self.lines)


@dataclass(frozen=True)
class Document:
    """Where the session is kept, and whether the file has all of it.

    Attributes:
        path: the session file; empty where there is none yet.
        is_changed: whether something would be lost if the window were closed now.
        busy: what is being done with a file, in words; empty for nothing.
        problem: why the last file could not be read or written, in a sentence; empty if it could.
    """

    path: str = ""
    is_changed: bool = False
    busy: str = ""
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Learning:
    """How EM is to be run.

    Attributes:
        start: where it begins, by a name in START_CHOICES (lds_gui/session/starts.py).
        seed: of a start that is drawn at random.
        amount: by how much the truth is perturbed, relative to its size.
        kept: the estimate that was kept to start from.
        separate_initial: whether the initial covariance is a Σ₀ of its own instead of Σ.
        per_entry: whether the tolerance that is used is the one per observed entry, `options.rtol`.
        options: EM's own.
    """

    start: str = STARTS[0].name
    seed: int = 0
    amount: float = 0.3
    kept: LDSParams | None = None
    separate_initial: bool = False
    per_entry: bool = False
    options: EMOptions = field(default_factory=EMOptions)


class RunStatus(Enum):
    """Where a run stands. Only a running or paused one can go on."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_live(self) -> bool:
        """Say whether the run can still go on."""
        return self in (RunStatus.RUNNING, RunStatus.PAUSED)


@dataclass(frozen=True, eq=False)
class Run:
    """An EM run as far as this state knows it.

    Attributes:
        history: the run's append-only steps, shared between states; the first `n_recorded` belong to this one.
        n_recorded: how many steps this state knows: iterations 0 to n_recorded - 1.
        learning: the settings it was started with.
        status: where it stands.
        reason: why it ended, in words; empty before.
        converged: whether it ended because the tolerance was reached.
        halt: why a breakpoint has paused it, in words; empty if none has, or it has gone on since.
        number: which of the session's runs it is, counted from 1; 0 for one that is not kept.
        name: what the user calls it; empty for its number.
        origin: where it began, in words.
        parent: the number and the iteration of the run that it branches off; None if it has a start of its own.
        seams: the iterations from which it went on after it had been read from a file: there, EM began anew, and what
            follows is that of an unbroken run up to rounding.
    """

    history: History
    n_recorded: int
    learning: Learning
    status: RunStatus
    reason: str = ""
    converged: bool = False
    halt: str = ""
    number: int = 0
    name: str = ""
    origin: str = ""
    parent: tuple[int, int] | None = None
    seams: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The name it was given, or its number."""
        return self.name or f"Run {self.number}"

    @property
    def steps(self) -> Sequence[EMStep]:
        """The steps that belong to this state, oldest first."""
        return self.history[: self.n_recorded]

    @property
    def log_likelihoods(self) -> Array:
        """The log-likelihood of each step, in nats."""
        return self.history.log_likelihoods[: self.n_recorded]

    @property
    def bounds(self) -> Array:
        """The bound that each M-step reached; NaN at the start, which has none."""
        return self.history.bounds[: self.n_recorded]

    @property
    def gaps(self) -> Array:
        """What each E-step left between the bound and the log-likelihood, in nats; NaN where it is not known."""
        return self.history.gaps[: self.n_recorded]

    @property
    def gains(self) -> Array:
        """What each M-step gained in the bound by initial state, transition and observation, (k, 3) nats."""
        return self.history.gains[: self.n_recorded]

    @property
    def last_iteration(self) -> int:
        """The newest recorded iteration; -1 before the start is known."""
        return self.n_recorded - 1

    @property
    def level(self) -> float:
        """The newest log p(x), in nats; −∞ before there is one."""
        return float(self.log_likelihoods[-1]) if self.n_recorded else -np.inf

    def ended(self) -> Run:
        """The same run; stopped where it is, if it could still go on."""
        if not self.status.is_live:
            return self
        reason = f"Stopped at iteration {self.last_iteration}" if self.n_recorded else "Stopped before it began"
        return replace(self, status=RunStatus.STOPPED, reason=reason, halt="")


@dataclass(frozen=True, eq=False)
class Restarts:
    """Runs from several seeds, as far as they are done.

    Attributes:
        n_wanted: how many there are to be.
        ended: those that have ended, in the order in which they did; each has a seed of its own.
        is_running: whether more are to come.
        problem: why there can be none, in words; empty if there can.
    """

    n_wanted: int
    ended: tuple[Run, ...] = ()
    is_running: bool = True
    problem: str = ""

    @property
    def ranked(self) -> tuple[Run, ...]:
        """The best first: by log p(x), and those that failed behind all others."""
        return tuple(
            sorted(self.ended, key=lambda run: (run.status is RunStatus.FAILED, -run.level, run.learning.seed))
        )


def mean_powers(dataset: Dataset) -> tuple[Array, Array]:
    """The periodogram of each column of the first sequence; many frequencies are averaged with their neighbours.

    Gives the frequencies (F,) in cycles per step, and (F, m) the powers in squared units of x per cycle per step; NaN
    for a column of which nothing was observed.
    """
    first = dataset.sequences[0]
    n_found = len(first) // 2 + 1
    starts = np.unique(np.linspace(0, n_found, _MOST_FREQUENCIES, endpoint=False).astype(np.intp))
    counts = np.diff(np.append(starts, n_found))
    powers = np.full((len(starts), first.shape[1]), np.nan)
    for j, column in enumerate(first.T):
        if not np.isnan(column).all():
            powers[:, j] = np.add.reduceat(periodogram(column)[1], starts) / counts
    return np.add.reduceat(np.arange(n_found) / len(first), starts) / counts, powers


def _scale_in_words(columns: Sequence[str], scale: Scale) -> str:
    """Say what was done to the first columns."""
    done = [
        f"{column} = {mean:.6g} + {sd:.6g} × its standardised value"
        for column, mean, sd in zip(columns, scale.mean[:_N_NAMED], scale.sd, strict=False)
    ]
    return ", ".join(done) + (f", and so on for {len(columns)} columns" if len(columns) > _N_NAMED else "")


def _have_same_values(one: LDSParams, other: LDSParams) -> bool:
    names = [parameter.name for parameter in PARAMETERS]
    return one is other or all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@dataclass(frozen=True, eq=False)
class State:
    """Everything the window shows.

    Attributes:
        model: the parameters in the editors.
        preset: the preset they were last taken from.
        own_presets, preset_error: the presets of the user's own, and what went wrong with them, in words.
        simulation: how to draw data from them.
        learning: how to run EM.
        follows: whether simulated data follow the model and these settings, as long as there is no run.
        gaussians: the two of the tab *Gaussians*.
        laboratory: what is tried out on them.
        data: what is learned from; None before the first simulation or file.
        data_error: why the last attempt to get data failed, in one sentence; empty if it did not.
        run: the current EM run; None before the first and after a reset.
        runs: the other runs that are kept, by number.
        compared: the number of the kept run that is compared with the current one; None for none.
        matches_levels: whether its iterations are matched by log p(x), and else by their numbers.
        restarts: runs from several seeds; None if nobody has asked for them.
        shown_iteration: the iteration that the panels show; None for the newest.
        before_e: whether that is shown between its two half-steps: its M-step has raised the bound, and its E-step has
            not yet closed the gap, so that q is still that of the iteration before.
        view: what is derived from the shown iteration; None while there is none. While a newer one is being
            derived it is the previous one, and `view.iteration` says so.
        surprise: how much each time step surprises the model along the current run, as far as that is derived; None as
            long as nobody has looked.
        speed: half-steps per second at which a run is shown; None for as fast as it can be computed.
        plays: whether half-steps are being shown one after the other at that speed.
        breakpoints: what halts a run by itself.
        lens: the gauge lens through which latents and matrices are seen, by its name in LENSES.
        view_problem: why there is no view of the shown iteration, in words; empty where there is one, or will be.
        wants_view, wants_residuals: whether a view is to be derived, and whether with its residuals.
        busy: what is being computed besides EM, in words; empty if nothing is.
        preparing: what is being done to get the engine ready, in words; empty when it is, or nobody has needed it.
        to_undo, to_redo: the change that can be taken back, and the one that can be made again; empty if none.
        document: where all this is kept.
        notebook: what was done so far, as lines of Python.
        lesson: the notebook that is being replayed; None for none.
    """

    model: LDSParams
    preset: Preset
    simulation: Simulation
    gaussians: GaussianPair
    laboratory: Laboratory = field(default_factory=Laboratory)
    learning: Learning = field(default_factory=Learning)
    follows: bool = True
    data: Data | None = None
    data_error: str = ""
    run: Run | None = None
    runs: tuple[Run, ...] = ()
    compared: int | None = None
    matches_levels: bool = False
    restarts: Restarts | None = None
    shown_iteration: int | None = None
    before_e: bool = False
    view: View | None = None
    surprise: Surprise | None = None
    speed: float | None = None
    plays: bool = False
    breakpoints: Breakpoints = field(default_factory=Breakpoints)
    lens: str = DEFAULT_LENS
    view_problem: str = ""
    wants_view: bool = True
    wants_residuals: bool = False
    busy: str = ""
    preparing: str = ""
    own_presets: tuple[Preset, ...] = ()
    preset_error: str = ""
    to_undo: str = ""
    to_redo: str = ""
    document: Document = field(default_factory=Document)
    notebook: tuple[Line, ...] = ()
    lesson: Lesson | None = None

    @property
    def iteration(self) -> int | None:
        """The iteration that is to be shown; None if there is none yet."""
        if self.run is None or self.run.n_recorded == 0:
            return None
        return self.run.last_iteration if self.shown_iteration is None else self.shown_iteration

    @property
    def step(self) -> EMStep | None:
        """The EM step that is to be shown; None if there is none yet."""
        if self.run is None or self.iteration is None:
            return None
        return self.run.history[self.iteration]

    @property
    def e_step(self) -> EMStep | None:
        """The EM step whose parameters the shown q belongs to: the shown one, or the one before; None without a run."""
        step = self.step
        if step is None or self.run is None or not self.before_e:
            return step
        return self.run.history[step.iteration - 1]

    @property
    def all_runs(self) -> tuple[Run, ...]:
        """The current run, if there is one, and the kept ones."""
        return self.runs if self.run is None else (self.run, *self.runs)

    @property
    def other(self) -> Run | None:
        """The run that the current one is compared with; None if there is none."""
        return next((run for run in self.runs if run.number == self.compared), None)

    @property
    def bound(self) -> float | None:
        """The bound at the shown half-step, in nats: after an E-step, the log-likelihood; None without a run."""
        step = self.step
        if step is None:
            return None
        return step.elbo_after_m if self.before_e else step.log_likelihood

    @property
    def is_running(self) -> bool:
        """Say whether something goes on by itself, which Pause would halt."""
        return self.plays or (self.run is not None and self.run.status is RunStatus.RUNNING)

    @property
    def follows_run(self) -> bool:
        """Say whether the newest iteration is shown of a run that goes on, so that nobody has chosen one."""
        return self.shown_iteration is None and self.run is not None and self.run.status is RunStatus.RUNNING

    @property
    def is_at_the_end(self) -> bool:
        """Say whether the newest iteration is shown, its E-step done."""
        return self.run is not None and self.iteration == self.run.last_iteration and not self.before_e

    @property
    def view_is_current(self) -> bool:
        """Say whether the view is that of the half-step that is to be shown, with all that is asked of it."""
        view, step, e_step = self.view, self.step, self.e_step
        if view is None or step is None or e_step is None:
            return False
        is_complete = view.lens == self.lens and (view.residuals is not None or not self.wants_residuals)
        return view.params is step.params and view.e_params is e_step.params and is_complete

    @property
    def lacks_view(self) -> bool:
        """Say whether a view is wanted that is not there."""
        return self.wants_view and self.step is not None and not self.view_is_current

    @property
    def draws_quickly(self) -> bool:
        """Say whether data can follow the model while it is dragged."""
        return self.simulation.size * (self.model.latent_dim + self.model.obs_dim) <= _QUICK

    @property
    def model_differs_from_data(self) -> bool:
        """Say whether the simulated data come from other parameters or settings than those on the screen."""
        if self.data is None or self.data.truth is None:
            return False
        return self.data.simulation != self.simulation or not _have_same_values(self.data.truth, self.model)
