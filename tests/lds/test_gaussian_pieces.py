"""What divergences are made of: directions, densities, samples; fits, errata and presets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    ERRATA,
    FAMILIES,
    FORWARD,
    GAUSSIAN_PRESETS,
    MOST_DIMENSIONS,
    RESTRICTIONS,
    REVERSE,
    Erratum,
    Gaussian,
    GaussianPreset,
    ParameterError,
    best_gaussian,
    check_erratum,
    dimension_costs,
    directions,
    estimates,
    fit_gaussian,
    kl_divergence,
    log_density,
    pointwise,
    random_gaussian,
    restricted,
)
from tests.lds.mp_gaussians import nearby, of_condition

seeds = st.integers(0, 2**32 - 1)
SHEET = Gaussian([0, 1], np.diag([1.0, 2.0])), Gaussian([1, -1], np.diag([0.5, 3.0]))


def drawn(seed: int, n: int) -> tuple[Gaussian, Gaussian]:
    rng = np.random.default_rng(seed)
    return random_gaussian(n, rng), random_gaussian(n, rng)


@given(seeds, st.integers(1, 8))
def test_that_directions_add_up_and_make_both_independent(seed: int, n: int) -> None:
    p, q = drawn(seed, n)
    found = directions(p, q)
    assert found is not None
    assert found.costs.sum() == pytest.approx(kl_divergence(p, q).total, rel=1e-10)
    assert (found.costs >= 0.0).all()
    assert (np.diff(found.costs) <= 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=0), 1.0)
    back = np.linalg.inv(found.vectors)
    for gaussian in (p, q):
        turned = back @ gaussian.cov @ back.T
        np.testing.assert_allclose(turned, np.diag(np.diagonal(turned)), atol=1e-9 * np.abs(turned).max())


def test_that_directions_are_told_where_both_nearly_coincide() -> None:
    rng = np.random.default_rng(1)
    p = of_condition(rng, 4, 10.0)
    q = nearby(rng, p, 1e-9)
    found = directions(p, q)
    assert found is not None
    assert found.costs.sum() == pytest.approx(kl_divergence(p, q).total, rel=1e-9, abs=0.0)


def test_that_dimensions_add_up_where_they_are_independent() -> None:
    costs = dimension_costs(*SHEET)
    assert costs is not None
    assert costs.sum() == pytest.approx(1.856158963774109, rel=1e-14)
    assert dimension_costs(SHEET[0], Gaussian([0, 0], [[1, 0.1], [0.1, 1]])) is None
    assert directions(SHEET[0], Gaussian([0, 0], np.ones((2, 2)))) is None


def test_that_the_integrand_integrates_to_the_divergence() -> None:
    p, q = Gaussian([0.3], [[0.5]]), Gaussian([-0.2], [[1.2]])
    x = np.linspace(-12, 12, 20_001)
    found = pointwise(p, q, x[:, None])
    assert np.trapezoid(found.p, x) == pytest.approx(1.0)
    assert np.trapezoid(found.integrand, x) == pytest.approx(kl_divergence(p, q).total, rel=1e-8)
    assert found.integrand.min() < 0.0


def test_that_far_out_the_integrand_is_0_and_no_density_is_nan() -> None:
    far = pointwise(*SHEET, np.array([[1e3, 1e3]]))
    assert far.integrand.tolist() == [0.0]
    assert np.isnan(log_density(Gaussian([0, 0], np.ones((2, 2))), np.zeros((1, 2)))).all()


@pytest.mark.parametrize("n", [1, 3, 10])
def test_that_samples_agree_within_their_error(n: int) -> None:
    p, q = drawn(n, n)
    found = list(estimates(p, q, np.random.default_rng(7), 50_000))
    assert len(found) <= 200
    assert [estimate.n_samples for estimate in found] == sorted({estimate.n_samples for estimate in found})
    last = found[-1]
    assert last.n_samples == 50_000
    for mean, exact in ((last.kl_pq, kl_divergence(p, q).total), (last.kl_qp, kl_divergence(q, p).total)):
        assert abs(mean.value - exact) < 5 * mean.error
    assert 0.0 < last.jensen_shannon.value < np.log(2)
    assert last.kl_pq.error < found[len(found) // 2].kl_pq.error


def test_that_the_jensen_shannon_divergence_is_that_of_an_integral() -> None:
    p, q = Gaussian([0.0], [[1.0]]), Gaussian([1.5], [[0.4]])
    x = np.linspace(-15, 15, 30_001)
    density = pointwise(p, q, x[:, None])
    half = 0.5 * (density.p + density.q)
    exact = sum(
        0.5 * np.trapezoid(np.where(d > 1e-300, d * np.log(np.maximum(d, 1e-300) / np.maximum(half, 1e-300)), 0), x)
        for d in (density.p, density.q)
    )
    *_, last = estimates(p, q, np.random.default_rng(2), 200_000)
    assert abs(last.jensen_shannon.value - exact) < 5 * last.jensen_shannon.error


def test_that_what_has_no_density_is_not_sampled() -> None:
    with pytest.raises(ParameterError, match="Q has no density"):
        estimates(SHEET[0], Gaussian([0, 0], np.ones((2, 2))), np.random.default_rng(0), 100)


@pytest.mark.parametrize("objective", [FORWARD, REVERSE])
@pytest.mark.parametrize("family", RESTRICTIONS)
def test_that_descent_reaches_the_best_and_never_rises(family: str, objective: str) -> None:
    p, q = drawn(3, 3)
    steps = list(fit_gaussian(p, family, objective, q))
    best = best_gaussian(p, family, objective)
    np.testing.assert_allclose(steps[-1].q.mean, best.mean, atol=1e-6)
    np.testing.assert_allclose(steps[-1].q.cov, best.cov, atol=1e-6)
    values = np.array([step.divergence for step in steps])
    assert (np.diff(values) <= 1e-14).all()
    assert values[0] > values[-1]
    assert steps[-1].gradient_norm < 1e-6


@given(seeds, st.sampled_from(RESTRICTIONS), st.sampled_from([FORWARD, REVERSE]))
def test_that_nothing_of_the_family_is_better_than_the_best(seed: int, family: str, objective: str) -> None:
    rng = np.random.default_rng(seed)
    p = random_gaussian(3, rng)
    best = best_gaussian(p, family, objective)

    def value(q: Gaussian) -> float:
        return kl_divergence(*((p, q) if objective == FORWARD else (q, p))).total

    factors = np.exp(0.2 * (rng.standard_normal(3) if family == "diagonal" else np.full(3, rng.standard_normal())))
    other = Gaussian(best.mean + 0.1 * rng.standard_normal(3), best.cov * np.diag(factors))
    assert value(best) < value(other)


def test_that_what_cannot_be_fitted_is_refused() -> None:
    p, q = SHEET
    with pytest.raises(ParameterError, match="full"):
        best_gaussian(p, "full", FORWARD)
    with pytest.raises(ParameterError, match="objective"):
        best_gaussian(p, "diagonal", "KL")
    with pytest.raises(ParameterError, match="without a density"):
        fit_gaussian(Gaussian([0, 0], np.ones((2, 2))), "diagonal", FORWARD, q)
    with pytest.raises(ParameterError, match="variance of 0"):
        fit_gaussian(p, "diagonal", FORWARD, Gaussian([0, 0], np.diag([1.0, 0.0])))
    with pytest.raises(ParameterError, match="rate"):
        fit_gaussian(p, "diagonal", FORWARD, q, rate=0.0)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.name)
def test_that_every_printed_formula_breaks_something(erratum: Erratum) -> None:
    for p, q in (SHEET, drawn(5, 3), drawn(6, 1)):
        check = check_erratum(erratum, p, q)
        assert check.breaks
        assert check.note == ("of the diagonal parts" if erratum.is_diagonal and p.dim == 3 else "")
        diagonal = [Gaussian(one.mean, restricted(one.cov, "diagonal")) for one in (p, q)]
        assert check.right == kl_divergence(*(diagonal if erratum.is_diagonal else (p, q))).total
    assert erratum.went_wrong.endswith(".")


def test_that_the_errata_have_the_values_of_the_specification() -> None:
    """docs/MATHEMATICS.md, section 6."""
    values = {erratum.name: check_erratum(erratum, *SHEET).printed for erratum in ERRATA}
    assert values["half"] == pytest.approx(3.856158963774109, rel=1e-15)
    assert values["result"] == pytest.approx(-5.8395913267530375, rel=1e-15)
    assert check_erratum(ERRATA[-1], *SHEET).breaks == ("negative: −5.84", "−9.76 once x₁ is measured in halves")
    assert check_erratum(ERRATA[1], *SHEET).breaks == ("1.91 once x₁ is measured in halves",)


def test_that_the_counterexamples_are_true() -> None:
    half, determinant, quadratic, result = ERRATA
    assert half.value(Gaussian([0], [[0.5]]), Gaussian([0], [[1.0]])) == pytest.approx(-0.153, abs=5e-4)
    pair = Gaussian([0, 0], np.diag([2.0, 8.0])), Gaussian([0, 0], np.diag([4.0, 4.0]))
    assert determinant.value(*pair) == pytest.approx(0.138, abs=5e-4)
    assert kl_divergence(*pair).total == pytest.approx(0.25)
    one, other = Gaussian([0], [[1.0]]), Gaussian([3], [[1.0]])
    assert quadratic.value(Gaussian([0], [[4.0]]), Gaussian([6], [[4.0]])) != quadratic.value(one, other)
    assert result.value(one, other) == -4.5


@pytest.mark.parametrize("n", [1, 2, 3, MOST_DIMENSIONS])
@pytest.mark.parametrize("preset", GAUSSIAN_PRESETS, ids=lambda preset: preset.name)
def test_that_every_preset_is_a_pair_of_any_dimension(preset: GaussianPreset, n: int) -> None:
    p, q = preset.make(n)
    assert p.dim == q.dim == n
    assert np.isfinite(kl_divergence(p, q).total)
    assert preset.about.endswith(".")


@pytest.mark.parametrize("family", FAMILIES)
def test_that_random_gaussians_are_of_their_family_and_of_their_seed(family: str) -> None:
    one, again = (random_gaussian(4, np.random.default_rng(3), family) for _ in range(2))
    np.testing.assert_array_equal(one.cov, again.cov)
    np.testing.assert_array_equal(restricted(one.cov, family), one.cov)
    with pytest.raises(ParameterError, match="family"):
        restricted(one.cov, "round")


@given(seeds)
def test_that_marginal_and_conditional_make_up_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, x = random_gaussian(4, rng), rng.standard_normal(4)
    rest = p.conditional([0, 2], x)
    given_part = p.marginal([1, 3])
    whole = log_density(rest, x[None, [0, 2]]) + log_density(given_part, x[None, [1, 3]])
    np.testing.assert_allclose(whole, log_density(p, x[None]), rtol=1e-9)
    assert p.conditional(range(4), x).dim == 4


def test_that_a_condition_on_something_certain_changes_nothing() -> None:
    p = Gaussian([1.0, 2.0], np.diag([3.0, 0.0]))
    np.testing.assert_array_equal(p.conditional([0], np.array([9.0, 2.0])).cov, [[3.0]])
    assert p.rank == 1
    assert p.is_diagonal
