"""What the panels show of one iteration: derived from the data and that iteration's parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Dataset, LDSParams, ParameterError, Posterior, align, change_basis, smooth

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class View:
    """One iteration, as the panels show it: everything here follows from `dataset`, `truth` and `params`.

    Shapes, of the first sequence: T time steps, n latent and m observed dimensions; n' is the truth's n if a truth is
    known, and the estimate's otherwise.

    Attributes:
        iteration: the EM iteration whose parameters these are.
        params: the parameters as EM estimated them.
        latent_means, latent_sds: (T, n') smoothed latents after the alignment, and their standard deviations.
        fitted_means, fitted_sds: (T, m) E[x_t | all x] = B E[z_t] and the standard deviation of a new x_t around it.
        aligned_params: the parameters in the truth's latent basis; None where no such basis exists.
        basis: the sentence that says in which latent basis the estimate is drawn.
    """

    iteration: int
    params: LDSParams
    latent_means: Array
    latent_sds: Array
    fitted_means: Array
    fitted_sds: Array
    aligned_params: LDSParams | None
    basis: str


def derive_view(iteration: int, params: LDSParams, dataset: Dataset, truth: LDSParams | None) -> View:
    """Smooth the data under `params` and bring the result into the truth's latent basis, if a truth is known.

    Raises ParameterError if the observations do not fit the parameters.
    """
    posteriors = [smooth(params, observations) for observations in dataset.sequences]
    first = posteriors[0]
    change, aligned_params, basis = _alignment(params, posteriors, dataset, truth)
    fitted_covs = params.B @ first.smoothed_covs @ params.B.T + params.Gamma
    return View(
        iteration=iteration,
        params=params,
        latent_means=first.smoothed_means @ change.T,
        latent_sds=_sds(change @ first.smoothed_covs @ change.T),
        fitted_means=first.smoothed_means @ params.B.T,
        fitted_sds=_sds(fitted_covs),
        aligned_params=aligned_params,
        basis=basis,
    )


def _alignment(
    params: LDSParams, posteriors: list[Posterior], dataset: Dataset, truth: LDSParams | None
) -> tuple[Array, LDSParams | None, str]:
    """Give the change of basis, the parameters after it, and the words for it (docs/MATHEMATICS.md, section 5)."""
    identity = np.eye(params.latent_dim)
    if truth is None or dataset.latent_sequences is None:
        return identity, None, "no truth known: as estimated"
    change = align([posterior.smoothed_means for posterior in posteriors], dataset.latent_sequences)
    if params.latent_dim != truth.latent_dim:
        return change, None, f"n = {params.latent_dim} against the truth's {truth.latent_dim}: matrices as estimated"
    try:
        return change, change_basis(params, change), "aligned to the truth"
    except ParameterError:
        return identity, None, "alignment is singular: as estimated"


def _sds(covs: Array) -> Array:
    return np.sqrt(np.maximum(np.diagonal(covs, axis1=1, axis2=2), 0.0))
