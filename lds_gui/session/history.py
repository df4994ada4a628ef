"""The iterations of a run: rows of numbers, which are made into steps when someone looks at them.

A step is a dozen Python objects: making all of them would keep the interpreter from painting, and the memory full, when
EM takes thousands of steps a second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload
from weakref import WeakValueDictionary

import numpy as np

from lds_gui.lds import COVARIANCES, Array, BlockGains, ELBOTerms, EMStep, LDSParams, Stop

_TERMS, _GAINS = len(ELBOTerms._fields), len(BlockGains._fields)
_LOG_LIKELIHOOD, _BOUND, _GAP = range(3)
_SPLITS = tuple(np.cumsum([3, _TERMS, _TERMS, _GAINS]).tolist())  # the rest are flags: which covariances were floored
_IN_A_ROW = "A", "B", "Sigma", "Gamma", "mu0", "Sigma0"  # the last one where it is not tied to Σ
_N_FIGURES = _SPLITS[-1] + len(COVARIANCES)
_UNKNOWN, _NOTHING_FLOORED = [np.nan] * max(_TERMS, _GAINS), [0.0] * len(COVARIANCES)


class Batch(NamedTuple):
    """Some successive steps on their way: `figures` (k, …) of each, and its parameters (k, …) in one row.

    `shape`: n, m, and whether Σ₀ is tied to Σ. `stop` is that of the last one.
    """

    figures: Array
    params: Array
    shape: tuple[int, int, bool]
    stop: Stop | None

    @classmethod
    def of(cls, steps: Sequence[EMStep]) -> Batch:
        """Pack steps, at least one."""
        first = steps[0].params
        names = [name for name in _IN_A_ROW if getattr(first, name) is not None]
        by_name = [np.array([getattr(step.params, name) for step in steps]).reshape(len(steps), -1) for name in names]
        return cls(
            np.array([_figures(step) for step in steps]),
            np.concatenate(by_name, axis=1),
            (first.latent_dim, first.obs_dim, first.is_tied),
            steps[-1].stop,
        )

    def __bool__(self) -> bool:
        """Say whether there is a step in it."""
        return len(self.figures) > 0

    @property
    def log_likelihoods(self) -> Array:
        """The log-likelihood after each step, in nats."""
        return self.figures[:, _LOG_LIKELIHOOD]

    def stacked(self) -> dict[str, Array]:
        """The parameters of the steps by name, each (k, …)."""
        return _stacked(self.params, self.shape)

    def followed_by(self, other: Batch) -> Batch:
        """Put another batch of the same run behind this one."""
        return other._replace(
            figures=np.concatenate([self.figures, other.figures]), params=np.concatenate([self.params, other.params])
        )

    @property
    def last(self) -> Batch:
        """The last step alone."""
        return self.divided(len(self.figures) - 1)[1]

    def divided(self, count: int) -> tuple[Batch, Batch]:
        """Give the first `count` steps, and the rest."""
        stop = self.stop if count >= len(self.figures) else None
        head = self._replace(figures=self.figures[:count], params=self.params[:count], stop=stop)
        return head, self._replace(figures=self.figures[count:], params=self.params[count:])


class History(Sequence[EMStep]):
    """Steps, oldest first. Append-only: one thread may append while others read what was there before.

    A step that is looked at again is the same object as long as someone holds it, and so are its parameters.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._length = 0
        self._figures = np.empty((_N_FIGURES, 64))
        self._params: list[Array] = []  # by batches
        self._begins: list[int] = []  # the iteration that each batch begins with
        self._shape = (0, 0, True)
        self._stop: tuple[int, Stop] | None = None
        self._made: WeakValueDictionary[int, EMStep] = WeakValueDictionary()
        self._made_params: WeakValueDictionary[int, LDSParams] = WeakValueDictionary()

    @classmethod
    def of(cls, steps: Iterable[EMStep]) -> History:
        """Make a history of these steps."""
        history, given = cls(), list(steps)
        if given:
            history.append(Batch.of(given))
        return history

    @classmethod
    def unpacked(cls, figures: Array, params: Array, shape: tuple[int, int, bool], stop: Stop | None) -> History:
        """Make a history of what `packed` gave; ValueError, with half a sentence, where it cannot have given that."""
        history = cls()
        n, m, _ = shape
        if figures.ndim != 2 or params.ndim != 2 or len(figures) != len(params):
            raise ValueError("its figures and its parameters are of different numbers of steps")
        if not len(figures):
            return history
        if figures.shape[1] != _N_FIGURES or min(n, m) < 1 or params.shape[1] != _row_length(*shape):
            raise ValueError(f"rows of {figures.shape[1]} and {params.shape[1]} numbers are none of its steps")
        if not (np.isfinite(params).all() and np.isfinite(figures[:, _LOG_LIKELIHOOD]).all()):
            raise ValueError("a step is not finite")
        for name, stack in _stacked(params, shape).items():
            if name in COVARIANCES and not np.array_equal(stack, np.swapaxes(stack, 1, 2)):
                raise ValueError(f"{name} is not symmetric in some step")
        history.append(Batch(figures, params, shape, stop))
        return history

    def packed(self, count: int) -> tuple[Array, Array, tuple[int, int, bool], Stop | None]:
        """Give the figures (count, …) and the parameters (count, …) of the first steps in rows, their shape and end."""
        figures = np.ascontiguousarray(self._figures[:, :count].T)
        batches = self._params[: bisect_right(self._begins, max(count - 1, 0))]
        params = np.concatenate(batches)[:count] if batches and count else np.empty((0, 0))
        stop = self._stop[1] if self._stop is not None and self._stop[0] < count else None
        return figures, params, self._shape, stop

    def append(self, batch: Batch) -> None:
        """Add the steps of a batch, if there are any in it."""
        if not batch:
            return
        begin, end = self._length, self._length + len(batch.figures)
        if end > self._figures.shape[1]:
            grown = np.empty((_N_FIGURES, 2 * end))
            grown[:, :begin] = self._figures[:, :begin]
            self._figures = grown
        self._figures[:, begin:end] = batch.figures.T
        self._shape = batch.shape
        self._params.append(batch.params)
        self._begins.append(begin)
        if batch.stop is not None:
            self._stop = (end - 1, batch.stop)
        self._length = end  # last: whoever reads the length finds everything else

    @property
    def n_bytes(self) -> int:
        """The memory that the steps take."""
        return self._figures.nbytes + sum(params.nbytes for params in self._params)

    def __len__(self) -> int:
        """Give the number of steps so far."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> EMStep: ...
    @overload
    def __getitem__(self, index: slice) -> list[EMStep]: ...
    def __getitem__(self, index: int | slice) -> EMStep | list[EMStep]:
        """Give the step of this iteration, or those of a slice."""
        if isinstance(index, slice):
            return [self[iteration] for iteration in range(*index.indices(self._length))]
        iteration = index + self._length if index < 0 else index
        if not 0 <= iteration < self._length:
            raise IndexError(f"There is no iteration {index} among {self._length}.")
        step = self._made.get(iteration)
        if step is None:
            step = self._made[iteration] = self._step(iteration)
        return step

    @property
    def log_likelihoods(self) -> Array:
        """The log-likelihood after each iteration, in nats."""
        return self._column(_LOG_LIKELIHOOD)

    @property
    def bounds(self) -> Array:
        """The bound that each M-step reached; NaN at the start, which has none."""
        return self._column(_BOUND)

    @property
    def gaps(self) -> Array:
        """What each E-step left between the bound and the log-likelihood; NaN where it is not known."""
        return self._column(_GAP)

    @property
    def gains(self) -> Array:
        """What each M-step gained by the blocks of `BlockGains`, (k, 3) nats; NaN at the start, which has none."""
        gains = self._figures[_SPLITS[2] : _SPLITS[3], : self._length].T
        gains.setflags(write=False)
        return gains

    def transition_matrices(self, iterations: Iterable[int]) -> Array:
        """The A of these iterations, (k, n, n)."""
        n = self._shape[0]
        return np.array([self._row(iteration)[: n * n] for iteration in iterations]).reshape(-1, n, n)

    def stacked(self, iterations: Iterable[int]) -> dict[str, Array]:
        """The parameters of these iterations by name, each (k, …): no objects are made of them, which takes longer."""
        return _stacked(np.array([self._row(iteration) for iteration in iterations]), self._shape)

    def _column(self, which: int) -> Array:
        length = self._length
        column = self._figures[which, :length]
        column.setflags(write=False)
        return column

    def _step(self, iteration: int) -> EMStep:
        scalars, terms, after, gains, floored = np.split(self._figures[:, iteration], _SPLITS)
        bound, gap = (None if np.isnan(value) else value for value in scalars[1:].tolist())
        return EMStep(
            iteration,
            self._params_of(iteration),
            float(scalars[_LOG_LIKELIHOOD]),
            bound,
            self._stop[1] if self._stop is not None and self._stop[0] == iteration else None,
            None if np.isnan(terms).all() else ELBOTerms(*terms.tolist()),
            None if np.isnan(after).all() else ELBOTerms(*after.tolist()),
            None if np.isnan(gains).all() else BlockGains(*gains.tolist()),
            gap,
            tuple(name for name, acted in zip(COVARIANCES, floored, strict=True) if acted > 0),
        )

    def _params_of(self, iteration: int) -> LDSParams:
        params = self._made_params.get(iteration)
        if params is None:
            params = self._made_params[iteration] = _params(self._row(iteration), *self._shape)
        return params

    def _row(self, iteration: int) -> Array:
        batch = bisect_right(self._begins, iteration) - 1
        return self._params[batch][iteration - self._begins[batch]]


def _figures(step: EMStep) -> list[float]:
    scalars = (step.log_likelihood, step.elbo_after_m, step.gap)
    return [
        *[np.nan if value is None else value for value in scalars],
        *(step.terms or _UNKNOWN[:_TERMS]),
        *(step.terms_after_m or _UNKNOWN[:_TERMS]),
        *(step.gains or _UNKNOWN[:_GAINS]),
        *([float(name in step.floored) for name in COVARIANCES] if step.floored else _NOTHING_FLOORED),
    ]


def _params(row: Array, n: int, m: int, tied: bool) -> LDSParams:
    return LDSParams.made(*(part.reshape(shape).copy() for _, shape, part in _parts(row, n, m, tied)))


def _stacked(rows: Array, shape: tuple[int, int, bool]) -> dict[str, Array]:
    return {name: part.reshape(len(rows), *size) for name, size, part in _parts(rows, *shape)}


def _row_length(n: int, m: int, tied: bool) -> int:
    return n * n + m * n + n * n + m * m + n + (0 if tied else n * n)


def _parts(rows: Array, n: int, m: int, tied: bool) -> Iterator[tuple[str, tuple[int, ...], Array]]:
    """Give each parameter's name, its shape, and its share of the last axis of the rows."""
    shapes = {"A": (n, n), "B": (m, n), "Sigma": (n, n), "Gamma": (m, m), "mu0": (n,)}
    if not tied:
        shapes["Sigma0"] = (n, n)
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1]
    for (name, shape), part in zip(shapes.items(), np.split(rows, ends, axis=-1), strict=True):
        yield name, shape, part
