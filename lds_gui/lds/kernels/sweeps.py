"""The recursions of the means, over rows that share the covariances of one slot (see `covariances`).

Many such rows are matrix products over time but for one small recursion. For two and four latents, the commonest, that
and the products are one sweep in registers.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, INDICES, INT, ROWS, STACK, Indices, compiled, inlined
from lds_gui.lds.kernels.covariances import A_BACK, FIELDS, GAIN, LOOP, NOTHING, PREDICTED, READER, WHITENER
from lds_gui.lds.kernels.matrices import add_rows, multiply, plus_times, set_rows, solve_rows, subtract_rows, transpose

_MANY = 16  # rows of one slot from which on library products pay
_LOOP, _MOVING, _READER = range(3)  # what takes a row of means, or of observations, to the next; and to an observation


@inlined
def _two_times(a: float, b: float, M: Array, k: int) -> tuple[float, float]:
    """The row (a, b) times M[k]."""
    return a * M[k, 0, 0] + b * M[k, 1, 0], a * M[k, 0, 1] + b * M[k, 1, 1]


@inlined
def _four_times(a: float, b: float, c: float, d: float, M: Array, k: int) -> tuple[float, float, float, float]:
    """The row (a, b, c, d) times M[k]."""
    return (
        a * M[k, 0, 0] + b * M[k, 1, 0] + c * M[k, 2, 0] + d * M[k, 3, 0],
        a * M[k, 0, 1] + b * M[k, 1, 1] + c * M[k, 2, 1] + d * M[k, 3, 1],
        a * M[k, 0, 2] + b * M[k, 1, 2] + c * M[k, 2, 2] + d * M[k, 3, 2],
        a * M[k, 0, 3] + b * M[k, 1, 3] + c * M[k, 2, 3] + d * M[k, 3, 3],
    )


@compiled(ROWS, INT, ROWS, INT, FLOAT, STACK, INT)
def _add_row_times(to: Array, row: int, source: Array, from_row: int, factor: float, M: Array, k: int) -> None:
    """to[row] += factor · source[from_row] M[k]."""
    for i in range(M.shape[1]):
        value = factor * source[from_row, i]
        for j in range(M.shape[2]):
            to[row, j] += value * M[k, i, j]


@compiled(ROWS, INT, STACK, INT)
def whiten(white: Array, row: int, slots: Array, at: int) -> None:
    """A row v becomes C⁻¹ v."""
    for i in range(white.shape[1]):
        total = white[row, i]
        for j in range(i):
            total -= slots[at + WHITENER, i, j] * white[row, j]
        white[row, i] = total / slots[at + WHITENER, i, i]


@inlined
def _filter_four(
    row: int,
    slots: Array,
    at: int,
    model: Array,
    R: Array,
    p: int,
    reader_back: Array,
    observed: bool,
    partial: bool,
    x: Array,
    S: int,
    n_rows: int,
    means: Array,
    white: Array,
) -> float:
    """A step of `filter_steps` for four latents."""
    a, b, c, d = means[row, 0], means[row, 1], means[row, 2], means[row, 3]
    squares = 0.0
    if observed:
        if partial:
            e, f, g, h = white[row, 0], white[row, 1], white[row, 2], white[row, 3]
        else:
            e = f = g = h = 0.0
            for j in range(x.shape[1]):
                e += x[row, j] * reader_back[0, j, 0]
                f += x[row, j] * reader_back[0, j, 1]
                g += x[row, j] * reader_back[0, j, 2]
                h += x[row, j] * reader_back[0, j, 3]
        u, v, w, z = _four_times(a, b, c, d, R, 2 * p + 1)
        k = at + WHITENER
        e = (e - u) / slots[k, 0, 0]
        f = (f - v - slots[k, 1, 0] * e) / slots[k, 1, 1]
        g = (g - w - slots[k, 2, 0] * e - slots[k, 2, 1] * f) / slots[k, 2, 2]
        h = (h - z - slots[k, 3, 0] * e - slots[k, 3, 1] * f - slots[k, 3, 2] * g) / slots[k, 3, 3]
        white[row, 0] = e
        white[row, 1] = f
        white[row, 2] = g
        white[row, 3] = h
        squares = e * e + f * f + g * g + h * h
        u, v, w, z = _four_times(e, f, g, h, slots, at + GAIN)
        a, b, c, d = a + u, b + v, c + w, d + z
    if row + S < n_rows:
        u, v, w, z = _four_times(a, b, c, d, model, A_BACK)
        means[row + S, 0] = u
        means[row + S, 1] = v
        means[row + S, 2] = w
        means[row + S, 3] = z
    return squares


@compiled(INT, INT, STACK, INT, STACK, STACK, INT, STACK, FLAG, FLAG, ROWS, INT, INT, ROWS, ROWS, ROWS, returns=FLOAT)
def filter_steps(
    begin: int,
    stop: int,
    slots: Array,
    at: int,
    model: Array,
    R: Array,
    p: int,
    reader_back: Array,
    observed: bool,
    partial: bool,
    x: Array,
    S: int,
    n_rows: int,
    means: Array,
    white: Array,
    drive: Array,
) -> float:
    """The means and whitened innovations of rows that share a slot, one after the other; Σ |white|².

    `drive[0]` keeps the filtered mean of the last row.
    """
    n = means.shape[1]
    squares = 0.0
    for row in range(begin, stop):
        for i in range(n):
            drive[0, i] = means[row, i]
        if observed:
            if not partial:
                for i in range(n):
                    white[row, i] = 0.0
                _add_row_times(white, row, x, row, 1.0, reader_back, 0)
            _add_row_times(white, row, means, row, -1.0, R, 2 * p + 1)
            whiten(white, row, slots, at)
            for i in range(n):
                squares += white[row, i] * white[row, i]
            _add_row_times(drive, 0, white, row, 1.0, slots, at + GAIN)
        if row + S < n_rows:
            for i in range(n):
                means[row + S, i] = 0.0
            _add_row_times(means, row + S, drive, 0, 1.0, model, A_BACK)
    return squares


@inlined
def _advance_in_fours(
    means: Array, white: Array, begin: int, stop: int, count: int, S: int, ahead: Array, observed: bool
) -> float:
    """The recursion of `_filter_rows` in one sweep, for four latents: a row is computed before any of it is stored."""
    squares = 0.0
    for row in range(begin, stop):
        p, q, r, s = white[row, 0], white[row, 1], white[row, 2], white[row, 3]
        first, second, third, fourth = _four_times(p, q, r, s, ahead, _MOVING)  # ready before the means are
        a, b, c, d = means[row, 0], means[row, 1], means[row, 2], means[row, 3]
        if row - begin < count:
            e, f, g, h = _four_times(a, b, c, d, ahead, _LOOP)
            means[row + S, 0] = first + e
            means[row + S, 1] = second + f
            means[row + S, 2] = third + g
            means[row + S, 3] = fourth + h
        if observed:
            e, f, g, h = _four_times(a, b, c, d, ahead, _READER)
            p, q, r, s = p - e, q - f, r - g, s - h
            white[row, 0] = p
            white[row, 1] = q
            white[row, 2] = r
            white[row, 3] = s
            squares += p * p + q * q + r * r + s * s
    return squares


@inlined
def _advance_in_twos(
    means: Array, white: Array, begin: int, stop: int, count: int, S: int, ahead: Array, observed: bool
) -> float:
    """The same for two latents."""
    squares = 0.0
    for row in range(begin, stop):
        p, q = white[row, 0], white[row, 1]
        first, second = _two_times(p, q, ahead, _MOVING)
        a, b = means[row, 0], means[row, 1]
        if row - begin < count:
            e, f = _two_times(a, b, ahead, _LOOP)
            means[row + S, 0] = first + e
            means[row + S, 1] = second + f
        if observed:
            e, f = _two_times(a, b, ahead, _READER)
            p, q = p - e, q - f
            white[row, 0] = p
            white[row, 1] = q
            squares += p * p + q * q
    return squares


@compiled(ROWS, INT, ROWS, INT, STACK, INT)
def _add_recurring(to: Array, row: int, source: Array, from_row: int, M: Array, k: int) -> None:
    """to[row] += source[from_row] M[k], four rows of M at a time: the fewer passes, the shorter the wait for a row."""
    n = M.shape[1]
    fours = n // 4 * 4
    for i in range(0, fours, 4):
        a, b = source[from_row, i], source[from_row, i + 1]
        c, d = source[from_row, i + 2], source[from_row, i + 3]
        for j in range(n):
            to[row, j] += a * M[k, i, j] + b * M[k, i + 1, j] + c * M[k, i + 2, j] + d * M[k, i + 3, j]
    for i in range(fours, n):
        a = source[from_row, i]
        for j in range(n):
            to[row, j] += a * M[k, i, j]


@compiled(INT, INT, STACK, INT, STACK, STACK, FLAG, FLAG, ROWS, INT, INT, ROWS, ROWS, ROWS, returns=FLOAT)
def _filter_rows(
    begin: int,
    stop: int,
    slots: Array,
    at: int,
    model: Array,
    reader_back: Array,
    observed: bool,
    partial: bool,
    x: Array,
    S: int,
    n_rows: int,
    means: Array,
    white: Array,
    drive: Array,
) -> float:
    """The same, for many rows by m⁻ ← loop m⁻ + A · gainᵀ · C⁻¹ v, with all products over time done at once."""
    n = means.shape[1]
    whites, drives = white[begin:stop], drive[: stop - begin]
    ahead = np.zeros((3, n, n))
    transpose(ahead, _LOOP, slots, at + LOOP)
    if not observed:
        set_rows(whites, 0.0)
    else:
        if partial:
            for row in range(begin, stop):
                whiten(white, row, slots, at)
        else:
            whitened = reader_back.copy()
            solve_rows(whitened, 0, slots, at + WHITENER, n)
            multiply(whites, x[begin:stop], whitened, 0)
        plus_times(ahead, _MOVING, model, NOTHING, 1.0, slots, at + GAIN, model, A_BACK)
        transpose(ahead, _READER, slots, at + READER)
    count = min(stop, n_rows - S) - begin
    if n == 4:
        return _advance_in_fours(means, white, begin, stop, count, S, ahead, observed)
    if n == 2:
        return _advance_in_twos(means, white, begin, stop, count, S, ahead, observed)
    multiply(drives, whites, ahead, _MOVING)
    for row in range(count):
        for j in range(n):
            means[begin + row + S, j] = drive[row, j]
        _add_recurring(means, begin + row + S, means, begin + row, ahead, _LOOP)
    if not observed:
        return 0.0
    multiply(drives, means[begin:stop], ahead, _READER)
    return subtract_rows(whites, drives)


@compiled(
    INT,
    INT,
    INDICES,
    INDICES,
    INDICES,
    STACK,
    STACK,
    STACK,
    STACK,
    FLAG,
    ROWS,
    INT,
    INT,
    ROWS,
    ROWS,
    ROWS,
    returns=FLOAT,
)
def filter_block(
    first: int,
    last: int,
    slot_of: Indices,
    which: Indices,
    counts: Indices,
    slots: Array,
    model: Array,
    R: Array,
    reader_back: Array,
    partial: bool,
    x: Array,
    S: int,
    n_rows: int,
    means: Array,
    white: Array,
    drive: Array,
) -> float:
    """The same for the steps of a block."""
    squares, t = 0.0, first
    while t < last:
        slot, end = slot_of[t - first], t + 1
        while end < last and slot_of[end - first] == slot:
            end += 1
        begin, stop, at, p = t * S, end * S, slot * FIELDS, which[t]
        observed = bool(counts[p] > 0)
        if stop - begin >= _MANY:
            squares += _filter_rows(
                begin, stop, slots, at, model, reader_back, observed, partial, x, S, n_rows, means, white, drive
            )
        elif means.shape[1] == 4:
            for row in range(begin, stop):
                squares += _filter_four(
                    row, slots, at, model, R, p, reader_back, observed, partial, x, S, n_rows, means, white
                )
        else:
            squares += filter_steps(
                begin, stop, slots, at, model, R, p, reader_back, observed, partial, x, S, n_rows, means, white, drive
            )
        t = end
    return squares


@inlined
def _retreat_in_fours(
    means: Array,
    white: Array,
    dual: Array,
    begin: int,
    stop: int,
    offset: int,
    S: int,
    slots: Array,
    at: int,
    observed: bool,
) -> None:
    """r_t and smoothed means in one sweep, for four latents: a row is computed before any of it is stored."""
    for row in range(stop - 1, begin - 1, -1):
        here = row - offset
        p = q = r = s = 0.0
        if observed:
            p, q, r, s = _four_times(white[row, 0], white[row, 1], white[row, 2], white[row, 3], slots, at + READER)
        a, b, c, d = dual[here + S, 0], dual[here + S, 1], dual[here + S, 2], dual[here + S, 3]
        e, f, g, h = _four_times(a, b, c, d, slots, at + LOOP)
        e, f, g, h = p + e, q + f, r + g, s + h
        dual[here, 0] = e
        dual[here, 1] = f
        dual[here, 2] = g
        dual[here, 3] = h
        a, b, c, d = means[row, 0], means[row, 1], means[row, 2], means[row, 3]
        e, f, g, h = _four_times(e, f, g, h, slots, at + PREDICTED)
        means[row, 0] = a + e
        means[row, 1] = b + f
        means[row, 2] = c + g
        means[row, 3] = d + h


@inlined
def _retreat_in_twos(
    means: Array,
    white: Array,
    dual: Array,
    begin: int,
    stop: int,
    offset: int,
    S: int,
    slots: Array,
    at: int,
    observed: bool,
) -> None:
    """The same for two latents."""
    for row in range(stop - 1, begin - 1, -1):
        here = row - offset
        p = q = 0.0
        if observed:
            p, q = _two_times(white[row, 0], white[row, 1], slots, at + READER)
        a, b = dual[here + S, 0], dual[here + S, 1]
        e, f = _two_times(a, b, slots, at + LOOP)
        e, f = p + e, q + f
        dual[here, 0] = e
        dual[here, 1] = f
        a, b = means[row, 0], means[row, 1]
        e, f = _two_times(e, f, slots, at + PREDICTED)
        means[row, 0] = a + e
        means[row, 1] = b + f


@compiled(INT, INT, INT, STACK, INT, FLAG, INT, ROWS, ROWS, ROWS, ROWS)
def smooth_rows(
    begin: int,
    stop: int,
    offset: int,
    slots: Array,
    at: int,
    observed: bool,
    S: int,
    means: Array,
    white: Array,
    dual: Array,
    drive: Array,
) -> None:
    """r_t and smoothed means of rows that share a slot: r ← loopᵀ r + readerᵀ · white, m ← m⁻ + P⁻ r."""
    n = means.shape[1]
    if stop - begin < _MANY:
        for row in range(stop - 1, begin - 1, -1):
            for i in range(n):
                dual[row - offset, i] = 0.0
            if observed:
                _add_row_times(dual, row - offset, white, row, 1.0, slots, at + READER)
            _add_row_times(dual, row - offset, dual, row - offset + S, 1.0, slots, at + LOOP)
            _add_row_times(means, row, dual, row - offset, 1.0, slots, at + PREDICTED)
    else:
        here, drives = dual[begin - offset : stop - offset], drive[: stop - begin]
        if observed:
            multiply(here, white[begin:stop], slots, at + READER)
        else:
            set_rows(here, 0.0)
        for row in range(stop - offset - 1, begin - offset - 1, -1):
            _add_recurring(dual, row, dual, row + S, slots, at + LOOP)
        multiply(drives, here, slots, at + PREDICTED)
        add_rows(means[begin:stop], drives)


@compiled(INT, INT, INDICES, INDICES, INDICES, STACK, INT, ROWS, ROWS, ROWS, ROWS)
def smooth_block(
    first: int,
    last: int,
    slot_of: Indices,
    which: Indices,
    counts: Indices,
    slots: Array,
    S: int,
    means: Array,
    white: Array,
    dual: Array,
    drive: Array,
) -> None:
    """The same for the steps of a block."""
    n, offset, end = means.shape[1], first * S, last
    while end > first:
        slot, t = slot_of[end - 1 - first], end - 1
        while t > first and slot_of[t - 1 - first] == slot:
            t -= 1
        begin, stop, at, observed = t * S, end * S, slot * FIELDS, bool(counts[which[t]] > 0)
        if n == 4:
            _retreat_in_fours(means, white, dual, begin, stop, offset, S, slots, at, observed)
        elif n == 2:
            _retreat_in_twos(means, white, dual, begin, stop, offset, S, slots, at, observed)
        else:
            smooth_rows(begin, stop, offset, slots, at, observed, S, means, white, dual, drive)
        end = t
