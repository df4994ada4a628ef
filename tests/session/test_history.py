from dataclasses import fields, replace

import numpy as np
import pytest

from lds_gui.lds import EMOptions, EMStep, LDSParams, em
from lds_gui.session import History
from lds_gui.session.history import Batch
from tests.situations import oscillator, random_model


def steps(max_iter: int = 6, **options: object) -> list[EMStep]:
    start = random_model(2, 3)
    if options.pop("separate", False):
        start = replace(start, Sigma0=2.0 * np.eye(2))
        options["learn"] = EMOptions().learn | {"Sigma0"}
    return list(em(start, oscillator()[1], EMOptions(max_iter=max_iter, tol=0.0, **options)))


def assert_same(one: EMStep, other: EMStep) -> None:
    for field in fields(EMStep):
        value, expected = getattr(one, field.name), getattr(other, field.name)
        if isinstance(expected, LDSParams):
            for name, array in vars(expected).items():
                np.testing.assert_array_equal(getattr(value, name), array)
                assert array is None or not getattr(value, name).flags.writeable
        else:
            assert value == expected, field.name
            assert type(value) is type(expected), field.name


@pytest.mark.parametrize("options", [{}, {"separate": True}, {"floor": 0.5}, {"structure": {"Sigma": "isotropic"}}])
def test_that_every_step_comes_back_as_it_was(options: dict[str, object]) -> None:
    expected = steps(**options)
    history = History.of(expected)
    assert len(history) == len(expected)
    for step, original in zip(history, expected, strict=True):
        assert_same(step, original)
    assert not options.get("floor") or history[-1].floored


def test_that_what_is_not_known_comes_back_too() -> None:
    first = replace(steps(1)[0], terms=None, gap=None)
    assert_same(History.of([first])[0], first)


def test_that_batches_of_any_sizes_make_the_same_history() -> None:
    expected = steps()
    whole, history = Batch.of(expected), History()
    for count in (1, 0, 3, 2, 1):
        part, whole = whole.divided(count)
        history.append(part)
    assert not whole
    for step, original in zip(history, expected, strict=True):
        assert_same(step, original)


def test_that_many_batches_are_kept_when_the_room_grows() -> None:
    expected, history = steps(), History()
    for _ in range(50):
        history.append(Batch.of(expected)._replace(stop=None))
    assert len(history) == 50 * len(expected)
    np.testing.assert_array_equal(history.log_likelihoods, [step.log_likelihood for step in expected] * 50)


def test_that_a_step_is_the_same_object_while_someone_holds_it() -> None:
    history = History.of(steps())
    params = history[3].params
    assert history[3].params is params
    step = history[2]
    assert history[-5] is step
    assert history[2:4][0] is step


def test_that_the_traces_are_those_of_the_steps_and_cannot_be_written_to() -> None:
    expected = steps()
    history = History.of(expected)
    np.testing.assert_array_equal(history.bounds[1:], [step.elbo_after_m for step in expected[1:]])
    np.testing.assert_array_equal(history.gaps, [step.gap for step in expected])
    assert np.isnan(history.bounds[0])
    np.testing.assert_array_equal(history.transition_matrices([0, 4]), [expected[0].params.A, expected[4].params.A])
    with pytest.raises(ValueError, match="read-only"):
        history.log_likelihoods[0] = 0.0


@pytest.mark.parametrize("iteration", [7, -8])
def test_that_an_iteration_that_is_not_there_is_an_index_error(iteration: int) -> None:
    with pytest.raises(IndexError, match="no iteration"):
        History.of(steps())[iteration]
