"""A model to begin with, and what it shows."""

from dataclasses import dataclass

from lds_gui.lds import Dataset, LDSParams, ParameterError, Simulation, Spoiling, drawn

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
    is_own: bool = False

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.seed < 0:
            raise ParameterError("seed", f"A seed is a whole number from 0, not {self.seed}.")
        _ = self.simulation

    @property
    def simulation(self) -> Simulation:
        """How its data are drawn."""
        return Simulation(self.n_steps, self.seed, self.n_sequences, self.burn_in, self.spoiling)

    def drawn(self) -> Dataset:
        """Draw its data. Raises ParameterError where the latents overflow, or nothing would be left observed."""
        return drawn(self.params, self.simulation)
