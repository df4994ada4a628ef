import numpy as np
import pytest

from lds_gui.lds import Dataset, LDSParams, ParameterError, change_basis, smooth
from lds_gui.session import View
from lds_gui.session import derive_view as derive_half_step
from tests.situations import oscillator, random_model


def derive_view(iteration: int, params: LDSParams, dataset: Dataset, truth: LDSParams | None) -> View:
    """The view after an E-step."""
    return derive_half_step(iteration, params, params, dataset, truth)


def test_that_an_estimate_in_another_basis_is_brought_back_to_the_truth() -> None:
    truth, dataset = oscillator()
    turn = np.array([[0.3, -1.2], [2.0, 0.7]])
    view = derive_view(3, change_basis(truth, turn), dataset, truth)
    plain = derive_view(3, truth, dataset, truth)
    assert view.aligned_params is not None
    np.testing.assert_allclose(view.latent_means, plain.latent_means, atol=1e-9)
    np.testing.assert_allclose(view.latent_sds, plain.latent_sds, atol=1e-9)
    assert pytest.approx(plain.aligned_params.A, abs=1e-9) == view.aligned_params.A
    assert view.latents_note == view.matrices_note == "aligned to the truth"


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
    assert view.aligned_params is None
    assert "no truth" in view.latents_note
    assert "no truth" in view.matrices_note


def test_that_another_number_of_latents_is_compared_in_the_truths_space() -> None:
    truth, dataset = oscillator()
    view = derive_view(0, random_model(3, 3), dataset, truth)
    assert view.latent_means.shape == dataset.latents.shape
    assert view.aligned_params is None
    assert view.latents_note == "3 aligned to the 2 true ones"
    assert "n = 3" in view.matrices_note


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
    assert view.latents_note == "aligned to the truth"
    assert view.aligned_params is None
    assert "as estimated" in view.matrices_note
