"""A model to begin with, and what it shows."""

from dataclasses import dataclass

from lds_gui.lds import LDSParams, ParameterError


@dataclass(frozen=True, eq=False)
class Preset:
    """A model with a title, two sentences on what it shows and what to try, and how much of it to simulate.

    Raises:
        ParameterError: `n_steps` or `seed` is out of range.
    """

    name: str
    title: str
    about: str
    try_this: str
    params: LDSParams
    n_steps: int = 200
    seed: int = 0
    order: int = 1000

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.n_steps < 1:
            raise ParameterError("n_steps", f"A simulation has at least 1 step, not {self.n_steps}.")
        if self.seed < 0:
            raise ParameterError("seed", f"A seed is a whole number from 0, not {self.seed}.")
