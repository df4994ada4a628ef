"""Two kept runs beside each other: what differs in their settings, and which of their iterations belong together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lds_gui.lds import PARAMETERS, SYMBOLS, LDSParams
from lds_gui.lds.arrays import figure
from lds_gui.session.state import Learning, Run


class Difference(NamedTuple):
    """One thing that is not the same in two runs, in words."""

    what: str
    one: str
    other: str


def differences(one: Run, other: Run) -> tuple[Difference, ...]:
    """Say what differs in the starts and the settings of two runs, and nothing of what does not."""
    rows = zip(_settings(one), _settings(other), strict=True)
    found = [Difference(what, mine, its) for (what, mine), (_, its) in rows if mine != its]
    if one.n_recorded and other.n_recorded:
        mine, its = one.history[0].params, other.history[0].params
        if mine.latent_dim != its.latent_dim:
            found.append(Difference("latents", str(mine.latent_dim), str(its.latent_dim)))
        elif one.origin == other.origin:
            found += _start_differences(mine, its)
    return tuple(found)


def _settings(run: Run) -> list[tuple[str, str]]:
    learning, options = run.learning, run.learning.options
    return [
        ("start", run.origin),
        ("learned", ", ".join(_learned(learning)) or "nothing"),
        ("tolerance", f"{figure(options.rtol)} nats / entry" if learning.per_entry else f"{figure(options.tol)} nats"),
        ("change of parameters", figure(options.param_tol)),
        ("smallest variance", figure(options.floor)),
        ("iterations at most", str(options.max_iter)),
        ("covariance of z₁", "its own" if learning.separate_initial else "Σ"),
    ]


def _learned(learning: Learning) -> list[str]:
    """Name what is learned, each with its restriction."""
    options = learning.options
    return [
        f"{parameter.symbol} {options.structure.get(parameter.name, '')}".strip()
        for parameter in PARAMETERS
        if parameter.name in options.learn
    ]


def _start_differences(one: LDSParams, other: LDSParams) -> list[Difference]:
    """Name the parameters that two starts of the same origin begin with differently."""
    found: list[Difference] = []
    for name, symbol in SYMBOLS.items():
        mine, its = getattr(one, name, None), getattr(other, name, None)
        if mine is not None and its is not None and not np.array_equal(mine, its):
            sizes = (figure(float(np.linalg.norm(value))) for value in (mine, its))
            found.append(Difference(f"start’s {symbol}", *(f"norm {size}" for size in sizes)))
    return found


def matched_iteration(one: Run, iteration: int, other: Run, *, by_level: bool) -> int:
    """Give the iteration of the other run that belongs to this one of the first.

    That of the same number, or `by_level` the first one whose log p(x) is as high; its last where none is.
    """
    if not by_level:
        return min(iteration, other.last_iteration)
    level = one.log_likelihoods[iteration]
    high = np.flatnonzero(other.log_likelihoods >= level)
    return int(high[0]) if high.size else other.last_iteration
