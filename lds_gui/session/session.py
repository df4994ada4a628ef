"""The one owner of the state: what the user can do is a method of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from lds_gui.files import (
    AS_FOUND,
    DataFile,
    FileFormatError,
    Preset,
    Progress,
    ReadOptions,
    delete_own_preset,
    own_presets,
    save_own_preset,
)
from lds_gui.lds import (
    SYMBOLS,
    Gaussian,
    LDSParams,
    NumericalError,
    ParameterError,
    Simulation,
    drawn,
    resized,
)
from lds_gui.session.breakpoints import Breakpoints
from lds_gui.session.changes import DATA, KEPT_RUNS, MODEL, RUN, Changes
from lds_gui.session.em_run import EMRun
from lds_gui.session.engine_room import EngineRoom
from lds_gui.session.gaussian_lab import GaussianLab
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.history import History
from lds_gui.session.jobs import Jobs
from lds_gui.session.notebook import opening, written
from lds_gui.session.player import Player
from lds_gui.session.reading import read_file, read_text
from lds_gui.session.restarts import Restarter, WorkerExecutor
from lds_gui.session.runs import matched_iteration
from lds_gui.session.session_files import SessionFiles
from lds_gui.session.starts import KEPT_START, branch_maker, start_in_words, start_maker, with_seeds
from lds_gui.session.state import (
    Data,
    Document,
    Learning,
    Lesson,
    Restarts,
    Run,
    RunStatus,
    Source,
    State,
)
from lds_gui.session.surprise_feed import SurpriseFeed
from lds_gui.session.view_feed import ViewFeed
from lds_gui.session.worker_process import WorkerProcess

_MOST_FRAMES = 300  # of a run that is played back as fast as possible
POLL_INTERVAL_MS = 33  # at most 30 new states a second, however fast EM runs
_EXPECTED = (ParameterError, NumericalError, FileFormatError, OSError, MemoryError)
_MOST_DRAWN = 150_000_000  # random numbers of a simulation, about 1.2 GB


class _News:
    """How far a job has come, in its own words; written by its thread, and read by the timer."""

    newest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """Take the newest news."""
        self.newest = progress


class _Branch(NamedTuple):
    """Where a run leaves another one, and the parameters and settings that it begins with."""

    run: Run
    iteration: int
    params: LDSParams
    learning: Learning


def fresh_state(preset: Preset) -> State:
    """The state in which a session begins: a preset's model, no data, and two Gaussians."""
    unit = Gaussian(np.zeros(2), np.eye(2))
    tilted = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, -0.6], [-0.6, 0.8]]))
    state = State(preset.params, preset, preset.simulation, gaussians=GaussianPair(unit, tilted))
    return replace(state, notebook=opening(state))


class Session(QObject):
    """Holds the current `State` and is the only one to replace it.

    Computations run in processes and threads of their own; their results are taken up by a timer in the GUI thread, so
    that every signal is sent from there. A method that is given an impossible value raises ParameterError and leaves
    the state as it was.

    Signals:
        changed(State): the state was replaced; sent with the new one.
        failed(Exception): an unexpected error, a defect of the program, which must be shown.

    Attributes:
        lab: what can be done with the two Gaussians.
        files: how the session is kept in files, and comes back from them.
        player: replays notebooks.
    """

    changed = Signal(object)
    failed = Signal(object)
    _job_ended = Signal()

    def __init__(
        self, preset: Preset, parent: QObject | None = None, make_executor: Callable[[], Executor] = WorkerExecutor
    ) -> None:
        """Start from a preset, without data; `make_executor` gives what restarts are to run in."""
        super().__init__(parent)
        self._first_preset = preset
        self._state = fresh_state(preset)
        self._jobs = Jobs(self._job_ended.emit)
        self._job_ended.connect(self._collect, Qt.ConnectionType.QueuedConnection)
        self._engine_room = EngineRoom(self._jobs, self.failed.emit)
        shared = self._engine_room, lambda: self._state, self._replace, self.failed.emit
        self._view_feed, self._surprise_feed = ViewFeed(*shared), SurpriseFeed(*shared)
        self.lab = GaussianLab(self._engine_room, *shared[1:3], self._record, self.failed.emit, self)
        self.files = SessionFiles(self._jobs, *shared[1:3], self._take_session, self.failed.emit, self)
        self.player = Player(self)
        self._data_worker = WorkerProcess()
        self._data_worker_is_busy = False
        self._news: _News | None = None  # of the job that reads data
        self._before_resizing: LDSParams | None = None  # the model that a series of new dimensions began with
        self._after_data: Callable[[], None] | None = None
        self._make_executor = make_executor
        self._restarter: Restarter | None = None
        self._n_runs = 0  # that were numbered so far
        self._shows_m_step = False  # of the iteration that is being computed, when it is there
        self._is_playing_back = False  # so that no iteration is computed beyond those that are there
        self._changes = Changes()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.timeout.connect(self._poll)
        self._clock = QTimer(self)  # of what is shown at a chosen speed
        self._clock.timeout.connect(self._play_on)

    @property
    def state(self) -> State:
        """The current state."""
        return self._state

    def begin_anew(self) -> None:
        """Forget everything but the presets of the user's own, and begin with the first preset, without a file."""
        fresh = fresh_state(self._first_preset)
        self.files.forget(fresh)
        self._take_session(fresh, Document())
        self.simulate()

    def set_lesson(self, lesson: Lesson | None) -> None:
        """Say how far the replay of a notebook has come; None for none."""
        self._replace(lesson=lesson)

    @property
    def awaits_data(self) -> bool:
        """Whether data are still to come."""
        return self._jobs.is_pending("data")

    def use_preset(self, preset: Preset) -> None:
        """Take the preset's model and how it is simulated, and simulate."""
        self._record(f"choice of “{preset.title}”", MODEL | {"preset", "simulation"})
        self._replace(model=preset.params, preset=preset, simulation=preset.simulation)
        self._draw_data()

    def set_parameter(self, name: str, value: ArrayLike, gesture: str = "") -> None:
        """Change one parameter of the model. Raises ParameterError if the value is not a valid one."""
        if np.array_equal(np.asarray(value), getattr(self._state.model, name)):
            return
        self.set_model(replace(self._state.model, **{name: value}), f"change of {SYMBOLS[name]}", gesture)

    def set_model(self, model: LDSParams, title: str, gesture: str = "") -> None:
        """Change the model; `title` says what this change is called, and changes of one gesture are undone together."""
        self._record(title, MODEL, gesture)
        self._replace(model=model)
        self._follow()

    def new_model(self, model: LDSParams, title: str) -> None:
        """Begin with another model, of this title, instead of the preset's."""
        preset = replace(self._state.preset, name="", title=title, about="", try_this="", params=model, is_own=False)
        self._record(f"{title[:1].lower()}{title[1:]}", MODEL | {"preset"})
        self._replace(model=model, preset=preset)
        self._follow()

    def set_dimensions(self, latent_dim: int, obs_dim: int) -> None:
        """Change the model's dimensions; what fits of its parameters is kept, and what does not comes back later."""
        model = self._state.model
        if (latent_dim, obs_dim) == (model.latent_dim, model.obs_dim):
            return
        whole = self._before_resizing or model
        same = (latent_dim, obs_dim) == (whole.latent_dim, whole.obs_dim)
        self.set_model(whole if same else resized(whole, latent_dim, obs_dim), "change of the dimensions")
        self._before_resizing = whole

    def set_simulation(self, simulation: Simulation, gesture: str = "") -> None:
        """Change how data are drawn."""
        self._record("change of the simulation", frozenset({"simulation"}), gesture)
        self._replace(simulation=simulation)
        self._follow()

    def set_follows(self, follows: bool) -> None:
        """Let simulated data follow the model as long as there is no run, or leave them until the next `simulate`."""
        self._replace(follows=follows)
        self._follow()

    def simulate(self) -> None:
        """Draw new data from the model."""
        if self._state.data is not None:
            self._record("simulation", DATA)
        self._draw_data()

    def dice(self) -> None:
        """Draw new data with a new seed."""
        self._record("new seed", DATA | {"simulation"})
        self._replace(simulation=replace(self._state.simulation, seed=secrets.randbelow(10**6)))
        self._draw_data()

    def load_own_presets(self) -> None:
        """Read the user's presets."""
        found = own_presets()
        self._replace(own_presets=found.presets, preset_error=" ".join(found.problems))

    def save_preset(self, title: str, about: str) -> None:
        """Keep the model, and how it is simulated, as a preset of the user's own."""
        state, simulation = self._state, self._state.simulation
        preset = Preset(
            name="",
            title=" ".join(title.split()),
            about=about,
            try_this="",
            params=state.model,
            n_steps=simulation.n_steps,
            seed=simulation.seed,
            n_sequences=simulation.n_sequences,
            burn_in=simulation.burn_in,
            spoiling=simulation.spoiling,
        )
        try:
            path = save_own_preset(preset)
        except _EXPECTED as error:
            self._replace(preset_error=str(error))
            return
        self.load_own_presets()
        saved = next((own for own in self._state.own_presets if own.name == path.stem), preset)
        self._replace(preset=saved, model=saved.params)

    def delete_preset(self) -> None:
        """Delete the chosen preset, if it is one of the user's own; the model stays."""
        try:
            delete_own_preset(self._state.preset.name)
        except _EXPECTED as error:
            self._replace(preset_error=str(error))
            return
        self._replace(preset=replace(self._state.preset, is_own=False))
        self.load_own_presets()

    def open_data(self, path: str | Path, options: ReadOptions = AS_FOUND, *, standardise: bool = False) -> None:
        """Read data from a file; `standardise` brings every column to mean 0 and standard deviation 1."""
        path = Path(path)
        self._end_data_job()
        worker, news = self._data_worker, _News()

        def read() -> Data:
            return Data.opened(read_file(path, options, worker, news.tell), standardise=standardise)

        source = Source(str(path.absolute()), options, standardise)
        take = partial(self._take_opened, path.name, source)
        self._get_data(f"Reading {path.name}", read, take, in_worker=True, news=news)

    def paste_data(self, text: str, options: ReadOptions = AS_FOUND, *, standardise: bool = False) -> None:
        """Read data from text, as it comes from the clipboard."""

        self._end_data_job()
        worker, news = self._data_worker, _News()

        def read() -> Data:
            return Data.opened(read_text(text, options, worker, news.tell), standardise=standardise)

        take = partial(self._take_opened, "the clipboard", None)
        self._get_data("Reading the clipboard", read, take, in_worker=True, news=news)

    def cancel_data(self) -> None:
        """End the simulation or the reading that is under way; the data stay what they were."""
        if self._jobs.is_pending("data"):
            self._end_data_job()
            self._replace(busy="")

    def _end_data_job(self) -> None:
        """Forget the data that are to come, and what was to follow them; end the process that makes them."""
        self._after_data = None
        self._jobs.forget("data")
        if self._data_worker_is_busy:
            self._data_worker_is_busy = False
            self._data_worker.close()
            self._data_worker = WorkerProcess()

    def refuse_data(self, reason: str) -> None:
        """Say why what was offered as data is none; the data stay what they were."""
        self._replace(data_error=reason)

    def use_data(self, file: DataFile, path: Path | None = None) -> None:
        """Take data that were read before, from this file."""
        self._end_data_job()
        source = None if path is None else Source(str(path.absolute()))
        self._take_opened(file.name, source, Data.opened(file))

    def keep_estimate(self) -> None:
        """Have the next run begin where the shown iteration is."""
        step = self._state.step
        if step is not None:
            learning = replace(self._state.learning, start=KEPT_START, kept=step.params)
            self._record("start from the shown estimate", frozenset({"learning"}))
            self._replace(learning=learning)

    def copy_estimate(self) -> None:
        """Make the shown iteration's estimate the model, in the basis in which it is shown."""
        state = self._state
        if state.step is not None:
            aligned = state.view.shown_params if state.view is not None and state.view_is_current else None
            self.set_model(aligned or state.step.params, "copy of the estimate to the model")

    def undo(self) -> None:
        """Take the newest change back."""
        self._return_to(self._changes.undo(self._state))

    def redo(self) -> None:
        """Make the change that was last taken back again."""
        self._return_to(self._changes.redo(self._state))

    def set_learning(self, learning: Learning) -> None:
        """Change how the next run will learn; a run under way keeps its own settings."""
        self._record("change of the learning settings", frozenset({"learning"}))
        self._replace(learning=learning)

    def run(self) -> None:
        """Run EM: go on with the paused run, or begin a new one. Data that are still to come are waited for.

        At a finite speed, half-step by half-step, from the shown one on.
        """
        state = self._state
        self._is_playing_back = False
        if state.speed is not None:
            if self._waits_for_data(self.run):
                return
            if state.run is None or not state.run.status.is_live:
                self._advance(EMRun.step, RunStatus.PAUSED, only_start=True)
            self._play(state.speed)
            return
        if state.run is not None and state.iteration == state.run.last_iteration:
            self.show_iteration(state.run.last_iteration)
        self._advance(EMRun.resume, RunStatus.RUNNING)

    def run_for(self, n_recorded: int | None) -> None:
        """Go on with the paused run, or begin a new one, until it has so many steps in all; None: to its end."""
        if n_recorded is None:
            self._replace(speed=None)
            self.run()
            return
        run = self._state.run
        there = run.n_recorded if run is not None and run.status.is_live else 0
        if n_recorded > there:
            self._advance(partial(EMRun.step, count=n_recorded - there), RunStatus.PAUSED, only_start=True)

    def step(self) -> None:
        """Compute one iteration and show it: of the run under way, which is then paused, or the first of a new run."""
        state = self._state
        if state.run is not None and state.run.status.is_live and not self._shows_m_step:
            self.show_iteration(state.run.last_iteration)  # from where it follows the run
        self._advance(EMRun.step, RunStatus.PAUSED)

    def play_back(self) -> None:
        """Show the run again at the chosen speed, from the shown half-step, or from the start if that is the last."""
        state = self._state
        if state.run is None or state.run.n_recorded == 0:
            return
        self.pause()
        if state.is_at_the_end:
            self.show_iteration(0)
        self._is_playing_back = True
        self._play(state.speed)

    def set_speed(self, speed: float | None) -> None:
        """Show runs at so many half-steps per second from now on; None for as fast as they can be computed."""
        state = self._state
        self._replace(speed=speed)
        computes = state.run is not None and state.run.status.is_live and not self._is_playing_back
        if state.plays and (speed is not None or not computes):
            self._play(speed)
        elif state.is_running:
            self.pause()
            self.run()

    def _play(self, speed: float | None) -> None:
        self._clock.start(POLL_INTERVAL_MS if speed is None else max(round(1000.0 / speed), 1))
        self._replace(plays=True)

    def _end_playing(self) -> None:
        self._clock.stop()
        self._is_playing_back = False
        if self._state.plays:
            self._replace(plays=False)

    def _expect_no_more(self) -> None:
        """Show no more half-steps by itself, and no M-step when it is there: the run is about to be another one."""
        self._shows_m_step = False
        self._end_playing()

    @Slot()
    def _play_on(self) -> None:
        """Show the next half-step, unless the last one has not been seen yet."""
        state, run = self._state, self._state.run
        if self._shows_m_step or self._jobs.is_pending("data") or self._view_feed.is_awaited:
            return
        is_over = run is None or self._is_playing_back or not run.status.is_live
        if run is None or (is_over and (state.is_at_the_end or run.n_recorded == 0)):
            self._end_playing()
        elif run.n_recorded == 0:
            return  # its start is being computed
        elif state.speed is None:
            stride = max(run.last_iteration // _MOST_FRAMES, 1)
            self.show_iteration(min((state.iteration or 0) + stride, run.last_iteration))
        else:
            self.half_step()

    def set_breakpoints(self, breakpoints: Breakpoints) -> None:
        """Change what halts a run, the one under way included."""
        self._replace(breakpoints=breakpoints)
        if self._engine_room.run is not None:
            self._engine_room.run.breakpoints = breakpoints

    def pause(self) -> None:
        """Halt the run after the iteration under way."""
        self._end_playing()
        em_run, run = self._engine_room.run, self._state.run
        if em_run is not None and run is not None and run.status is RunStatus.RUNNING:
            em_run.pause()
            self._replace(run=replace(run, status=RunStatus.PAUSED))

    def stop(self) -> None:
        """End the run, at once; its iterations stay."""
        self._expect_no_more()
        self._after_data = None
        run = self._state.run
        if run is not None and run.status.is_live:
            self._engine_room.end_run()
            self._replace(run=run.ended())

    def branch(
        self,
        params: LDSParams | None = None,
        origin: tuple[int, int] | None = None,
        learning: Learning | None = None,
        n_recorded: int | None = None,
    ) -> None:
        """Go on from an iteration in a run of its own, with these settings, or those of the next run.

        `n_recorded`: how many steps it is to have, before it is paused; None for all.

        `origin`: the number of the run that is branched off, and the iteration; the shown ones unless they are given.
        `params`: where it begins instead of the estimate there. The run that is branched off is kept.
        """
        state = self._state
        if origin is None and state.run is not None and state.iteration is not None:
            origin = state.run.number, state.iteration
        run = next((run for run in state.all_runs if origin is not None and run.number == origin[0]), None)
        if origin is None or run is None:
            return
        self._end_playing()
        branch = _Branch(run, origin[1], params or run.history[origin[1]].params, learning or state.learning)
        if self._begin_run(branch):
            if n_recorded is None:
                self.run()
            else:
                self.run_for(n_recorded)

    def show_run(self, number: int) -> None:
        """Show a kept run in every panel; the one shown so far is kept."""
        run = next((run for run in self._state.runs if run.number == number), None)
        if run is not None:
            self._bring_forward(run, run.last_iteration)

    def compare(self, number: int | None) -> None:
        """Compare the current run with the kept one of this number, or with none."""
        self._replace(compared=number)

    def set_matches_levels(self, matches: bool) -> None:
        """Match the iterations of compared runs by the log p(x) that they have reached, or by their numbers."""
        self._replace(matches_levels=matches)

    def blink(self) -> None:
        """Show the compared run in place of the current one, at the iteration that belongs to the shown one."""
        state = self._state
        run, other = state.run, state.other
        if run is None or other is None or state.iteration is None:
            return
        iteration = matched_iteration(run, state.iteration, other, by_level=state.matches_levels)
        self._bring_forward(other, iteration)
        self._replace(compared=run.number)

    def rename_run(self, number: int, name: str) -> None:
        """Give a run another name; an empty one for its number."""
        for run in self._state.all_runs:
            if run.number == number:
                self._replace_run(run, name=" ".join(name.split()))

    def delete_run(self, number: int) -> None:
        """Forget a run, the current one or a kept one."""
        if self._state.run is not None and self._state.run.number == number:
            self.reset()
            return
        run = next((run for run in self._state.runs if run.number == number), None)
        if run is not None:
            self._record(f"deletion of {run.title}", KEPT_RUNS)
            if self._computes(run):
                self._engine_room.end_run()
            self._replace(runs=tuple(kept for kept in self._state.runs if kept is not run))

    def restart(self, count: int) -> None:
        """Run EM from so many seeds, beside each other; `keep_restart` takes one of them. Data are waited for."""
        if self._waits_for_data(partial(self.restart, count)):
            return
        state = self._state
        assert state.data is not None
        self.stop_restarts()
        dataset, restarter = state.data.dataset, Restarter(self._make_executor())
        try:
            for learning in with_seeds(state.learning, count):
                make_start = start_maker(replace(state, learning=learning), dataset)
                restarter.submit(learning, make_start, dataset)
        except ParameterError as error:
            restarter.stop()
            self._replace(restarts=Restarts(count, problem=str(error), is_running=False))
            return
        self._restarter = restarter
        self._replace(restarts=Restarts(count))
        self._timer.start()

    def stop_restarts(self) -> None:
        """End the restarts that are under way, at once; those that are done stay."""
        if self._restarter is not None:
            self._restarter.stop()
            self._restarter = None
            if self._state.restarts is not None:
                self._replace(restarts=replace(self._state.restarts, is_running=False))

    def keep_restart(self, seed: int) -> None:
        """Keep the restart from this seed as a run, and show it."""
        ended = () if self._state.restarts is None else self._state.restarts.ended
        run = next((run for run in ended if run.learning.seed == seed), None)
        kept = next((its for its in self._state.all_runs if run is not None and its.history is run.history), None)
        if kept is not None:
            self.show_run(kept.number)
        elif run is not None:
            self._record("keeping of a restart", RUN)
            self._put_run_aside()
            self._replace(run=replace(run, number=self._next_number()))
            self._derive_view()

    def reset(self) -> None:
        """Forget the run and its iterations; model, data, settings and the other runs stay."""
        if self._state.run is not None:
            self._record("reset of the run", RUN)
        self._forget_run(self._state.runs)

    def _forget_run(self, runs: tuple[Run, ...]) -> None:
        """Show no run any more, and keep these."""
        self._after_data = None
        self._expect_no_more()
        if self._computes(self._state.run):
            self._engine_room.end_run()
        self._view_feed.forget()
        self._replace(run=None, runs=runs, view=None, view_problem="", shown_iteration=None, before_e=False)

    def _computes(self, run: Run | None) -> bool:
        """Say whether this run is the one under way, be it paused."""
        em_run = self._engine_room.run
        return em_run is not None and run is not None and em_run.history is run.history

    def _put_run_aside(self) -> None:
        """Keep the current run among the others, if there is anything to keep."""
        run, runs = self._state.run, self._state.runs
        if run is not None and run.n_recorded:
            runs = tuple(sorted((*runs, run.ended()), key=lambda kept: kept.number))
        self._forget_run(runs)

    def _bring_forward(self, run: Run, iteration: int) -> None:
        """Make a kept run the current one, at this iteration; one that is under way is halted, and can go on later."""
        self.pause()
        self._expect_no_more()
        current, view = self._state.run, self._state.view
        others = [kept for kept in self._state.runs if kept is not run]
        if current is not None and current.n_recorded:
            others.append(current)
        if view is not None and view.params.latent_dim != run.history[0].params.latent_dim:
            view = None
        self._replace(
            run=run,
            runs=tuple(sorted(others, key=lambda kept: kept.number)),
            compared=None if self._state.compared == run.number else self._state.compared,
            shown_iteration=None if iteration == run.last_iteration else iteration,
            before_e=False,
            view=view,
            view_problem="",
        )
        self._derive_view()

    def _replace_run(self, run: Run, **changes: Any) -> None:
        """Change a run, be it the current one or a kept one."""
        changed = replace(run, **changes)
        if run is self._state.run:
            self._replace(run=changed)
        else:
            self._replace(runs=tuple(changed if kept is run else kept for kept in self._state.runs))

    def _next_number(self) -> int:
        self._n_runs += 1
        return self._n_runs

    def show_iteration(self, iteration: int, *, before_e: bool = False) -> None:
        """Show this iteration in every panel; the newest one means: follow the run.

        `before_e`: between its two half-steps, with the new parameters and the old q; iteration 0 has no M-step.
        """
        run = self._state.run
        if run is None or not int(before_e) <= iteration <= run.last_iteration:
            return
        shown = None if iteration == run.last_iteration and not before_e else iteration
        if (shown, before_e) != (self._state.shown_iteration, self._state.before_e):
            self._replace(shown_iteration=shown, before_e=before_e)
            self._derive_view()

    def half_step(self) -> None:
        """Show the next half-step: an M-step, which raises the bound, or an E-step, which closes the gap.

        Where the newest iteration is shown, the run goes on for one more, and is then paused.
        """
        state = self._state
        if self._shows_m_step:
            return  # as soon as it is there
        if state.iteration is None or (state.is_at_the_end and state.run is not None and state.run.status.is_live):
            if state.iteration is None:
                self._advance(EMRun.step, RunStatus.PAUSED, only_start=True)
            else:
                self._shows_m_step = True
                self.step()
        elif state.before_e:
            self.show_iteration(state.iteration)
        else:
            self.show_iteration(state.iteration + 1, before_e=True)

    def half_step_back(self) -> None:
        """Show the half-step before the shown one."""
        state = self._state
        if state.iteration is not None:
            self.show_iteration(state.iteration - int(state.before_e), before_e=not state.before_e)

    def want_view(self, wanted: bool) -> None:
        """Have views derived, or none, where no panel shows one."""
        if wanted != self._state.wants_view:
            self._replace(wants_view=wanted)
            self._derive_view()

    def set_lens(self, lens: str) -> None:
        """Show everything in the latent basis that this lens of LENSES chooses."""
        self._replace(lens=lens)
        self._derive_view()

    def want_residuals(self, wanted: bool) -> None:
        """Have views derived with residuals, or without, which is faster."""
        if wanted != self._state.wants_residuals:
            self._replace(wants_residuals=wanted)
            self._derive_view()

    def want_surprise(self, wanted: bool) -> None:
        """Have the rows of the surprise strip derived, between views, or no more of them."""
        self._surprise_feed.is_wanted = wanted
        if self._surprise_feed.lacks_rows:
            self._timer.start()

    def warm_up(self) -> None:
        """Start the computing processes and get the engine ready now, so that the first run need not wait for them."""
        self._engine_room.start()
        self._note_preparing()

    def close(self) -> None:
        """End every computation; nothing is signalled any more."""
        self._surprise_feed.is_wanted = False
        self._timer.stop()
        self._clock.stop()
        if self._restarter is not None:
            self._restarter.stop()
        self.lab.close()
        self.player.close()
        self.files.close()
        self._engine_room.close()
        self._jobs.close()
        self._data_worker.close()

    def _replace(self, **changes: Any) -> None:
        if "model" in changes:
            self._before_resizing = None
        undoable = {"to_undo": self._changes.to_undo, "to_redo": self._changes.to_redo}
        before = self._state
        state = replace(before, **changes, **undoable)
        state = replace(state, surprise=self._surprise_feed.of(state.run))
        notebook = written(before, state, self._changes.newest)
        self._state = replace(state, document=self.files.document_of(state), notebook=notebook)
        if (self._surprise_feed.lacks_rows or self._jobs.any_pending) and not self._timer.isActive():
            self._timer.start()
        self.changed.emit(self._state)

    def _record(self, title: str, fields: frozenset[str], gesture: str = "") -> None:
        self._changes.record(title, self._state, fields, gesture)

    def _take_session(self, state: State, document: Document) -> None:
        """Show this state, of a file or a fresh one, instead of the present one, which is forgotten."""
        self.stop_restarts()
        self._expect_no_more()
        self._end_data_job()
        self._engine_room.end_run()
        self._view_feed.forget()
        self._changes = Changes()
        self._n_runs = max((run.number for run in state.all_runs), default=0)
        laboratory = self.lab.return_to(state.laboratory)
        now = self._state
        own = {name: getattr(now, name) for name in ("own_presets", "wants_view", "wants_residuals", "preparing")}
        wishes = {name: getattr(state.laboratory, name) for name in ("in_bits", "order", "n_samples")}
        laboratory = replace(laboratory, **wishes)
        self._state = replace(state, **own, document=document, laboratory=laboratory)
        self._replace(model=state.model)
        self._derive_view()

    def _return_to(self, state: State | None) -> None:
        if state is None:
            return
        if state.run is not self._state.run:
            self._expect_no_more()
            self._view_feed.forget()
        if not any(self._computes(run) for run in state.all_runs):
            self._engine_room.end_run()
        self._end_data_job()
        laboratory = self._state.laboratory
        if state.laboratory is not laboratory:
            laboratory = self.lab.return_to(state.laboratory)
        notebook = written(self._state, state, 0)
        self._state = replace(state, notebook=notebook)
        self._replace(busy="", data_error="", model=state.model, laboratory=laboratory)
        self._derive_view()
        self._follow()

    def _follow(self) -> None:
        """Draw simulated data again if they are to follow the model; as part of the newest change."""
        state = self._state
        if state.follows and state.run is None and state.model_differs_from_data and state.draws_quickly:
            if self._jobs.is_pending("data"):
                return  # which follows when it is there
            self._draw_data(quietly=True)

    def _draw_data(self, *, quietly: bool = False) -> None:
        if self._data_worker_is_busy:
            self._end_data_job()
        truth, simulation = self._state.model, self._state.simulation
        is_quick, worker = self._state.draws_quickly, self._data_worker
        count = simulation.size * (truth.latent_dim + truth.obs_dim)
        if count > _MOST_DRAWN:
            self._data_failed(
                ParameterError(
                    "simulation",
                    f"This simulation takes {count:.3g} random numbers, and {_MOST_DRAWN:.3g} are the most that fit: "
                    "make steps or sequences fewer.",
                )
            )
            return

        def draw() -> Data:
            dataset = drawn(truth, simulation) if is_quick else worker.call(drawn, truth, simulation)
            return Data.simulated(dataset, truth, simulation)

        take = partial(self._take_drawn, self._changes.newest)
        self._get_data("" if quietly else "Simulating", draw, take, in_worker=not is_quick)

    def _take_drawn(self, change: int, data: Data) -> None:
        if self._state.data is not None:
            self._changes.widen(DATA, change)
        self._take_data(data)
        self._follow()

    def _take_opened(self, name: str, source: Source | None, data: Data) -> None:
        self._record(f"opening of {name}", DATA)
        self._take_data(replace(data, source=source))

    def _get_data(
        self,
        title: str,
        compute: Callable[[], Data],
        take: Callable[[Data], None],
        *,
        in_worker: bool = False,
        news: _News | None = None,
    ) -> None:
        self._data_worker_is_busy, self._news = in_worker, news
        self._jobs.submit("data", title, compute, take, self._data_failed)
        if title or self._state.data_error:
            self._replace(busy=title, data_error="")
        self._timer.start()

    def _take_data(self, data: Data) -> None:
        self._data_worker_is_busy = False
        self._expect_no_more()
        self._engine_room.end_run()
        self._view_feed.forget()
        self.stop_restarts()
        nothing = {"run": None, "runs": (), "compared": None, "restarts": None, "view": None, "view_problem": ""}
        self._replace(data=data, data_error="", shown_iteration=None, before_e=False, busy="", **nothing)
        then, self._after_data = self._after_data, None
        if then is not None:
            then()

    def _data_failed(self, error: Exception) -> None:
        self._after_data = None
        self._data_worker_is_busy = False
        self._replace(busy="", data_error=str(error))
        if not isinstance(error, _EXPECTED):
            self.failed.emit(error)

    def _advance(self, advance: Callable[[EMRun], None], status: RunStatus, *, only_start: bool = False) -> None:
        if self._waits_for_data(partial(self._advance, advance, status, only_start=only_start)):
            return
        state = self._state
        assert state.data is not None
        if state.run is None or not state.run.status.is_live:
            if not self._begin_run():
                return
            if status is RunStatus.PAUSED and not only_start:
                advance(self._em_run)  # once for the start itself, which is iteration 0
        elif self._engine_room.run is None:
            self._take_up(state.run, state.data)
        advance(self._em_run)
        run = self._state.run
        assert run is not None
        self._replace(run=replace(run, status=status, halt=""))
        self._timer.start()

    def _take_up(self, run: Run, data: Data) -> None:
        """Have a run that has come out of a file go on from its last iteration."""
        make_start = branch_maker(run.history[run.last_iteration].params, run.learning)
        em_run = self._engine_room.begin(make_start, data.dataset, run.learning.options, run.history)
        em_run.breakpoints = self._state.breakpoints
        self._replace(run=replace(run, seams=(*run.seams, run.last_iteration)))
        self._note_preparing()

    @property
    def _em_run(self) -> EMRun:
        """What computes the run under way."""
        assert self._engine_room.run is not None
        return self._engine_room.run

    def _begin_run(self, branch: _Branch | None = None) -> bool:
        """Put the current run aside and make a new one, paused, which begins as soon as the engine is ready.

        It begins where the settings say, or as a branch; says whether its start can be made.
        """
        state = self._state
        data, learning = state.data, state.learning if branch is None else branch.learning
        assert data is not None
        if state.run is not None and state.run.n_recorded:
            self._record("new run", RUN)
        origin, parent = start_in_words(learning), None
        if branch is not None:
            parent = branch.run.number, branch.iteration
            origin = f"{branch.run.title}, iteration {branch.iteration}"
        try:
            make_start = start_maker(state, data.dataset) if branch is None else branch_maker(branch.params, learning)
        except ParameterError as error:
            self._put_run_aside()
            self._replace(run=Run(History(), 0, learning, RunStatus.FAILED, str(error)))
            return False
        self._put_run_aside()
        self._end_background_run()
        em_run = self._engine_room.begin(make_start, data.dataset, learning.options)
        em_run.breakpoints = state.breakpoints
        run = Run(
            em_run.history, 0, learning, RunStatus.PAUSED, number=self._next_number(), origin=origin, parent=parent
        )
        self._replace(run=run)
        self._note_preparing()
        return True

    def _end_background_run(self) -> None:
        """End a run that is paused and not shown: only one is computed at a time."""
        if self._engine_room.run is not None:
            self._shows_m_step = False
            self._engine_room.end_run()
            self._replace(runs=tuple(run.ended() for run in self._state.runs))

    def _waits_for_data(self, then: Callable[[], None]) -> bool:
        """Say whether data are still to come, which are simulated if nobody has asked for others, and then go on."""
        if not self._jobs.is_pending("data"):
            if self._state.data is not None:
                return False
            self.simulate()
        self._after_data = then
        return True

    def _note_preparing(self) -> None:
        """Take up what is being done to get the engine ready."""
        if self._engine_room.preparing != self._state.preparing:
            self._replace(preparing=self._engine_room.preparing)
        self._timer.start()

    @Slot()
    def _collect(self) -> None:
        """Take what a job has come to now, not only when the timer looks: a hand that scrubs waits for it."""
        self._jobs.collect()

    @Slot()
    def _poll(self) -> None:
        self._jobs.collect()
        self._note_preparing()
        progress = None if self._news is None else self._news.newest
        if self._jobs.is_pending("data") and progress is not None and progress.words and self._state.busy:
            busy = f"{progress.words}, {100 * progress.share:.0f} %"
            if busy != self._state.busy:
                self._replace(busy=busy)
        self._take_steps()
        self._derive_view()
        self._take_restarts()
        self._surprise_feed.derive()
        if not self._jobs.any_pending and self._engine_room.run is None and self._restarter is None:
            self._timer.stop()

    def _take_steps(self) -> None:
        em_run = self._engine_room.run
        run = next((run for run in self._state.all_runs if self._computes(run)), None)
        if em_run is None or run is None:
            return
        ended, halt = em_run.ended, em_run.halt  # asked before the length: whatever was recorded by then is counted
        n_recorded = len(em_run.history)
        if ended:
            self._engine_room.run = None
            status = RunStatus.FAILED if em_run.error is not None else RunStatus.FINISHED
            self._replace_run(
                run, n_recorded=n_recorded, status=status, reason=em_run.reason, converged=em_run.converged
            )
            if em_run.error is not None and not isinstance(em_run.error, _EXPECTED):
                self.failed.emit(em_run.error)
        elif halt and halt != run.halt:
            self._end_playing()
            self._replace_run(run, n_recorded=n_recorded, status=RunStatus.PAUSED, halt=halt)
        elif n_recorded != run.n_recorded:
            self._replace_run(run, n_recorded=n_recorded)
        else:
            return
        if self._shows_m_step and n_recorded > run.n_recorded:
            self._shows_m_step = False
            self._replace(shown_iteration=n_recorded - 1, before_e=True)
        self._shows_m_step = self._shows_m_step and not ended

    def _take_restarts(self) -> None:
        restarter, restarts = self._restarter, self._state.restarts
        if restarter is None or restarts is None:
            return
        try:
            found = restarter.collect()
        except Exception as error:  # a defect of the program, which must be shown
            self.stop_restarts()
            self.failed.emit(error)
            return
        if found:
            is_running = restarter.is_running
            self._restarter = restarter if is_running else None
            self._replace(restarts=replace(restarts, ended=(*restarts.ended, *found), is_running=is_running))

    def _derive_view(self) -> None:
        self._view_feed.derive()
        if self._engine_room.is_deriving and not self._timer.isActive():
            self._timer.start()
