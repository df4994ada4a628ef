from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from lds_gui.lds import LDSParams, innovations, simulate, smooth
from tests import oracles
from tests.lds.models import Case, cases, random_params, with_gaps


@given(cases(max_sequences=1))
def test_that_innovations_are_what_the_joint_gaussian_did_not_expect(case: Case) -> None:
    x = case.dataset.sequences[0]
    got = innovations(case.params, x)
    prior = oracles.joint(case.params, len(x))
    scale = np.abs(prior.mean).max() + np.sqrt(np.diagonal(prior.cov)).max()
    for t in range(len(x)):
        q = oracles.conditioned(prior, x, t)
        seen = q.x(t)
        np.testing.assert_allclose(got.errors[t], x[t] - q.mean[seen], atol=1e-9 * scale)
        np.testing.assert_allclose(got.covs[t], q.cov[seen, seen], atol=1e-9 * scale**2)
        assert (got.covs[t] == got.covs[t].T).all()
    np.testing.assert_array_equal(np.isnan(got.errors), np.isnan(x))
    np.testing.assert_array_equal(np.isnan(got.standardised), np.isnan(x))


@given(cases(max_sequences=1))
def test_that_standardised_innovations_are_whitened_by_a_lower_triangle(case: Case) -> None:
    """And so give each row's evidence: log p = −½ (k log 2π + log|S| + |w|²)."""
    x = case.dataset.sequences[0]
    got, evidences = innovations(case.params, x), smooth(case.params, x).log_evidences
    for t, (error, cov, white) in enumerate(zip(got.errors, got.covs, got.standardised, strict=True)):
        seen = ~np.isnan(x[t])
        lower = np.linalg.cholesky(cov[np.ix_(seen, seen)])
        np.testing.assert_allclose(lower @ white[seen], error[seen], rtol=1e-9, atol=1e-12)
        log_det = 2.0 * np.log(np.diagonal(lower)).sum()
        evidence = -0.5 * (seen.sum() * np.log(2 * np.pi) + log_det + white[seen] @ white[seen])
        assert evidence == pytest.approx(evidences[t], rel=1e-8, abs=1e-8)


def test_that_standardised_innovations_are_white_under_the_model() -> None:
    rng = np.random.default_rng(5)
    params = random_params(rng, 3, 2, tied=False)
    params = replace(params, A=0.9 * params.A / np.abs(np.linalg.eigvals(params.A)).max())
    x = with_gaps(rng, np.asarray(simulate(params, 4000, rng).observations), 0.2)
    white = innovations(params, x).standardised
    seen = ~np.isnan(white)
    both = seen.all(axis=1)
    in_a_row = seen[1:, 0] & seen[:-1, 0]
    assert abs(white[seen].mean()) < 4.5 / np.sqrt(seen.sum())
    assert white[seen].var() == pytest.approx(1.0, abs=4.5 * np.sqrt(2 / seen.sum()))
    assert abs(np.corrcoef(white[both].T)[0, 1]) < 4.5 / np.sqrt(both.sum())
    assert abs((white[1:, 0] * white[:-1, 0])[in_a_row].mean()) < 4.5 / np.sqrt(in_a_row.sum())


def test_that_innovations_cannot_be_written_to() -> None:
    got = innovations(random_params(np.random.default_rng(1), 2, 2), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="read-only"):
        got.errors[0] = 1.0


def test_that_units_of_latents_and_observations_cost_no_digits() -> None:
    rng = np.random.default_rng(3)
    params = random_params(rng, 3, 4, tied=False)
    x = with_gaps(rng, rng.standard_normal((30, 4)), 0.3)
    z_unit, x_unit = 2.0 ** np.array([-16, 0, 17]), 2.0 ** np.array([20, -19, 0, 3])
    assert params.Sigma0 is not None
    other = LDSParams(
        params.A * z_unit[:, None] / z_unit,
        params.B * x_unit[:, None] / z_unit,
        params.Sigma * np.outer(z_unit, z_unit),
        params.Gamma * np.outer(x_unit, x_unit),
        params.mu0 * z_unit,
        params.Sigma0 * np.outer(z_unit, z_unit),
    )
    one, scaled = innovations(params, x), innovations(other, x * x_unit)
    np.testing.assert_allclose(scaled.standardised, one.standardised, rtol=1e-9, atol=1e-11)
    volumes = np.where(np.isnan(x), 0.0, np.log(x_unit)).sum(axis=1)
    np.testing.assert_allclose(scaled.log_densities, one.log_densities - volumes, rtol=1e-9)


def test_that_latents_without_noise_and_many_rows_have_innovations() -> None:
    """A singular covariance has no Cholesky factor; and rows are whitened in blocks."""
    rng = np.random.default_rng(4)
    params = replace(random_params(rng, 2, 3), A=np.eye(2), Sigma=np.zeros((2, 2)), Sigma0=np.ones((2, 2)))
    x = rng.standard_normal((5000, 3))
    found, evidences = innovations(params, x), smooth(params, x).log_evidences
    np.testing.assert_allclose(found.log_densities, evidences, rtol=1e-8)
    last = np.linalg.solve(np.linalg.cholesky(found.covs[-1]), found.errors[-1])
    np.testing.assert_allclose(found.standardised[-1], last, rtol=1e-8)
