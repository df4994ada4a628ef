import numpy as np
import pytest
from hypothesis import given

from lds_gui.lds import LDSParams, NumericalError, ParameterError, forecast
from tests import oracles
from tests.lds.models import Case, cases, random_params, relative
from tests.lds.test_golden import FILES, load


@pytest.mark.parametrize("convention", ["tied", "sep"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_that_the_golden_forecasts_are_reproduced(path, convention: str) -> None:
    params, values = load(path, convention)
    got = forecast(params, values["x"], 5)
    for name, array in {
        "fc_z_mean": got.latent_means,
        "fc_z_cov": got.latent_covs,
        "fc_x_mean": got.means,
        "fc_x_cov": got.covs,
    }.items():
        assert relative(array, values[f"{convention}_{name}"]) < 1e-9, name


@given(cases(max_sequences=1))
def test_that_a_forecast_is_the_joint_gaussian_of_rows_still_missing(case: Case) -> None:
    x, steps = case.dataset.sequences[0], 3
    got = forecast(case.params, case.dataset, steps)
    longer = np.concatenate((x, np.full((steps, x.shape[1]), np.nan)))
    prior = oracles.joint(case.params, len(longer))
    q = oracles.conditioned(prior, longer)
    scale = np.abs(prior.mean).max() + np.sqrt(np.diagonal(prior.cov)).max()
    for step in range(steps):
        z, seen = q.z(len(x) + step), q.x(len(x) + step)
        np.testing.assert_allclose(got.latent_means[step], q.mean[z], atol=1e-9 * scale)
        np.testing.assert_allclose(got.means[step], q.mean[seen], atol=1e-9 * scale)
        np.testing.assert_allclose(got.latent_covs[step], q.cov[z, z], atol=1e-9 * scale**2)
        np.testing.assert_allclose(got.covs[step], q.cov[seen, seen], atol=1e-9 * scale**2)
        assert (got.covs[step] == got.covs[step].T).all()


def test_that_a_forecast_cannot_be_written_to() -> None:
    got = forecast(random_params(np.random.default_rng(1), 2, 2), np.zeros((3, 2)), 1)
    with pytest.raises(ValueError, match="read-only"):
        got.means[0] = 1.0


def test_that_at_least_one_step_is_asked_for() -> None:
    with pytest.raises(ParameterError, match=r"^The number of steps must be at least 1, but is 0\.$") as caught:
        forecast(random_params(np.random.default_rng(1), 2, 2), np.zeros((3, 2)), 0)
    assert caught.value.field == "n_steps"


def test_that_a_forecast_beyond_float64_is_named_with_its_step() -> None:
    params = LDSParams([[1e100]], [[1.0]], [[1.0]], [[1.0]], [1.0])
    with pytest.raises(NumericalError, match=r"^The latent means are not finite from step 4 after the data on"):
        forecast(params, [[1.0]], 5)
