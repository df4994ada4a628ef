from dataclasses import replace

import numpy as np
import pytest

from lds_gui.lds import Dataset, ParameterError, perturbed
from lds_gui.session import (
    KEPT_START,
    LAST_START,
    MODEL_START,
    PERTURBED_START,
    START_CHOICES,
    Learning,
    State,
    start_problem,
)
from lds_gui.session.starts import start_maker
from tests.situations import states

STATES = states()


def choosing(start: str, situation: str = "finished", **settings: object) -> State:
    return replace(STATES[situation], learning=Learning(start=start, **settings))


def made(state: State):
    return start_maker(state, state.data.dataset)()


@pytest.mark.parametrize("choice", START_CHOICES, ids=lambda choice: choice.name)
@pytest.mark.parametrize("separate", [False, True])
def test_that_every_start_can_be_made_with_either_initial_covariance(choice, separate: bool) -> None:
    kept = STATES["finished"].model
    state = choosing(choice.name, separate_initial=separate, kept=kept)
    assert start_problem(state) == ""
    params = made(state)
    assert params.is_tied is not separate
    np.testing.assert_array_equal(params.initial_cov, params.Sigma)


def test_that_the_perturbed_truth_follows_amount_and_seed() -> None:
    state = choosing(PERTURBED_START, seed=7, amount=0.2)
    expected = perturbed(state.data.truth, 0.2, np.random.default_rng(7))
    np.testing.assert_array_equal(made(state).A, expected.A)
    other = made(choosing(PERTURBED_START, seed=8, amount=0.2))
    assert not np.array_equal(other.A, expected.A)
    np.testing.assert_array_equal(made(choosing(PERTURBED_START, amount=0.0)).A, state.data.truth.A)


def test_that_the_last_estimate_is_that_of_the_last_iteration_whichever_is_shown() -> None:
    state = replace(choosing(LAST_START), shown_iteration=1)
    np.testing.assert_array_equal(made(state).A, state.run.history[-1].params.A)


def test_that_the_model_is_taken_as_it_is() -> None:
    state = choosing(MODEL_START)
    assert made(state) is state.model


@pytest.mark.parametrize(
    ("start", "situation", "words"),
    [
        (PERTURBED_START, "no truth known", "no known truth"),
        (LAST_START, "data only", "no estimate yet"),
        (LAST_START, "just started", "no estimate yet"),
    ],
)
def test_that_a_start_that_is_not_there_is_refused_with_a_sentence(start: str, situation: str, words: str) -> None:
    state = choosing(start, situation)
    assert words in start_problem(state)
    with pytest.raises(ParameterError, match=words):
        start_maker(state, Dataset([[0.0], [1.0]]))


def test_that_a_kept_estimate_is_needed_to_start_from_it() -> None:
    assert "Start from here" in start_problem(choosing(KEPT_START))
