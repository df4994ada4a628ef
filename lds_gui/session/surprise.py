"""How much each time step surprises the model, along a run: a table of iterations by time, which fills up by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds import Array, Dataset, LDSParams, NumericalError, ParameterError, innovations
from lds_gui.session.history import History

MOST_BINS = 500  # of time
_BATCH_SECONDS = 0.03  # rows of this long travel together: a view that is wanted meanwhile waits for no more
_MOST_AT_ONCE = 16  # rows of one batch, whose parameters travel before anybody knows how many there is time for

Row = tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Surprise:
    """log p(x_t | x_1..x_{t−1}) of the first sequence at some iterations of a run, as far as it is derived.

    Arrays are read-only. K iterations, N bins of equally many time steps; the last bin may have fewer.

    Attributes:
        history: the run's, whose parameters these are.
        n_steps: T, the length of the sequence.
        edges: (N + 1,) where the bins begin and end on the time axis, on which step t reaches from t − ½ to t + ½.
        iterations: those that are derived, K of `surprise_grid`, ascending.
        log_densities: (K, N) the mean over the observed steps of each bin, in nats per step; NaN where nothing is
            observed, and in the rows of `failed`.
        lowest: (K, N) the lowest of each bin, in nats; the same where a bin is one step.
        failed: the iterations whose densities float64 cannot hold.
    """

    history: History
    n_steps: int
    edges: Array
    iterations: tuple[int, ...]
    log_densities: Array
    lowest: Array
    failed: tuple[int, ...] = ()

    @classmethod
    def begun(cls, history: History, n_steps: int) -> Surprise:
        """Begin without a row."""
        edges = np.append(np.arange(0.0, n_steps, bin_width(n_steps)), n_steps) + 0.5
        edges.setflags(write=False)
        nothing = np.empty((0, len(edges) - 1))
        return cls(history, n_steps, edges, (), nothing, nothing)

    def with_rows(self, iterations: Sequence[int], rows: Sequence[Row | None]) -> Surprise:
        """Add the rows of these iterations, which are not there yet; None for one that cannot be computed."""
        nothing = np.full(len(self.edges) - 1, np.nan)
        added = np.array([row or (nothing, nothing) for row in rows]).reshape(-1, 2, len(nothing))
        all_iterations = np.array([*self.iterations, *iterations], dtype=np.intp)
        order = np.argsort(all_iterations)
        tables = [
            np.concatenate([old, added[:, which]])[order] for which, old in enumerate((self.log_densities, self.lowest))
        ]
        for table in tables:
            table.setflags(write=False)
        failed = [iteration for iteration, row in zip(iterations, rows, strict=True) if row is None]
        return replace(
            self,
            iterations=tuple(all_iterations[order].tolist()),
            log_densities=tables[0],
            lowest=tables[1],
            failed=tuple(sorted([*self.failed, *failed])),
        )

    def missing(self, n_recorded: int) -> list[int]:
        """Give the iterations still to be derived, in the order in which they show most: the ends, then ever finer."""
        rows, there = surprise_grid(n_recorded), set(self.iterations)
        wanted = [place for place, iteration in enumerate(rows) if iteration not in there]
        ends = {0, len(rows) - 1}
        return [rows[place] for place in sorted(wanted, key=lambda place: (place not in ends, -(place & -place)))]

    def next_batch(self, n_recorded: int) -> list[int]:
        """Give the missing iterations that are to be derived next."""
        return self.missing(n_recorded)[:_MOST_AT_ONCE]


def surprise_grid(n_recorded: int) -> tuple[int, ...]:
    """Give the iterations that have a row, of so many: 0 to 8, then four to each doubling, however far a run gets."""

    def iterations() -> Iterator[int]:
        iteration = 0
        while iteration < n_recorded:
            yield iteration
            iteration += 1 << max(iteration.bit_length() - 3, 0)

    return tuple(iterations())


def bin_width(n_steps: int) -> int:
    """Give how many of so many steps make one bin."""
    return max(-(-n_steps // MOST_BINS), 1)


def binned(log_densities: Array, observed: NDArray[np.bool_]) -> Row:
    """Give mean and lowest of the values (T,) in each bin, of those steps that are observed; NaN where none is."""
    starts = np.arange(0, len(log_densities), bin_width(len(log_densities)))
    counts = np.add.reduceat(observed.astype(np.float64), starts)
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing by nothing; ∞ − ∞
        means = np.add.reduceat(np.where(observed, log_densities, 0.0), starts) / counts
    lowest = np.minimum.reduceat(np.where(observed, log_densities, np.inf), starts)
    return means, np.where(counts > 0, lowest, np.nan)


def derive_rows(params: Sequence[LDSParams], dataset: Dataset) -> list[Row | None]:
    """Derive the rows of these parameters for the first sequence: the first, and as many more as there is time for.

    None for one that float64 cannot hold.
    """
    observations = dataset.sequences[0]
    observed = np.asarray(~np.isnan(observations).all(axis=1))
    began, rows = time.monotonic(), list[Row | None]()
    for one in params:
        try:
            rows.append(binned(innovations(one, observations).log_densities, observed))
        except (NumericalError, ParameterError):
            rows.append(None)
        if time.monotonic() - began >= _BATCH_SECONDS:
            break
    return rows
