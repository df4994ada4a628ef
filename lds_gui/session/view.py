"""What the panels show of one iteration: derived from the data and that iteration's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lds_gui.lds import Array, Dataset, LDSParams, ParameterError, Posterior, align, change_basis, smooth


@dataclass(frozen=True, eq=False)
class View:
    """One half-step, as the panels show it: everything here follows from data, truth, `params` and `e_params`.

    Shapes, of the first sequence: T time steps, n latent and m observed dimensions; n' is the truth's n if a truth is
    known, and the estimate's otherwise.

    Attributes:
        iteration: the EM iteration whose parameters these are.
        params: the parameters as EM estimated them.
        e_params: the parameters of the E-step that made q, the distribution of the latents: after an M-step those
            before it, and else the same.
        latent_means, latent_sds: (T, n') smoothed latents after the alignment, and their standard deviations.
        fitted_means, fitted_sds: (T, m) E[x_t | all x] = B E[z_t] and the standard deviation of a new x_t around it.
        change: W (n', n), which brings latents, and with them every parameter of this run, into the shown basis.
        aligned_params: the parameters in the truth's latent basis; None where no such basis exists.
        latents_note, matrices_note: the words that say in which latent basis the latents, and the matrices, are drawn.
    """

    iteration: int
    params: LDSParams
    e_params: LDSParams
    latent_means: Array
    latent_sds: Array
    fitted_means: Array
    fitted_sds: Array
    change: Array
    aligned_params: LDSParams | None
    latents_note: str
    matrices_note: str


def derive_view(
    iteration: int, params: LDSParams, e_params: LDSParams, dataset: Dataset, truth: LDSParams | None
) -> View:
    """Smooth the data under `e_params` and bring the result into the truth's latent basis, if a truth is known.

    Raises ParameterError if the observations do not fit the parameters.
    """
    posteriors = [smooth(e_params, observations) for observations in dataset.sequences]
    first = posteriors[0]
    alignment = _alignment(params, posteriors, dataset, truth)
    change = alignment.change
    fitted_covs = params.B @ first.smoothed_covs @ params.B.T + params.Gamma
    return View(
        iteration=iteration,
        params=params,
        e_params=e_params,
        latent_means=first.smoothed_means @ change.T,
        latent_sds=_sds(change @ first.smoothed_covs @ change.T),
        fitted_means=first.smoothed_means @ params.B.T,
        fitted_sds=_sds(fitted_covs),
        change=change,
        aligned_params=alignment.params,
        latents_note=alignment.latents_note,
        matrices_note=alignment.matrices_note,
    )


class _Alignment(NamedTuple):
    """The change of basis, the parameters after it if they can be compared with the truth's, and the words for both."""

    change: Array
    params: LDSParams | None
    latents_note: str
    matrices_note: str


def _alignment(params: LDSParams, posteriors: list[Posterior], dataset: Dataset, truth: LDSParams | None) -> _Alignment:
    """Bring the latents closest to the true ones, where these are known (docs/MATHEMATICS.md, section 5)."""
    identity, hidden = np.eye(params.latent_dim), dataset.latent_sequences
    if hidden is None:
        note = "no truth known: as estimated"
        return _Alignment(identity, None, note, note)
    change = align([posterior.smoothed_means for posterior in posteriors], hidden)
    n, n_true = params.latent_dim, hidden[0].shape[1]
    if n != n_true:
        return _Alignment(
            change, None, f"{n} aligned to the {n_true} true ones", f"as estimated: n = {n}, true {n_true}"
        )
    try:
        aligned = change_basis(params, change)
    except ParameterError:
        note = "alignment is singular: as estimated"
        return _Alignment(identity, None, note, note)
    if truth is None:
        return _Alignment(change, None, "aligned to the truth", "no true matrices known: as estimated")
    return _Alignment(change, aligned, "aligned to the truth", "aligned to the truth")


def _sds(covs: Array) -> Array:
    return np.sqrt(np.maximum(np.diagonal(covs, axis1=1, axis2=2), 0.0))
