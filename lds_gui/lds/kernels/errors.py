"""Partly observed rows: what their missing entries are expected to be, as the M-step needs it."""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAGS, INDICES, INT, ROWS, STACK, Flags, Indices, compiled
from lds_gui.lds.kernels.matrices import add, gram, product, solve_rows, solve_rows_back, times
from lds_gui.lds.kernels.observations import channel
from lds_gui.lds.kernels.values import (
    EE,
    EE_SPREAD,
    EM,
    GROUP,
    KNOWN_SQUARES,
    MM,
    PATTERNS,
    SUMS,
    Group,
    Patterns,
    Sums,
)


@compiled(STACK, FLAGS, INDICES, INT, STACK, STACK)
def _completion(Gamma: Array, observed: Flags, packed: Indices, size: int, spread: Array, L: Array) -> None:
    """The matrix (m, size) that gives all of e from its observed part, Γ_·o Γ_oo⁻¹."""
    m = len(observed)
    for i in range(m):
        for k in range(size):
            spread[0, i, k] = Gamma[0, i, packed[k]]
    solve_rows(spread, 0, L, 0, size)
    solve_rows_back(spread, 0, L, 0, size)
    for k in range(size):
        for j in range(size):
            spread[0, packed[k], j] = 1.0 if j == k else 0.0


@compiled(INT, ROWS, ROWS, STACK, STACK, STACK)
def _add_rows(filled: int, errors: Array, rows: Array, square: Array, tall: Array, wide: Array) -> None:
    gram(wide, EE, errors[:filled], errors[:filled])
    gram(tall, EM, errors[:filled], rows[:filled])
    gram(square, MM, rows[:filled], rows[:filled])


@compiled(STACK, STACK, PATTERNS, GROUP, ROWS, ROWS, ROWS, SUMS, STACK)
def complete(
    B: Array,
    Gamma: Array,
    patterns: Patterns,
    group: Group,
    means: Array,
    drive: Array,
    errors: Array,
    sums: Sums,
    L: Array,
) -> None:
    """Add up the errors of a group with partly observed rows, pattern by pattern, once its means are smoothed.

    Of e = x − B z the missing entries are Γ_mo Γ_oo⁻¹ e_o + N(0, Γ_mm − Γ_mo Γ_oo⁻¹ Γ_om). What was added to a
    pattern's `spread` is used up. Source: docs/MATHEMATICS.md, section 3, last paragraph.
    """
    m, n = B.shape[1:]
    x, order, starts, S = group.x, group.order, group.starts, group.n_sequences
    R, counts, observed = patterns.R, patterns.counts, patterns.observed
    square, tall, wide, scalars = sums.square, sums.tall, sums.wide, sums.scalars
    reader, packed = np.zeros((n, m)), np.empty(m, np.int64)
    spread = np.zeros((1, m, m))  # e = spread · e_o
    slope, half, among = np.zeros((1, m, n)), np.zeros((1, m, n)), np.zeros((1, m, m))
    error = np.empty(m)
    filled = 0
    for place in range(len(group.present)):
        p, begin = int(group.present[place]), starts[place]
        rows, size = (starts[place + 1] - begin) * S, int(counts[p])
        if size == 0:
            continue
        channel(B, Gamma, observed[p], R, 2 * p, packed, reader, L)
        _completion(Gamma, observed[p], packed, size, spread, L)
        for index in range(rows):
            row = order[begin + index // S] * S + index % S
            for k in range(size):
                total = x[row, packed[k]]
                for j in range(n):
                    total -= B[0, packed[k], j] * means[row, j]
                error[k] = total
            for j in range(n):
                known = 0.0
                for k in range(size):
                    known += reader[j, k] * error[k]
                scalars[KNOWN_SQUARES] += known * known
                drive[filled, j] = means[row, j]
            for i in range(m):
                total = 0.0
                for k in range(size):
                    total += spread[0, i, k] * error[k]
                errors[filled, i] = total
            filled += 1
            if filled == len(errors):
                _add_rows(filled, errors, drive, square, tall, wide)
                filled = 0
        for i in range(m):
            for j in range(n):
                total = 0.0
                for k in range(size):
                    total -= spread[0, i, k] * B[0, packed[k], j]
                slope[0, i, j] = total
        times(half, 0, slope, 0, sums.spread, p)
        add(tall, EM, half, 0, 1.0)
        add(square, MM, sums.spread, p, 1.0)
        product(among, 0, half, 0, slope, 0)
        add(wide, EE_SPREAD, among, 0, 1.0)
        add(sums.spread, p, sums.spread, p, -1.0)
        for i in range(m):
            for j in range(m):
                if not (observed[p, i] or observed[p, j]):
                    left = Gamma[0, i, j]
                    for k in range(size):
                        left -= spread[0, i, k] * Gamma[0, packed[k], j]
                    wide[EE_SPREAD, i, j] += rows * left
    _add_rows(filled, errors, drive, square, tall, wide)
