"""EM: the E-step's statistics turned into new parameters, again and again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, figure, whole_number
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.elbo import elbo
from lds_gui.lds.errors import EMFault, NumericalError, ParameterError
from lds_gui.lds.params import PARAMETERS, LDSParams
from lds_gui.lds.smoother import Posterior, smooth
from lds_gui.lds.statistics import Statistics, expected_statistics

_ROUNDING = 1e-9  # relative: a fall of the bound beyond it is a defect, and is told

DEFAULT_LEARN = frozenset({"A", "B", "Sigma", "Gamma", "mu0"})


@dataclass(frozen=True)
class EMOptions:
    """When to stop, and what to learn; what is not in `learn` keeps the start's value.

    EM has converged when the log-likelihood changes by less than `tol` nats from one iteration to the next, and stops
    after `max_iter` iterations in any case. "Sigma0" may be learned where it is separate. Raises ParameterError.
    """

    max_iter: int = 200
    tol: float = 1e-6
    learn: frozenset[str] = DEFAULT_LEARN

    def __post_init__(self) -> None:
        """Check."""
        whole_number(self.max_iter, "max_iter", "The iteration limit", least=0)
        if not (isinstance(self.tol, Real) and np.isfinite(self.tol) and self.tol >= 0.0):
            raise ParameterError("tol", f"The tolerance must be 0 or more nats, but is {self.tol}.")
        given = cast(object, self.learn)
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ParameterError("learn", f"What to learn must be a set of names, but is {given!r}.")
        object.__setattr__(self, "learn", frozenset(self.learn))
        names = [parameter.name for parameter in PARAMETERS]
        unknown = sorted(self.learn - set(names), key=str)
        if unknown:
            raise ParameterError("learn", f"'{unknown[0]}' is no parameter: one can learn {', '.join(names)}.")


class Stop(NamedTuple):
    """Why EM ended."""

    converged: bool
    reason: str


@dataclass(frozen=True, eq=False)
class EMStep:
    """One iteration: the parameters after it and the log-likelihood (nats) of *these* parameters.

    `elbo_after_m` is the bound that the M-step reached with the old q, between the old and the new log-likelihood; None
    at iteration 0, the start. `stop` is there on the last step only. `fall` is by how many nats either half-step went
    down, if beyond rounding: EM never falls, so that this is a defect, and is to be shown.
    """

    iteration: int
    params: LDSParams
    log_likelihood: float
    elbo_after_m: float | None
    stop: Stop | None = None
    fall: float | None = None


@dataclass(frozen=True, eq=False)
class EMResult:
    """The end of a run: parameters, log-likelihoods (n_iter + 1,) from the start on, and why it ended, in words."""

    params: LDSParams
    log_likelihoods: Array
    n_iter: int
    converged: bool
    reason: str


def m_step(statistics: Statistics, learn: frozenset[str] = DEFAULT_LEARN) -> LDSParams:
    """The parameters that maximise E_q[log p(x, z)] among those in `learn`, the others held.

    Coefficients (μ₀, A, B) are least squares; covariances are the mean scatter that the coefficients leave, learned or
    held. Tied, Σ takes the initial term in. Without a transition (T = 1) A, and a separate Σ, stay as they are.
    Source: docs/MATHEMATICS.md, section 3.
    """
    old = statistics.reference
    initial, transition, emission = statistics.initial, statistics.transition, statistics.emission
    d_mu0 = initial.best_change() if "mu0" in learn else np.zeros_like(initial.rz)
    d_A = transition.best_change() if "A" in learn else np.zeros_like(old.A)
    d_B = emission.best_change() if "B" in learn else np.zeros_like(old.B)
    Sigma, Gamma, Sigma0 = old.Sigma, old.Gamma, old.Sigma0
    if "Sigma" in learn and old.is_tied:
        scatter = initial.scatter(d_mu0) + transition.scatter(d_A)
        Sigma = scatter / (initial.count + transition.count)
    elif "Sigma" in learn and transition.count:
        Sigma = transition.scatter(d_A) / transition.count
    if "Gamma" in learn and emission.count:
        Gamma = emission.scatter(d_B) / emission.count
    if "Sigma0" in learn and not old.is_tied:
        Sigma0 = initial.scatter(d_mu0) / initial.count
    return LDSParams(old.A + d_A, old.B + d_B, Sigma, Gamma, old.mu0 + d_mu0[:, 0], Sigma0)


def em(start: LDSParams, dataset: Dataset | ArrayLike, options: EMOptions | None = None) -> Iterator[EMStep]:
    """Run EM, yielding one step per iteration; step 0 is the start itself, before any M-step.

    Bare observations, an array or a list of them, are as good as a data set.
    Raises ParameterError at the call when start, data and options do not fit; while running, EMFault after the last
    good step when a value is no longer finite or a covariance degenerates.
    """
    options = options or EMOptions()
    dataset = as_dataset(dataset)
    if start.obs_dim != dataset.obs_dim:
        raise ParameterError(
            "B", f"The start observes {start.obs_dim} variables (the rows of B), but the data have {dataset.obs_dim}."
        )
    if start.is_tied and "Sigma0" in options.learn:
        raise ParameterError("learn", "Σ₀ is tied to Σ in the start, so that it cannot be learned on its own.")
    return _iterate(start, dataset, options)


def _iterate(start: LDSParams, dataset: Dataset, options: EMOptions) -> Iterator[EMStep]:
    params = start
    posteriors, log_likelihood = _e_step(params, dataset, iteration=0)
    stop = None if options.max_iter else _limit(options)
    yield EMStep(0, params, log_likelihood, elbo_after_m=None, stop=stop)
    for iteration in range(1, options.max_iter + 1):
        before = log_likelihood
        params, bound = _m_step(dataset, posteriors, params, options.learn, iteration)
        posteriors, log_likelihood = _e_step(params, dataset, iteration)
        change = log_likelihood - before
        if abs(change) < options.tol:
            by, tolerance = figure(change), figure(options.tol)
            stop = Stop(True, f"The log-likelihood changed by {by} nats, less than the tolerance {tolerance}.")
        elif iteration == options.max_iter:
            stop = _limit(options)
        fall = max(before - bound, bound - log_likelihood)
        beyond_rounding = fall > _ROUNDING * max(1.0, abs(before))
        yield EMStep(iteration, params, log_likelihood, bound, stop, fall if beyond_rounding else None)
        if stop:
            return


def _limit(options: EMOptions) -> Stop:
    return Stop(False, f"The limit of {options.max_iter} iterations was reached.")


def _e_step(params: LDSParams, dataset: Dataset, iteration: int) -> tuple[list[Posterior], float]:
    try:
        posteriors = [smooth(params, x) for x in dataset.sequences]
    except NumericalError as fault:
        raise EMFault(fault.quantity, iteration, f"In iteration {iteration}: {fault}") from fault
    return posteriors, sum(posterior.log_likelihood for posterior in posteriors)


def _m_step(
    dataset: Dataset, posteriors: Sequence[Posterior], params: LDSParams, learn: frozenset[str], iteration: int
) -> tuple[LDSParams, float]:
    """The new parameters and the bound that they reach."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            statistics = expected_statistics(dataset, posteriors, params)
            params = m_step(statistics, learn)
            bound = elbo(statistics, params).total
    except ParameterError as error:
        raise EMFault(error.field, iteration, f"In iteration {iteration} a parameter degenerates: {error}") from error
    except np.linalg.LinAlgError as error:
        raise EMFault("statistics", iteration, f"In iteration {iteration} the M-step is not finite.") from error
    if not np.isfinite(bound):
        sentence = (
            f"In iteration {iteration} the ELBO is {bound}: a covariance has lost a dimension that it had before."
        )
        raise EMFault("ELBO", iteration, sentence)
    return params, bound


def fit(start: LDSParams, dataset: Dataset | ArrayLike, options: EMOptions | None = None) -> EMResult:
    """Run EM to its end. A breakdown ends it at the last good step, not converged, with the fault as reason."""
    steps: list[EMStep] = []
    reason = ""
    try:
        steps.extend(em(start, dataset, options))
    except EMFault as fault:
        if not steps:
            raise
        reason = str(fault)
    last = steps[-1]
    return EMResult(
        params=last.params,
        log_likelihoods=np.array([step.log_likelihood for step in steps]),
        n_iter=last.iteration,
        converged=last.stop is not None and last.stop.converged,
        reason=last.stop.reason if last.stop else reason,
    )
