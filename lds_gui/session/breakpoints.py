"""Where a run is to halt by itself, so that someone can look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import COVARIANCES, SYMBOLS, Array
from lds_gui.lds.arrays import figure
from lds_gui.session.history import Batch

RADIUS = "radius"  # a quantity that can be watched beside the parameters: the largest modulus of an eigenvalue of A
_CLOSE = 1e-12  # relative: a fall below it is one by rounding

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Watched:
    """A number that is to stay within a range.

    Attributes:
        name: the parameter that it is an entry of, or RADIUS.
        place: of the entry, counted from 0; empty for RADIUS.
        low, high: the range, its ends included.
    """

    name: str
    place: tuple[int, ...] = ()
    low: float = -np.inf
    high: float = np.inf

    @property
    def symbol(self) -> str:
        """The number in words."""
        if self.name == RADIUS:
            return "The largest |λ| of A"
        return f"{SYMBOLS[self.name]}[{', '.join(str(i + 1) for i in self.place)}]"


@dataclass(frozen=True)
class Breakpoints:
    """What halts a run; nothing, where all is as it is made.

    Attributes:
        on_fall: whether any fall of log p(x) does, even one by rounding.
        condition: the condition number (largest by smallest eigenvalue) that a covariance must exceed for it.
        iteration: the iteration that must be reached.
        watched: the number that must leave its range.
    """

    on_fall: bool = False
    condition: float | None = None
    iteration: int | None = None
    watched: Watched | None = None

    @property
    def count(self) -> int:
        """How many are set."""
        return sum(bool(getattr(self, field.name)) for field in fields(self))


def first_halt(
    breakpoints: Breakpoints, before: Batch | None, batch: Batch, begin: int, *, are_new: bool = False
) -> tuple[int, str] | None:
    """Find the first step of a batch at which a run is to halt: its place in the batch, and why, in words.

    Every fall halts a run, and so does its iteration; a limit where it is crossed, not as long as it stays crossed,
    unless it is new. `before` holds the step before the batch, None at the start, and `begin` is the iteration of the
    batch's first step.
    """
    if breakpoints.count == 0:
        return None
    known = batch if before is None else before.followed_by(batch)
    n_before = len(known.figures) - len(batch.figures)
    found: list[tuple[int, str]] = []
    for holds, words, is_limit in _conditions(breakpoints, known, begin - n_before):
        halts = holds.copy()
        if is_limit:
            halts[1:] &= ~holds[:-1]
            if are_new:
                halts[n_before] = holds[n_before]
        places = np.flatnonzero(halts[n_before:])
        if places.size:
            place = int(places[0])
            found.append((place, f"{words(place + n_before)}, at iteration {begin + place}"))
    return min(found, default=None)


def _conditions(
    breakpoints: Breakpoints, steps: Batch, begin: int
) -> Iterator[tuple[Flags, Callable[[int], str], bool]]:
    """Give for each breakpoint of which steps it holds, what it says of one of them, and whether it is a limit."""
    if breakpoints.on_fall:
        values = steps.log_likelihoods
        drops = np.append(0.0, values[:-1] - values[1:])
        yield drops > 0.0, lambda place: _fall_in_words(float(drops[place]), float(values[place])), False
    if breakpoints.condition is not None:
        limit, stacks = breakpoints.condition, steps.stacked()
        for name in COVARIANCES:
            if name in stacks:
                yield *_exceeds(SYMBOLS[name], condition_numbers(stacks[name]), limit), True
    if breakpoints.watched is not None:
        for flags, words in _leaves(breakpoints.watched, steps.stacked()):
            yield flags, words, True
    if breakpoints.iteration is not None:
        iterations = begin + np.arange(len(steps.figures))
        yield iterations == breakpoints.iteration, lambda _: "The breakpoint is reached", False


def _exceeds(symbol: str, values: Array, limit: float) -> tuple[Flags, Callable[[int], str]]:
    def words(place: int) -> str:
        return f"The condition number of {symbol} is {figure(float(values[place]))}, above {figure(limit)}"

    return values > limit, words


def _leaves(watched: Watched, stacks: dict[str, Array]) -> Iterator[tuple[Flags, Callable[[int], str]]]:
    if watched.name == RADIUS:
        values = np.abs(np.linalg.eigvals(stacks["A"])).max(axis=1)
    else:
        stack = stacks.get(watched.name, np.empty(0))
        if len(watched.place) != stack.ndim - 1 or (np.array(watched.place) >= stack.shape[1:]).any():
            return  # this model has no such entry
        values = stack[(..., *watched.place)]

    def words(place: int) -> str:
        value = float(values[place])
        limit = f"below {figure(watched.low)}" if value < watched.low else f"above {figure(watched.high)}"
        return f"{watched.symbol} is {figure(value)}, {limit}"

    yield (values < watched.low) | (values > watched.high), words


def _fall_in_words(drop: float, level: float) -> str:
    by = " by rounding" if drop <= _CLOSE * max(1.0, abs(level)) else ""
    return f"log p(x) fell by {figure(drop)} nats{by}"


def condition_numbers(covs: Array) -> Array:
    """The largest by the smallest eigenvalue of each covariance (k, n, n); ∞ where that is not above 0."""
    values = np.linalg.eigvalsh(covs)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values[:, 0] > 0.0, values[:, -1] / values[:, 0], np.inf)
