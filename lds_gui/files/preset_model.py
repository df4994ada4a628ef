"""A model to begin with, and what it shows."""

from dataclasses import dataclass

import numpy as np

from lds_gui.lds import Dataset, LDSParams, ParameterError, Spoiling, simulate, spoil

_UNSPOILT = Spoiling()


@dataclass(frozen=True, eq=False)
class Preset:
    """A model with a title, two sentences on what it shows and what to try, and how much of it to simulate.

    Raises:
        ParameterError: `n_steps`, `seed`, `n_sequences` or `burn_in` is out of range.
    """

    name: str
    title: str
    about: str
    try_this: str
    params: LDSParams
    n_steps: int = 200
    seed: int = 0
    order: int = 1000
    n_sequences: int = 1
    burn_in: int = 0
    spoiling: Spoiling = _UNSPOILT

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.n_steps < 1:
            raise ParameterError("n_steps", f"A simulation has at least 1 step, not {self.n_steps}.")
        if self.seed < 0:
            raise ParameterError("seed", f"A seed is a whole number from 0, not {self.seed}.")
        if self.n_sequences < 1:
            raise ParameterError("n_sequences", f"A simulation has at least 1 sequence, not {self.n_sequences}.")
        if self.burn_in < 0:
            raise ParameterError(
                "burn_in", f"The steps before the first recorded one are a whole number from 0, not {self.burn_in}."
            )


def drawn(preset: Preset) -> Dataset:
    """Draw the preset's data, and spoil them: both by one generator of the seed.

    Raises:
        ParameterError: the latents overflow, or nothing would be left observed.
    """
    rng = np.random.default_rng(preset.seed)
    clean = simulate(preset.params, preset.n_steps, rng, preset.n_sequences, preset.burn_in)
    return spoil(clean, preset.spoiling, rng, np.sqrt(np.diagonal(preset.params.Gamma)))
