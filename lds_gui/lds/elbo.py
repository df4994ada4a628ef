"""The evidence lower bound in its terms, and what each block of parameters gained of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array

_LARGEST_GAP = 1e-8  # relative to log p(x): what rounding may leave between it and the bound after an E-step


class ELBOTerms(NamedTuple):
    """ELBO[q, θ] = initial + transition + observation + entropy, in nats.

    The first three are E_q[log p_θ(x, z)]: of z_1, of z_t given z_{t-1}, of x_t given z_t. The entropy is that of q.
    Where Σ (or Σ₀) is singular, densities and entropy are those on its support. Source: docs/MATHEMATICS.md, section 4.
    """

    initial: float
    transition: float
    observation: float
    entropy: float

    @property
    def total(self) -> float:
        """The bound itself."""
        return self.initial + self.transition + self.observation + self.entropy


class BlockGains(NamedTuple):
    """By how many nats an M-step raised the bound, split by what its terms depend on.

    initial: μ₀ and Σ₀ (or Σ, where they are tied); transition: A and Σ; observation: B and Γ.
    """

    initial: float
    transition: float
    observation: float

    @property
    def total(self) -> float:
        """All that the M-step gained."""
        return self.initial + self.transition + self.observation


def gains(before: ELBOTerms, after: ELBOTerms) -> BlockGains:
    """What an M-step gained, from the terms before and after it; the entropy of q stays."""
    return BlockGains(*(new - old for old, new in zip(before[:3], after[:3], strict=True)))


def is_open(gaps: Array | float, log_likelihoods: Array | float) -> Any:
    """Whether the gap that an E-step left is larger than rounding can explain; NaN, which is not known, is not."""
    return np.abs(gaps) > _LARGEST_GAP * np.maximum(1.0, np.abs(log_likelihoods))
