import numpy as np
import pytest

from lds_gui.files import load_data, sample
from lds_gui.lds import ConvergenceRate, EMOptions, ParameterError, convergence_rate, fit, pca_start, subspace_start

UNKNOWN = ConvergenceRate(None, None, None)


def geometric(rate: float, count: int, limit: float = -1000.0, gap: float = 50.0) -> np.ndarray:
    return limit - gap * rate ** np.arange(count)


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("count", [4, 5, 9])
def test_that_a_geometric_sequence_is_extrapolated_exactly(rate: float, count: int) -> None:
    values = geometric(rate, count)
    got = convergence_rate(values, 1e-6)
    assert got.rate == pytest.approx(rate, rel=1e-5)
    assert got.remaining_gain == pytest.approx(-1000.0 - values[-1], rel=1e-5 if rate < 0.99 else 1e-4)
    gains = np.diff(geometric(rate, 40_000, limit=0.0))
    first = int(np.flatnonzero(gains < 1e-6)[0])
    left = max(first - (count - 2), 0)
    assert got.remaining_iterations == pytest.approx(left, abs=0 if rate < 0.99 else 3)


def test_that_only_the_last_gains_count() -> None:
    slow_after_fast = np.concatenate((geometric(0.2, 10, gap=5e4)[:4], geometric(0.9, 20)))
    assert convergence_rate(slow_after_fast, 1e-6).rate == pytest.approx(0.9, rel=1e-9)


def test_that_gains_at_the_level_of_rounding_say_that_nothing_remains() -> None:
    rng = np.random.default_rng(1)
    values = geometric(0.5, 60, limit=-1e6)
    values[45:] += 1e-10 * rng.standard_normal(15)
    got = convergence_rate(values, 1e-6)
    assert got[1:] == (0.0, 0)
    assert got.rate == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_that_noise_of_rounding_has_no_rate(seed: int) -> None:
    noise = 1e-15 * np.random.default_rng(seed).standard_normal(40)
    assert convergence_rate(-1234.5 * (1 + noise), 1e-6) == ConvergenceRate(None, 0.0, 0)


def test_that_a_constant_sequence_has_no_rate_and_nothing_left() -> None:
    assert convergence_rate(np.full(20, -7.0), 1e-6) == ConvergenceRate(None, 0.0, 0)
    assert convergence_rate(np.zeros(20), 0.0) == ConvergenceRate(None, 0.0, 0)


@pytest.mark.parametrize("values", [[], [-5.0], [-5.0, -4.0], [-5.0, -4.0, -3.5]])
def test_that_nothing_is_said_of_fewer_than_three_gains(values: list[float]) -> None:
    assert convergence_rate(values, 1e-6) == UNKNOWN


def test_that_nothing_is_said_of_gains_that_grow_or_stay() -> None:
    assert convergence_rate(-100.0 + 1.3 ** np.arange(10), 1e-6) == UNKNOWN
    assert convergence_rate(np.arange(10.0), 1e-6) == UNKNOWN


def test_that_nothing_is_said_after_a_fall() -> None:
    values = geometric(0.5, 8)
    assert convergence_rate([*values, values[-1] - 0.1], 1e-6) == UNKNOWN
    assert convergence_rate([*values, values[-1] - 0.1, *values[-1] + [0.1, 0.15]], 1e-6) == UNKNOWN
    assert convergence_rate([*values[:-1], values[-1] - 5, *values[-1] + [0.0, 1.0, 1.5]], 1e-6).rate == pytest.approx(
        np.sqrt(0.1), rel=1e-6
    )


def test_that_a_tolerance_of_zero_is_never_reached() -> None:
    got = convergence_rate(geometric(0.5, 8), 0.0)
    assert got.remaining_iterations is None
    assert got.rate == pytest.approx(0.5)


def test_that_a_gain_below_the_tolerance_leaves_no_iterations() -> None:
    assert convergence_rate(geometric(0.5, 8), 1.0).remaining_iterations == 0


@pytest.mark.parametrize(("start", "after", "tol"), [(subspace_start, 30, 1e-6), (pca_start, 100, 1e-6)])
def test_that_the_end_of_a_real_run_is_foretold(start, after: int, tol: float) -> None:
    """Of the Nile's local level, once the slowest mode of EM is what is left."""
    data = load_data(sample("nile").path).dataset
    run = fit(start(data, 1), data, EMOptions(max_iter=500, tol=tol))
    assert run.converged
    got = convergence_rate(run.log_likelihoods[: after + 1], tol)
    assert got.remaining_iterations is not None
    assert after + got.remaining_iterations == pytest.approx(run.n_iter, rel=0.2)
    remaining = run.log_likelihoods[-1] - run.log_likelihoods[after]
    assert got.remaining_gain == pytest.approx(remaining, rel=0.35)
    nearer = convergence_rate(run.log_likelihoods[:-40], tol)
    assert nearer.remaining_iterations == pytest.approx(40, rel=0.05)


@pytest.mark.parametrize("tol", [-1.0, np.nan, np.inf, "small"])
def test_that_an_impossible_tolerance_is_refused(tol: float) -> None:
    with pytest.raises(ParameterError, match=f"^The tolerance must be 0 or more nats, but is {tol}") as caught:
        convergence_rate([1.0, 2.0], tol)
    assert caught.value.field == "tol"


def test_that_a_log_likelihood_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ParameterError, match="must be finite") as caught:
        convergence_rate([1.0, np.nan], 1e-6)
    assert caught.value.field == "log_likelihoods"
