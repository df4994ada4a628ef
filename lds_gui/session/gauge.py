"""The gauge lens: the latent basis in which everything is shown, since the data say nothing about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lds_gui.lds import Array, Dataset, LDSParams, ParameterError, Posterior, align, canonical_basis, change_basis


@dataclass(frozen=True)
class Lens:
    """One way to choose the basis.

    Attributes:
        name: its key.
        title: what a choice calls it.
        tip: one sentence on what it does.
        needs_truth: whether it aligns to true latents.
    """

    name: str
    title: str
    tip: str
    needs_truth: bool = True


LENSES: tuple[Lens, ...] = (
    Lens("raw", "As estimated", "The basis in which EM has found the latents: any other one is as good", False),
    Lens("signs", "Sign and order", "Only signs and order are changed, to come closest to the truth"),
    Lens("orthogonal", "Rotation", "Rotated and reflected, to come closest to the truth"),
    Lens("linear", "Any linear map", "The linear map that comes closest to the truth"),
    Lens("canonical", "Modes of A", "Each model in its own modes: equal models look equal, without any fit", False),
)
DEFAULT_LENS = "linear"


class Gauge(NamedTuple):
    """The basis that a lens chooses.

    Attributes:
        change: W (n', n), which brings the run's latents into the shown basis.
        true_change: (n', n'), which brings the true latents there; None for none, or where they are as they were.
        brings_params: whether `change` can bring parameters there, too.
        is_as_wished: whether the lens could be looked through as it is meant.
        latents_note, matrices_note: the words that say in which basis latents, and matrices, are shown.
    """

    change: Array
    true_change: Array | None
    brings_params: bool
    is_as_wished: bool
    latents_note: str
    matrices_note: str


def gauge_of(
    lens: str, params: LDSParams, posteriors: Sequence[Posterior], dataset: Dataset, truth: LDSParams | None
) -> Gauge:
    """Look through this lens (docs/MATHEMATICS.md, section 5); where it shows nothing, the basis is the estimate's."""
    hidden = dataset.latent_sequences
    if lens == "canonical":
        return _canonical(params, truth)
    if hidden is None:
        return _as_estimated(params, "no truth known: as estimated")
    if lens == "raw":
        return _as_estimated(params, "as estimated", is_as_wished=True)
    means = [posterior.smoothed_means for posterior in posteriors]
    change = align(means, hidden, method=lens)  # pyright: ignore[reportArgumentType]
    n, n_true = params.latent_dim, hidden[0].shape[1]
    if n != n_true:
        words = f"{n} aligned to the {n_true} true ones"
        return Gauge(change, None, False, False, words, f"as estimated: n = {n}, true {n_true}")
    if not _brings(params, change):
        return _as_estimated(params, "alignment is singular: as estimated")
    words = {"signs": "signs and order as the truth", "orthogonal": "rotated to the truth"}.get(
        lens, "aligned to the truth"
    )
    return Gauge(change, None, True, True, words, words)


def _as_estimated(params: LDSParams, words: str, *, is_as_wished: bool = False) -> Gauge:
    return Gauge(np.eye(params.latent_dim), None, True, is_as_wished, words, words)


def _canonical(params: LDSParams, truth: LDSParams | None) -> Gauge:
    try:
        change = canonical_basis(params)
        true_change = None if truth is None else canonical_basis(truth)
    except ParameterError:
        return _as_estimated(params, "no basis of modes: as estimated")
    if not _brings(params, change):
        return _as_estimated(params, "modes beyond 64 bits: as estimated")
    words = "modes of A"
    return Gauge(change, true_change, True, True, words, words)


def _brings(params: LDSParams, change: Array) -> bool:
    try:
        change_basis(params, change)
    except ParameterError:
        return False
    return True
