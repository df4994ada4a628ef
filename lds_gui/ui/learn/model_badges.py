"""What one should know about a model at a glance: stable, observable, controllable, the rank of its noise."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtWidgets import QLabel, QWidget

from lds_gui.lds import (
    LDSParams,
    controllability_rank,
    covariance_rank,
    observability_rank,
    spectral_radius,
)
from lds_gui.ui.cards import label, repolish
from lds_gui.ui.editors.eigenvalue_handles import near_one
from lds_gui.ui.flow_layout import FlowLayout

_ON_THE_CIRCLE = 1e-8  # how far from 1 rounding may put a spectral radius


class Badge(NamedTuple):
    """A short property of the model, whether it is one to worry about, and what it means."""

    text: str
    is_bad: bool
    meaning: str


def badges(model: LDSParams) -> dict[str, Badge]:
    """The model's badges by their names."""
    n = model.latent_dim
    observed, reached = observability_rank(model.A, model.B), controllability_rank(model.A, model.Sigma)
    rank = covariance_rank(model.Sigma)
    return {
        "stable": _stability(spectral_radius(model.A)),
        "observable": Badge(
            "observable" if observed == n else f"not observable: rank {observed} of {n}",
            observed < n,
            "Every direction of the latents leaves a trace in the observations, at once or later."
            if observed == n
            else f"Only {observed} of {n} directions of the latents ever leave a trace in the observations; "
            "the others cannot be learned.",
        ),
        "controllable": Badge(
            "controllable" if reached == n else f"not controllable: rank {reached} of {n}",
            reached < n,
            "The noise Σ moves every direction of the latents, at once or later."
            if reached == n
            else f"The noise Σ moves only {reached} of {n} directions of the latents, at once or later; "
            "the others follow from where they began.",
        ),
        "rank_Sigma": Badge(
            f"rank Σ {rank} of {n}",
            False,
            "The noise has a part of its own in every direction of the latents."
            if rank == n
            else f"Σ is singular: in a single step the noise moves the latents in {rank} of {n} directions only.",
        ),
    }


def _stability(radius: float) -> Badge:
    meaning = "The spectral radius ρ is the largest |λ| of A. "
    if abs(radius - 1.0) <= _ON_THE_CIRCLE:
        return Badge("not stable, ρ = 1", True, meaning + "At 1 the latents never forget what happened to them.")
    text = f"ρ = {near_one(radius)}"
    if radius < 1.0:
        return Badge(f"stable, {text}", False, meaning + "Below 1 the latents forget what happened long ago.")
    return Badge(f"not stable, {text}", True, meaning + "Above 1 the latents grow without bound.")


class ModelBadges(QWidget):
    """Shows the badges side by side."""

    def __init__(self) -> None:
        """Make the badges, still without words."""
        super().__init__()
        self.badges: dict[str, QLabel] = {}
        self._flow = FlowLayout(6, self)

    def show_model(self, model: LDSParams) -> None:
        """Show what holds for this model."""
        for name, badge in badges(model).items():
            if name not in self.badges:
                self.badges[name] = label("", "badge", name=f"badge_{name}")
                self._flow.addWidget(self.badges[name])
            place = self.badges[name]
            if place.text() != badge.text:
                place.setText(badge.text)
            place.setToolTip(badge.meaning)
            place.setAccessibleDescription(badge.meaning)
            repolish(place, "bad", badge.is_bad)
