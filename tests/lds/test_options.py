"""What EM is asked for: restrictions, floors and when to stop; and what it says of them."""

import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import (
    COVARIANCES,
    STRUCTURES,
    Dataset,
    EMFault,
    EMOptions,
    LDSParams,
    ParameterError,
    em,
    fit,
    pca_start,
    simulate,
)
from tests.lds.models import Case, cases, everything, random_params, relative

TRUTH = random_params(np.random.default_rng(0), 2, 3, tied=False)
DATA = simulate(TRUTH, 100, np.random.default_rng(1))

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"structure": {"Q": "full"}},
        "structure",
        "'Q' is no covariance: these are Sigma, Gamma, Sigma0.",
    ),
    (
        {"structure": {"Gamma": "round"}},
        "structure",
        "Γ can be full, diagonal or isotropic, but not 'round'.",
    ),
    (
        {"structure": {"Sigma0": None}},
        "structure",
        "Σ₀ can be full, diagonal or isotropic, but not 'None'.",
    ),
    (
        {"structure": "diagonal"},
        "structure",
        "The structure must map names of covariances to kinds, but is 'diagonal'.",
    ),
    ({"rtol": -1.0}, "rtol", "The relative tolerance must be 0 or more nats per observed entry, but is -1.0."),
    ({"rtol": np.inf}, "rtol", "The relative tolerance must be 0 or more nats per observed entry, but is inf."),
    ({"param_tol": "x"}, "param_tol", "The tolerance of the parameters must be 0 or more, but is x."),
    ({"param_tol": -1e-9}, "param_tol", "The tolerance of the parameters must be 0 or more, but is -1e-09."),
    ({"floor": -0.1}, "floor", "The smallest variance must be 0 or more, but is -0.1."),
    ({"floor": np.nan}, "floor", "The smallest variance must be 0 or more, but is nan."),
]


@pytest.mark.parametrize(("arguments", "field", "sentence"), REFUSED, ids=str)
def test_that_options_that_make_no_sense_are_refused_in_one_sentence(
    arguments: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        EMOptions(**arguments)
    assert caught.value.field == field
    assert caught.value.message == sentence


def test_that_a_tied_covariance_cannot_be_restricted_on_its_own() -> None:
    tied = random_params(np.random.default_rng(0), 2, 3)
    with pytest.raises(ParameterError, match=r"^Σ₀ is tied to Σ in the start, so that it cannot be restricted"):
        em(tied, DATA, EMOptions(structure={"Sigma0": "diagonal"}))
    assert em(tied, DATA, EMOptions(structure={"Sigma0": "full"}))


def test_that_a_structure_that_changes_later_changes_no_options() -> None:
    given_ = {"Gamma": "diagonal"}
    options = EMOptions(structure=given_)
    given_["Gamma"] = "full"
    assert options.structure == {"Gamma": "diagonal"}


@given(case=cases(max_steps=12), data=st.data())
def test_that_a_restriction_holds_from_the_first_m_step_on(case: Case, data: st.DataObject) -> None:
    names = COVARIANCES[:2] if case.params.is_tied else COVARIANCES
    structure = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(STRUCTURES)))
    learn = everything(case.params)
    steps = []
    try:
        steps.extend(em(case.params, case.dataset, EMOptions(max_iter=6, tol=0.0, learn=learn, structure=structure)))
    except EMFault:
        assert steps
    assert steps[0].params is case.params
    for step in steps[1:]:
        for name, kind in structure.items():
            cov = getattr(step.params, name)
            if kind != "full" and (
                name != "Sigma" or case.params.is_tied or case.dataset.n_steps > len(case.dataset.sequences)
            ):
                np.testing.assert_array_equal(cov, np.diag(np.diagonal(cov)))
            if kind == "isotropic" and cov[0, 0] != case.params.Sigma[0, 0]:
                assert np.ptp(np.diagonal(cov)) == 0.0
    for before, after in pairwise(steps):
        slack = 1e-9 * max(1.0, abs(before.log_likelihood))
        assert after.elbo_after_m is not None
        assert after.elbo_after_m <= after.log_likelihood + slack
        if after.iteration > 1:
            assert before.log_likelihood <= after.elbo_after_m + slack


def test_that_the_first_fall_of_a_start_outside_the_restriction_is_none_to_report() -> None:
    start = LDSParams(
        TRUTH.A, TRUTH.B, [[1.0, 0.99], [0.99, 1.0]], TRUTH.Gamma, TRUTH.mu0, [[1.0, -0.99], [-0.99, 1.0]]
    )
    options = EMOptions(
        max_iter=4,
        tol=0.0,
        learn=frozenset({"Sigma", "Sigma0"}),
        structure={"Sigma": "isotropic", "Sigma0": "isotropic"},
    )
    tight = Dataset(simulate(start, 100, np.random.default_rng(1)).observations)
    steps = list(em(start, tight, options))
    assert steps[1].elbo_after_m is not None
    assert steps[1].elbo_after_m < steps[0].log_likelihood - 1.0


def test_that_a_held_covariance_is_not_restricted() -> None:
    options = EMOptions(max_iter=3, learn=frozenset({"A"}), structure={"Gamma": "diagonal", "Sigma": "isotropic"})
    last = list(em(TRUTH, DATA, options))[-1].params
    np.testing.assert_array_equal(last.Gamma, TRUTH.Gamma)
    np.testing.assert_array_equal(last.Sigma, TRUTH.Sigma)


@pytest.mark.parametrize("kind", ["diagonal", "isotropic"])
def test_that_a_restricted_maximum_is_a_maximum(kind: str) -> None:
    """No other covariance of the kind reaches a higher bound: none gives the observations a higher expected density."""
    options = EMOptions(max_iter=1, tol=0.0, learn=frozenset({"Gamma"}), structure={"Gamma": kind})
    _, step = em(TRUTH, DATA, options)
    assert step.terms_after_m is not None
    best = step.terms_after_m.observation
    n_rows = DATA.n_steps
    full = list(em(TRUTH, DATA, EMOptions(max_iter=1, tol=0.0, learn=frozenset({"Gamma"}))))[1].params.Gamma
    rng = np.random.default_rng(3)

    def bound(cov: np.ndarray) -> float:
        return -0.5 * n_rows * float(np.linalg.slogdet(2 * np.pi * cov)[1] + np.trace(np.linalg.solve(cov, full)))

    assert bound(step.params.Gamma) == pytest.approx(best, rel=1e-12)
    for _ in range(50):
        factor = np.exp(0.1 * rng.standard_normal(3 if kind == "diagonal" else 1))
        assert bound(step.params.Gamma * factor) <= best


# --- the floor


def test_that_no_learned_variance_goes_below_the_floor_and_that_it_is_told() -> None:
    floor = 0.5
    options = EMOptions(max_iter=5, tol=0.0, learn=everything(TRUTH), floor=floor)
    steps = list(em(TRUTH, DATA, options))
    assert steps[0].floored == ()
    acted = set()
    for step in steps[1:]:
        acted |= set(step.floored)
        for name in COVARIANCES:
            smallest = float(np.linalg.eigvalsh(getattr(step.params, name))[0])
            assert smallest >= floor * (1 - 1e-12)
            assert (name in step.floored) == (smallest < floor * (1 + 1e-12)), name
    assert acted


def test_that_a_floor_below_all_variances_changes_nothing() -> None:
    plain = list(em(TRUTH, DATA, EMOptions(max_iter=3, tol=0.0)))
    floored = list(em(TRUTH, DATA, EMOptions(max_iter=3, tol=0.0, floor=1e-6)))
    for a, b in zip(plain, floored, strict=True):
        assert b.floored == ()
        for name in ("A", "B", "Sigma", "Gamma", "mu0"):
            assert relative(getattr(b.params, name), getattr(a.params, name)) < 1e-12


def test_that_a_floor_lifts_the_eigenvalues_and_nothing_else() -> None:
    learn = frozenset({"Gamma"})
    free = list(em(TRUTH, DATA, EMOptions(max_iter=1, tol=0.0, learn=learn)))[1].params.Gamma
    values, vectors = np.linalg.eigh(free)
    floor = float(values[:2].mean())
    (_, step) = em(TRUTH, DATA, EMOptions(max_iter=1, tol=0.0, learn=learn, floor=floor))
    assert step.floored == ("Gamma",)
    assert relative(step.params.Gamma, (vectors * np.maximum(values, floor)) @ vectors.T) < 1e-12


def test_that_a_floor_keeps_em_from_degenerating() -> None:
    start = random_params(np.random.default_rng(0), 1, 4)
    data = Dataset(np.random.default_rng(1).standard_normal((2, 4)))
    with pytest.raises(EMFault, match="degenerates"):
        list(em(start, data, EMOptions(max_iter=200, tol=0.0)))
    steps = list(em(start, data, EMOptions(max_iter=200, tol=0.0, floor=1e-3)))
    assert len(steps) == 201
    assert "Gamma" in steps[-1].floored


def test_that_a_singular_covariance_stays_as_it_is_under_a_floor() -> None:
    companion = LDSParams([[1.1, -0.4], [1.0, 0.0]], [[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]], [[0.3]], [0.5, 0.0])
    data = simulate(companion, 60, np.random.default_rng(7))
    last = list(em(companion, data, EMOptions(max_iter=3, tol=0.0, floor=0.01)))[-1]
    assert last.params.Sigma[1].tolist() == [0.0, 0.0]


# --- stopping


def test_that_a_relative_change_stops_em_and_says_so() -> None:
    options = EMOptions(max_iter=2000, tol=0.0, rtol=1e-5)
    steps = list(em(pca_start(DATA, 2), DATA, options))
    n_entries = DATA.n_steps * DATA.obs_dim
    changes = np.diff([step.log_likelihood for step in steps])
    assert (changes[:-1] >= 1e-5 * n_entries).all()
    assert abs(changes[-1]) < 1e-5 * n_entries
    stop = steps[-1].stop
    assert stop is not None
    assert stop.converged
    assert stop.reason.startswith("The log-likelihood changed by ")
    assert stop.reason.endswith(" nats per observed entry, less than the tolerance 1e−05.")


def test_that_missing_entries_dont_count_as_observed_ones() -> None:
    x = np.array(DATA.observations)
    x[10:60] = np.nan
    steps = list(em(pca_start(x, 2), x, EMOptions(max_iter=2000, tol=0.0, rtol=1e-5)))
    changes = np.diff([step.log_likelihood for step in steps])
    assert (changes[:-1] >= 1e-5 * 150).all()
    assert abs(changes[-1]) < 1e-5 * 150


def test_that_a_small_change_of_the_parameters_stops_em_and_says_so() -> None:
    steps = list(em(pca_start(DATA, 2), DATA, EMOptions(max_iter=5000, tol=0.0, param_tol=1e-3)))
    assert all(step.stop is None for step in steps[:-1])

    def change(a: LDSParams, b: LDSParams) -> float:
        return max(relative(getattr(a, name), getattr(b, name)) for name in ("A", "B", "Sigma", "Gamma", "mu0"))

    largest = [change(a.params, b.params) for a, b in pairwise(steps)]
    assert min(largest[:-1]) >= 1e-3 > largest[-1]
    stop = steps[-1].stop
    assert stop is not None
    assert stop.converged
    assert stop.reason.startswith("No parameter changed by more than ")
    assert stop.reason.endswith(" of its size, less than the tolerance 0.001.")


def test_that_what_is_switched_off_never_stops_em() -> None:
    """Also where nothing changes any more at all."""
    result = fit(TRUTH, DATA, EMOptions(max_iter=5, tol=0.0, learn=frozenset()))
    assert result.n_iter == 5
    assert not result.converged
    assert result.reason == "The limit of 5 iterations was reached."


def test_that_a_criterion_that_is_met_at_the_limit_counts_as_convergence() -> None:
    result = fit(TRUTH, DATA, EMOptions(max_iter=1, tol=1e9))
    assert result.converged
    assert result.n_iter == 1


# --- what comes out


def test_that_a_covariance_that_degenerates_is_named_with_its_iteration() -> None:
    """Latents that the data determine without noise: Σ₀ of one sequence shrinks to nothing, or Γ does."""
    start = random_params(np.random.default_rng(0), 1, 4)
    data = Dataset(np.random.default_rng(1).standard_normal((2, 4)))
    steps = []
    with pytest.raises(EMFault) as caught:
        steps.extend(em(start, data, EMOptions(max_iter=500, tol=0.0)))
    fault = caught.value
    assert fault.quantity == "Gamma"
    assert fault.iteration == len(steps)
    assert fault.message.startswith(f"In iteration {len(steps)} Γ degenerates: it is no longer positive definite.")
    assert all(np.linalg.eigvalsh(step.params.Gamma)[0] > 0 for step in steps)


def test_that_a_fault_leaves_every_step_before_it_as_it_was() -> None:
    """The steps own their arrays: nothing that comes later writes to them."""
    start = random_params(np.random.default_rng(0), 2, 3, tied=False)
    steps = list(em(start, DATA, EMOptions(max_iter=6, tol=0.0, learn=everything(start))))
    again = list(em(start, DATA, EMOptions(max_iter=6, tol=0.0, learn=everything(start))))
    assert len({id(step.params) for step in steps}) == 7
    for step, other in zip(steps, again, strict=True):
        for name in everything(start):
            np.testing.assert_array_equal(getattr(step.params, name), getattr(other.params, name))
    assert relative(steps[1].params.A, steps[2].params.A) > 1e-6


@pytest.mark.parametrize("tied", [True, False])
def test_that_the_parameters_of_a_step_are_read_only_and_valid(tied: bool) -> None:
    start = random_params(np.random.default_rng(0), 2, 3, tied=tied)
    for step in em(start, DATA, EMOptions(max_iter=3, tol=0.0, learn=everything(start))):
        params = step.params
        made = LDSParams(params.A, params.B, params.Sigma, params.Gamma, params.mu0, params.Sigma0)
        for name in everything(start):
            array = getattr(params, name)
            np.testing.assert_array_equal(getattr(made, name), array)
            assert array.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                array.flat[0] = 1.0
        assert params.is_tied == tied


def test_that_a_start_below_the_floor_does_not_count_as_a_fall() -> None:
    start = LDSParams([[0.5]], [[1.0]], [[1.0]], [[1.0]], [0.0])
    data = simulate(start, 30, np.random.default_rng(1))
    steps = list(em(start, data, EMOptions(max_iter=3, tol=0.0, floor=100.0)))
    assert steps[1].floored == ("Sigma", "Gamma")
    assert len(steps) == 4


def test_that_data_without_an_entry_are_refused() -> None:
    start = LDSParams([[0.5]], [[1.0]], [[1.0]], [[1.0]], [0.0])
    with pytest.raises(ParameterError, match="Every entry of the data is missing"):
        em(start, np.full((3, 1), np.nan))


@pytest.mark.parametrize("name", ["tol", "rtol", "param_tol", "floor"])
@pytest.mark.parametrize("value", [10**400, True, -1.0, float("nan"), "a"])
def test_that_a_tolerance_is_a_number_that_float64_holds(name: str, value: object) -> None:
    with pytest.raises(ParameterError):
        EMOptions(**{name: value})  # pyright: ignore[reportArgumentType]


def test_that_options_travel_between_processes_and_cannot_be_changed() -> None:
    options = EMOptions(structure={"Gamma": "diagonal"})
    assert pickle.loads(pickle.dumps(options)) == options
    assert hash(options) == hash(EMOptions(structure={"Gamma": "diagonal"}))
    with pytest.raises(TypeError, match="frozen value"):
        options.structure["Gamma"] = "full"  # type: ignore[index]
