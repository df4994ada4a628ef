import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import Gaussian, KLTerms, ParameterError, kl_divergence
from tests.lds.models import random_cov


def assert_adds_up(terms: KLTerms) -> None:
    total = 0.5 * (terms.log_det + terms.trace + terms.mahalanobis - terms.dim)
    scale = max(abs(terms.log_det), terms.trace, terms.mahalanobis, terms.dim)
    assert terms.total == pytest.approx(total, abs=1e-13 * scale)


def by_high_precision(p: Gaussian, q: Gaussian) -> float:
    """The formula as it stands, in 60 digits."""
    with mpmath.workdps(60):
        a, b = mpmath.matrix(p.cov.tolist()), mpmath.matrix(q.cov.tolist())
        d = mpmath.matrix(p.mean.tolist()) - mpmath.matrix(q.mean.tolist())
        inverse = b**-1
        product = inverse * a
        trace = sum(product[i, i] for i in range(p.dim))
        quadratic = (d.T * inverse * d)[0]
        return float((mpmath.log(mpmath.det(b)) - mpmath.log(mpmath.det(a)) + trace + quadratic - p.dim) / 2)


def random_gaussian(rng: np.random.Generator, n: int) -> Gaussian:
    return Gaussian(rng.standard_normal(n), random_cov(rng, n))


def test_that_the_sheets_example_has_its_value() -> None:
    """docs/MATHEMATICS.md, section 6."""
    terms = kl_divergence(Gaussian([0, 1], np.diag([1.0, 2.0])), Gaussian([1, -1], np.diag([0.5, 3.0])))
    assert terms.total == pytest.approx(1.856158963774109, rel=1e-15)
    assert terms.log_det == pytest.approx(np.log(1.5 / 2))
    assert terms.trace == pytest.approx(2 + 2 / 3)
    assert terms.mahalanobis == pytest.approx(2 + 4 / 3)
    assert terms.dim == 2
    # as Task 1.1 is printed, with ½ on the log-determinants only
    assert terms.log_det / 2 + terms.trace + terms.mahalanobis - terms.dim == pytest.approx(3.856158963774109)


@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 2, *[st.floats(0.1, 9)] * 2), min_size=1, max_size=5))
def test_that_diagonal_covariances_give_the_sum_over_the_coordinates(rows: list[tuple[float, ...]]) -> None:
    mean_a, mean_b, var_a, var_b = np.array(rows).T
    terms = kl_divergence(Gaussian(mean_a, np.diag(var_a)), Gaussian(mean_b, np.diag(var_b)))
    want = 0.5 * (np.log(var_b / var_a) + var_a / var_b + (mean_a - mean_b) ** 2 / var_b - 1).sum()
    assert terms.total == pytest.approx(want, abs=1e-12)
    assert_adds_up(terms)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_that_the_divergence_is_that_of_sixty_digits(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = random_gaussian(rng, n), random_gaussian(rng, n)
    terms = kl_divergence(p, q)
    assert terms.total == pytest.approx(by_high_precision(p, q), rel=1e-10)
    assert_adds_up(terms)


@pytest.mark.parametrize("distance", [1e-1, 1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_that_near_equality_every_digit_counts(distance: float, shift: float) -> None:
    rng = np.random.default_rng(2)
    p = random_gaussian(rng, 3)
    tilt = rng.standard_normal((3, 3))
    q = Gaussian(p.mean + shift * distance * rng.standard_normal(3), p.cov + distance * (tilt + tilt.T) * 0.05)
    terms = kl_divergence(p, q)
    assert terms.total == pytest.approx(by_high_precision(p, q), rel=1e-9, abs=0.0)
    assert_adds_up(terms)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_that_a_gaussian_is_at_no_distance_from_itself(seed: int, n: int) -> None:
    p = random_gaussian(np.random.default_rng(seed), n)
    assert kl_divergence(p, p).total == 0.0


def test_that_it_is_the_mean_log_ratio_of_the_densities() -> None:
    rng = np.random.default_rng(4)
    p, q = random_gaussian(rng, 3), random_gaussian(rng, 3)
    draws = rng.multivariate_normal(p.mean, p.cov, size=200_000)

    def log_density(g: Gaussian) -> np.ndarray:
        d = draws - g.mean
        return -0.5 * ((d @ np.linalg.inv(g.cov)) * d).sum(axis=1) - 0.5 * np.linalg.slogdet(2 * np.pi * g.cov)[1]

    ratios = log_density(p) - log_density(q)
    error = ratios.std() / np.sqrt(len(ratios))
    assert kl_divergence(p, q).total == pytest.approx(ratios.mean(), abs=4 * error)


def test_that_units_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    p, q = random_gaussian(rng, 3), random_gaussian(rng, 3)
    D = np.diag([1e-7, 1.0, 1e8])
    moved = [Gaussian(D @ g.mean, D @ g.cov @ D) for g in (p, q)]
    assert kl_divergence(*moved).total == pytest.approx(kl_divergence(p, q).total, rel=1e-9)


FLAT = np.diag([1.0, 0.0])


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Gaussian([0, 0], np.eye(2)), Gaussian([0, 0], FLAT)),
        (Gaussian([0, 0], np.diag([0.0, 1.0])), Gaussian([0, 0], FLAT)),
        (Gaussian([0, 1e-6], FLAT), Gaussian([0, 0], FLAT)),
        (Gaussian([0, 0], FLAT), Gaussian([0, 0], np.eye(2))),
        (Gaussian([0, 0], np.zeros((2, 2))), Gaussian([0, 0], FLAT)),
        (Gaussian([1], [[0.0]]), Gaussian([0], [[0.0]])),
    ],
    ids=["wider", "across", "beside", "flatter", "a point", "another point"],
)
def test_that_what_the_other_cannot_produce_is_infinitely_far(p: Gaussian, q: Gaussian) -> None:
    assert kl_divergence(p, q).total == np.inf


@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e6])
def test_that_on_a_common_support_the_divergence_is_the_one_there(scale: float) -> None:
    rng = np.random.default_rng(8)
    small_p, small_q = random_gaussian(rng, 2), random_gaussian(rng, 2)
    plane = scale * rng.standard_normal((4, 2))
    offset = rng.standard_normal(4)
    lifted = [Gaussian(plane @ g.mean + offset, _even(plane @ g.cov @ plane.T)) for g in (small_p, small_q)]
    terms = kl_divergence(*lifted)
    assert terms.total == pytest.approx(kl_divergence(small_p, small_q).total, rel=1e-6)
    assert terms.dim == 2
    assert_adds_up(terms)


def _even(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2


def test_that_two_equal_points_are_at_no_distance() -> None:
    point = Gaussian([1.0, 2.0], np.zeros((2, 2)))
    assert kl_divergence(point, point).total == 0.0


def test_that_dimensions_must_agree() -> None:
    with pytest.raises(ParameterError, match=r"^P and Q must have the same dimension, but P has 1 and Q has 2\.$"):
        kl_divergence(Gaussian([0], [[1]]), Gaussian([0, 0], np.eye(2)))


def test_that_what_float64_cannot_hold_is_infinitely_far() -> None:
    assert kl_divergence(Gaussian([1e200], [[1.0]]), Gaussian([-1e200], [[1.0]])).total == np.inf


def test_that_a_narrow_gaussian_keeps_a_positive_trace() -> None:
    terms = kl_divergence(Gaussian([0.0, 0.0], 1e-20 * np.eye(2)), Gaussian([0.0, 0.0], np.eye(2)))
    assert terms.trace == pytest.approx(2e-20)
    assert terms.total == pytest.approx(20 * np.log(10) - 1)
