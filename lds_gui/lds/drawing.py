"""How data are drawn from a model, as one value: the same value gives the same data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lds_gui.lds.arrays import check_whole
from lds_gui.lds.data import Dataset
from lds_gui.lds.params import LDSParams
from lds_gui.lds.simulation import simulate
from lds_gui.lds.spoiling import Spoiling, spoil


@dataclass(frozen=True)
class Simulation:
    """So many sequences of so many steps, drawn with this seed after `burn_in` steps that are not kept, and spoilt.

    Raises ParameterError.
    """

    n_steps: int
    seed: int
    n_sequences: int = 1
    burn_in: int = 0
    spoiling: Spoiling = field(default_factory=Spoiling)

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_whole(self.n_steps, "n_steps", "The number of steps", least=1)
        check_whole(self.n_sequences, "n_sequences", "The number of sequences", least=1)
        check_whole(self.burn_in, "burn_in", "The number of steps before the first recorded one", least=0)

    @property
    def size(self) -> int:
        """The number of steps of all sequences, those before the first recorded ones included."""
        return self.n_sequences * (self.n_steps + self.burn_in)


def drawn(params: LDSParams, simulation: Simulation) -> Dataset:
    """Simulate, and spoil, both by one generator of the seed.

    Raises ParameterError where the latents overflow, or nothing would be left observed.
    """
    rng = np.random.default_rng(simulation.seed)
    clean = simulate(params, simulation.n_steps, rng, simulation.n_sequences, simulation.burn_in)
    return spoil(clean, simulation.spoiling, rng, np.sqrt(np.diagonal(params.Gamma)))
