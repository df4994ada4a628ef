import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import LDSParams, ParameterError, canonical_basis, change_basis, random_model


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 5), m=st.integers(1, 4))
def test_that_models_that_differ_by_their_basis_have_the_same_canonical_form(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    params = random_model(n, m, rng)
    try:
        form = change_basis(params, canonical_basis(params))
        other = change_basis(params, np.eye(n) + 0.3 * rng.standard_normal((n, n)))
        same = change_basis(other, canonical_basis(other))
    except ParameterError:
        return  # a singular change, or modes that coincide
    columns = np.abs(form.B).max(axis=0)
    if (np.sort(np.abs(form.B), axis=0)[-2:] > 0.999 * columns).all():
        return  # which entry is the largest, and positive, is open
    for name in ("A", "B", "Sigma", "Gamma", "mu0"):
        scale = np.abs(getattr(form, name)).max() + 1e-3
        np.testing.assert_allclose(getattr(same, name), getattr(form, name), atol=1e-5 * scale, rtol=0)


def test_that_the_canonical_form_shows_moduli_and_angles_as_they_are() -> None:
    turn = 0.9 * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    A = np.zeros((3, 3))
    A[:2, :2], A[2, 2] = turn, -0.4
    params = LDSParams(A=A, B=[[2.0, 0.0, 3.0]], Sigma=np.eye(3), Gamma=[[1.0]], mu0=np.zeros(3))
    W = np.random.default_rng(0).standard_normal((3, 3))
    mixed = change_basis(params, W)
    form = change_basis(mixed, canonical_basis(mixed))
    expected = A.copy()
    expected[:2, :2] = turn.T
    np.testing.assert_allclose(np.abs(form.A), np.abs(expected), atol=1e-12)
    np.testing.assert_allclose(form.B, [[1.0, 0.0, 1.0]], atol=1e-12)


@pytest.mark.parametrize(
    ("A", "B", "sentence"),
    [
        ([[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0]], "coincide"),
        ([[0.5, 0.0], [0.0, 0.9]], [[1.0, 0.0]], "no trace"),
    ],
)
def test_that_without_a_basis_of_its_own_a_model_has_no_canonical_form(A, B, sentence: str) -> None:
    params = LDSParams(A=A, B=B, Sigma=np.eye(2), Gamma=[[1.0]], mu0=np.zeros(2))
    with pytest.raises(ParameterError, match=sentence):
        canonical_basis(params)
