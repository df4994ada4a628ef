"""EM's two half-steps on arrays that are allocated once per run: the compiled kernels, and what they need beside.

A value is made of the arrays only when someone is to see it. Import this module late: numba takes its time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import NumericalError
from lds_gui.lds.kernels import covariances, expectation, likelihood, maximisation
from lds_gui.lds.kernels.compiled import Flags, Indices
from lds_gui.lds.kernels.posterior import Moments, fill_moments
from lds_gui.lds.kernels.values import (
    F0,
    SIGMA,
    SIGMA0,
    A,
    Buffers,
    Counts,
    F,
    Group,
    Outcome,
    Patterns,
    Rules,
    Theta,
    empty_sums,
    empty_theta,
    empty_work,
)
from lds_gui.lds.linalg import is_positive_definite, lower_cholesky, psd_factor
from lds_gui.lds.options import EMOptions
from lds_gui.lds.params import LDSParams

_BLOCK_ROWS = 1024  # rows of a block, which is to stay in the processor's cache
_SLOT_DOUBLES = 2**21  # what the covariances of a block may take
_CANCELS = 1e4  # beyond this ratio of signal to noise Σ x xᵀ − … would lose more than four digits
_STRUCTURES = {"full": maximisation.FULL, "diagonal": maximisation.DIAGONAL, "isotropic": maximisation.ISOTROPIC}
_BROKEN = {
    maximisation.BROKEN_SIGMA: "Sigma",
    maximisation.BROKEN_GAMMA: "Gamma",
    maximisation.BROKEN_SIGMA0: "Sigma0",
}


class Layout(NamedTuple):
    """A data set as the kernels want it: sequences with the same patterns of observed entries side by side."""

    groups: tuple[Group, ...]
    observed: Flags
    counts: Counts

    @property
    def is_partial(self) -> bool:
        """Whether some row is observed in part."""
        size = self.observed.sum(axis=1)
        return bool(np.any((size > 0) & (size < self.observed.shape[1])))


def arrange(dataset: Dataset) -> Layout:
    """The layout of a data set; a complete single sequence isn't copied."""
    masks = [~np.isnan(x) for x in dataset.sequences]
    m = dataset.obs_dim
    if all(mask.all() for mask in masks):
        observed = np.ones((1, m), dtype=np.bool_)
        whiches = [np.zeros(len(mask), dtype=np.int64) for mask in masks]
    else:
        packed = np.packbits(np.concatenate(masks), axis=1)
        _, where, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        observed = np.concatenate(masks)[where]
        whiches = np.split(which.astype(np.int64).ravel(), np.cumsum([len(mask) for mask in masks])[:-1])
    alike: dict[tuple[int, bytes], list[Array]] = {}
    which_of: dict[tuple[int, bytes], Indices] = {}
    for x, which in zip(dataset.sequences, whiches, strict=True):
        key = (len(which), which.tobytes())
        alike.setdefault(key, []).append(x)
        which_of[key] = which
    groups = [_group(sequences, which_of[key], len(observed)) for key, sequences in alike.items()]
    by_pattern = np.sum([np.diff(group.starts) * group.n_sequences for group in groups], axis=0)
    counts = Counts(
        dataset.n_sequences,
        dataset.n_steps - dataset.n_sequences,
        int(by_pattern[observed.any(axis=1)].sum()),
        by_pattern,
    )
    return Layout(tuple(groups), observed, counts)


def _group(sequences: list[Array], which: Indices, n_patterns: int) -> Group:
    order = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[order], np.arange(n_patterns + 1))
    width = sequences[0].shape[1]
    x = sequences[0] if len(sequences) == 1 else np.stack(sequences, axis=1).reshape(-1, width)
    if np.isnan(x).any():
        x = np.nan_to_num(x, nan=0.0)
    return Group(_writable(x), which, order, starts, len(sequences))


def _writable(x: Array) -> Array:
    """The same memory, not marked read-only: numba would compile every kernel once more for arrays that are."""
    if x.flags.writeable:
        return x
    interface = dict(x.__array_interface__)
    interface["data"] = (interface["data"][0], False)

    class View:
        __array_interface__ = interface
        base = x

    return np.asarray(View())


def rules_for(start: LDSParams, options: EMOptions) -> Rules:
    """The M-step's rules."""
    learned = [int(name in options.learn) for name in ("A", "B", "Sigma", "Gamma", "mu0", "Sigma0")]
    structures = [_STRUCTURES[options.structure.get(name, "full")] for name in ("Sigma", "Gamma", "Sigma0")]
    return Rules._make([int(start.is_tied), *learned, *structures, float(options.floor)])


def _factor(cov: Array) -> tuple[Array, int]:
    """A square root of a covariance, triangular if it has full rank, with columns of zeros behind its rank."""
    if is_positive_definite(cov):
        return lower_cholesky(cov), len(cov)
    factor = psd_factor(cov)
    rank = factor.shape[1]
    return np.pad(factor, ((0, 0), (0, len(cov) - rank))), rank


def theta_of(params: LDSParams) -> Theta:
    """The parameters as arrays of their own."""
    theta = empty_theta(params.latent_dim, params.obs_dim)
    theta.square[A], theta.B[0], theta.mu0[0, 0], theta.Gamma[0] = params.A, params.B, params.mu0, params.Gamma
    theta.square[SIGMA], theta.square[SIGMA0] = params.Sigma, params.initial_cov
    theta.square[F], theta.ranks[0] = _factor(params.Sigma)
    theta.square[F0], theta.ranks[1] = _factor(params.initial_cov)
    return theta


class Engine:
    """The two half-steps of EM on one data set.

    `expect` makes the sums of the E-step under the current parameters, `maximise` the next parameters and the ELBO's
    terms; `advance` makes the next ones the current ones.
    """

    def __init__(self, layout: Layout, start: LDSParams, rules: Rules) -> None:
        """Allocate everything."""
        n, m = start.latent_dim, start.obs_dim
        self._layout, self._rules = layout, rules
        self._now, self._next = theta_of(start), empty_theta(n, m)
        self._patterns = _patterns(layout, n, partial=layout.is_partial)
        self._full = int(np.argmax(self._patterns.counts))  # the full pattern, where none is partial
        self._sums, self._work = empty_sums(n, m, len(layout.observed)), empty_work(n, m)
        self.outcome = Outcome(np.zeros(4), np.zeros(4), np.zeros(3, dtype=np.int64))
        self._result = np.zeros(2)
        self._use_errors = layout.is_partial
        self._Sxx = np.zeros((1, m, m))
        if not layout.is_partial:
            with np.errstate(over="ignore", invalid="ignore"):
                for group in layout.groups:
                    self._Sxx[0] += group.x.T @ group.x
        memory = np.empty((2, max(len(group.x) for group in layout.groups), n))
        shapes = {(len(group.which), group.n_sequences) for group in layout.groups}
        self._buffers = {shape: _buffers(memory, *shape, n, m) for shape in shapes}

    def expect(self) -> float:
        """The E-step under the current parameters: log p(x) in nats. Raises NumericalError."""
        with_errors = self._use_errors
        self._expect()
        if not with_errors and self._result[1] > _CANCELS:
            self._use_errors = True
            self._expect()
        return float(self._result[0])

    def _expect(self) -> None:
        theta, patterns, sums, wide = self._now, self._patterns, self._sums, self._work.wide
        if not expectation.begin(theta, patterns, sums, wide):
            raise _indefinite_noise()
        for group in self._layout.groups:
            buffers = self._buffers[len(group.which), group.n_sequences]
            broken = expectation.expect(theta, patterns, group, buffers, sums, wide, self._use_errors)
            if broken >= 0:
                raise _broken_at(broken, len(group.which))
        likelihood.conclude(
            theta,
            patterns,
            self._layout.counts,
            self._full,
            self._Sxx,
            self._use_errors,
            sums,
            self._work,
            self._result,
        )
        if not math.isfinite(self._result[0]):
            raise NumericalError(
                "log-likelihood",
                f"The log-likelihood is {self._result[0]}: numbers on the way to it exceed what 64 bits hold.",
            )

    def maximise(self) -> str:
        """The M-step: the next parameters, and the ELBO's terms in `outcome`; the name of what degenerated, or ""."""
        status = maximisation.maximise(
            self._now,
            self._next,
            self._sums,
            self._patterns,
            self._layout.counts,
            self._rules,
            self.outcome,
            self._work,
        )
        return "" if status == maximisation.FINE else _BROKEN.get(status, "statistics")

    def advance(self) -> None:
        """Make the next parameters the current ones."""
        self._now, self._next = self._next, self._now

    def params(self) -> LDSParams:
        """The current parameters, as a value."""
        now = self._now
        square = now.square.copy()
        return LDSParams.made(
            square[A],
            now.B[0].copy(),
            square[SIGMA],
            now.Gamma[0].copy(),
            now.mu0[0, 0].copy(),
            None if self._rules.tied else square[SIGMA0],
        )


def _patterns(layout: Layout, n: int, *, partial: bool) -> Patterns:
    """The patterns of a layout, with room for what they say of n latents."""
    n_patterns, m = layout.observed.shape
    room = np.zeros((2 * n_patterns, n, n)), np.zeros(n_patterns), np.zeros((1, m, n))
    return Patterns(layout.observed, layout.observed.sum(axis=1), partial, *room)


def _buffers(memory: Array, n_steps: int, n_sequences: int, n: int, m: int) -> Buffers:
    """Buffers for groups of one shape; `memory` (2, rows, n) is shared by all."""
    block = max(1, min(_BLOCK_ROWS // n_sequences, _SLOT_DOUBLES // (covariances.FIELDS * n * n)))
    block = min(block, n_steps)
    n_blocks = -(-n_steps // block)
    return Buffers(
        memory[0],
        memory[1],
        np.zeros(((block + 1) * covariances.FIELDS, n, n)),
        np.zeros(block),
        np.zeros(block, dtype=np.int64),
        np.zeros(((block + 1) * n_sequences, n)),
        np.zeros((block * n_sequences, n)),
        np.zeros((block * n_sequences, m)),
        np.zeros((n_blocks, n, n)),
        np.zeros((n_blocks + 2, 2), dtype=np.int64),
        np.zeros((covariances.SMALL, n, n)),
        block,
    )


def moments(params: LDSParams, data: Dataset) -> Moments:
    """All moments of the latents of a data set of one sequence. Raises NumericalError."""
    n, m, n_steps = params.latent_dim, params.obs_dim, data.n_steps
    layout = arrange(data)
    patterns = _patterns(layout, n, partial=True)  # v is made row by row
    shapes = [(n_steps, n), (n_steps, n, n)] * 3 + [(n_steps - 1, n, n), (n_steps, n), (n_steps,)]
    out = Moments(*(np.zeros(shape) for shape in shapes))
    small = np.zeros((covariances.SMALL + 2 * covariances.FIELDS, n, n))
    broken = fill_moments(theta_of(params), patterns, layout.groups[0], out, small, np.zeros((1, m, m)))
    if broken >= 0:
        raise _broken_at(broken, n_steps)
    return out


def _indefinite_noise() -> NumericalError:
    return NumericalError("Gamma", "Γ is no longer positive definite.")


def _broken_at(step: int, n_steps: int) -> NumericalError:
    """What a kernel found: a covariance that breaks down at a step, or Γ, told by the step after the last."""
    if step == n_steps:
        return _indefinite_noise()
    return NumericalError(
        "predicted covs", f"The predicted covs are no longer finite and positive semi-definite at step {step + 1}."
    )
