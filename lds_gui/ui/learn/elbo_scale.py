"""The scales on which the ELBO can be shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Array

_EARLIEST = 0.5  # where the start stands on a scale of log iterations


class Scale(NamedTuple):
    """How the ELBO is shown: its values, their distance to the best of all runs, or their changes.

    Attributes:
        title: what the choice calls it.
        unit: the title of the axis upwards.
        kind: "value", "gap" or "change".
        log_iterations: whether the axis to the right is log₁₀ of the iteration.
    """

    title: str
    unit: str
    kind: str
    log_iterations: bool = False

    @property
    def has_stairs(self) -> bool:
        """Whether the bound can be shown."""
        return self.kind != "change"

    @property
    def shows_changes(self) -> bool:
        """Whether a line begins with iteration 1, the first that has changed anything."""
        return self.kind == "change"

    def across(self, iterations: Array) -> Array:
        """Where iterations stand."""
        return np.log10(np.maximum(iterations, _EARLIEST)) if self.log_iterations else iterations

    def places(self, iterations: Array, values: Array, best: float) -> tuple[Array, Array]:
        """Where values of the bound stand; NaN for the best itself on a log scale."""
        return self.across(iterations), _log10(best - values) if self.kind == "gap" else values

    def line(self, values: Array, best: float, shift: float = 0.0) -> tuple[Array, Array]:
        """Where log p(x) of iterations 0, 1, 2, … stands, those moved to the right by `shift`."""
        iterations = np.arange(values.size, dtype=float) + shift
        if self.shows_changes:
            return self.across(iterations[1:]), _log10(np.abs(np.diff(values)))
        return self.places(iterations, values, best)


_GAP_UNIT, _CHANGE_UNIT = "log₁₀ of the gap to the best in nats", "log₁₀ of |Δ| in nats"
SCALES = (
    Scale("value", "nats", "value"),
    Scale("gap to best", _GAP_UNIT, "gap"),
    Scale("Δ", _CHANGE_UNIT, "change"),
    Scale("value, log k", "nats", "value", log_iterations=True),
    Scale("gap, log k", _GAP_UNIT, "gap", log_iterations=True),
    Scale("Δ, log k", _CHANGE_UNIT, "change", log_iterations=True),
)


def _log10(values: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(values)
    return np.where(np.isfinite(logs), logs, np.nan)


def falls(values: Array, relative: float = 0.0) -> NDArray[np.bool_]:
    """Say of each change of log p(x) whether it is a fall, by more than this share of the level."""
    return values[:-1] - values[1:] > relative * np.maximum(1.0, np.abs(values[:-1]))
