"""Where a run begins: the starts of the table STARTS, and those that need more than the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from lds_gui.lds import STARTS, Dataset, LDSParams, ParameterError, perturbed
from lds_gui.session.state import Learning, State

RANDOM_START = "random"
MODEL_START, PERTURBED_START, LAST_START, KEPT_START = "model", "perturbed", "last", "kept"
_NO_TRUTH = "These data have no known truth that could be perturbed: simulate data, or choose another start."
_NO_KEPT = "No estimate is kept yet: “Start from here” in the menu Run keeps the shown one."
_NO_ESTIMATE = "There is no estimate yet to start from: run EM from another start first."


class StartChoice(NamedTuple):
    """A start as it can be chosen: its name, its title, and which fields it needs."""

    name: str
    title: str
    needs_seed: bool = False
    needs_amount: bool = False


START_CHOICES = (
    *(StartChoice(start.name, start.title, needs_seed=start.name == RANDOM_START) for start in STARTS),
    StartChoice(PERTURBED_START, "Truth, perturbed", needs_seed=True, needs_amount=True),
    StartChoice(LAST_START, "Last estimate"),
    StartChoice(KEPT_START, "Kept estimate"),
    StartChoice(MODEL_START, "By hand: the model above"),
)


def start_problem(state: State) -> str:
    """Say in one sentence why the chosen start is not there; empty if it is."""
    chosen = state.learning.start
    if chosen == PERTURBED_START and state.data is not None and state.data.truth is None:
        return _NO_TRUTH
    if chosen == LAST_START and (state.run is None or not state.run.n_recorded):
        return _NO_ESTIMATE
    if chosen == KEPT_START and state.learning.kept is None:
        return _NO_KEPT
    return ""


def start_maker(state: State, dataset: Dataset) -> Callable[[], LDSParams]:
    """Give the function that makes the chosen start, to be called where the computing happens.

    Raises ParameterError with the sentence of `start_problem`.
    """
    problem = start_problem(state)
    if problem:
        raise ParameterError("start", problem)
    return partial(_with_initial, _maker(state, dataset), state.learning.separate_initial)


def start_in_words(learning: Learning) -> str:
    """Name the chosen start, with whatever tells it from another of the same name."""
    choice = next(choice for choice in START_CHOICES if choice.name == learning.start)
    seed = f"seed {learning.seed}" if choice.needs_seed else ""
    amount = f"{learning.amount:g}" if choice.needs_amount else ""
    return ", ".join(filter(None, [choice.title, amount, seed]))


def branch_maker(params: LDSParams, learning: Learning) -> Callable[[], LDSParams]:
    """Give the function that makes a branch's start: these parameters, Σ₀ as the settings want it."""
    return partial(_with_initial, partial(_as_it_is, params), learning.separate_initial)


def with_seeds(learning: Learning, count: int) -> list[Learning]:
    """Give the settings of so many restarts, each with a seed of its own; from random starts, if this one has none."""
    choice = next(choice for choice in START_CHOICES if choice.name == learning.start)
    start = learning.start if choice.needs_seed else RANDOM_START
    return [replace(learning, start=start, seed=learning.seed + number) for number in range(count)]


def _maker(state: State, dataset: Dataset) -> Callable[[], LDSParams]:
    learning, model = state.learning, state.model
    rng = np.random.default_rng(learning.seed)
    if learning.start == MODEL_START:
        return partial(_as_it_is, model)
    if learning.start == PERTURBED_START:
        assert state.data is not None
        assert state.data.truth is not None
        return partial(perturbed, state.data.truth, learning.amount, rng)
    if learning.start == KEPT_START:
        assert learning.kept is not None
        return partial(_as_it_is, learning.kept)
    if learning.start == LAST_START:
        assert state.run is not None
        return partial(_as_it_is, state.run.history[state.run.last_iteration].params)
    start = next(start for start in STARTS if start.name == learning.start)
    return partial(start.function, dataset, model.latent_dim, rng)


def _as_it_is(params: LDSParams) -> LDSParams:
    return params


def _with_initial(make: Callable[[], LDSParams], separate: bool) -> LDSParams:
    """Make the start, with a Σ₀ of its own or Σ in its place."""
    params = make()
    if separate:
        return replace(params, Sigma0=params.initial_cov)
    return params if params.is_tied else replace(params, Sigma0=None)
