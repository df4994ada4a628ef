"""A way to do EM with a library: its smoother and a NumPy M-step, or the EM that it brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from compare.cases import Case, Missing, Problem
from compare.m_step import MStep, Smoothed
from compare.model import Model

ALL = frozenset({"A", "B", "Sigma", "Gamma", "mu0", "Sigma0"})

Run = Callable[[int], Model]
"""Runs that many iterations from the problem's start and returns the parameters reached."""

EStep = Callable[[Model], Smoothed]


@dataclass(frozen=True)
class Way:
    """One row of the table, and what it can and cannot do.

    `prepare` brings a problem into the library's own form, which is not timed, and returns what is. With what is in
    `differs` missing the library's EM is another one, so that its result cannot be compared. Above `most_steps` in all,
    a way that loops in Python is left out, for time.
    """

    library: str
    variant: str
    kind: Literal["ours", "assembled", "ready-made"]
    prepare: Callable[[Problem], Run]
    missing: frozenset[Missing] = frozenset()
    several_sequences: bool = False
    learns: frozenset[str] = ALL
    diagonal_gamma: bool = False
    tied: bool = False
    differs: frozenset[Missing] = frozenset()
    gives_log_likelihood: bool = True
    collapses: bool = False
    most_steps: int | None = None
    remark: str = ""

    @property
    def title(self) -> str:
        """The library and the way."""
        return f"{self.library}: {self.variant}"

    def fits(self, case: Case) -> bool:
        """Whether it can do the case at all."""
        if case.missing != "nothing" and case.missing not in self.missing:
            return False
        if self.collapses and case.obs_dim <= case.latent_dim:
            return False
        return case.n_sequences == 1 or self.several_sequences

    def takes_too_long(self, case: Case) -> bool:
        """Whether it is left out for time."""
        return self.most_steps is not None and case.n_steps * case.n_sequences > self.most_steps

    def does_all(self, case: Case) -> bool:
        """Whether its result is that of EM that learns every parameter, as ours does."""
        return self.learns == ALL and not self.diagonal_gamma and case.missing not in self.differs

    def start(self, problem: Problem) -> Model:
        """The common start, restricted where the way is."""
        start = problem.start.with_diagonal_gamma() if self.diagonal_gamma else problem.start
        return start.tied() if self.tied else start

    @property
    def limits(self) -> list[str]:
        """What it does not do, in words."""
        words = []
        if self.learns != ALL:
            symbols = {"A": "A", "B": "B", "Sigma": "Σ", "Gamma": "Γ", "mu0": "μ₀", "Sigma0": "Σ₀"}
            learned = ", ".join(symbol for name, symbol in symbols.items() if name in self.learns)
            words.append(f"learns {learned} only")
        if self.diagonal_gamma:
            words.append("Γ diagonal")
        if self.tied:
            words.append("Σ₀ tied to Σ")
        if "rows" not in self.missing:
            words.append("nothing may be missing")
        elif "entries" not in self.missing:
            words.append("whole rows may be missing only")
        if not self.several_sequences:
            words.append("one sequence")
        if not self.gives_log_likelihood:
            words.append("no log-likelihood")
        if self.remark:
            words.append(self.remark)
        return words


@dataclass(frozen=True)
class Assembly:
    """EM from a library's smoother: `e_step` turns a problem into a function from parameters to moments."""

    e_step: Callable[[Problem], EStep]
    tied: bool = field(default=False)

    def __call__(self, problem: Problem) -> Run:
        """The alternation of that E-step and the NumPy M-step."""
        e_step = self.e_step(problem)
        m_step = MStep(problem, tied=self.tied)
        start = problem.start.tied() if self.tied else problem.start

        def run(n_iterations: int) -> Model:
            model = start
            for _ in range(n_iterations):
                model = m_step(e_step(model), model)
            return model

        return run
