from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import Dataset, EMOptions, LDSParams, NumericalError, ParameterError, change_basis, em, smooth
from lds_gui.session import LENSES, History, Lens, Session, View
from lds_gui.session import derive_view as derive_half_step
from tests.situations import oscillator, random_model

PATIENCE = 60_000


def derive_view(iteration: int, params: LDSParams, dataset: Dataset, truth: LDSParams | None) -> View:
    """The view after an E-step."""
    return derive_half_step(iteration, params, params, dataset, truth)


def test_that_an_estimate_in_another_basis_is_brought_back_to_the_truth() -> None:
    truth, dataset = oscillator()
    turn = np.array([[0.3, -1.2], [2.0, 0.7]])
    view = derive_view(3, change_basis(truth, turn), dataset, truth)
    plain = derive_view(3, truth, dataset, truth)
    np.testing.assert_allclose(view.latent_means, plain.latent_means, atol=1e-9)
    np.testing.assert_allclose(view.latent_sds, plain.latent_sds, atol=1e-9)
    assert pytest.approx(plain.shown_params.A, abs=1e-9) == view.shown_params.A
    assert view.gauge.latents_note == view.gauge.matrices_note == "aligned to the truth"


def test_that_fitted_observations_do_not_depend_on_the_basis() -> None:
    truth, dataset = oscillator()
    turn = np.array([[0.3, -1.2], [2.0, 0.7]])
    view, plain = derive_view(0, change_basis(truth, turn), dataset, truth), derive_view(0, truth, dataset, truth)
    np.testing.assert_allclose(view.fitted_means, plain.fitted_means, atol=1e-9)
    np.testing.assert_allclose(view.fitted_sds, plain.fitted_sds, atol=1e-9)


def test_that_without_a_truth_the_estimate_is_shown_as_it_is_and_said_so() -> None:
    params, dataset = oscillator()
    view = derive_view(0, params, Dataset(dataset.observations), None)
    posterior = smooth(params, dataset.observations)
    np.testing.assert_array_equal(view.latent_means, posterior.smoothed_means)
    assert view.shown_params is params or np.array_equal(view.shown_params.A, params.A)
    assert "no truth" in view.gauge.latents_note
    assert "no truth" in view.gauge.matrices_note


def test_that_another_number_of_latents_is_compared_in_the_truths_space() -> None:
    truth, dataset = oscillator()
    view = derive_view(0, random_model(3, 3), dataset, truth)
    assert view.latent_means.shape == dataset.latents.shape
    assert view.shown_params is view.params
    assert view.gauge.latents_note == "3 aligned to the 2 true ones"
    assert "n = 3" in view.gauge.matrices_note


def test_that_the_band_holds_about_95_percent_of_the_true_latents() -> None:
    truth, dataset = oscillator(400)
    view = derive_view(0, truth, dataset, truth)
    inside = np.abs(view.latent_means - dataset.latents) < 2 * view.latent_sds
    assert 0.9 < inside.mean() < 0.99


def test_that_parameters_that_do_not_fit_the_data_are_refused() -> None:
    _, dataset = oscillator()
    with pytest.raises(ParameterError):
        derive_view(0, random_model(2, 5), dataset, None)


def test_that_latents_from_a_file_are_compared_although_its_matrices_are_not_known() -> None:
    truth, dataset = oscillator()
    turned = change_basis(truth, np.array([[0.3, -1.2], [2.0, 0.7]]))
    view, plain = derive_view(0, turned, dataset, None), derive_view(0, truth, dataset, truth)
    np.testing.assert_allclose(view.latent_means, plain.latent_means, atol=1e-9)
    assert view.gauge.latents_note == view.gauge.matrices_note == "aligned to the truth"
    assert view.true_params is None


@pytest.mark.parametrize("lens", LENSES, ids=lambda lens: lens.name)
def test_that_what_does_not_depend_on_the_basis_is_the_same_through_every_lens(lens: Lens) -> None:
    truth, dataset = oscillator()
    turned = change_basis(truth, np.array([[0.3, -1.2], [2.0, 0.7]]))
    view, plain = (derive_half_step(0, turned, turned, dataset, truth, name) for name in (lens.name, "raw"))
    for name in ("fitted_means", "fitted_sds", "predicted_means", "predicted_sds", "forecast_means", "forecast_sds"):
        np.testing.assert_array_equal(getattr(view, name), getattr(plain, name))
    np.testing.assert_allclose(
        np.sort_complex(np.linalg.eigvals(view.shown_params.A)), np.sort_complex(np.linalg.eigvals(turned.A)), rtol=1e-9
    )
    np.testing.assert_allclose(
        smooth(view.shown_params, dataset.observations).smoothed_means, view.latent_means, atol=1e-8
    )


def test_that_equal_models_look_equal_through_the_lens_of_modes() -> None:
    truth, dataset = oscillator()
    turned = change_basis(truth, np.array([[0.3, -1.2], [2.0, 0.7]]))
    view = derive_half_step(0, turned, turned, dataset, truth, "canonical")
    for name in ("A", "B", "Sigma", "Gamma", "mu0"):
        np.testing.assert_allclose(getattr(view.shown_params, name), getattr(view.true_params, name), atol=1e-9)


def test_that_signs_only_change_signs_and_order_and_a_rotation_only_rotates() -> None:
    truth, dataset = oscillator()
    turned = change_basis(truth, np.array([[0.0, -1.0], [1.0, 0.0]]))
    signs = derive_half_step(0, turned, turned, dataset, truth, "signs")
    np.testing.assert_allclose(signs.shown_params.A, truth.A, atol=1e-12)
    np.testing.assert_array_equal(np.abs(signs.gauge.change).sum(axis=0), 1.0)
    rotated = derive_half_step(0, random_model(2, 3), random_model(2, 3), dataset, truth, "orthogonal").gauge.change
    np.testing.assert_allclose(rotated @ rotated.T, np.eye(2), atol=1e-12)


def test_that_the_share_that_is_recovered_is_near_1_for_the_truth_itself_and_none_without_one() -> None:
    truth, dataset = oscillator(400)
    view = derive_view(0, truth, dataset, truth)
    residual = ((dataset.latents - view.latent_means) ** 2).sum(axis=0)
    centred = dataset.latents - dataset.latents.mean(axis=0)
    np.testing.assert_allclose(view.r_squared, 1 - residual / (centred**2).sum(axis=0))
    assert derive_view(0, truth, Dataset(dataset.observations), None).r_squared is None


def test_that_log_densities_add_up_to_the_log_likelihood_and_residuals_only_come_if_asked_for() -> None:
    truth, dataset = oscillator()
    assert derive_view(0, truth, dataset, truth).residuals is None
    view = derive_half_step(0, truth, truth, dataset, truth, with_residuals=True)
    exact = smooth(truth, dataset.observations).log_likelihood
    assert view.residuals.log_densities.sum() == pytest.approx(exact, rel=1e-12)
    assert len(view.residuals.tests) == truth.obs_dim


@pytest.mark.parametrize("lens", ["raw", "linear", "canonical"])
@pytest.mark.parametrize("separate", [False, True])
def test_that_many_parameters_are_brought_into_the_shown_basis_as_one_is(lens: str, separate: bool) -> None:
    truth, dataset = oscillator()
    turned = change_basis(truth, np.array([[0.3, -1.2], [2.0, 0.7]]))
    if separate:
        turned = replace(turned, Sigma0=2.0 * turned.Sigma)
    history = History.of(em(turned, dataset, EMOptions(max_iter=3, tol=0.0)))
    view = derive_half_step(3, history[3].params, history[3].params, dataset, truth, lens)
    stacks = view.shown_stacks(history.stacked([1, 3]))
    assert ("Sigma0" in stacks) is separate
    for place, iteration in enumerate([1, 3]):
        shown = view.shown(history[iteration].params)
        for name, stack in stacks.items():
            np.testing.assert_allclose(stack[place], getattr(shown, name), rtol=1e-9, atol=1e-12)


def test_that_a_forecast_is_cut_short_where_it_would_overflow() -> None:
    params = LDSParams(A=[[6.5]], B=[[1.0]], Sigma=[[1.0]], Gamma=[[1.0]], mu0=[0.0])
    view = derive_view(0, params, Dataset(np.zeros((1000, 1))), None)
    assert len(view.forecast_means) == 100, "200 steps are wanted, and 6.5⁴⁰⁰ is too large"
    assert np.isfinite(view.forecast_means).all()


def test_that_what_cannot_be_shown_is_said_once_and_not_tried_again(qtbot: QtBot, session: Session) -> None:
    problems: list[str] = []
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=3, tol=0.0)))
    derive = session._engine_room.derive

    def refuse(*_arguments: object, failed: Callable[[Exception], None], take: object) -> None:
        problems.append("tried")
        derive(_raise, take=take, failed=failed)

    session._engine_room.derive = refuse
    session.run()
    qtbot.waitUntil(lambda: session.state.run is not None and not session.state.is_running, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.state.view_problem.startswith("Iteration 3"), timeout=PATIENCE)
    assert "too large" in session.state.view_problem
    assert session.state.view is None
    count = len(problems)
    for _ in range(3):
        session._poll()
    assert len(problems) == count
    session._engine_room.derive = derive
    session.show_iteration(1)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
    assert session.state.view_problem == ""


def _raise() -> None:
    raise NumericalError("float64", "The numbers are too large.")


def test_that_no_view_is_derived_where_none_is_wanted(qtbot: QtBot, session: Session) -> None:
    session.want_view(False)
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=3, tol=0.0)))
    session.run()
    qtbot.waitUntil(lambda: session.state.run is not None and not session.state.is_running, timeout=PATIENCE)
    assert session.state.view is None
    assert not session._engine_room.is_deriving
    session.want_view(True)
    qtbot.waitUntil(lambda: session.state.view_is_current, timeout=PATIENCE)
