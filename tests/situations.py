"""Small models and states that several tests share."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from lds_gui.files import presets
from lds_gui.lds import Dataset, EMOptions, Gaussian, LDSParams, Simulation, em, simulate
from lds_gui.session import (
    Data,
    GaussianPair,
    History,
    Learning,
    Restarts,
    Run,
    RunStatus,
    Session,
    State,
    derive_view,
)
from lds_gui.session.restarts import WorkerExecutor
from lds_gui.session.surprise import Surprise, derive_rows, surprise_grid


def oscillator(n_steps: int = 40) -> tuple[LDSParams, Dataset]:
    """The first preset's model and a short simulation of it."""
    params = presets()[0].params
    return params, simulate(params, n_steps, np.random.default_rng(1))


def random_model(latent_dim: int, obs_dim: int, seed: int = 0) -> LDSParams:
    """A stable model of these dimensions."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((latent_dim, latent_dim))
    A *= 0.9 / np.abs(np.linalg.eigvals(A)).max()
    return LDSParams(
        A,
        rng.standard_normal((obs_dim, latent_dim)),
        0.1 * np.eye(latent_dim),
        0.2 * np.eye(obs_dim),
        np.ones(latent_dim),
    )


def _with_data(
    latent_dim: int = 2, obs_dim: int = 3, *, truth: bool = True, n_sequences: int = 1, gap: bool = False
) -> State:
    model = random_model(latent_dim, obs_dim)
    dataset = simulate(model, 30, np.random.default_rng(2), n_sequences)
    if gap or not truth:
        observations = [x.copy() for x in dataset.sequences]
        if gap:
            observations[0][5:9] = np.nan
            observations[0][12, 0] = np.nan
        dataset = Dataset(observations if n_sequences > 1 else observations[0], dataset.latents if truth else None)
    simulation = Simulation(30, 2)
    data = Data.simulated(dataset, model, simulation)
    if not truth:
        data = replace(data, title="file", truth=None, simulation=None)
    gaussians = GaussianPair(*_unit_gaussians())
    return State(model, presets()[0], simulation, gaussians, data=data)


def _unit_gaussians() -> tuple[Gaussian, Gaussian]:
    return Gaussian([0.0], [[1.0]]), Gaussian([1.0], [[2.0]])


def _with_run(state: State, status: RunStatus, n_iterations: int = 4, shown: int | None = None) -> State:
    assert state.data is not None
    history = History.of(
        em(
            random_model(state.model.latent_dim, state.model.obs_dim, seed=5),
            state.data.dataset,
            EMOptions(max_iter=n_iterations, tol=0.0),
        )
    )
    run = Run(history, len(history), Learning(), status, "why it ended", number=3)
    state = replace(state, run=run, shown_iteration=shown)
    assert state.step is not None
    return replace(
        state,
        wants_residuals=True,
        view=derive_view(
            state.step.iteration,
            *[state.step.params] * 2,
            state.data.dataset,
            state.data.truth,
            with_residuals=True,
        ),
        surprise=surprise_of(history, state.data.dataset),
    )


def surprise_of(history: History, dataset: Dataset) -> Surprise:
    """The whole surprise strip of a run."""
    surprise = Surprise.begun(history, len(dataset.sequences[0]))
    for iteration in surprise_grid(len(history)):
        surprise = surprise.with_rows([iteration], derive_rows([history[iteration].params], dataset))
    return surprise


def _just_started(state: State) -> State:
    return replace(state, run=Run(History(), 0, Learning(), RunStatus.RUNNING, number=4), view=None, surprise=None)


def _with_other_runs(state: State) -> State:
    """Before this run: a compared one, one that broke down, and restarts, two of which are done."""
    assert state.run is not None
    shorter = Run(state.run.history, 3, Learning(seed=1), RunStatus.FINISHED, "why it ended", number=1)
    broken = replace(shorter, n_recorded=1, status=RunStatus.FAILED, number=2, parent=(1, 0), name="another")
    restarts = Restarts(3, (replace(shorter, number=0), replace(broken, number=0)))
    return replace(state, runs=(shorter, broken), compared=1, restarts=restarts)


def states() -> dict[str, State]:
    """One state for each situation that a panel must be able to show."""
    data = _with_data()
    return {
        "nothing yet": replace(data, data=None),
        "data only": data,
        "just started": _just_started(data),
        "running": _with_run(data, RunStatus.RUNNING),
        "paused at an earlier iteration": _with_run(data, RunStatus.PAUSED, shown=2),
        "finished": _with_run(data, RunStatus.FINISHED),
        "failed": _with_run(data, RunStatus.FAILED, n_iterations=1),
        "start only": _with_run(data, RunStatus.PAUSED, n_iterations=0),
        "no truth known": _with_run(_with_data(truth=False), RunStatus.FINISHED),
        "n = 1": _with_run(_with_data(1, 1), RunStatus.FINISHED),
        "n = 6": _with_run(_with_data(6, 8), RunStatus.FINISHED),
        "another n than the truth's": _with_run(replace(data, model=random_model(3, 3)), RunStatus.FINISHED),
        "several sequences": _with_run(_with_data(n_sequences=3), RunStatus.FINISHED),
        "missing data": _with_run(_with_data(gap=True), RunStatus.FINISHED),
        "other runs": _with_other_runs(_with_run(data, RunStatus.PAUSED, shown=3)),
        "another run begins": _just_started(_with_other_runs(_with_run(data, RunStatus.FINISHED))),
    }


def new_session(make_executor: Callable[[], Executor] = WorkerExecutor) -> Session:
    """A session on the first preset."""
    return Session(presets()[0], make_executor=make_executor)
