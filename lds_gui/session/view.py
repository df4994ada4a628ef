"""What the panels show of one iteration: derived from the data and that iteration's parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lds_gui.lds import (
    Array,
    Dataset,
    LDSParams,
    NumericalError,
    Posterior,
    WhiteNoiseTests,
    change_basis,
    continued,
    innovations,
    smooth,
    white_noise_tests,
)
from lds_gui.session.gauge import DEFAULT_LENS, Gauge, gauge_of

_MOST_ELLIPSES = 25
_FORECAST_SHARE, _FEWEST_FORECASTS, _MOST_FORECASTS = 0.2, 10, 200  # of the steps that are there


@dataclass(frozen=True, eq=False)
class Residuals:
    """What the data of the first sequence say that could not be predicted.

    Attributes:
        standardised: (T, m) the innovations, independent N(0, 1) if the model is right; NaN where x is missing.
        log_densities: (T,) log p(x_t | x_1..x_{t−1}) in nats; they add up to the sequence's log-likelihood.
        tests: of each column, for being white noise.
    """

    standardised: Array
    log_densities: Array
    tests: tuple[WhiteNoiseTests, ...]


@dataclass(frozen=True, eq=False)
class View:
    """One half-step, as the panels show it: everything here follows from data, truth, `params` and `e_params`.

    Shapes, of the first sequence: T time steps, n latent and m observed dimensions, H steps beyond the end; n' is the
    truth's n if the lens aligns to it, and the estimate's otherwise. Every `sds` is a standard deviation.

    Attributes:
        iteration: the EM iteration whose parameters these are.
        params: the parameters as EM estimated them.
        e_params: the parameters of the E-step that made q, the distribution of the latents: after an M-step those
            before it, and else the same.
        lens: the gauge lens, by its name in LENSES.
        gauge: the latent basis that it chooses.
        latent_means, latent_sds: (T, n') smoothed latents in the shown basis.
        filtered_means, filtered_sds: (T, n') the same from the past and present alone.
        ellipse_steps, ellipse_covs: (K,) some time steps, counted from 0, and (K, n', n') smoothed covariances there.
        fitted_means, fitted_sds: (T, m) E[x_t | all x] = B E[z_t] and the spread of a new x_t around it.
        misfit: the root mean square of x_t − E[x_t | all x] over the observed entries; NaN without any.
        predicted_means, predicted_sds: (T, m) of x_t given x_1..x_{t−1}.
        forecast_means, forecast_sds: (H, m) of x_{T+1}..x_{T+H} given all x; fewer steps where float64 overflows.
        r_squared: (n',) the share of each true latent's variance that the smoothed one recovers; None without truth.
        true_params: the truth's parameters in the shown basis; None where no truth is known.
        residuals: None where nobody has asked for them.
    """

    iteration: int
    params: LDSParams
    e_params: LDSParams
    lens: str
    gauge: Gauge
    latent_means: Array
    latent_sds: Array
    filtered_means: Array
    filtered_sds: Array
    ellipse_steps: Array
    ellipse_covs: Array
    fitted_means: Array
    fitted_sds: Array
    misfit: float
    predicted_means: Array
    predicted_sds: Array
    forecast_means: Array
    forecast_sds: Array
    r_squared: Array | None
    true_params: LDSParams | None
    residuals: Residuals | None = None

    def shown(self, params: LDSParams) -> LDSParams:
        """Bring parameters of this run into the shown basis; as they are, where no change of basis leads there."""
        return change_basis(params, self.gauge.change) if self.gauge.brings_params else params

    def shown_stacks(self, stacks: dict[str, Array]) -> dict[str, Array]:
        """Bring the parameters of many iterations, (k, …) by name, into the shown basis, as `shown` does with one."""
        if not self.gauge.brings_params:
            return stacks
        W, inverse = self.gauge.change, np.linalg.inv(self.gauge.change)
        result = dict(stacks)
        result["A"] = W @ stacks["A"] @ inverse
        result["B"] = stacks["B"] @ inverse
        result["mu0"] = stacks["mu0"] @ W.T
        for name in ("Sigma", "Sigma0"):
            if name in stacks:
                result[name] = W @ stacks[name] @ W.T
        return result

    @property
    def shown_params(self) -> LDSParams:
        """The estimate in the shown basis."""
        return self.shown(self.params)

    def shown_truth(self, latents: Array) -> Array:
        """Bring true latents (T, n') into the shown basis."""
        return latents if self.gauge.true_change is None else latents @ self.gauge.true_change.T


def derive_view(
    iteration: int,
    params: LDSParams,
    e_params: LDSParams,
    dataset: Dataset,
    truth: LDSParams | None,
    lens: str = DEFAULT_LENS,
    *,
    with_residuals: bool = False,
) -> View:
    """Smooth the data under `e_params`, and bring the latents into the basis of the lens.

    Raises ParameterError if the observations do not fit the parameters, NumericalError when float64 overflows.
    """
    posteriors = [smooth(e_params, observations) for observations in dataset.sequences]
    first, observations = posteriors[0], dataset.sequences[0]
    gauge = gauge_of(lens, params, posteriors, dataset, truth)
    change, B, Gamma = gauge.change, params.B, params.Gamma
    steps = np.unique(np.linspace(0, len(observations) - 1, _MOST_ELLIPSES).astype(np.intp))
    n_forecasts = round(np.clip(_FORECAST_SHARE * len(observations), _FEWEST_FORECASTS, _MOST_FORECASTS))
    forecast_means, forecast_sds = _forecasts(first, e_params, n_forecasts)
    fitted_means = first.smoothed_means @ B.T
    rest = (observations - fitted_means)[np.isfinite(observations)]
    view = View(
        iteration=iteration,
        params=params,
        e_params=e_params,
        lens=lens,
        gauge=gauge,
        latent_means=first.smoothed_means @ change.T,
        latent_sds=_sds(first.smoothed_covs, change),
        filtered_means=first.filtered_means @ change.T,
        filtered_sds=_sds(first.filtered_covs, change),
        ellipse_steps=steps.astype(np.float64),
        ellipse_covs=change @ first.smoothed_covs[steps] @ change.T,
        fitted_means=fitted_means,
        fitted_sds=_sds(first.smoothed_covs, B, Gamma),
        misfit=float(np.sqrt(np.mean(rest**2))) if rest.size else float("nan"),
        predicted_means=first.predicted_means @ e_params.B.T,
        predicted_sds=_sds(first.predicted_covs, e_params.B, e_params.Gamma),
        forecast_means=forecast_means,
        forecast_sds=forecast_sds,
        r_squared=_r_squared(posteriors, gauge, dataset),
        true_params=truth if truth is None or gauge.true_change is None else change_basis(truth, gauge.true_change),
    )
    return replace(view, residuals=_residuals(e_params, observations)) if with_residuals else view


def _forecasts(posterior: Posterior, params: LDSParams, n_steps: int) -> tuple[Array, Array]:
    """Means and standard deviations of the next x: of so many steps, or of as many as float64 can hold."""
    while n_steps:
        try:
            found = continued(posterior, params, n_steps)
        except NumericalError:
            n_steps //= 2
        else:
            return found.means, np.sqrt(np.maximum(np.diagonal(found.covs, axis1=1, axis2=2), 0.0))
    nothing = np.empty((0, params.obs_dim))
    return nothing, nothing


def _sds(covs: Array, change: Array, noise: Array | None = None) -> Array:
    """The standard deviations of change z (+ noise), for each of the covariances of z."""
    variances = np.einsum("ij,tjk,ik->ti", change, covs, change, optimize=True)
    if noise is not None:
        variances = variances + np.diagonal(noise)
    return np.sqrt(np.maximum(variances, 0.0))


def _r_squared(posteriors: list[Posterior], gauge: Gauge, dataset: Dataset) -> Array | None:
    hidden = dataset.latent_sequences
    if hidden is None or gauge.change.shape[0] != hidden[0].shape[1]:
        return None
    true = np.concatenate(hidden)
    if gauge.true_change is not None:
        true = true @ gauge.true_change.T
    found = np.concatenate([posterior.smoothed_means for posterior in posteriors]) @ gauge.change.T
    spread = ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1.0 - ((true - found) ** 2).sum(axis=0) / spread


def _residuals(params: LDSParams, observations: Array) -> Residuals:
    found = innovations(params, observations)
    tests = tuple(white_noise_tests(column) for column in found.standardised.T)
    return Residuals(found.standardised, found.log_densities, tests)
