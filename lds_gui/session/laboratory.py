"""What is tried out on two Gaussians: samples, and a fit; and how their divergences are shown."""

from __future__ import annotations

from dataclasses import dataclass

from lds_gui.lds import FAMILIES, FORWARD, RESTRICTIONS, Estimate, FitStep, ParameterError
from lds_gui.session.gaussian_pair import GaussianPair

MOST_SAMPLES = 10_000_000


@dataclass(frozen=True, eq=False)
class Laboratory:
    """What the tab *Gaussians* shows beside the two themselves.

    Attributes:
        in_bits: whether divergences are told in bits, and else in nats.
        order: α of Rényi's divergence.
        families: of which family P and Q are to stay, by names of FAMILIES.
        seed: of random pairs, and of samples.
        n_samples: how many samples of each are to be drawn.
        estimates: what was estimated from growing numbers of samples of the present pair; empty if nothing was.
        is_sampling: whether more estimates are to come.
        fit_family, fit_objective: what Q is to be fitted as, and by which direction of the divergence.
        fit_pair: the pair with which the fit began; None without one.
        fit: its steps so far.
        is_fitting: whether more are to come.
        shown_step: the step that is shown.
        plays_fit: whether steps are being shown one after the other.
        is_taking: whether Gaussians are being taken from the tab *Learn*.
        origin: where the present pair was taken from, in words; empty if it was made here.
        problem: why something could not be done, in a sentence; empty if it could.
    """

    in_bits: bool = False
    order: float = 2.0
    families: tuple[str, str] = (FAMILIES[0], FAMILIES[0])
    seed: int = 0
    n_samples: int = 100_000
    estimates: tuple[Estimate, ...] = ()
    is_sampling: bool = False
    fit_family: str = RESTRICTIONS[0]
    fit_objective: str = FORWARD
    fit_pair: GaussianPair | None = None
    fit: tuple[FitStep, ...] = ()
    is_fitting: bool = False
    shown_step: int = 0
    plays_fit: bool = False
    is_taking: bool = False
    origin: str = ""
    problem: str = ""

    @property
    def step(self) -> FitStep | None:
        """The step of the fit that is shown; None without a fit."""
        return self.fit[min(self.shown_step, len(self.fit) - 1)] if self.fit else None


def check_n_samples(count: int) -> None:
    """Raise ParameterError unless so many samples can be drawn."""
    if not 2 <= count <= MOST_SAMPLES:
        raise ParameterError(
            "n_samples", f"The number of samples must be between 2 and {MOST_SAMPLES:,}, but is {count}."
        )
