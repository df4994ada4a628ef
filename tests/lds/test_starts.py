import re
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from lds_gui.lds import (
    STARTS,
    Dataset,
    EMOptions,
    LDSParams,
    ParameterError,
    Start,
    em,
    factor_analysis_start,
    pca_start,
    random_start,
    simulate,
    smooth,
    subspace_start,
)
from tests.lds.models import with_gaps

STEPS = np.arange(40)[:, None]
RNG = np.random.default_rng(0)


def waves(m: int) -> np.ndarray:
    return np.sin(STEPS * (0.2 + 0.1 * np.arange(m))) + 0.1 * RNG.standard_normal((40, m))


DATA = {
    "plain": Dataset(waves(3)),
    "one column": Dataset(waves(1)),
    "raw units": Dataset(1e6 + 1e3 * waves(2) * [1.0, 1e-3]),
    "tiny": Dataset(1e-9 * waves(2)),
    "gaps": Dataset(with_gaps(RNG, waves(3), 0.3)),
    "an empty column": Dataset(np.column_stack((waves(2), np.full(40, np.nan)))),
    "a constant column": Dataset(np.column_stack((waves(1), np.full(40, 7.0), np.zeros(40)))),
    "all zero": Dataset(np.zeros((5, 2))),
    "all constant": Dataset(np.full((5, 1), 3.0)),
    "one row": Dataset([[1.0, 2.0]]),
    "two rows": Dataset([[1.0], [2.0]]),
    "short sequences": Dataset([waves(2)[:3], waves(2)[:1], waves(2)[:2]]),
    "a sequence without entries": Dataset([waves(2)[:6], np.full((2, 2), np.nan)]),
}


@pytest.mark.parametrize(
    ("start", "case", "latent_dim"),
    list(product(STARTS, DATA, (1, 2, 3, 5))),
    ids=lambda value: value.name if isinstance(value, Start) else str(value),
)
def test_that_a_start_is_a_valid_stable_model_of_finite_likelihood(start: Start, case: str, latent_dim: int) -> None:
    data = DATA[case]
    params = start.function(data, latent_dim, np.random.default_rng(1))
    assert (params.latent_dim, params.obs_dim) == (latent_dim, data.obs_dim)
    assert params.is_tied
    assert np.abs(np.linalg.eigvals(params.A)).max() <= 1 + 1e-9
    (step,) = em(params, data, EMOptions(max_iter=0))
    assert np.isfinite(step.log_likelihood)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize("case", ["plain", "raw units", "gaps", "one column"])
def test_that_em_rises_from_a_start(start: Start, case: str) -> None:
    steps = list(em(start.function(DATA[case], 2, np.random.default_rng(1)), DATA[case], EMOptions(5, 0.0)))
    assert steps[-1].log_likelihood > steps[0].log_likelihood


def test_that_the_random_start_is_as_random_as_its_generator() -> None:
    a, b, c = (random_start(DATA["plain"], 2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a.A, b.A)
    assert not np.array_equal(a.A, c.A)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_that_starts_follow_the_units_of_the_data(factor: float) -> None:
    x = waves(2) + 5
    for start in STARTS:
        plain, scaled = (start.function(Dataset(unit * x), 3, np.random.default_rng(1)) for unit in (1.0, factor))
        np.testing.assert_allclose(np.abs(scaled.A), np.abs(plain.A), rtol=1e-6)
        np.testing.assert_allclose(np.abs(scaled.B), factor * np.abs(plain.B), rtol=1e-6)
        np.testing.assert_allclose(scaled.Gamma, factor**2 * plain.Gamma, rtol=1e-6)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize(
    ("size", "words"), [(1e-310, "3e−310"), (1e-200, "3e−200"), (1e160, "3e+160"), (5e307, "1.5e+308")]
)
def test_that_data_out_of_range_are_named_with_their_size(start: Start, size: float, words: str) -> None:
    data = Dataset([np.array([[1.0, size], [2.0, -3 * size], [np.nan, 0.0]]), np.array([[1.0, np.nan]])])
    with pytest.raises(ParameterError, match=f"^The data go up to {re.escape(words)} in column 2") as caught:
        start.function(data, 2, np.random.default_rng(1))
    assert caught.value.field == "observations"


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
@pytest.mark.parametrize("size", [2e-140, 5e139])
def test_that_data_just_in_range_can_be_learned(start: Start, size: float) -> None:
    data = Dataset(size * waves(2))
    steps = list(em(start.function(data, 2, np.random.default_rng(1)), data, EMOptions(5, 0.0)))
    assert steps[-1].log_likelihood > steps[0].log_likelihood


def test_that_the_pca_start_sees_a_clear_oscillation() -> None:
    B = [[1.0, 0.0], [0.0, 1.0], [0.7, -0.7], [0.5, 1.0]]
    truth = LDSParams([[0.94, -0.28], [0.28, 0.94]], B, 0.05 * np.eye(2), 0.01 * np.eye(4), [3.0, 0.0])
    data = simulate(truth, 400, np.random.default_rng(3))
    start = pca_start(data, 2)
    got = np.linalg.eigvals(start.A)
    assert np.abs(got.imag).max() == pytest.approx(0.28, abs=0.05)
    assert np.abs(got).max() == pytest.approx(0.98, abs=0.05)


def test_that_factor_analysis_gives_each_column_its_own_noise() -> None:
    B = [[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.5, 1.0], [1.0, 1.0]]
    variances = np.array([0.05, 2.0, 0.1, 0.5, 0.2])
    truth = LDSParams(0.9 * np.eye(2), B, 0.19 * np.eye(2), np.diag(variances), [0.0, 0.0])
    start = factor_analysis_start(simulate(truth, 4000, np.random.default_rng(3)), 2)
    assert np.count_nonzero(start.Gamma) == 5
    np.testing.assert_allclose(np.diagonal(start.Gamma), variances, rtol=0.2, atol=0.03)
    np.testing.assert_allclose(start.B @ start.B.T, truth.B @ truth.B.T, atol=0.2)  # latents of size 1


def test_that_factor_analysis_is_at_the_maximum_of_the_static_likelihood() -> None:
    """Where its gradient vanishes: diag(L Lᵀ + Ψ) = diag(S), and S (L Lᵀ + Ψ)⁻¹ L = L."""
    x = np.random.default_rng(5).standard_normal((3000, 1)) * [[1.0, 2.0, -1.0, 0.5]]
    x += np.random.default_rng(6).standard_normal((3000, 4)) * [0.5, 1.0, 2.0, 0.2]
    start = factor_analysis_start(Dataset(x), 1)
    moments = x.T @ x / len(x)
    model = start.B @ start.B.T + start.Gamma
    np.testing.assert_allclose(np.diagonal(model), np.diagonal(moments), rtol=2e-3)
    np.testing.assert_allclose(moments @ np.linalg.solve(model, start.B), start.B, rtol=5e-3)


def rotation(radius: float, angle: float) -> np.ndarray:
    return radius * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def two_oscillators() -> LDSParams:
    A = np.zeros((4, 4))
    A[:2, :2], A[2:, 2:] = rotation(0.97, 0.3), rotation(0.95, 1.0)
    return LDSParams(A, [[1.0, 0.0, 1.0, 0.0]], 0.1 * np.eye(4), [[0.5]], np.zeros(4))


def one_oscillator() -> LDSParams:
    B = [[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.5, 1.0]]
    return LDSParams(rotation(0.95, 0.4), B, 0.1 * np.eye(2), 0.5 * np.eye(4), [5.0, 0.0])


def slow_and_fast() -> LDSParams:
    """One noisy sum of two: what is to be Σ and what Γ has to be found among covariances that must be positive."""
    return LDSParams(np.diag([0.98, 0.6]), [[1.0, 1.0]], np.diag([0.1, 0.5]), [[1.0]], np.zeros(2))


def eigenvalue_error(got: LDSParams, truth: LDSParams) -> float:
    values, wanted = np.linalg.eigvals(got.A), np.linalg.eigvals(truth.A)
    return min(float(np.abs(np.array(order) - wanted).max()) for order in permutations(values))


@pytest.mark.parametrize("model", [one_oscillator, two_oscillators])
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_that_subspace_identification_finds_the_eigenvalues(model: Callable[[], LDSParams], share: float) -> None:
    truth = model()
    x = np.asarray(simulate(truth, 5000, np.random.default_rng(3)).observations)
    start = subspace_start(with_gaps(np.random.default_rng(4), x, share), truth.latent_dim)
    assert eigenvalue_error(start, truth) < (0.05 if share else 0.015)
    assert eigenvalue_error(start, truth) < 0.2 * eigenvalue_error(pca_start(x, truth.latent_dim), truth)


@pytest.mark.parametrize(("model", "n_steps"), [(one_oscillator, 2000), (two_oscillators, 5000), (slow_and_fast, 1000)])
def test_that_subspace_identification_finds_the_noise_too(model: Callable[[], LDSParams], n_steps: int) -> None:
    """The likelihood is that of the truth, within the nats that fitting as many parameters may gain or cost."""
    truth = model()
    x = np.asarray(simulate(truth, n_steps, np.random.default_rng(3)).observations)
    gain = smooth(subspace_start(x, truth.latent_dim), x).log_likelihood - smooth(truth, x).log_likelihood
    assert -10 < gain < 20


def test_that_the_latents_are_read_from_as_much_of_the_past_as_the_data_allow() -> None:
    """Two rows, all that n = 2 needs, are too noisy to tell the slow one from the fast one."""
    truth = slow_and_fast()
    errors = [
        eigenvalue_error(subspace_start(simulate(truth, 5000, np.random.default_rng(seed)), 2), truth)
        for seed in range(6)
    ]
    assert np.median(errors) < 0.15


def test_that_windows_are_counted_once_however_they_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.asarray(simulate(one_oscillator(), 300, np.random.default_rng(3)).observations)
    whole = subspace_start(x, 2)
    monkeypatch.setattr("lds_gui.lds.starts.subspace._CHUNK", 17)
    np.testing.assert_allclose(subspace_start(x, 2).Gamma, whole.Gamma, rtol=1e-8)


def test_that_subspace_identification_takes_many_sequences_together() -> None:
    truth = one_oscillator()
    lengths = [30] * 150 + [1, 2]
    rng = np.random.default_rng(7)
    data = Dataset([np.asarray(simulate(truth, length, rng).observations) for length in lengths])
    start = subspace_start(data, 2)
    assert eigenvalue_error(start, truth) < 0.05
    np.testing.assert_allclose(start.B @ start.mu0, truth.B @ truth.mu0, atol=0.4)


def test_that_the_mean_of_the_first_latent_is_over_sequences_of_all_lengths() -> None:
    truth = replace(one_oscillator(), Gamma=0.01 * np.eye(4))
    rng = np.random.default_rng(8)
    lengths = [600, *[1] * 30, *[3] * 10]
    data = Dataset([np.asarray(simulate(truth, length, rng).observations) for length in lengths])
    start = subspace_start(data, 2)
    firsts = np.mean([x[0] for x in data.sequences], axis=0)
    np.testing.assert_allclose(start.B @ start.mu0, firsts, atol=0.1)


def test_that_subspace_identification_does_not_depend_on_the_units_of_single_columns() -> None:
    units = np.array([1e-6, 1.0, 1e3, 1e9])
    x = np.asarray(simulate(one_oscillator(), 500, np.random.default_rng(3)).observations)
    plain, scaled = subspace_start(x, 2), subspace_start(x * units, 2)
    np.testing.assert_allclose(np.linalg.eigvals(scaled.A), np.linalg.eigvals(plain.A), rtol=1e-6)
    np.testing.assert_allclose(scaled.Gamma, plain.Gamma * np.outer(units, units), rtol=1e-6)


def test_that_subspace_identification_of_short_data_is_the_pca_start() -> None:
    x = waves(3)[:9]
    np.testing.assert_array_equal(subspace_start(x, 2).A, pca_start(x, 2).A)
    assert not np.array_equal(subspace_start(waves(3), 2).A, pca_start(waves(3), 2).A)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_that_a_start_finds_its_name_in_the_table_once(start: Start) -> None:
    assert [other.name for other in STARTS].count(start.name) == 1
    assert [other.title for other in STARTS].count(start.title) == 1
