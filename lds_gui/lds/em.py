"""EM: the E-step's statistics turned into new parameters, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, check_whole, figure
from lds_gui.lds.data import Dataset, as_dataset, check_observed
from lds_gui.lds.elbo import BlockGains, ELBOTerms, gains
from lds_gui.lds.errors import EMFault, NumericalError, ParameterError
from lds_gui.lds.options import COVARIANCES, EMOptions, breaks_rules
from lds_gui.lds.params import PARAMETERS, SYMBOLS, LDSParams

if TYPE_CHECKING:
    from lds_gui.lds.engine import Engine

ROUNDING = 1e-9  # relative: a fall of the bound beyond it is a defect, and is told


class Stop(NamedTuple):
    """Why EM ended."""

    converged: bool
    reason: str


@dataclass(frozen=True, eq=False)
class EMStep:
    """One iteration: the parameters after it and the log-likelihood (nats) of *these* parameters.

    Of the M-step that led here (None at iteration 0, the start): `elbo_after_m`, the bound that it reached with the old
    q, between the old and the new log-likelihood; `terms_after_m`, the terms of that bound; `gains`, what each block
    of parameters gained of it.
    Of the E-step at these parameters: `terms`, the terms of the bound with the new q; `gap`, log p(x) less that bound,
    KL(q ‖ p(z | x)): both are computed, each in its own way, so that a gap beyond rounding is a defect.
    `floored`: the covariances that the floor for variances raised. `stop` is there on the last step only.
    """

    iteration: int
    params: LDSParams
    log_likelihood: float
    elbo_after_m: float | None
    stop: Stop | None = None
    terms: ELBOTerms | None = None
    terms_after_m: ELBOTerms | None = None
    gains: BlockGains | None = None
    gap: float | None = None
    floored: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class EMResult:
    """The end of a run: parameters, log-likelihoods (n_iter + 1,) from the start on, and why it ended, in words."""

    params: LDSParams
    log_likelihoods: Array
    n_iter: int
    converged: bool
    reason: str


def em(
    start: LDSParams, dataset: Dataset | ArrayLike, options: EMOptions | None = None, n_done: int = 0
) -> Iterator[EMStep]:
    """Run EM, yielding one step per iteration; step 0 is the start itself, before any M-step.

    A run that was broken off goes on where `start` is the last estimate, and `n_done` its iteration, the first yielded.

    Bare observations, an array or a list of them, are as good as a data set. Source: docs/MATHEMATICS.md.
    Raises ParameterError at the call when start, data and options do not fit; while running, EMFault after the last
    good step: when a value is no longer finite, a covariance degenerates, or the bound falls beyond rounding (other
    than where a restriction or the floor first takes hold).
    """
    options = options or EMOptions()
    dataset = as_dataset(dataset)
    if start.obs_dim != dataset.obs_dim:
        raise ParameterError(
            "B", f"The start observes {start.obs_dim} variables (the rows of B), but the data have {dataset.obs_dim}."
        )
    check_observed(dataset)
    if start.is_tied and "Sigma0" in options.learn:
        raise ParameterError("learn", "Σ₀ is tied to Σ in the start, so that it cannot be learned on its own.")
    if start.is_tied and options.structure.get("Sigma0", "full") != "full":
        raise ParameterError("structure", "Σ₀ is tied to Σ in the start, so that it cannot be restricted on its own.")
    check_whole(n_done, "n_done", "The number of iterations that are done", least=0)
    return _iterate(start, dataset, options, n_done)


def _iterate(start: LDSParams, dataset: Dataset, options: EMOptions, n_done: int) -> Iterator[EMStep]:
    from lds_gui.lds.engine import Engine, rules_for  # late: compiled code takes its time to load
    from lds_gui.lds.layout import arrange

    engine = Engine(arrange(dataset), start, rules_for(start, options))
    may_fall = breaks_rules(start, options)
    n_observed = dataset.n_observed
    params = start
    log_likelihood, degenerate, terms = _half_steps(engine, iteration=n_done)
    stop = None if n_done < options.max_iter else _limit(options)
    yield EMStep(n_done, params, log_likelihood, None, stop, terms=terms, gap=log_likelihood - terms.total)
    for iteration in range(n_done + 1, options.max_iter + 1):
        after = ELBOTerms(*engine.outcome.after.tolist())
        bound = after.total
        _check(bound, degenerate, iteration, may_fall=may_fall and iteration == 1)
        old, before, gained = params, log_likelihood, gains(terms, after)
        floored = tuple(name for name, acted in zip(COVARIANCES, engine.outcome.floored, strict=True) if acted > 0)
        engine.advance()
        params = engine.params()
        log_likelihood, degenerate, terms = _half_steps(engine, iteration)
        fall = max(0.0 if may_fall and iteration == 1 else before - bound, bound - log_likelihood)
        if fall > ROUNDING * max(1.0, abs(before)):
            raise EMFault("ELBO", iteration, _fall_sentence(iteration, fall, before))
        stop = _stop(options, log_likelihood - before, old, params, n_observed)
        if stop is None and iteration == options.max_iter:
            stop = _limit(options)
        gap = log_likelihood - terms.total
        yield EMStep(iteration, params, log_likelihood, bound, stop, terms, after, gained, gap, floored)
        if stop:
            return


def _half_steps(engine: Engine, iteration: int) -> tuple[float, str, ELBOTerms]:
    """An E-step, and the M-step that it leads to: the terms of the bound need what the latter makes.

    Returns log p(x), the name of what degenerated in the M-step, and the terms.
    """
    try:
        log_likelihood = engine.expect()
    except NumericalError as fault:
        raise EMFault(fault.quantity, iteration, f"In iteration {iteration}: {fault}") from fault
    degenerate = engine.maximise()
    return log_likelihood, degenerate, ELBOTerms(*engine.outcome.before.tolist())


def _check(bound: float, degenerate: str, iteration: int, *, may_fall: bool) -> None:
    """Raise EMFault if the M-step of this iteration broke down."""
    if degenerate == "statistics":
        raise EMFault("statistics", iteration, f"In iteration {iteration} the M-step is not finite.")
    if degenerate:
        raise EMFault(degenerate, iteration, _degenerate_sentence(iteration, degenerate))
    if not np.isfinite(bound) and not may_fall:
        sentence = (
            f"In iteration {iteration} the ELBO is {bound}: a covariance has lost a dimension that it had before."
        )
        raise EMFault("ELBO", iteration, sentence)


def _degenerate_sentence(iteration: int, name: str) -> str:
    cause = " The latents explain some columns without noise, as where columns repeat one another or rows are few."
    return (
        f"In iteration {iteration} {SYMBOLS[name]} degenerates: it is no longer positive definite."
        f"{cause if name == 'Gamma' else ''} A smallest variance (floor) above 0 prevents this."
    )


def _fall_sentence(iteration: int, fall: float, before: float) -> str:
    return (
        f"In iteration {iteration} the ELBO falls by {figure(fall)} nats from {figure(before)}, which EM does "
        "by rounding only: a covariance is so small or ill-conditioned that 64-bit numbers lose too many digits."
    )


def _limit(options: EMOptions) -> Stop:
    return Stop(False, f"The limit of {options.max_iter} iterations was reached.")


def _stop(options: EMOptions, change: float, old: LDSParams, new: LDSParams, n_observed: int) -> Stop | None:
    """Whether a criterion is met, and which, in words."""
    by = figure(change)
    if abs(change) < options.tol:
        tolerance = figure(options.tol)
        return Stop(True, f"The log-likelihood changed by {by} nats, less than the tolerance {tolerance}.")
    if abs(change) < options.rtol * n_observed:
        return Stop(
            True,
            f"The log-likelihood changed by {figure(change / n_observed)} nats per observed entry, less than the "
            f"tolerance {figure(options.rtol)}.",
        )
    if options.param_tol:
        largest = max(_relative_changes(old, new))
        if largest < options.param_tol:
            return Stop(
                True,
                f"No parameter changed by more than {figure(largest)} of its size, less than the tolerance "
                f"{figure(options.param_tol)}.",
            )
    return None


def _relative_changes(old: LDSParams, new: LDSParams) -> Iterator[float]:
    for parameter in PARAMETERS:
        before, after = getattr(old, parameter.name), getattr(new, parameter.name)
        if after is not None:
            size = float(np.abs(after).max())
            yield float(np.abs(after - before).max()) / (size or 1.0)


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
