import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lds_gui.lds import DIVERGENCES, Divergence, Gaussian, NumericalError, ParameterError, divergences, kl_divergence
from lds_gui.lds.gaussians import balls
from tests.lds.mp_gaussians import all_divergences, nearby, of_condition

EXACT = 4e-16  # relative: rounded once, from an interval that is a little wider than a number of 64 bits
seeds = st.integers(0, 2**32 - 1)
ids = [divergence.name for divergence in DIVERGENCES]
OF_BOTH = [d for d in DIVERGENCES if d.name not in ("entropy_p", "entropy_q", "cross_entropy")]


def assert_exact(p: Gaussian, q: Gaussian, order: float) -> None:
    found, wanted = divergences(p, q, order), all_divergences(p, q, order)
    assert list(found) == ids
    for name, value in found.items():
        if mpmath.isfinite(wanted[name]):
            assert abs(value - wanted[name]) <= EXACT * abs(wanted[name]), name
        else:
            assert value == np.inf, name


@pytest.mark.parametrize("condition", [1.0, 1e4, 1e8])
@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_that_every_divergence_has_all_its_digits(n: int, condition: float) -> None:
    rng = np.random.default_rng(n)
    assert_exact(of_condition(rng, n, condition), of_condition(rng, n, condition), 0.7)


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("condition", [1.0, 1e8])
def test_that_no_digit_is_lost_where_both_nearly_coincide(distance: float, condition: float) -> None:
    rng = np.random.default_rng(3)
    p = of_condition(rng, 4, condition)
    assert_exact(p, nearby(rng, p, distance), 2.0)


def test_that_a_small_shift_costs_half_its_square_in_fishers_metric() -> None:
    rng = np.random.default_rng(4)
    p, delta = of_condition(rng, 3, 100.0), 1e-6 * rng.standard_normal(3)
    fisher = 0.5 * delta @ np.linalg.solve(p.cov, delta)
    q = Gaussian(p.mean + delta, p.cov)
    delta = q.mean - p.mean
    fisher = 0.5 * delta @ np.linalg.solve(p.cov, delta)
    assert kl_divergence(p, q).total == pytest.approx(fisher, rel=1e-12)
    slight = Gaussian(p.mean, p.cov * (1.0 + 1e-6))
    assert kl_divergence(p, slight).total == pytest.approx(0.25 * 3 * 1e-12, rel=2e-6)


def test_that_precision_grows_until_the_digits_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balls, "_PRECISIONS", (60, 90, 320))
    rng = np.random.default_rng(6)
    p = of_condition(rng, 5, 1e8)
    assert_exact(p, of_condition(rng, 5, 1e8), 0.7)
    assert_exact(p, nearby(rng, p, 1e-6), 0.7)


def test_that_what_no_precision_tells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balls, "_PRECISIONS", (60, 61))
    rng = np.random.default_rng(7)
    p = of_condition(rng, 5, 1e8)
    with pytest.raises(NumericalError, match="too close to a singular one"):
        kl_divergence(p, nearby(rng, p, 1e-9))


@pytest.mark.parametrize("order", [0.1, 0.5, 1.0, 1.5, 3.0])
def test_that_the_order_is_renyis(order: float) -> None:
    rng = np.random.default_rng(5)
    p, q = of_condition(rng, 3, 3.0), of_condition(rng, 3, 2.0)
    found = divergences(p, q, order)
    wanted = all_divergences(p, q, order) if order != 1.0 else {"renyi": found["kl_pq"]}
    assert found["renyi"] == pytest.approx(float(wanted["renyi"]), rel=EXACT)
    assert divergences(p, q, 0.5)["renyi"] == pytest.approx(2.0 * found["bhattacharyya"], rel=1e-15)


def test_that_an_order_whose_integral_diverges_is_infinite() -> None:
    wide, narrow = Gaussian([0.0], [[1.0]]), Gaussian([0.0], [[0.5]])
    assert divergences(wide, narrow, 1.9)["renyi"] < np.inf
    assert divergences(wide, narrow, 2.0)["renyi"] == np.inf
    assert divergences(wide, narrow, 2.1)["renyi"] == np.inf


@given(seeds, st.integers(1, 6))
def test_that_all_are_at_least_0_and_0_for_equal_ones_only(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = of_condition(rng, n, 50.0), of_condition(rng, n, 50.0)
    apart, same = divergences(p, q), divergences(p, p)
    for divergence in OF_BOTH:
        assert apart[divergence.name] > 0.0
        assert same[divergence.name] == 0.0


@given(seeds, st.integers(1, 5))
def test_that_an_affine_map_changes_none_but_those_with_a_unit(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = of_condition(rng, n, 10.0), of_condition(rng, n, 10.0)
    linear, shift = of_condition(rng, n, 5.0).cov + 0.3 * rng.standard_normal((n, n)), rng.standard_normal(n)
    moved = [Gaussian(linear @ one.mean + shift, linear @ one.cov @ linear.T) for one in (p, q)]
    before, after = divergences(p, q, 0.6), divergences(*moved, 0.6)
    for divergence in OF_BOTH:
        if divergence.name != "wasserstein":
            assert after[divergence.name] == pytest.approx(before[divergence.name], rel=1e-6)


@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_that_independent_blocks_add_up(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    (p, q), (r, s) = ([of_condition(rng, k, 20.0) for _ in range(2)] for k in (n, m))
    whole, one, other = divergences(_beside(p, r), _beside(q, s), 0.5), divergences(p, q, 0.5), divergences(r, s, 0.5)
    for name in ("kl_pq", "kl_qp", "jeffreys", "bhattacharyya", "renyi", "entropy_p", "entropy_q", "cross_entropy"):
        assert whole[name] == pytest.approx(one[name] + other[name], rel=1e-13, abs=1e-13)
    assert whole["wasserstein"] ** 2 == pytest.approx(one["wasserstein"] ** 2 + other["wasserstein"] ** 2, rel=1e-13)


def _beside(one: Gaussian, other: Gaussian) -> Gaussian:
    zeros = np.zeros((one.dim, other.dim))
    return Gaussian([*one.mean, *other.mean], np.block([[one.cov, zeros], [zeros.T, other.cov]]))


@pytest.mark.parametrize("divergence", DIVERGENCES, ids=ids)
@settings(max_examples=15)
@given(seed=seeds)
def test_that_swapping_matters_where_the_table_says_so(divergence: Divergence, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = of_condition(rng, 2, 9.0), of_condition(rng, 2, 3.0)
    one, other = divergences(p, q, 0.3)[divergence.name], divergences(q, p, 0.3)[divergence.name]
    assert (abs(one - other) <= 1e-15 * abs(one)) is divergence.is_symmetric


@pytest.mark.parametrize("divergence", DIVERGENCES, ids=ids)
def test_that_every_divergence_says_what_it_is(divergence: Divergence) -> None:
    assert divergence.title[0].isupper() or divergence.title[0].isdigit()
    assert divergence.about.endswith(".")
    assert divergence.unit in ("nats", "units of x", "")
    assert divergence.formula
    assert divergence.symbol


FLAT = Gaussian([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]])
ROUND = Gaussian([0.0, 0.0], np.eye(2))
POINT = Gaussian([1.0, 1.0], np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("p", "q", "entropies", "distance"),
    [
        (FLAT, ROUND, (-np.inf, 1), np.sqrt(4 - 2 * np.sqrt(2))),
        (ROUND, FLAT, (1, -np.inf), np.sqrt(4 - 2 * np.sqrt(2))),
        (FLAT, Gaussian([0.0, 1.0], FLAT.cov), (-np.inf, -np.inf), 1.0),
        (POINT, FLAT, (-np.inf, -np.inf), 2.0),
        (POINT, ROUND, (-np.inf, 1), 2.0),
    ],
)
def test_that_those_with_different_supports_are_infinitely_far_but_mass_need_not_go_far(
    p: Gaussian, q: Gaussian, entropies: tuple[float, float], distance: float
) -> None:
    found = divergences(p, q)
    for name in ("kl_pq", "kl_qp", "jeffreys", "bhattacharyya", "renyi"):
        assert found[name] == np.inf, name
    assert found["hellinger"] == 1.0
    assert found["wasserstein"] == pytest.approx(distance, rel=1e-12)
    assert np.isfinite([found["entropy_p"], found["entropy_q"]]).tolist() == np.isfinite(entropies).tolist()


def test_that_on_a_common_support_divergences_are_those_there() -> None:
    twice = Gaussian([0.5, 0.5], 2.0 * FLAT.cov)
    found = divergences(twice, FLAT, 0.5)
    line = divergences(Gaussian([0.5], [[2.0]]), Gaussian([0.0], [[1.0]]), 0.5)
    for name in ("kl_pq", "kl_qp", "jeffreys", "bhattacharyya", "hellinger", "renyi"):
        assert found[name] == pytest.approx(line[name], rel=1e-14)
    assert found["wasserstein"] == pytest.approx(np.sqrt(0.5 + 2 * (np.sqrt(2) - 1) ** 2), rel=1e-14)
    assert divergences(POINT, POINT)["kl_pq"] == 0.0


def test_that_a_reason_is_given_where_a_divergence_is_infinite() -> None:
    assert "spreads along (−0.707, 0.707) with variance 1" in kl_divergence(ROUND, FLAT).reason
    assert "mean lies 0.707 away" in kl_divergence(Gaussian([0.0, 1.0], FLAT.cov), FLAT).reason
    assert "1 dimension, where Q, which has 2 dimensions" in kl_divergence(FLAT, ROUND).reason
    assert "one point" in kl_divergence(POINT, ROUND).reason
    assert kl_divergence(ROUND, ROUND).reason == ""


@pytest.mark.parametrize("order", [0.0, -1.0, np.nan, 1001.0])
def test_that_an_impossible_order_is_refused(order: float) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        divergences(ROUND, ROUND, order)


def test_that_different_dimensions_are_refused() -> None:
    with pytest.raises(ParameterError, match="P has 2 and Q has 1"):
        divergences(ROUND, Gaussian([0.0], [[1.0]]))
