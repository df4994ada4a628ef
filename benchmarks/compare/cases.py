"""The cases: sizes, what is missing, and the seeded data and start that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from compare.model import Array, Model

Missing = Literal["nothing", "rows", "entries"]


@dataclass(frozen=True)
class Case:
    """A size of the problem, and the target: how many times faster than the fastest other library ours is to be.

    `target_of_all` counts those that learn less in, where nothing that learns everything is ready-made.
    """

    latent_dim: int
    obs_dim: int
    n_steps: int
    n_sequences: int = 1
    missing: Missing = "nothing"
    target: float | None = None
    target_of_all: bool = False

    @property
    def name(self) -> str:
        """What `--case` calls it, as in 4-10-1000-rows."""
        parts = [f"{self.latent_dim}-{self.obs_dim}-{self.n_steps}"]
        if self.n_sequences > 1:
            parts.append(f"x{self.n_sequences}")
        if self.missing != "nothing":
            parts.append(self.missing)
        return "-".join(parts)

    @property
    def title(self) -> str:
        """What the table calls it."""
        steps = f"{self.n_steps:,}".replace(",", " ")
        title = f"{self.latent_dim}, {self.obs_dim}, {steps}"
        if self.n_sequences > 1:
            title += f", {self.n_sequences} sequences"
        if self.missing != "nothing":
            title += f", 20 % of {self.missing} missing"
        return title


CASES = (
    Case(2, 2, 200, target=4.0),
    Case(2, 5, 1000, target=12.0),
    Case(4, 10, 1000, target=20.0),
    Case(4, 10, 1000, missing="rows", target=6.0),
    Case(4, 10, 1000, missing="entries", target=2.0, target_of_all=True),
    Case(10, 50, 10_000, target=70.0),
    Case(4, 10, 100_000, target=45.0),
    Case(4, 10, 1000, n_sequences=100, target=4.0),
)
FIRST_CALL_CASE = CASES[2]
MEMORY_CASE = CASES[6]


@dataclass(frozen=True)
class Problem:
    """Observations (S, T, m) with NaN where missing, and the parameters that EM starts from."""

    observations: Array
    start: Model

    @property
    def only_sequence(self) -> Array:
        """The observations (T, m) where there is one sequence; raises ValueError where there are several."""
        (sequence,) = self.observations
        return sequence

    @cached_property
    def observed(self) -> np.ndarray:
        """Which entries are there, (S, T, m)."""
        return ~np.isnan(self.observations)

    @property
    def missing(self) -> Missing:
        """What is missing: nothing, whole rows only, or single entries."""
        if self.observed.all():
            return "nothing"
        partly = self.observed.any(axis=-1) & ~self.observed.all(axis=-1)
        return "entries" if partly.any() else "rows"


def problem_of(case: Case, seed: int = 0) -> Problem:
    """Data simulated from a random stable truth of ordinary signal-to-noise, and a start beside that truth."""
    rng = np.random.default_rng([seed, case.latent_dim, case.obs_dim])
    truth = _random_model(case.latent_dim, case.obs_dim, rng)
    observations = _simulated(truth, case.n_sequences, case.n_steps, rng)
    if case.missing == "rows":
        observations[rng.random(observations.shape[:2]) < 0.2] = np.nan
    elif case.missing == "entries":
        observations[rng.random(observations.shape) < 0.2] = np.nan
    return Problem(observations, _beside(truth, rng))


def _random_model(n: int, m: int, rng: np.random.Generator) -> Model:
    """Eigenvalues of A up to 0.95; a signal of variance about 1 in each observed variable, noise of about ½."""
    A = rng.standard_normal((n, n))
    A *= 0.95 / np.abs(np.linalg.eigvals(A)).max()
    B = rng.standard_normal((m, n)) / np.sqrt(n)
    return Model(A, B, _random_cov(n, 0.3, rng), _random_cov(m, 0.5, rng), rng.standard_normal(n), np.eye(n))


def _random_cov(size: int, scale: float, rng: np.random.Generator) -> Array:
    """A full covariance of variances about `scale` and moderate correlations."""
    factor = rng.standard_normal((size, 2 * size)) / np.sqrt(2 * size)
    return scale * (0.5 * np.eye(size) + 0.5 * factor @ factor.T)


def _beside(truth: Model, rng: np.random.Generator) -> Model:
    n, m = truth.latent_dim, truth.obs_dim
    return Model(
        A=0.9 * truth.A + 0.02 * rng.standard_normal((n, n)),
        B=truth.B + 0.1 * rng.standard_normal((m, n)),
        Sigma=1.5 * truth.Sigma,
        Gamma=1.3 * truth.Gamma,
        mu0=truth.mu0 + 0.1,
        Sigma0=1.2 * truth.Sigma0,
    )


def _simulated(model: Model, n_sequences: int, n_steps: int, rng: np.random.Generator) -> Array:
    state = model.mu0 + _noise(model.Sigma0, (n_sequences,), rng)
    shocks = _noise(model.Sigma, (n_steps, n_sequences), rng)
    states = np.empty((n_sequences, n_steps, model.latent_dim))
    for t in range(n_steps):
        states[:, t] = state if t == 0 else states[:, t - 1] @ model.A.T + shocks[t]
    return states @ model.B.T + _noise(model.Gamma, (n_sequences, n_steps), rng)


def _noise(cov: Array, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.standard_normal((*shape, len(cov))) @ np.linalg.cholesky(cov).T
