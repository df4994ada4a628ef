"""What the E-step amounts to once all groups are added up: log p(x), and the sums over errors."""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOATS, INT, STACK, compiled
from lds_gui.lds.kernels.matrices import add, cholesky, copy, product, quotient_trace, times
from lds_gui.lds.kernels.values import (
    COUNTS,
    EE,
    EE_SPREAD,
    EM,
    KNOWN_SQUARES,
    LOSS,
    MM,
    PATTERNS,
    SUMS,
    THETA,
    WHITE_SQUARES,
    WORK,
    XM,
    Counts,
    Patterns,
    Sums,
    Theta,
    Work,
)

_LOG_2PI = float(np.log(2.0 * np.pi))


@compiled(STACK, STACK, STACK, STACK, INT, STACK, STACK, STACK, FLAG)
def _complete_rows(
    B: Array,
    square: Array,
    tall: Array,
    wide: Array,
    full: int,
    spread: Array,
    Sxx: Array,
    spare: Array,
    use_errors: bool,
) -> None:
    """Complete the sums over errors for data without partly observed rows, the full pattern being `full`."""
    m, n = B.shape[1:]
    if not use_errors:
        explained, space = np.empty((1, m, n)), np.empty((3, m, m))
        times(explained, 0, B, 0, square, MM)
        product(space, 0, explained, 0, B, 0)
        product(space, 1, tall, XM, B, 0)
        for i in range(m):
            for j in range(m):
                wide[EE, i, j] = Sxx[0, i, j] - space[1, i, j] - space[1, j, i] + space[0, i, j]
        copy(tall, EM, tall, XM)
        add(tall, EM, explained, 0, -1.0)
    times(spare, 0, B, 0, spread, full)
    add(tall, EM, spare, 0, -1.0)
    product(wide, EE_SPREAD, spare, 0, B, 0)
    add(square, MM, spread, full, 1.0)


@compiled(THETA, PATTERNS, COUNTS, INT, STACK, FLAG, SUMS, WORK, FLOATS, entry=True)
def conclude(
    theta: Theta,
    patterns: Patterns,
    counts: Counts,
    full: int,
    Sxx: Array,
    use_errors: bool,
    sums: Sums,
    work: Work,
    result: Array,
) -> None:
    """Once all groups are added up: `result` (2,), log p(x) in nats, and the ratio of signal to noise of a full row.

    log p(x) is that of the innovations, and of what no state can explain of x. Works on `sums`, once.
    """
    B, wide = theta.B, work.wide
    m, n = B.shape[1:]
    total = 0.0
    for p in range(len(counts.by_pattern)):
        total -= counts.by_pattern[p] * (0.5 * patterns.counts[p] * _LOG_2PI + patterns.volumes[p])
    signal = 0.0
    if not patterns.partial:
        _complete_rows(B, sums.square, sums.tall, sums.wide, full, sums.spread, Sxx, work.tall, use_errors)
        times(work.square, 0, patterns.R, 2 * full, sums.square, MM)
        for i in range(n):
            for j in range(n):
                signal += work.square[0, i, j] * patterns.R[2 * full, i, j]
    cholesky(wide, 0, theta.Gamma, 0, m)
    squares = quotient_trace(sums.wide, EE, m, wide)
    if patterns.partial:
        squares -= sums.scalars[KNOWN_SQUARES]
    else:
        times(work.tall, 0, sums.wide, EE, patterns.reader_back, 0)
        for i in range(m):
            for j in range(n):
                squares -= work.tall[0, i, j] * patterns.reader_back[0, i, j]
    result[0] = total - sums.scalars[LOSS] - 0.5 * (sums.scalars[WHITE_SQUARES] + squares)
    result[1] = signal / max(1, counts.rows)
