import numpy as np
import pytest

from lds_gui.lds import align, change_basis, simulate
from tests.lds.models import random_params


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_that_a_linear_map_is_found_and_not_its_transpose(n: int) -> None:
    rng = np.random.default_rng(n)
    Z_est, W = rng.standard_normal((30, n)), rng.standard_normal((n, n))
    np.testing.assert_allclose(align(Z_est, Z_est @ W.T), W, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_that_a_rotation_is_found_and_not_its_transpose(n: int) -> None:
    rng = np.random.default_rng(n)
    Z_est = rng.standard_normal((30, n))
    W = np.linalg.qr(rng.standard_normal((n, n)))[0]
    W[0] *= np.linalg.det(W)  # a rotation: a reflection of the plane is its own transpose
    assert np.abs(W - W.T).max() > 0.1
    noisy = Z_est @ W.T + 0.01 * rng.standard_normal((30, n))
    got = align(Z_est, noisy, method="orthogonal")
    np.testing.assert_allclose(got @ got.T, np.eye(n), atol=1e-12)
    np.testing.assert_allclose(got, W, atol=0.02)
    np.testing.assert_allclose(align(Z_est, Z_est @ W.T, method="orthogonal"), W, atol=1e-12)


@pytest.mark.parametrize("method", ["linear", "orthogonal"])
def test_that_nothing_nearby_is_closer(method) -> None:
    rng = np.random.default_rng(1)
    Z_est, Z_true = rng.standard_normal((20, 3)), rng.standard_normal((20, 3))
    W = align(Z_est, Z_true, method=method)

    def miss(other: np.ndarray) -> float:
        return float(np.linalg.norm(Z_true - Z_est @ other.T))

    for _ in range(50):
        if method == "linear":
            other = W + 1e-2 * rng.standard_normal((3, 3))
        else:
            other = np.linalg.qr(np.eye(3) + 1e-2 * rng.standard_normal((3, 3)))[0]
            other = W @ (other * np.sign(np.diagonal(other)))
        assert miss(W) <= miss(other)


def test_that_different_dimensions_and_several_sequences_are_aligned_too() -> None:
    rng = np.random.default_rng(2)
    Z_est, W = rng.standard_normal((30, 2)), rng.standard_normal((3, 2))
    assert align(Z_est, Z_est @ W.T).shape == (3, 2)
    parts = [Z_est[:10], Z_est[10:]]
    np.testing.assert_allclose(align(parts, [z @ W.T for z in parts]), W, atol=1e-12)
    assert align(Z_est, Z_est @ W.T, method="orthogonal").shape == (3, 2)


def test_that_the_map_brings_the_estimated_model_to_the_true_one() -> None:
    rng = np.random.default_rng(3)
    truth = random_params(rng, 3, 4)
    latents = np.asarray(simulate(truth, 50, rng).latents)
    M = rng.standard_normal((3, 3))
    estimate = change_basis(truth, M)
    back = change_basis(estimate, align(latents @ M.T, latents))
    for name in ("A", "B", "Sigma", "mu0"):
        np.testing.assert_allclose(getattr(back, name), getattr(truth, name), atol=1e-9)


def test_that_order_and_signs_are_found_and_nothing_else_is_changed() -> None:
    rng = np.random.default_rng(5)
    Z = rng.standard_normal((60, 3)) * [1.0, 5.0, 0.2]
    W = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
    noisy = Z @ W.T + 0.01 * rng.standard_normal((60, 3))
    np.testing.assert_array_equal(align(Z, noisy, method="signs"), W)
    assert (np.abs(align(Z[:, :2], noisy, method="signs")).sum(axis=1) <= 1.0).all()


def test_that_plain_lists_are_aligned_like_arrays() -> None:
    rng = np.random.default_rng(4)
    Z_est, Z_true = rng.standard_normal((6, 2)), rng.standard_normal((6, 2))
    W = align(Z_est, Z_true)
    np.testing.assert_array_equal(align(Z_est.tolist(), Z_true.tolist()), W)
    np.testing.assert_array_equal(align([Z_est[:2].tolist(), Z_est[2:].tolist()], [Z_true[:2], Z_true[2:]]), W)
