"""The Gaussians of the tab *Learn*, any two of which can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lds_gui.lds import Array, Dataset, Gaussian, LDSParams, ParameterError, Posterior, smooth, symmetrised


@dataclass(frozen=True, eq=False)
class Known:
    """What Gaussians can be taken from: data, the estimate, the truth where there is one; and posteriors as needed."""

    dataset: Dataset
    params: LDSParams
    truth: LDSParams | None

    def posterior(self, params: LDSParams | None) -> tuple[LDSParams, Posterior]:
        """Give these parameters, and the first sequence smoothed under them. Raises ParameterError for none."""
        if params is None:
            raise ParameterError("truth", "No truth is known: the data were not simulated here.")
        return params, smooth(params, self.dataset.sequences[0])


@dataclass(frozen=True, eq=False)
class GaussianSource:
    """A Gaussian of the tab *Learn* at a time step t, counted from 0: what it is called, and how it is made."""

    name: str
    title: str
    make: Callable[[Known, int], Gaussian]


def _prior(known: Known, t: int) -> Gaussian:
    """N(A^t μ₀, Cov) of z_t before any data: by doubling, as z_{j+k} = A^j z_k + noise."""
    params = known.params
    power, noise = np.eye(params.latent_dim), np.zeros_like(params.Sigma)
    step_power, step_noise = params.A, params.Sigma
    steps = t
    with np.errstate(over="ignore", invalid="ignore"):
        while steps:
            if steps % 2:
                power, noise = step_power @ power, step_power @ noise @ step_power.T + step_noise
            step_noise = step_power @ step_noise @ step_power.T + step_noise
            step_power = step_power @ step_power
            steps //= 2
        return Gaussian(power @ params.mu0, symmetrised(power @ params.initial_cov @ power.T + noise))


def _filtered(known: Known, t: int) -> Gaussian:
    _, posterior = known.posterior(known.params)
    return Gaussian(posterior.filtered_means[t], posterior.filtered_covs[t])


def _smoothed(known: Known, t: int) -> Gaussian:
    _, posterior = known.posterior(known.params)
    return Gaussian(posterior.smoothed_means[t], posterior.smoothed_covs[t])


def _predicted(known: Known, t: int) -> Gaussian:
    return _observation(*known.posterior(known.params), t)


def _predicted_by_truth(known: Known, t: int) -> Gaussian:
    return _observation(*known.posterior(known.truth), t)


def _observation(params: LDSParams, posterior: Posterior, t: int) -> Gaussian:
    cov: Array = params.B @ posterior.predicted_covs[t] @ params.B.T + params.Gamma
    return Gaussian(params.B @ posterior.predicted_means[t], symmetrised(cov))


GAUSSIAN_SOURCES: tuple[GaussianSource, ...] = (
    GaussianSource("prior", "prior p(zₜ)", _prior),
    GaussianSource("filtered", "filtered p(zₜ | x₁ … xₜ)", _filtered),
    GaussianSource("smoothed", "smoothed p(zₜ | x)", _smoothed),
    GaussianSource("predicted", "one-step prediction p(xₜ | x₁ … xₜ₋₁), estimate", _predicted),
    GaussianSource("predicted_by_truth", "one-step prediction p(xₜ | x₁ … xₜ₋₁), truth", _predicted_by_truth),
)


def take_gaussians(
    dataset: Dataset, params: LDSParams, truth: LDSParams | None, names: tuple[str, str], t: int
) -> tuple[Gaussian, Gaussian]:
    """Give two Gaussians of GAUSSIAN_SOURCES by name, at time step t of the first sequence, counted from 0.

    Raises ParameterError where there is none, or the two are about different things.
    """
    n_steps = len(dataset.sequences[0])
    if not 0 <= t < n_steps:
        raise ParameterError("t", f"The time step must be between 1 and {n_steps}, but is {t + 1}.")
    known, table = Known(dataset, params, truth), {source.name: source for source in GAUSSIAN_SOURCES}
    one, other = (table[name].make(known, t) for name in names)
    if one.dim != other.dim:
        raise ParameterError(
            "q",
            f"P is about {one.dim} and Q about {other.dim} dimensions, since one is of the latents and the other of "
            "the observations: take both of the same kind.",
        )
    return one, other
