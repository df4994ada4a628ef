"""The E-step once more, with square roots of the covariances: for data after which little is left of a huge variance.

In a gap an unstable A lets variances grow until the rounding of the largest drowns the others. A square root has to
span half as many digits. The state is z_t = m⁻ + S ξ = m + S⁺ u with ξ ~ N(0, I) before its observation and
u ~ N(0, I) after it; ξ = shift + shrink · u, and a step in time, S Sᵀ = (A S⁺)(A S⁺)ᵀ + F Fᵀ, is a rotation that takes
u, and w of the noise F w, to ξ of the next step. The way back multiplies by matrices of norm one or less.

Slot k is the matrices k · FIELDS to (k + 1) · FIELDS of a stack: PRIOR S; of the observation SHRINK, TAKEN and LEFT,
the parts of a rotation of (v − R m⁻, 0) that give ξ and what ξ doesn't explain; of the step to the next ξ U_KNOWN,
U_OPEN, W_KNOWN and W_OPEN: u = known · ξ + open · N(0, I), and w likewise.

Sources: Kaminski, Bryson and Schmidt (1971) for square roots; Koopman (1993) for the smoothed noise.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, INDICES, INT, ROWS, STACK, Indices, compiled
from lds_gui.lds.kernels.covariances import FIELDS
from lds_gui.lds.kernels.errors import complete
from lds_gui.lds.kernels.expectation import add_block
from lds_gui.lds.kernels.matrices import add, copy, product, set_identity, times
from lds_gui.lds.kernels.observations import collapse
from lds_gui.lds.kernels.posterior import MOMENTS, Moments
from lds_gui.lds.kernels.values import (
    BUFFERS,
    F0,
    FIRST_N,
    FIRST_RR,
    FIRST_V,
    GROUP,
    LOSS,
    PATTERNS,
    RR,
    RZ,
    SUMS,
    THETA,
    WHITE_SQUARES,
    ZZ,
    A,
    Buffers,
    F,
    Group,
    Patterns,
    Sums,
    Theta,
)

PRIOR, SHRINK, TAKEN, LEFT, U_KNOWN, U_OPEN, W_KNOWN, W_OPEN = range(8)
XI, U, W, WZ, V, ROOT, SPARE = range(7)  # in the stack of a way back: covariances, S⁺, and room
SPACE = 8
_TINY = 1e-280  # of a square: what is smaller counts as zero, before its inverse overflows


@compiled(STACK)
def _rotate(tower: Array) -> None:
    """The left half of tower[0] (2n, 2n) becomes triangular, by reflections; tower[1] the Q with which it was Q U."""
    size = tower.shape[1]
    set_identity(tower, 1, 1.0)
    for k in range(size // 2):
        length = 0.0
        for i in range(k, size):
            length += tower[0, i, k] ** 2
        if length < _TINY:
            for i in range(k, size):
                tower[0, i, k] = 0.0
            continue
        pivot = -np.copysign(np.sqrt(length), tower[0, k, k])
        factor = 1.0 / (length - pivot * tower[0, k, k])
        tower[0, k, k] -= pivot
        for j in range(k + 1, size // 2):
            total = 0.0
            for i in range(k, size):
                total += tower[0, i, k] * tower[0, i, j]
            for i in range(k, size):
                tower[0, i, j] -= factor * total * tower[0, i, k]
        for row in range(size):
            total = 0.0
            for i in range(k, size):
                total += tower[1, row, i] * tower[0, i, k]
            for i in range(k, size):
                tower[1, row, i] -= factor * total * tower[0, i, k]
        tower[0, k, k] = pivot
        for i in range(k + 1, size):
            tower[0, i, k] = 0.0


@compiled(STACK, INT, STACK, INT, INT)
def _cut(slots: Array, at: int, tower: Array, row: int, column: int) -> None:
    """slots[at] is the (n, n) part of Q that begins there."""
    n = slots.shape[1]
    for i in range(n):
        for j in range(n):
            slots[at, i, j] = tower[1, row + i, column + j]


@compiled(STACK, INT, STACK, STACK, INT, FLAG, STACK, STACK, returns=FLOAT)
def _step_ahead(
    slots: Array, k: int, parameters: Array, R: Array, p: int, observed: bool, tower: Array, space: Array
) -> float:
    """Fill slot k from its PRIOR, and the PRIOR of the next; ½ log |I + R P⁻ Rᵀ|, not finite where numbers overflow.

    S⁺ stays in space[ROOT].
    """
    n = slots.shape[1]
    at, loss = k * FIELDS, 0.0
    if observed:
        times(space, SPARE, R, 2 * p, slots, at + PRIOR)
        for i in range(n):
            for j in range(n):
                tower[0, i, j] = space[SPARE, i, j]
                tower[0, n + i, j] = 1.0 if i == j else 0.0
        _rotate(tower)
        for i in range(n):
            loss += np.log(abs(tower[0, i, i]))
        _cut(slots, at + TAKEN, tower, 0, 0)
        _cut(slots, at + LEFT, tower, 0, n)
        _cut(slots, at + SHRINK, tower, n, 0)
    else:
        set_identity(slots, at + SHRINK, 1.0)
    times(space, ROOT, slots, at + PRIOR, slots, at + SHRINK)
    times(space, SPARE, parameters, A, space, ROOT)
    for i in range(n):
        for j in range(n):
            tower[0, i, j] = space[SPARE, j, i]
            tower[0, n + i, j] = parameters[F, j, i]
    _rotate(tower)
    for i in range(n):
        for j in range(n):
            slots[at + FIELDS + PRIOR, i, j] = tower[0, j, i]
            loss += 0.0 * tower[0, j, i]
    _cut(slots, at + U_KNOWN, tower, 0, 0)
    _cut(slots, at + U_OPEN, tower, 0, n)
    _cut(slots, at + W_KNOWN, tower, n, 0)
    _cut(slots, at + W_OPEN, tower, n, n)
    return loss


@compiled(STACK, INT, STACK, INT, FLAG, FLAG, STACK, ROWS, ROWS, INT, ROWS, ROWS, ROWS, returns=FLOAT)
def _filter_row(
    slots: Array,
    k: int,
    R: Array,
    p: int,
    observed: bool,
    partial: bool,
    reader_back: Array,
    x: Array,
    shifts: Array,
    row: int,
    means: Array,
    filtered: Array,
    line: Array,
) -> float:
    """filtered[0] = m⁻ + S · shift; |v − R m⁻|² over I + R P⁻ Rᵀ. The shift replaces v, which is x's where not partial.

    Works in line (2, n).
    """
    n, at, squares = means.shape[1], k * FIELDS, 0.0
    for i in range(n):
        filtered[0, i] = means[row, i]
    if not observed:
        for i in range(n):
            shifts[row, i] = 0.0
        return 0.0
    for i in range(n):
        total = shifts[row, i] if partial else 0.0
        if not partial:
            for j in range(x.shape[1]):
                total += x[row, j] * reader_back[0, j, i]
        for j in range(n):
            total -= R[2 * p, i, j] * means[row, j]
        line[0, i] = total
    for j in range(n):
        line[1, j], left = 0.0, 0.0
        for i in range(n):
            line[1, j] += line[0, i] * slots[at + TAKEN, i, j]
            left += line[0, i] * slots[at + LEFT, i, j]
        squares += left * left
    for i in range(n):
        shifts[row, i] = 0.0
        for j in range(n):
            shifts[row, i] += slots[at + SHRINK, i, j] * line[1, j]
    for i in range(n):
        for j in range(n):
            filtered[0, i] += slots[at + PRIOR, i, j] * shifts[row, j]
    return squares


@compiled(STACK, INT, FLAG, STACK)
def _covariances_back(slots: Array, k: int, is_last: bool, space: Array) -> None:
    """Of a step of slot k: Cov[z | x] in V, Cov[w, z | x] in WZ, Cov[w | x] in W, w being that of the step after.

    XI, the covariance of ξ given x, is that of the step after, and becomes that of this one.
    """
    at = k * FIELDS
    times(space, ROOT, slots, at + PRIOR, slots, at + SHRINK)
    if is_last:
        set_identity(space, U, 1.0)
    else:
        times(space, SPARE, slots, at + W_KNOWN, space, XI)
        product(space, W, space, SPARE, slots, at + W_KNOWN)
        product(space, WZ, space, SPARE, slots, at + U_KNOWN)
        product(space, SPARE, slots, at + W_OPEN, slots, at + W_OPEN)
        add(space, W, space, SPARE, 1.0)
        product(space, SPARE, slots, at + W_OPEN, slots, at + U_OPEN)
        add(space, WZ, space, SPARE, 1.0)
        product(space, SPARE, space, WZ, space, ROOT)
        copy(space, WZ, space, SPARE)
        times(space, SPARE, slots, at + U_KNOWN, space, XI)
        product(space, U, space, SPARE, slots, at + U_KNOWN)
        product(space, SPARE, slots, at + U_OPEN, slots, at + U_OPEN)
        add(space, U, space, SPARE, 1.0)
    times(space, SPARE, space, ROOT, space, U)
    product(space, V, space, SPARE, space, ROOT)
    times(space, SPARE, slots, at + SHRINK, space, U)
    product(space, XI, space, SPARE, slots, at + SHRINK)


@compiled(STACK, INT, FLAG, ROWS, ROWS, INT, ROWS, INT, ROWS, INT, ROWS)
def _mean_back(
    slots: Array,
    k: int,
    is_last: bool,
    means: Array,
    shifts: Array,
    row: int,
    noise: Array,
    noise_row: int,
    xi: Array,
    sequence: int,
    line: Array,
) -> None:
    """means[row] becomes E[z | x], noise[noise_row] E[w | x] of the step after; `xi` has E[ξ | x], a row a sequence."""
    n, at = means.shape[1], k * FIELDS
    for i in range(n):
        line[0, i] = 0.0
        noise[noise_row, i] = 0.0
        if not is_last:
            for j in range(n):
                line[0, i] += slots[at + U_KNOWN, i, j] * xi[sequence, j]
                noise[noise_row, i] += slots[at + W_KNOWN, i, j] * xi[sequence, j]
    for i in range(n):
        total = shifts[row, i]
        for j in range(n):
            total += slots[at + SHRINK, i, j] * line[0, j]
        xi[sequence, i] = total
    for i in range(n):
        for j in range(n):
            means[row, i] += slots[at + PRIOR, i, j] * xi[sequence, j]


@compiled(STACK, ROWS, INT, ROWS)
def _predict_row(parameters: Array, means: Array, row: int, filtered: Array) -> None:
    """means[row] = A · filtered[0]."""
    for i in range(means.shape[1]):
        means[row, i] = 0.0
        for j in range(means.shape[1]):
            means[row, i] += parameters[A, i, j] * filtered[0, j]


@compiled(INT, INT, INT, INDICES, STACK, INT, STACK, STACK, STACK)
def _add_spreads(
    first: int, last: int, T: int, which: Indices, slots: Array, S: int, space: Array, square: Array, spread: Array
) -> None:
    """Add up the covariances of the steps of a block, from the last; RR and RZ with w in the place of r."""
    weight = float(S)
    for t in range(last - 1, first - 1, -1):
        _covariances_back(slots, t - first, t == T - 1, space)
        add(spread, which[t], space, V, weight)
        if t < T - 1:
            add(square, ZZ, space, V, weight)
            add(square, RZ, space, WZ, weight)
            add(square, RR, space, W, weight)
            for i in range(space.shape[1]):
                square[RR, i, i] -= weight


@compiled(THETA, PATTERNS, GROUP, BUFFERS, SUMS, STACK, FLAG, returns=INT, entry=True)
def expect(
    theta: Theta, patterns: Patterns, group: Group, buffers: Buffers, sums: Sums, wide: Array, use_errors: bool
) -> int:
    """What `expectation.expect` does; with w, of z_1 = μ₀ + F₀ w and z_t = A z_{t-1} + F w, in the place of r.

    Returns −1, the step at which numbers overflow, or T where Γ isn't positive definite.
    """
    x, which, S, T = group.x, group.which, group.n_sequences, len(group.which)
    R, counts, partial, block = patterns.R, patterns.counts, patterns.partial, buffers.block
    means, shifts, slots, dual, square = buffers.means, buffers.white, buffers.slots, buffers.dual, sums.square
    n = means.shape[1]
    n_blocks = (T + block - 1) // block
    tower, space = np.zeros((2, 2 * n, 2 * n)), np.zeros((SPACE, n, n))
    filtered, line, xi = np.zeros((1, n)), np.zeros((2, n)), np.zeros((S, n))
    if partial and not collapse(theta.B, theta.Gamma, patterns, group, shifts, wide):
        return T
    for row in range(S):
        for i in range(n):
            means[row, i] = theta.mu0[0, 0, i]
    copy(slots, PRIOR, theta.square, F0)
    for b in range(n_blocks):
        first, last = b * block, min(T, (b + 1) * block)
        copy(buffers.entries, b, slots, PRIOR)
        for t in range(first, last):
            k, p = t - first, which[t]
            observed = bool(counts[p] > 0)
            loss = _step_ahead(slots, k, theta.square, R, p, observed, tower, space)
            if not np.isfinite(loss):
                return t
            sums.scalars[LOSS] += S * loss
            for row in range(t * S, (t + 1) * S):
                sums.scalars[WHITE_SQUARES] += _filter_row(
                    slots,
                    k,
                    R,
                    p,
                    observed,
                    partial,
                    patterns.reader_back,
                    x,
                    shifts,
                    row,
                    means,
                    filtered,
                    line,
                )
                if t + 1 < T:
                    _predict_row(theta.square, means, row + S, filtered)
        copy(slots, PRIOR, slots, (last - first) * FIELDS + PRIOR)

    for b in range(n_blocks - 1, -1, -1):
        first, last = b * block, min(T, (b + 1) * block)
        copy(slots, PRIOR, buffers.entries, b)
        for t in range(first, last):
            _step_ahead(slots, t - first, theta.square, R, which[t], bool(counts[which[t]] > 0), tower, space)
        _add_spreads(first, last, T, which, slots, S, space, square, sums.spread)
        for t in range(last - 1, first - 1, -1):
            for s in range(S):
                row, after = t * S + s, (t + 1 - first) * S + s
                _mean_back(slots, t - first, t == T - 1, means, shifts, row, dual, after, xi, s, line)
        add_block(
            first,
            last,
            T,
            theta.B,
            counts,
            which,
            partial,
            use_errors,
            x,
            S,
            means,
            dual,
            buffers.drive,
            buffers.errors,
            square,
            sums.tall,
            sums.wide,
        )
    for s in range(S):
        for i in range(n):
            sums.first_r[0, 0, i] += xi[s, i]
            for j in range(n):
                square[FIRST_RR, i, j] += xi[s, i] * xi[s, j]
    set_identity(space, SPARE, float(S))
    add(space, SPARE, space, XI, -float(S))
    add(square, FIRST_N, space, SPARE, 1.0)
    add(square, FIRST_V, space, V, float(S))
    if partial:
        complete(theta.B, theta.Gamma, patterns, group, means, buffers.drive, buffers.errors, sums, wide)
    return -1


@compiled(THETA, PATTERNS, GROUP, MOMENTS, ROWS, STACK, STACK, returns=INT, entry=True)
def fill_moments(
    theta: Theta, patterns: Patterns, group: Group, out: Moments, shifts: Array, roots: Array, L: Array
) -> int:
    """What `posterior.fill_moments` does; of each row of `white` only the length counts.

    Works in shifts (T, n) and roots (T, n, n).
    """
    R, counts, which = patterns.R, patterns.counts, group.which
    T, n = out.smoothed_means.shape
    slots, tower, space = np.zeros((2 * FIELDS, n, n)), np.zeros((2, 2 * n, 2 * n)), np.zeros((SPACE, n, n))
    line, noise, xi, now = np.zeros((2, n)), np.zeros((1, n)), np.zeros((1, n)), np.zeros((1, n))
    if not collapse(theta.B, theta.Gamma, patterns, group, shifts, L):
        return T
    copy(slots, FIELDS + PRIOR, theta.square, F0)
    for i in range(n):
        out.predicted_means[0, i] = theta.mu0[0, 0, i]
    for t in range(T):
        p = which[t]
        observed = bool(counts[p] > 0)
        copy(slots, PRIOR, slots, FIELDS + PRIOR)
        copy(roots, t, slots, PRIOR)
        out.losses[t] = _step_ahead(slots, 0, theta.square, R, p, observed, tower, space)
        if not np.isfinite(out.losses[t]):
            return t
        product(out.predicted_covs, t, slots, PRIOR, slots, PRIOR)
        product(out.filtered_covs, t, space, ROOT, space, ROOT)
        squares = _filter_row(slots, 0, R, p, observed, True, L, group.x, shifts, t, out.predicted_means, now, line)
        for i in range(n):
            out.filtered_means[t, i] = now[0, i]
            out.white[t, i] = np.sqrt(squares) if i == 0 else 0.0
            out.smoothed_means[t, i] = out.predicted_means[t, i]
        if t + 1 < T:
            _predict_row(theta.square, out.predicted_means, t + 1, now)
    for t in range(T - 1, -1, -1):
        copy(slots, PRIOR, roots, t)
        _step_ahead(slots, 0, theta.square, R, which[t], bool(counts[which[t]] > 0), tower, space)
        if t + 1 < T:  # S₊ Cov[ξ₊ | x] (S⁺ · known)ᵀ
            times(space, U, space, ROOT, slots, U_KNOWN)
            times(space, W, roots, t + 1, space, XI)
            product(out.cross_covs, t, space, W, space, U)
        _covariances_back(slots, 0, t == T - 1, space)
        copy(out.smoothed_covs, t, space, V)
        _mean_back(slots, 0, t == T - 1, out.smoothed_means, shifts, t, noise, 0, xi, 0, line)
    return -1
