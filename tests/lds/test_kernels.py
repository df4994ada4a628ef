"""The compiled engine against its readable twin: random models, and the places where its shortcuts begin and end."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lds_gui.lds import COVARIANCES, STRUCTURES, Dataset, EMFault, EMOptions, EMStep, LDSParams, em, simulate, smooth
from tests import twin
from tests.lds.models import MOMENTS, Case, cases, everything, random_params, relative, with_gaps

TOLERANCE = 1e-9
NAMES = ("A", "B", "Sigma", "Gamma", "mu0", "Sigma0")
FULL: Mapping[str, str] = {}


def structures(params: LDSParams) -> st.SearchStrategy[dict[str, str]]:
    names = COVARIANCES[:2] if params.is_tied else COVARIANCES
    return st.dictionaries(st.sampled_from(names), st.sampled_from(STRUCTURES))


def assert_same_step(got: EMStep, want: Any, tolerance: float) -> None:
    scale = max(1.0, abs(want.log_likelihood))
    assert abs(got.log_likelihood - want.log_likelihood) < tolerance * scale
    for name in NAMES:
        if getattr(want.params, name) is not None:
            assert relative(getattr(got.params, name), getattr(want.params, name)) < tolerance, name
    assert got.terms is not None
    assert relative(got.terms, want.terms) < tolerance
    assert got.gap is not None
    assert abs(got.gap) < 1e-8 * scale
    assert (got.terms_after_m is None) == (want.terms_after_m is None)
    if got.terms_after_m is not None and np.isfinite(want.terms_after_m.total):
        assert relative(got.terms_after_m, want.terms_after_m) < tolerance


def assert_same_em(
    start: LDSParams,
    dataset: Dataset,
    n: int,
    learn: frozenset[str] | None = None,
    structure: Mapping[str, str] = FULL,
    tolerance: float = TOLERANCE,
) -> None:
    learn = everything(start) if learn is None else learn
    got = list(em(start, dataset, EMOptions(max_iter=n, tol=0.0, learn=learn, structure=structure)))
    want = twin.em(start, dataset, n, learn, structure)
    for step, other in zip(got, want, strict=True):
        assert_same_step(step, other, tolerance)


@given(cases(max_dim=4, max_steps=12))
def test_that_the_moments_are_the_twins(case: Case) -> None:
    for x in case.dataset.sequences:
        got, want = smooth(case.params, x), twin.smooth(case.params, x)
        for name in MOMENTS:
            assert relative(getattr(got, name), getattr(want, name)) < TOLERANCE, name
        assert np.abs(got.log_evidences - want.log_evidences).max() < TOLERANCE * max(1.0, abs(want.log_likelihood))


@given(st.data())
@settings(max_examples=60)
def test_that_em_is_the_twins_whatever_is_learned_and_restricted(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    tied, share = data.draw(st.booleans()), data.draw(st.sampled_from((0.0, 0.0, 0.25)))
    lengths = data.draw(st.lists(st.sampled_from((1, 1, 2, 9, 20, 20)), min_size=1, max_size=6))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    params = random_params(rng, n, m, tied=tied)
    dataset = Dataset([with_gaps(rng, np.asarray(simulate(params, t, rng).observations), share) for t in lengths])
    learn = everything(params) - data.draw(st.frozensets(st.sampled_from(NAMES)))
    structure = data.draw(structures(params))
    assume(dataset.n_steps > 3 * (n + m) or not learn & {"Gamma", "B"})
    try:
        got = list(em(params, dataset, EMOptions(max_iter=5, tol=0.0, learn=learn, structure=structure)))
    except EMFault:
        assume(False)
        raise
    want = twin.em(params, dataset, 5, learn, structure)
    for step, other in zip(got, want, strict=True):
        assume(all(np.linalg.cond(cov) < 1e6 for cov in (other.params.Gamma, other.params.initial_cov)))
        assert_same_step(step, other, TOLERANCE)
    for held in everything(params) - learn:
        np.testing.assert_array_equal(getattr(got[-1].params, held), getattr(params, held))


@given(
    seed=st.integers(0, 2**32 - 1),
    n_sequences=st.sampled_from((2, 3, 70)),
    share=st.sampled_from((0.0, 0.2)),
    tied=st.booleans(),
)
@settings(max_examples=8)
def test_that_sequences_that_share_their_covariances_are_the_twins(
    seed: int, n_sequences: int, share: float, tied: bool
) -> None:
    """Of 70 sequences a block has only 14 steps."""
    rng = np.random.default_rng(seed)
    params = random_params(rng, 2, 3, tied=tied)
    gaps = with_gaps(rng, np.zeros((37, 3)), share)
    sequences = [gaps + np.asarray(simulate(params, 37, rng).observations) for _ in range(n_sequences)]
    alone = np.asarray(simulate(params, 5, rng).observations)
    assert_same_em(params, Dataset([*sequences, alone]), 1)


@pytest.mark.parametrize("number", [9, 1100])
def test_that_many_equal_sequences_learn_what_one_does(number: int) -> None:
    """Of more than 1024 sequences a block is one step."""
    params = random_params(np.random.default_rng(0), 2, 3, tied=False)
    x = np.asarray(simulate(params, 50, np.random.default_rng(1)).observations)
    options = EMOptions(max_iter=5, tol=0.0, learn=everything(params))
    for one, many in zip(em(params, [x], options), em(params, [x] * number, options), strict=True):
        assert many.log_likelihood == pytest.approx(number * one.log_likelihood, rel=1e-12)
        for name in NAMES:
            assert relative(getattr(many.params, name), getattr(one.params, name)) < 1e-10, name


@given(cases(max_sequences=4), st.randoms(use_true_random=False))
def test_that_sequences_in_any_order_give_the_same(case: Case, random: Any) -> None:
    turned = list(case.dataset.sequences)
    random.shuffle(turned)
    options = EMOptions(max_iter=1, tol=0.0)
    try:
        a, b = list(em(case.params, case.dataset, options)), list(em(case.params, turned, options))
    except EMFault:
        assume(False)
        raise
    for one, other in zip(a, b, strict=True):
        assume(np.linalg.cond(one.params.Gamma) < 1e6)
        assert_same_step(one, other, TOLERANCE)


def test_that_one_sequence_is_a_list_of_one() -> None:
    params = random_params(np.random.default_rng(0), 2, 3)
    x = np.array(simulate(params, 30, np.random.default_rng(1)).observations)
    x[4, 1] = np.nan
    options = EMOptions(max_iter=3, tol=0.0)
    runs = [[step.log_likelihood for step in em(params, data, options)] for data in (x, [x], Dataset(x), Dataset([x]))]
    assert all(run == runs[0] for run in runs)


def test_that_the_data_are_left_alone() -> None:
    params = random_params(np.random.default_rng(0), 2, 2)
    for share in (0.0, 0.3):
        rng = np.random.default_rng(1)
        data = Dataset(with_gaps(rng, np.asarray(simulate(params, 20, rng).observations), share))
        before = np.array(data.observations)
        list(em(params, data, EMOptions(max_iter=2)))
        np.testing.assert_array_equal(np.asarray(data.observations), before)
        assert not np.asarray(data.observations).flags.writeable


# --- where the shortcuts begin and end: a block has 1024 steps, a run of one slot 8 or more


def _model(n: int, m: int, **fields: Any) -> LDSParams:
    plain = random_params(np.random.default_rng(n + 10 * m), n, m)
    values = {name: getattr(plain, name) for name in NAMES[:5]}
    return LDSParams(**(values | fields))


def _observed(params: LDSParams, n_steps: int) -> np.ndarray:
    return np.array(simulate(params, n_steps, np.random.default_rng(n_steps)).observations)


def _gaps_at(params: LDSParams, n_steps: int, rows: Any, columns: Any = slice(None)) -> tuple[LDSParams, np.ndarray]:
    x = _observed(params, n_steps)
    x[rows, columns] = np.nan
    return params, x


def _rows_now_and_then() -> tuple[LDSParams, np.ndarray]:
    """Runs of 1, 2, 3 … 20 complete rows between missing ones."""
    rows = np.cumsum(np.arange(2, 22))
    return _gaps_at(_model(2, 3), 240, rows)


def _patterns_take_turns() -> tuple[LDSParams, np.ndarray]:
    """Three patterns, each for long enough to settle or not."""
    x = _observed(_model(3, 3), 400)
    x[50:150, 0] = np.nan
    x[150:157, 1] = np.nan
    x[157:166, :] = np.nan
    x[300:, 2] = np.nan
    return _model(3, 3), x


def _gaps_that_grow(rows: list[int], columns: Any = slice(None)) -> tuple[LDSParams, np.ndarray]:
    """A gap in the first block and one across its edge, in which a wrong A lets variances grow by 10⁷."""
    params, x = _gaps_at(_model(2, 2), 1300, [*range(200, 260), *range(1000, 1060)])
    x[rows, columns] = np.nan
    return _model(2, 2, A=1.15 * params.A / np.abs(np.linalg.eigvals(params.A)).max()), x


SLOW = {"A": [[0.9999]], "Sigma": [[1e-8]], "B": [[1.0]], "Gamma": [[1.0]]}
PLACES: dict[str, Callable[[], tuple[LDSParams, np.ndarray]]] = {
    **{f"T = {n_steps}": lambda n_steps=n_steps: _gaps_at(_model(2, 2), n_steps, []) for n_steps in (
        7, 8, 9, 1023, 1024, 1025, 2048, 2049)},
    "three blocks": lambda: _gaps_at(_model(2, 2, Sigma0=np.eye(2)), 3000, []),
    "three blocks with gaps": lambda: _gaps_at(_model(2, 3), 2500, [0, 700, 1023, 1024, 2046, 2047, 2048, 2499]),
    "three blocks with partial gaps": lambda: _gaps_at(
        _model(2, 3), 2500, [[0], [700], [1023], [1024], [2048], [2499]], [0, 2]
    ),
    "a gap across a block's edge": lambda: _gaps_at(_model(2, 2), 2100, slice(1000, 1100)),
    "a gap before the end": lambda: _gaps_at(_model(2, 2), 300, [296]),
    "a gap at the end": lambda: _gaps_at(_model(2, 2), 300, slice(280, 300)),
    "a gap at the start": lambda: _gaps_at(_model(2, 2), 300, slice(0, 20)),
    "a gap after the first": lambda: _gaps_at(_model(2, 2), 300, [1]),
    "only the first is observed": lambda: _gaps_at(_model(2, 2), 40, slice(1, 40)),
    "only the last is observed": lambda: _gaps_at(_model(2, 2), 1500, slice(0, 1499)),
    "rows missing now and then": _rows_now_and_then,
    "patterns take turns": _patterns_take_turns,
    "a slow mode and a small Σ": lambda: _gaps_at(_model(1, 1, **SLOW), 3000, []),
    "a slow mode from a wide start": lambda: _gaps_at(_model(1, 1, **SLOW, Sigma0=[[100.0]]), 3000, []),
    "a slow mode beside a fast one": lambda: _gaps_at(
        _model(2, 1, A=np.diag([0.9999, 0.3]), Sigma=np.diag([1e-7, 1.0]), B=[[1.0, 1.0]], Sigma0=np.eye(2)), 2500, []
    ),
    "a slow mode with a gap": lambda: _gaps_at(_model(1, 1, **SLOW, Sigma0=[[1.0]]), 2500, slice(1500, 1510)),
    "a slow turn": lambda: _gaps_at(
        _model(2, 1, A=0.9995 * np.array([[np.cos(0.01), -np.sin(0.01)], [np.sin(0.01), np.cos(0.01)]]),
               Sigma=1e-6 * np.eye(2), B=[[1.0, 0.0]], Sigma0=np.eye(2)), 2500, []
    ),
    "a unit root": lambda: _gaps_at(_model(2, 1, A=[[1.0, 1.0], [0.0, 1.0]], B=[[1.0, 0.0]]), 1500, []),
    "a unit root without noise": lambda: _gaps_at(
        _model(1, 1, A=[[1.0]], Sigma=[[0.0]], B=[[1.0]], Sigma0=[[1.0]]), 1500, []
    ),
    "unstable": lambda: _gaps_at(_model(1, 1, A=[[1.2]], B=[[1.0]]), 60, []),
    "unstable, with gaps": lambda: _gaps_that_grow([10]),
    "unstable, with gaps, also in parts": lambda: _gaps_that_grow([10, 11, 300], [0]),
    "Σ = 0": lambda: _gaps_at(_model(2, 2, Sigma=np.zeros((2, 2)), Sigma0=np.eye(2)), 200, []),
    "Σ singular": lambda: _gaps_at(_model(2, 2, Sigma=[[1.0, 2.0], [2.0, 4.0]]), 1500, []),
    "m < n": lambda: _gaps_at(_model(4, 1), 1500, []),
    "m > n": lambda: _gaps_at(_model(1, 6), 1500, [3]),
    "a zero column of B": lambda: _gaps_at(_model(2, 2, B=[[1.0, 0.0], [0.5, 0.0]]), 300, []),
    "dependent columns of B": lambda: _gaps_at(
        _model(2, 3, B=[[1.0, 2.0], [0.5, 1.0], [-1.0, -2.0]]), 300, [[5], [9]], [0, 1]
    ),
    "Γ = diag(1e-10, 0.3)": lambda: _gaps_at(
        _model(1, 2, B=[[1.0], [0.7]], Gamma=np.diag([1e-10, 0.3])), 300, []
    ),
    "a level of 340": lambda: (
        _model(1, 1, A=[[1.0]], B=[[1.0]], mu0=[340.0]),
        340.0 + 0.3 * np.random.default_rng(1).standard_normal((1500, 1)),
    ),
    "a diffuse start": lambda: _gaps_at(_model(2, 2, Sigma0=1e7 * np.eye(2)), 300, []),
    "many latents, whose blocks are short": lambda: _gaps_at(_model(24, 3), 500, [455]),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_that_em_is_the_twins_where_a_shortcut_begins_or_ends(place: str) -> None:
    params, x = PLACES[place]()
    learn = everything(params)
    if len(x) < 30 or place.startswith(("only", "unstable")):
        learn -= {"Gamma"}
    tolerance = {"Γ = diag(1e-10, 0.3)": 1e-6, "a diffuse start": 1e-8}.get(place, TOLERANCE)
    assert_same_em(params, Dataset(x), 1, learn, tolerance=tolerance)


@pytest.mark.parametrize("place", PLACES)
def test_that_moments_are_the_twins_where_a_shortcut_begins_or_ends(place: str) -> None:
    params, x = PLACES[place]()
    x = x[:400] if params.latent_dim < 24 else x[:40]
    got, want = smooth(params, x), twin.smooth(params, x)
    tolerance = 1e-6 if place == "Γ = diag(1e-10, 0.3)" else 1e-8
    for name in MOMENTS:
        assert relative(getattr(got, name), getattr(want, name)) < tolerance, name
    assert relative(got.log_likelihood, want.log_likelihood) < 1e-10
    assert relative(got.log_evidences, want.log_evidences) < 1e-8


@pytest.mark.parametrize("place", PLACES)
def test_that_the_engine_has_the_likelihood_that_the_steps_have(place: str) -> None:
    """Two ways through the kernels: sums over blocks with shared covariances, and step by step."""
    params, x = PLACES[place]()
    (step,) = em(params, x, EMOptions(max_iter=0))
    assert relative(step.log_likelihood, smooth(params, x).log_likelihood) < 1e-10


@pytest.mark.parametrize("rate", [0.3, 0.99, 0.999])
def test_that_a_covariance_counts_as_settled_only_at_its_limit(rate: float) -> None:
    """Not where its steps are at the level of rounding: with slow steps the limit is still many of them away."""
    from lds_gui.lds.kernels import covariances

    rule = getattr(covariances.settling, "py_func", covariances.settling)  # it can't be called compiled
    watch, P = np.zeros(2, dtype=np.int64), np.ones((2, 1, 1))
    for t in range(60_000):
        P[0, 0, 0], P[1, 0, 0] = 1.0 + rate**t, 1.0 + rate ** (t + 1)
        if rule(P, 0, 1, watch):
            break
    assert 0.0 <= P[1, 0, 0] - 1.0 < 2e-14
    assert watch[1] > 0


def test_that_a_gap_in_which_covariances_break_down_is_taken_by_their_square_roots() -> None:
    """A variance of 10¹⁸, after which each row sees only a sum of what grew and of what did not."""
    params, x = _gaps_at(_model(2, 1), 100, slice(10, 90))
    grows = _model(2, 1, A=1.3 * params.A / np.abs(np.linalg.eigvals(params.A)).max())
    (step,) = em(grows, x, EMOptions(max_iter=0))
    want = twin.smooth(grows, x)
    assert relative(step.log_likelihood, want.log_likelihood) < 1e-6
    assert relative(smooth(grows, x).smoothed_covs, want.smoothed_covs) < 1e-6
