import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lds_gui.lds import ParameterError, modes, with_eigenvalue_moved


def distance(A: np.ndarray, wished: list[complex]) -> float:
    """How far the eigenvalues of A are from the wished ones, each taken once."""
    left, furthest = list(np.linalg.eigvals(A)), 0.0
    assert len(left) == len(wished)
    for value in wished:
        nearest = min(left, key=lambda other: abs(other - value))
        furthest = max(furthest, abs(nearest - value))
        left.remove(nearest)
    return furthest


def test_that_a_mode_is_told_by_modulus_period_and_decay() -> None:
    turning, back, real = modes([[0.0, -0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.25]])
    assert turning.eigenvalue == pytest.approx(0.5j)
    assert (turning.modulus, turning.angle, turning.period) == pytest.approx((0.5, math.pi / 2, 4.0))
    assert turning.decay_time == pytest.approx(1.0 / math.log(2.0))
    assert back.angle == pytest.approx(-math.pi / 2)
    assert (real.angle, real.period) == (0.0, math.inf)


def test_that_the_limits_of_a_mode_have_their_values() -> None:
    (alternating,) = modes([[-1.0]])
    assert (alternating.period, alternating.decay_time, alternating.grows) == (2.0, math.inf, False)
    (dead,) = modes([[0.0]])
    assert (dead.period, dead.decay_time) == (math.inf, 0.0)
    (growing,) = modes([[math.e]])
    assert growing.grows
    assert growing.decay_time == pytest.approx(-1.0)


@st.composite
def matrices(draw: st.DrawFn, most: int = 5) -> np.ndarray:
    n = draw(st.integers(1, most))
    A = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).standard_normal((n, n)) / np.sqrt(n)
    assume(np.linalg.cond(np.linalg.eig(A)[1]) < 100.0)
    return A


@given(matrices(), st.integers(0, 4), st.floats(0.0, 1.2), st.floats(-math.pi, math.pi), st.booleans())
def test_that_a_moved_eigenvalue_arrives_and_the_others_stay(
    A: np.ndarray, index: int, modulus: float, angle: float, is_real: bool
) -> None:
    old = [mode.eigenvalue for mode in modes(A)]
    index %= len(A)
    wish = complex(modulus) if is_real else modulus * complex(math.cos(angle), math.sin(angle))
    moved = with_eigenvalue_moved(A, index, wish)
    assert moved.dtype == np.float64
    others = old[:index] + old[index + 1 :]
    if old[index].imag:
        others.remove(min(others, key=lambda other: abs(other - old[index].conjugate())))
        wished = [wish, wish.conjugate()]
    elif not wish.imag:
        wished = [wish]
    else:
        real = [value for value in others if not value.imag]
        wished = [wish, wish.conjugate()] if real else [complex(wish.real)]
        if real:
            others.remove(min(real, key=lambda other: abs(other - old[index])))
    # a double eigenvalue hides half its digits
    near = min((abs(a - b) for i, a in enumerate(wished + others) for b in (wished + others)[:i]), default=1.0)
    assert distance(moved, [*others, *wished]) < (1e-8 if near > 1e-3 else 1e-6)


@given(matrices(), st.integers(0, 4), st.floats(-1.0, 1.0), st.floats(0.01, 1.0))
def test_that_the_eigenvectors_stay(A: np.ndarray, index: int, real: float, imag: float) -> None:
    index %= len(A)
    value = modes(A)[index].eigenvalue
    wish = complex(real, imag) if value.imag else complex(real)
    moved = with_eigenvalue_moved(A, index, wish)
    values, vectors = np.linalg.eig(A)
    for old, v in zip(values, vectors.T, strict=True):
        new = wish if abs(old - value) < 1e-12 else wish.conjugate() if abs(old.conjugate() - value) < 1e-12 else old
        if value.imag and (value.imag < 0) != (wish.imag < 0) and new is not old:
            new = new.conjugate()  # Re v and Im v stay: which of the two eigenvalues is meant does not turn the plane
        assert np.abs(moved @ v - new * v).max() < 1e-8


def test_that_a_pair_on_the_axis_becomes_a_double_eigenvalue_without_a_jump() -> None:
    A = np.array([[0.945, -0.278], [0.278, 0.945]])
    on = with_eigenvalue_moved(A, 0, 0.9)
    np.testing.assert_allclose(on, 0.9 * np.eye(2), atol=1e-15)
    np.testing.assert_allclose(with_eigenvalue_moved(A, 0, 0.9 + 1e-9j), on, atol=1e-8)
    assert distance(with_eigenvalue_moved(on, 0, 0.8 + 0.3j), [0.8 + 0.3j, 0.8 - 0.3j]) < 1e-12


def test_that_two_real_eigenvalues_become_a_pair_in_their_plane() -> None:
    A = np.diag([0.9, 0.5, 0.3])
    moved = with_eigenvalue_moved(A, 1, 0.4 + 0.2j)  # the nearest other is 0.3
    assert distance(moved, [0.9, 0.4 + 0.2j, 0.4 - 0.2j]) < 1e-12
    np.testing.assert_allclose(moved[0], [0.9, 0.0, 0.0], atol=1e-14)


def test_that_an_only_real_eigenvalue_stays_on_the_axis() -> None:
    A = np.array([[0.0, -0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.9]])
    assert distance(with_eigenvalue_moved(A, 0, 0.7 + 0.4j), [0.7, 0.5j, -0.5j]) < 1e-12


@pytest.mark.parametrize("size", [2, 3, 4])
def test_that_an_eigenvalue_without_eigenvectors_of_its_own_can_be_moved(size: int) -> None:
    A = np.eye(size) + np.eye(size, k=1)
    one = with_eigenvalue_moved(A, 0, 0.9)
    np.testing.assert_allclose(sorted(np.linalg.eigvals(one).real), [0.9, *[1.0] * (size - 1)], atol=1e-4)
    two = with_eigenvalue_moved(A, 0, 0.8 + 0.3j)
    assert distance(two, [0.8 + 0.3j, 0.8 - 0.3j, *[1.0] * (size - 2)]) < 1e-4
    assert np.abs(one).max() < 10
    assert np.abs(two).max() < 10


def test_that_impossible_moves_are_refused() -> None:
    for index, value, message in (
        (2, 0.5, "A has 2 eigenvalues, so that there is none with index 2."),
        (-1, 0.5, "The index of an eigenvalue must be at least 0, but is -1."),
        (0, complex(np.nan, 0), "An eigenvalue must be finite, but is"),
    ):
        with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
            with_eigenvalue_moved(np.eye(2), index, value)
    with pytest.raises(ParameterError, match="A must be square, but is 1 × 2"):
        with_eigenvalue_moved([[1.0, 2.0]], 0, 0.5)


def test_that_eigenvalues_which_would_not_stay_are_told() -> None:
    n = 30
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((n, n)))[0]
    A = basis @ (0.5 * np.eye(n) + 10.0 * np.eye(n, k=1)) @ basis.T
    with pytest.raises(ParameterError, match=r"cannot be moved to 0\.4: A's eigenvalues depend so strongly") as caught:
        with_eigenvalue_moved(A, 0, 0.4)
    assert caught.value.field == "value"
