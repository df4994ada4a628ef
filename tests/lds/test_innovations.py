from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from lds_gui.lds import innovations, simulate, smooth
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
