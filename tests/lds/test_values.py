"""Params, data sets, Gaussians and options are valid when they exist; and what is not is said in one sentence."""

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from lds_gui.lds import (
    PARAMETERS,
    Dataset,
    EMFault,
    EMOptions,
    Gaussian,
    LDSParams,
    NumericalError,
    ParameterError,
    align,
    change_basis,
    em,
    fit,
    nearest_psd,
    pca_start,
    random_start,
    resized,
    simulate,
    smooth,
)
from lds_gui.lds.linalg import checked_covariance, psd_factor, solve_psd_right
from tests.lds.models import random_params

RNG = np.random.default_rng(0)
GOOD: dict[str, Any] = {
    "A": [[0.9, 0.1], [0.0, 0.8]],
    "B": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
    "Sigma": np.eye(2),
    "Gamma": np.eye(3),
    "mu0": [0.0, 0.0],
}


def model(**changes: Any) -> LDSParams:
    return LDSParams(**{**GOOD, **changes})


BAD: list[tuple[Callable[[], object], str, str]] = [
    (lambda: model(A="abc"), "A", "A must be an array of numbers with rows of equal length."),
    (lambda: model(A=[[1, 2], [3]]), "A", "A must be an array of numbers with rows of equal length."),
    (lambda: model(A=0.5), "A", "A must be a matrix, but has 0 axes where 2 are right."),
    (lambda: model(A=[[1.0, 2.0]]), "A", "A must be square, but is 1 × 2."),
    (lambda: model(A=[[]]), "A", "A is empty, but needs at least one entry."),
    (lambda: model(A=[[1, 0], [np.nan, 1]]), "A", "A must be finite, but is nan in row 2, column 1."),
    (lambda: model(B=np.ones((3, 3))), "B", "B must have 2 columns, one for each latent of A, but has 3."),
    (lambda: model(mu0=[0.0]), "mu0", "μ₀ must have 2 entries, one for each latent of A, but has 1."),
    (lambda: model(mu0=[0.0, np.inf]), "mu0", "μ₀ must be finite, but is inf in entry 2."),
    (lambda: model(mu0=[[0.0, 0.0]]), "mu0", "μ₀ must be a vector, but has 2 axes where 1 are right."),
    (lambda: model(Sigma=np.eye(3)), "Sigma", "Σ must be 2 × 2, but is 3 × 3."),
    (
        lambda: model(Sigma=[[1, 0.5], [0.25, 1]]),
        "Sigma",
        "Σ must be symmetric, but its entries (1, 2) and (2, 1) are 0.5 and 0.25.",
    ),
    (
        lambda: model(Sigma=[[1, 2], [2, 1]]),
        "Sigma",
        "Σ is not positive semi-definite: its smallest eigenvalue is −1. "
        "The nearest valid matrix is [1.5 1.5; 1.5 1.5].",
    ),
    (
        lambda: model(Sigma=np.diag([1.0, -1e-9])),
        "Sigma",
        "Σ is not positive semi-definite: its smallest eigenvalue is −1e−09. The nearest valid matrix is [1 0; 0 0].",
    ),
    (
        lambda: model(Sigma0=[[0, 1], [1, 0]]),
        "Sigma0",
        "Σ₀ is not positive semi-definite: its smallest eigenvalue is −1. "
        "The nearest valid matrix is [0.5 0.5; 0.5 0.5].",
    ),
    (
        lambda: Gaussian(np.zeros(5), -0.021 * np.eye(5)),
        "cov",
        "The covariance is not positive semi-definite: its smallest eigenvalue is −0.021. "
        "Adding 0.0212 to its diagonal makes it valid.",
    ),
    (
        lambda: model(Gamma=np.diag([1.0, 1.0, 0.0])),
        "Gamma",
        "Γ must be positive definite, but its smallest eigenvalue is 0. "
        "A valid matrix nearby is [1 0 0; 0 1 0; 0 0 0.01].",
    ),
    (
        lambda: model(A=[[1j, 0], [0, 1]]),
        "A",
        "A must be real, but is complex.",
    ),
    (
        lambda: model(A=np.ma.masked_array(np.eye(2), mask=[[0, 0], [1, 0]])),
        "A",
        "A must be finite, but is nan in row 2, column 1.",
    ),
    (
        lambda: Dataset(np.array([[1 + 2j], [3]])),
        "observations",
        "The observations must be real, but are complex.",
    ),
    (
        lambda: Dataset([np.zeros((2, 1)), np.array([[1j]])]),
        "observations",
        "The observations must be real, but sequence 2, they are complex.",
    ),
    (lambda: model(Gamma=np.eye(2)), "Gamma", "Γ must be 3 × 3, but is 2 × 2."),
    (lambda: Gaussian([[0.0]], [[1.0]]), "mean", "The mean must be a vector, but has 2 axes where 1 are right."),
    (lambda: Gaussian([0.0, 0.0], [[1.0]]), "cov", "The covariance must be 2 × 2, but is 1 × 1."),
    (lambda: Dataset([]), "observations", "There must be at least one sequence of observations."),
    (
        lambda: Dataset(np.zeros(3)),
        "observations",
        "The observations must be an array of time × variables, but it has 1 axes.",
    ),
    (
        lambda: Dataset([np.zeros((2, 1)), np.zeros(3)]),
        "observations",
        "The observations must be an array of time × variables, but sequence 2, it has 1 axes.",
    ),
    (
        lambda: Dataset(np.zeros((0, 2))),
        "observations",
        "The observations need at least one row and one column, but they are 0 × 2.",
    ),
    (
        lambda: Dataset([[1.0, 2.0], [3.0]]),
        "observations",
        "The observations must be numbers in rows of equal length (missing values are NaN).",
    ),
    (
        lambda: Dataset([[1.0, 2.0], [3.0, -np.inf]]),
        "observations",
        "The observations must be finite or missing (NaN), but row 2, column 2 is infinite.",
    ),
    (
        lambda: Dataset([np.zeros((1, 1)), np.array([[0.0], [np.inf]])]),
        "observations",
        "The observations must be finite or missing (NaN), but sequence 2, row 2, column 1 is infinite.",
    ),
    (
        lambda: Dataset([np.zeros((1, 1)), np.zeros((1, 3))]),
        "observations",
        "All sequences must have the same number of columns, but they have [1, 3].",
    ),
    (
        lambda: Dataset(np.zeros((3, 1)), np.zeros((2, 1))),
        "latents",
        "The data set has 3 observations, but 2 rows of latents.",
    ),
    (
        lambda: Dataset([np.zeros((3, 1))] * 2, [np.zeros((3, 1))]),
        "latents",
        "There are 2 sequences of observations, but 1 of latents.",
    ),
    (
        lambda: Dataset(np.zeros((2, 1)), [[0.0], [np.nan]]),
        "latents",
        "Latents cannot be missing, but row 2, column 1 is not a number.",
    ),
    (lambda: EMOptions(max_iter=-1), "max_iter", "The iteration limit must be at least 0, but is -1."),
    (lambda: EMOptions(max_iter=1.5), "max_iter", "The iteration limit must be a whole number, but is 1.5."),  # pyright: ignore
    (lambda: EMOptions(tol=-1.0), "tol", "The tolerance must be 0 or more nats, but is -1.0."),
    (lambda: EMOptions(tol="x"), "tol", "The tolerance must be 0 or more nats, but is x."),  # pyright: ignore
    (lambda: EMOptions(tol=None), "tol", "The tolerance must be 0 or more nats, but is None."),  # pyright: ignore
    (lambda: EMOptions(learn=None), "learn", "What to learn must be a set of names, but is None."),  # pyright: ignore
    (lambda: EMOptions(learn="mu0"), "learn", "What to learn must be a set of names, but is 'mu0'."),  # pyright: ignore
    (
        lambda: EMOptions(learn=["A", 1]),  # pyright: ignore
        "learn",
        "'1' is no parameter: one can learn A, B, Sigma, Gamma, mu0, Sigma0.",
    ),
    (lambda: EMOptions(tol=np.nan), "tol", "The tolerance must be 0 or more nats, but is nan."),
    (
        lambda: EMOptions(learn=frozenset({"Q"})),
        "learn",
        "'Q' is no parameter: one can learn A, B, Sigma, Gamma, mu0, Sigma0.",
    ),
    (
        lambda: em(model(), Dataset(np.zeros((3, 2)))),
        "B",
        "The start observes 3 variables (the rows of B), but the data have 2.",
    ),
    (
        lambda: em(model(), Dataset(np.zeros((3, 3))), EMOptions(learn=frozenset({"Sigma0"}))),
        "learn",
        "Σ₀ is tied to Σ in the start, so that it cannot be learned on its own.",
    ),
    (
        lambda: smooth(model(), np.zeros((3, 1))),
        "observations",
        "The model observes 3 variables, but the data have 1.",
    ),
    (
        lambda: smooth(model(), [np.zeros((3, 3)), np.zeros((2, 3))]),
        "observations",
        "One sequence is smoothed at a time, but there are 2.",
    ),
    (
        lambda: smooth(model(), Dataset([np.zeros((3, 3)), np.zeros((2, 3))])),
        "observations",
        "One sequence is smoothed at a time, but there are 2.",
    ),
    (
        lambda: em(model(), np.zeros((3, 2))),
        "B",
        "The start observes 3 variables (the rows of B), but the data have 2.",
    ),
    (lambda: simulate(model(), 0, RNG), "n_steps", "The number of steps must be at least 1, but is 0."),
    (lambda: simulate(model(), 5, RNG, 0), "n_sequences", "The number of sequences must be at least 1, but is 0."),
    (
        lambda: simulate(model(A=4e100 * np.eye(2)), 20, RNG),
        "n_steps",
        "The latents overflow at step 5 of 20: A has an eigenvalue of modulus 4e+100, where at most 1 stays bounded.",
    ),
    (lambda: resized(model(), 0, 1), "latent_dim", "The number of latents must be at least 1, but is 0."),
    (lambda: resized(model(), 1, 0), "obs_dim", "The number of observed variables must be at least 1, but is 0."),
    (lambda: change_basis(model(), np.ones((2, 2))), "W", "W must be invertible, but its rank is 1 of 2."),
    (lambda: change_basis(model(), np.eye(3)), "W", "W must be 2 × 2, but is 3 × 3."),
    (
        lambda: pca_start(Dataset(np.zeros((3, 1))), 0),
        "latent_dim",
        "The number of latents must be at least 1, but is 0.",
    ),
    (
        lambda: random_start(Dataset([[np.nan]]), 1, RNG),
        "observations",
        "Every entry of the data is missing, so that nothing can be learned from them.",
    ),
    (
        lambda: align(np.zeros((3, 1)), np.zeros((2, 1))),
        "estimate",
        "The estimated latents have [3] steps, but the true ones [2].",
    ),
    (
        lambda: align(np.zeros(3), np.zeros((3, 1))),
        "estimate",
        "The estimate must be an array of time × variables, but it has 1 axes.",
    ),
    (
        lambda: align(np.zeros((2, 1)), np.full((2, 1), np.nan)),
        "truth",
        "The truth must be finite to be aligned.",
    ),
    (
        lambda: align(np.zeros((2, 1)), np.zeros((2, 1)), "affine"),  # pyright: ignore
        "method",
        "The method must be 'linear', 'orthogonal' or 'signs', but is 'affine'.",
    ),
]


@pytest.mark.parametrize(("attempt", "field", "sentence"), BAD, ids=[sentence for _, _, sentence in BAD])
def test_that_what_is_wrong_is_said_in_one_sentence(attempt: Callable[[], object], field: str, sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        attempt()
    assert str(caught.value) == sentence
    assert caught.value.message == sentence
    assert caught.value.field == field


@pytest.mark.parametrize(
    "error", [ParameterError("A", "No."), NumericalError("means", "No."), EMFault("Gamma", 3, "No.")]
)
def test_that_errors_survive_the_way_between_processes(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == "No."


def test_that_parameters_of_a_computation_at_the_edge_of_rounding_survive_the_way_between_processes() -> None:
    almost_singular = np.array([[1.0, 1.0], [1.0, 1.0 + 4e-16]])
    params = LDSParams.made(np.eye(1), np.ones((2, 1)), np.eye(1), almost_singular, np.zeros(1))
    with pytest.raises(ParameterError):
        model(A=[[0.5]], B=[[1.0], [1.0]], Sigma=[[1.0]], Gamma=almost_singular, mu0=[0.0])
    copy = pickle.loads(pickle.dumps(params))
    np.testing.assert_array_equal(copy.Gamma, almost_singular)
    assert copy.Sigma0 is None
    assert not copy.Gamma.flags.writeable
    assert change_basis(params, [[2.0]]).Gamma is params.Gamma, "nor is it judged again in another basis"


def test_that_params_are_an_own_copy_that_nobody_can_change() -> None:
    A = np.array(GOOD["A"])
    params = model(A=A)
    A[0, 0] = 7.0
    assert params.A[0, 0] == 0.9
    for parameter in PARAMETERS[:-1]:
        array = getattr(params, parameter.name)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(FrozenInstanceError):
        params.A = A  # pyright: ignore[reportAttributeAccessIssue]


def test_that_params_know_their_dimensions_and_their_convention() -> None:
    tied, separate = model(), model(Sigma0=2 * np.eye(2))
    assert (tied.latent_dim, tied.obs_dim) == (2, 3)
    assert tied.is_tied
    assert tied.initial_cov is tied.Sigma
    assert not separate.is_tied
    assert separate.initial_cov is separate.Sigma0


def test_that_rounding_is_no_asymmetry_and_no_negative_eigenvalue() -> None:
    vector = np.array([1.0, 1 / 3])
    cov = np.outer(vector, vector)
    cov[0, 1] += 1e-12
    params = model(Sigma=cov - 1e-13 * np.eye(2))
    assert (params.Sigma == params.Sigma.T).all()


def test_that_definiteness_does_not_depend_on_units() -> None:
    assert model(Gamma=np.diag([1e-12, 1.0, 1e12])).Gamma[0, 0] == 1e-12
    assert psd_factor(np.diag([1e-20, 1.0, 1e20])).shape == (3, 3)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_that_a_factor_spans_the_covariance_with_as_many_columns_as_its_rank(rank: int) -> None:
    factor = np.random.default_rng(rank).standard_normal((3, rank)) * np.array([[1e-4], [1.0], [1e4]])
    cov = factor @ factor.T
    F = psd_factor(cov)
    assert F.shape == (3, rank)
    np.testing.assert_allclose(F @ F.T, cov, rtol=1e-12)


def test_that_a_singular_system_is_solved_by_the_smallest_solution() -> None:
    vector = np.array([[1.0, 2.0]])
    singular = vector.T @ vector
    np.testing.assert_allclose(solve_psd_right(vector, singular) @ singular, vector)
    np.testing.assert_array_equal(solve_psd_right(np.zeros((1, 2)), np.zeros((2, 2))), np.zeros((1, 2)))


@pytest.mark.parametrize("seed", range(20))
def test_that_the_matrix_an_error_proposes_is_valid_as_it_is_written(seed: int) -> None:
    half = np.random.default_rng(seed).standard_normal((2 + seed % 2,) * 2)
    with pytest.raises(ParameterError) as caught:
        Gaussian(np.zeros(len(half)), half + half.T - np.eye(len(half)))
    rows = caught.value.message.split("[")[1].split("]")[0].replace("−", "-").split(";")
    Gaussian(np.zeros(len(half)), [[float(entry) for entry in row.split()] for row in rows])


def written_matrix(message: str) -> list[list[float]]:
    rows = message.split("[")[1].split("]")[0].replace("−", "-").split(";")
    return [[float(entry) for entry in row.split()] for row in rows]


@pytest.mark.parametrize(
    "Gamma",
    [
        [[1, 2], [2, 1]],
        [[-5.0]],
        [[0.0]],
        [[1, 1], [1, 1]],
        [[1, 1e3], [1e3, 1e-3]],
        np.diag([-5.0, 1.0, 1.0]),
        np.diag([1e12, 1.0, -1e-9]),
        np.zeros((3, 3)),
    ],
    ids=str,
)
def test_that_the_definite_matrix_an_error_proposes_is_valid_as_it_is_written(Gamma: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        LDSParams([[0.5]], np.ones((len(Gamma), 1)), [[1.0]], Gamma, [0.0])
    proposed = written_matrix(caught.value.message)
    assert LDSParams([[0.5]], np.ones((len(Gamma), 1)), [[1.0]], proposed, [0.0]).obs_dim == len(Gamma)


@pytest.mark.parametrize("definite", [False, True])
def test_that_what_an_error_adds_to_the_diagonal_is_enough_as_it_is_written(definite: bool) -> None:
    rng = np.random.default_rng(0)
    proposed = 0
    for k in range(200):
        units = 10.0 ** ((0 if k < 20 else 3) * rng.uniform(-1, 1, 5))
        bad = rng.standard_normal((5, 5))
        bad = (bad + bad.T) * np.outer(units, units) if k else np.zeros((5, 5)) - (not definite) * np.eye(5)
        with pytest.raises(ParameterError) as caught:
            checked_covariance(bad, 5, "cov", "C", definite=definite)
        assert k >= 20 or "Adding" in caught.value.message
        if "Adding" in caught.value.message:
            amount = float(caught.value.message.split("Adding ")[1].split(" ")[0].replace("−", "-"))
            checked_covariance(bad + amount * np.eye(5), 5, "cov", "C", definite=definite)
            proposed += 1
    assert proposed > 150


def test_that_a_matrix_without_a_readable_remedy_is_refused_all_the_same() -> None:
    for a in (1e-20, 1e-12, 1e-8, 1e-6, 1e-320, 0.0, -1.0):
        for b in (1.0, 1e-3, 1e3, 1e300):
            for d in (1.0, 1e6, 1e10, 1e308):
                try:
                    Gaussian([0, 0], [[a, b], [b, d]])
                except ParameterError as error:
                    sentence = error.message
                    assert sentence.startswith("The covariance is not positive semi-definite")
                    if "[" in sentence:
                        Gaussian([0, 0], written_matrix(sentence))


@pytest.mark.parametrize("size", [9e307, 1.7e308])
def test_that_the_largest_numbers_stay_finite_or_are_refused(size: float) -> None:
    large = Gaussian([0, 0], [[size, 0.5 * size], [0.5 * size, size]])
    np.testing.assert_array_equal(large.cov, [[size, 0.5 * size], [0.5 * size, size]])
    for bad in ([[0.1 * size, size], [size, 0.1 * size]], [[size, -size], [size, size]], [[-size, 0], [0, size]]):
        with pytest.raises(ParameterError, match=r"^The covariance .*\.$"):
            Gaussian([0, 0], bad)


def test_that_masked_observations_are_missing() -> None:
    masked = np.ma.masked_array([[1], [999]], mask=[[0], [1]])
    np.testing.assert_array_equal(Dataset(masked).sequences[0], [[1.0], [np.nan]])
    np.testing.assert_array_equal(Dataset([masked, masked]).sequences[1], [[1.0], [np.nan]])


def test_that_data_are_taken_as_a_data_set_or_as_an_array() -> None:
    params, x = model(), np.random.default_rng(0).standard_normal((6, 3))
    by_dataset = [step.log_likelihood for step in em(params, Dataset(x), EMOptions(2))]
    assert [step.log_likelihood for step in em(params, x, EMOptions(2))] == by_dataset
    assert fit(params, x, EMOptions(2)).log_likelihoods.tolist() == by_dataset
    assert smooth(params, Dataset(x)).log_likelihood == by_dataset[0]
    np.testing.assert_array_equal(pca_start(x, 1).B, pca_start(Dataset(x), 1).B)


def test_that_the_nearest_psd_matrix_is_valid_and_no_further_than_others() -> None:
    rng = np.random.default_rng(1)
    bad = rng.standard_normal((3, 3))
    bad = bad + bad.T
    best = nearest_psd(bad)
    assert Gaussian(np.zeros(3), best).dim == 3
    for _ in range(50):
        factor = rng.standard_normal((3, 3))
        assert np.linalg.norm(best - bad) <= np.linalg.norm(factor @ factor.T - bad)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (4, 5), (1, 6), (5, 1)])
def test_that_resizing_keeps_what_fits(size: tuple[int, int]) -> None:
    old = random_params(np.random.default_rng(2), 2, 3, tied=False)
    new = resized(old, *size)
    n, m = size
    assert (new.latent_dim, new.obs_dim) == (n, m)
    assert not new.is_tied
    k, j = min(n, 2), min(m, 3)
    np.testing.assert_array_equal(new.A[:k, :k], old.A[:k, :k])
    np.testing.assert_array_equal(new.B[:j, :k], old.B[:j, :k])
    np.testing.assert_array_equal(new.Gamma[:j, :j], old.Gamma[:j, :j])
    assert old.Sigma0 is not None
    assert new.Sigma0 is not None
    np.testing.assert_array_equal(new.Sigma0[:k, :k], old.Sigma0[:k, :k])
    np.testing.assert_array_equal(new.mu0[:k], old.mu0[:k])
    np.testing.assert_array_equal(np.diagonal(new.A)[2:], 0.5)
    assert (new.A[2:, :2] == 0).all()
    for i in range(m):
        for column in range(n):
            if i >= 3 or column >= 2:
                assert new.B[i, column] == float(i == column)


def test_that_a_dataset_stays_what_it_was_given_as() -> None:
    single = Dataset(np.ones((4, 2)))
    assert isinstance(single.observations, np.ndarray)
    assert single.sequences[0] is single.observations
    assert single.latent_sequences is None
    several = Dataset([np.ones((4, 2)), [[np.nan, 1.0]]], [np.zeros((4, 3)), np.zeros((1, 3))])
    assert isinstance(several.observations, tuple)
    assert isinstance(several.latents, tuple)
    assert (several.n_sequences, several.n_steps, several.obs_dim, several.n_missing) == (2, 5, 2, 1)
    with pytest.raises(ValueError, match="read-only"):
        several.sequences[1][0] = 1.0


def test_that_a_list_of_numbers_is_one_sequence() -> None:
    assert Dataset([[1.0, 2.0], [3.0, 4.0]]).n_sequences == 1
    assert Dataset([[[1.0, 2.0], [3.0, 4.0]]]).n_sequences == 1
    assert isinstance(Dataset([[[1.0, 2.0], [3.0, 4.0]]]).observations, tuple)


def test_that_the_units_of_a_basis_do_not_make_it_singular() -> None:
    params = model()
    W = np.diag([1e-12, 1e12])
    back = change_basis(change_basis(params, W), np.diag([1e12, 1e-12]))
    np.testing.assert_allclose(back.A, params.A, rtol=1e-14)
