"""EM's two half-steps on arrays that are allocated once per run: the compiled kernels, and what they need beside.

A value is made of the arrays only when someone is to see it. Import this module late: numba takes its time.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import NumericalError
from lds_gui.lds.kernels import covariances, expectation, likelihood, maximisation, roots
from lds_gui.lds.kernels.posterior import Moments, fill_moments
from lds_gui.lds.kernels.values import (
    F0,
    FIRST_N,
    FIRST_RR,
    LOST,
    RR,
    RZ,
    SIGMA,
    SIGMA0,
    A,
    Buffers,
    F,
    Outcome,
    Patterns,
    Rules,
    Sums,
    Theta,
    empty_sums,
    empty_theta,
    empty_work,
)
from lds_gui.lds.layout import Layout, arrange
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
        self._use_errors, self._use_roots = layout.is_partial, False
        self._Sxx = np.zeros((1, m, m))
        if not layout.is_partial:
            with np.errstate(over="ignore", invalid="ignore"):
                for group in layout.groups:
                    self._Sxx[0] += _products(group.x)
        shapes = {(len(group.which), group.n_sequences) for group in layout.groups}
        self._buffers = _buffers(shapes, n, m)

    def expect(self) -> float:
        """The E-step under the current parameters: log p(x) in nats. Raises NumericalError.

        Where it turns out that digits were lost, it is made again, and from then on, in the way that keeps them.
        """
        try:
            self._expect()
        except NumericalError:
            if self._use_roots:
                raise
            self._use_roots = True
            self._expect()
        use_errors = self._use_errors or self._result[1] > _CANCELS
        use_roots = self._use_roots or self._sums.scalars[LOST] > 0.0
        if (use_errors, use_roots) != (self._use_errors, self._use_roots):
            self._use_errors, self._use_roots = use_errors, use_roots
            self._expect()
        return float(self._result[0])

    def _expect(self) -> None:
        theta, patterns, sums, wide = self._now, self._patterns, self._sums, self._work.wide
        if not expectation.begin(theta, patterns, sums, wide):
            raise _indefinite_noise()
        expect = roots.expect if self._use_roots else expectation.expect
        for group in self._layout.groups:
            buffers = self._buffers[len(group.which), group.n_sequences]
            broken = expect(theta, patterns, group, buffers, sums, wide, self._use_errors)
            if broken >= 0:
                raise _broken_at(broken, len(group.which))
        if self._use_roots:
            _in_latent_units(theta, sums)
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


def _products(x: Array) -> Array:
    """Σ x xᵀ over the rows that are observed, no row being so in part; in blocks, which take little memory."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for begin in range(0, len(x), _BLOCK_ROWS):
        rows = x[begin : begin + _BLOCK_ROWS]
        seen = rows[~np.isnan(rows[:, 0])]
        total += seen.T @ seen
    return total


def _patterns(layout: Layout, n: int, *, partial: bool) -> Patterns:
    """The patterns of a layout, with room for what they say of n latents."""
    n_patterns, m = layout.observed.shape
    room = np.zeros((2 * n_patterns, n, n)), np.zeros(n_patterns), np.zeros((1, m, n))
    return Patterns(layout.observed, layout.observed.sum(axis=1), partial, *room)


def _block(n_steps: int, n_sequences: int, n: int) -> int:
    """The steps of a block."""
    return max(1, min(n_steps, _BLOCK_ROWS // n_sequences, _SLOT_DOUBLES // (covariances.FIELDS * n * n)))


def _buffers(shapes: set[tuple[int, int]], n: int, m: int) -> dict[tuple[int, int], Buffers]:
    """Buffers for groups of each shape, steps and sequences: parts of the same memory, one group using it at a time."""
    blocks = {shape: _block(*shape, n) for shape in shapes}
    rows = max(n_steps * n_sequences for n_steps, n_sequences in shapes)
    block = max(blocks.values())
    block_rows = max(blocks[shape] * shape[1] for shape in shapes)
    n_blocks = max(-(-shape[0] // blocks[shape]) for shape in shapes)
    n_sequences = max(shape[1] for shape in shapes)
    means, white = np.empty((rows, n)), np.empty((rows, n))
    slots, small = np.zeros(((block + 1) * covariances.FIELDS, n, n)), np.zeros((covariances.SMALL, n, n))
    losses, slot_of = np.zeros(block), np.zeros(block, dtype=np.int64)
    dual, drive = np.zeros((block_rows + n_sequences, n)), np.zeros((block_rows, n))
    errors = np.zeros((block_rows, m))
    entries, watches = np.zeros((n_blocks, n, n)), np.zeros((n_blocks + 2, 2), dtype=np.int64)
    return {
        shape: Buffers(means, white, slots, losses, slot_of, dual, drive, errors, entries, watches, small, block)
        for shape, block in blocks.items()
    }


def moments(params: LDSParams, data: Dataset) -> Moments:
    """All moments of the latents of a data set of one sequence. Raises NumericalError."""
    n, m, n_steps = params.latent_dim, params.obs_dim, data.n_steps
    layout = arrange(data)
    patterns = _patterns(layout, n, partial=True)  # v is made row by row
    shapes = [(n_steps, n), (n_steps, n, n)] * 3 + [(n_steps - 1, n, n), (n_steps, n), (n_steps,)]
    out = Moments(*(np.zeros(shape) for shape in shapes))
    small = np.zeros((covariances.SMALL + 2 * covariances.FIELDS, n, n))
    theta, L = theta_of(params), np.zeros((1, m, m))
    broken = fill_moments(theta, patterns, layout.groups[0], out, small, L)
    if broken >= 0 or _has_drowned(out):
        rooms = np.zeros((n_steps, n)), np.zeros((n_steps, n, n))
        broken = roots.fill_moments(theta, patterns, layout.groups[0], out, *rooms, L)
    if broken >= 0:
        raise _broken_at(broken, n_steps)
    return out


def _has_drowned(found: Moments) -> bool:
    """Whether somewhere so little is left of a filtered variance that its rounding exceeds what may be lost."""
    before, after = (np.diagonal(covs, axis1=1, axis2=2) for covs in (found.filtered_covs, found.smoothed_covs))
    gone = after.min(axis=0) * covariances.GONE
    return bool(np.any(after * covariances.DROWNS < before) or np.any((gone > 0.0) & (gone < before.max(axis=0))))


def _in_latent_units(theta: Theta, sums: Sums) -> None:
    """From the sums over w, F w being the noise, those over r with w = Fᵀ r."""
    F_back, F0_back = (cast(Array, np.linalg.pinv(theta.square[f])) for f in (F, F0))
    sums.square[RR] = F_back.T @ sums.square[RR] @ F_back
    sums.square[RZ] = F_back.T @ sums.square[RZ]
    for k in (FIRST_RR, FIRST_N):
        sums.square[k] = F0_back.T @ sums.square[k] @ F0_back
    sums.first_r[0] = sums.first_r[0] @ F0_back


def _indefinite_noise() -> NumericalError:
    return NumericalError("Gamma", "Γ is no longer positive definite.")


def _broken_at(step: int, n_steps: int) -> NumericalError:
    """What a kernel found: a covariance that breaks down at a step, or Γ, told by the step after the last."""
    if step == n_steps:
        return _indefinite_noise()
    return NumericalError(
        "predicted covariances",
        f"The predicted covariances are no longer finite and positive semi-definite at step {step + 1}.",
    )
