"""The E-step of a group of sequences: a pass forward and one back, in blocks, adding up all that the M-step needs.

Where steps share a slot (see `covariances`) their means are matrix products over time but for one small recursion.
Covariances are kept for one block only; those of an earlier one are made again from the one that it began with.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, FLOATS, INDICES, INT, ROWS, STACK, Indices, compiled, inlined
from lds_gui.lds.kernels.covariances import (
    FIELDS,
    GAIN,
    LOOP,
    PREDICTED,
    READER,
    SMALL,
    SPARE,
    V_AFTER,
    WHITENER,
    C,
    V,
    look_back,
    settling,
    smoothed,
    take_in,
)
from lds_gui.lds.kernels.errors import complete
from lds_gui.lds.kernels.matrices import add, add_rows, copy, gram, set_identity, solve_rows, subtract_rows
from lds_gui.lds.kernels.observations import collapse, open_channels
from lds_gui.lds.kernels.values import (
    EE,
    EM,
    FIRST_N,
    FIRST_RR,
    FIRST_V,
    LOSS,
    MM,
    RR,
    RZ,
    SIGMA0,
    WHITE_SQUARES,
    XM,
    ZZ,
    A,
    Buffers,
    Group,
    Patterns,
    Sums,
    Theta,
)

_LONG = 8  # steps of one slot from which on library products pay


@compiled(entry=True)
def begin(theta: Theta, patterns: Patterns, sums: Sums, wide: Array) -> bool:
    """Set the sums to zero and open the channels; False if Γ is not positive definite."""
    for stack in (sums.first_r, sums.square, sums.tall, sums.wide, sums.spread):
        for k in range(stack.shape[0]):
            for i in range(stack.shape[1]):
                for j in range(stack.shape[2]):
                    stack[k, i, j] = 0.0
    for k in range(len(sums.scalars)):
        sums.scalars[k] = 0.0
    return patterns.partial or open_channels(theta.B, theta.Gamma, patterns, wide)


@compiled(INT, INT, STACK, STACK, INDICES, INDICES, STACK, FLOATS, INDICES, STACK, INDICES, returns=INT)
def _fill_slots(
    first: int,
    last: int,
    model: Array,
    R: Array,
    counts: Indices,
    which: Indices,
    slots: Array,
    losses: Array,
    slot_of: Indices,
    work: Array,
    watch: Indices,
) -> int:
    """Slots of the steps from `first` to before `last`; the last slot, or −1 − step where a covariance breaks down."""
    settled, k = False, -1
    for t in range(first, last):
        p = which[t]
        same = t > 0 and which[t - 1] == p
        if not (settled and same):
            k += 1
            if not same:
                watch[0] = 0
                watch[1] = 0
            if not take_in(slots, k, model, R, p, bool(counts[p]), work, losses):
                return -1 - t
            settled = settling(slots, k * FIELDS + PREDICTED, (k + 1) * FIELDS + PREDICTED, watch)
        slot_of[t - first] = k
    return k


@compiled(entry=True)
def expect(
    theta: Theta, patterns: Patterns, group: Group, buffers: Buffers, sums: Sums, wide: Array, use_errors: bool
) -> int:
    """Smoothed means of a group, and its sums; `use_errors`: add up x − B m instead of x.

    Returns −1, or the step at which a covariance breaks down.
    """
    x, which, S = group.x, group.which, group.n_sequences
    model, R, counts, partial = theta.square, patterns.R, patterns.counts, patterns.partial
    means, white, slots, losses, slot_of = buffers.means, buffers.white, buffers.slots, buffers.losses, buffers.slot_of
    dual, drive, errors, small, block = buffers.dual, buffers.drive, buffers.errors, buffers.small, buffers.block
    entries, watches = buffers.entries, buffers.watches
    square, spread = sums.square, sums.spread
    T, n = len(which), means.shape[1]
    n_blocks = (T + block - 1) // block
    work = small[SMALL:]
    if partial and not collapse(theta.B, theta.Gamma, patterns, group, white, wide):
        return T
    for row in range(S):
        for i in range(n):
            means[row, i] = theta.mu0[0, 0, i]
    copy(slots, PREDICTED, model, SIGMA0)
    watch = np.zeros(2, np.int64)
    for b in range(n_blocks):
        first, last = b * block, min(T, (b + 1) * block)
        copy(entries, b, slots, PREDICTED)
        watches[b, 0], watches[b, 1] = watch[0], watch[1]
        k = _fill_slots(first, last, model, R, counts, which, slots, losses, slot_of, work, watch)
        if k < 0:
            return -1 - k
        t = first
        while t < last:
            slot, end = slot_of[t - first], t + 1
            while end < last and slot_of[end - first] == slot:
                end += 1
            seen = bool(counts[which[t]])
            sums.scalars[LOSS] += (end - t) * S * losses[slot]
            at = slot * FIELDS
            if end - t < _LONG:
                squares = _filter_steps(
                    t * S,
                    end * S,
                    slots,
                    at,
                    model,
                    patterns.reader_back,
                    seen,
                    partial,
                    x,
                    S,
                    T * S,
                    means,
                    white,
                    drive,
                )
            else:
                squares = _filter_run(
                    t * S,
                    end * S,
                    slots,
                    at,
                    model,
                    patterns.reader_back,
                    seen,
                    partial,
                    x,
                    S,
                    T * S,
                    means,
                    white,
                    drive,
                )
            sums.scalars[WHITE_SQUARES] += squares
            t = end
        copy(slots, PREDICTED, slots, (k + 1) * FIELDS + PREDICTED)

    watch[0], watch[1] = 0, 0
    forth = np.zeros(2, np.int64)
    set_identity(small, 0, 0.0)
    now = 0  # which of small[0] and small[1] is N of the step after
    for b in range(n_blocks - 1, -1, -1):
        first, last = b * block, min(T, (b + 1) * block)
        copy(slots, PREDICTED, entries, b)
        for row in range(S):
            for i in range(n):
                dual[(last - first) * S + row, i] = dual[row, i] if last < T else 0.0
        if last < T:
            forth[0], forth[1] = watches[b, 0], watches[b, 1]
            _fill_slots(first, last, model, R, counts, which, slots, losses, slot_of, work, forth)
        end = last
        while end > first:
            slot, t = slot_of[end - 1 - first], end - 1
            while t > first and slot_of[t - 1 - first] == slot:
                t -= 1
            p = which[t]
            if end == T or which[end] != p:
                watch[0], watch[1] = 0, 0
            now = _add_spreads(t, end, T, slots, slot, model, p, S, small, now, square, spread, watch)
            if end - t < _LONG:
                _smooth_steps(t * S, end * S, first * S, slots, slot * FIELDS, bool(counts[p]), S, means, white, dual)
            else:
                _smooth_run(
                    t * S, end * S, first * S, slots, slot * FIELDS, bool(counts[p]), S, means, white, dual, drive
                )
            end = t
        _add_block(
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
            drive,
            errors,
            square,
            sums.tall,
            sums.wide,
        )
    for row in range(S):
        for i in range(n):
            sums.first_r[0, 0, i] += dual[row, i]
            for j in range(n):
                square[FIRST_RR, i, j] += dual[row, i] * dual[row, j]
    add(square, FIRST_N, small, now, float(S))
    add(square, FIRST_V, small, V, float(S))
    if partial:
        complete(theta.B, theta.Gamma, patterns, group, means, drive, errors, sums, wide)
    return -1


@compiled(ROWS, INT, STACK, INT)
def _whiten(white: Array, row: int, slots: Array, at: int) -> None:
    """A row v becomes C⁻¹ v."""
    for i in range(white.shape[1]):
        total = white[row, i]
        for j in range(i):
            total -= slots[at + WHITENER, i, j] * white[row, j]
        white[row, i] = total / slots[at + WHITENER, i, i]


@compiled(INT, INT, STACK, INT, STACK, STACK, FLAG, FLAG, ROWS, INT, INT, ROWS, ROWS, ROWS, returns=FLOAT)
def _filter_steps(
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
    """The means and whitened innovations of rows that share a slot, one after the other; Σ |white|²."""
    n = means.shape[1]
    squares = 0.0
    for row in range(begin, stop):
        for i in range(n):
            drive[0, i] = means[row, i]
        if observed:
            if not partial:
                for i in range(n):
                    total = 0.0
                    for j in range(x.shape[1]):
                        total += x[row, j] * reader_back[0, j, i]
                    white[row, i] = total
            _whiten(white, row, slots, at)
            for i in range(n):
                total = white[row, i]
                for j in range(n):
                    total -= slots[at + READER, j, i] * means[row, j]
                white[row, i] = total
                squares += total * total
            for i in range(n):
                for j in range(n):
                    drive[0, i] += slots[at + GAIN, i, j] * white[row, j]
        if row + S < n_rows:
            for i in range(n):
                total = 0.0
                for j in range(n):
                    total += model[A, i, j] * drive[0, j]
                means[row + S, i] = total
    return squares


@inlined
def _advance_in_fours(
    means: Array,
    white: Array,
    begin: int,
    stop: int,
    count: int,
    S: int,
    moving: Array,
    slots: Array,
    at: int,
    observed: bool,
) -> float:
    """The recursion of `_filter_run` in one sweep, for four latents: a row is computed before any of it is stored."""
    loop, reader = at + LOOP, at + READER
    squares = 0.0
    for row in range(begin, stop):
        a, b, c, d = means[row, 0], means[row, 1], means[row, 2], means[row, 3]
        p, q, r, s = white[row, 0], white[row, 1], white[row, 2], white[row, 3]
        if row - begin < count:
            first = a * slots[loop, 0, 0] + b * slots[loop, 1, 0] + c * slots[loop, 2, 0] + d * slots[loop, 3, 0]
            second = a * slots[loop, 0, 1] + b * slots[loop, 1, 1] + c * slots[loop, 2, 1] + d * slots[loop, 3, 1]
            third = a * slots[loop, 0, 2] + b * slots[loop, 1, 2] + c * slots[loop, 2, 2] + d * slots[loop, 3, 2]
            fourth = a * slots[loop, 0, 3] + b * slots[loop, 1, 3] + c * slots[loop, 2, 3] + d * slots[loop, 3, 3]
            first += p * moving[0, 0, 0] + q * moving[0, 1, 0] + r * moving[0, 2, 0] + s * moving[0, 3, 0]
            second += p * moving[0, 0, 1] + q * moving[0, 1, 1] + r * moving[0, 2, 1] + s * moving[0, 3, 1]
            third += p * moving[0, 0, 2] + q * moving[0, 1, 2] + r * moving[0, 2, 2] + s * moving[0, 3, 2]
            fourth += p * moving[0, 0, 3] + q * moving[0, 1, 3] + r * moving[0, 2, 3] + s * moving[0, 3, 3]
            means[row + S, 0] = first
            means[row + S, 1] = second
            means[row + S, 2] = third
            means[row + S, 3] = fourth
        if observed:
            p -= a * slots[reader, 0, 0] + b * slots[reader, 1, 0] + c * slots[reader, 2, 0] + d * slots[reader, 3, 0]
            q -= a * slots[reader, 0, 1] + b * slots[reader, 1, 1] + c * slots[reader, 2, 1] + d * slots[reader, 3, 1]
            r -= a * slots[reader, 0, 2] + b * slots[reader, 1, 2] + c * slots[reader, 2, 2] + d * slots[reader, 3, 2]
            s -= a * slots[reader, 0, 3] + b * slots[reader, 1, 3] + c * slots[reader, 2, 3] + d * slots[reader, 3, 3]
            white[row, 0] = p
            white[row, 1] = q
            white[row, 2] = r
            white[row, 3] = s
            squares += p * p + q * q + r * r + s * s
    return squares


@inlined
def _retreat(
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
    n: int,
) -> None:
    """The recursion of `_smooth_run` in one sweep, likewise."""
    for row in range(stop - 1, begin - 1, -1):
        here = row - offset
        for i in range(n):
            total = 0.0
            for j in range(n):
                total += slots[at + LOOP, i, j] * dual[here + S, j]
            if observed:
                for j in range(n):
                    total += slots[at + READER, i, j] * white[row, j]
            dual[here, i] = total
        for i in range(n):
            total = means[row, i]
            for j in range(n):
                total += slots[at + PREDICTED, i, j] * dual[here, j]
            means[row, i] = total


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
    """`_retreat` for four latents, likewise."""
    loop, reader, predicted = at + LOOP, at + READER, at + PREDICTED
    for row in range(stop - 1, begin - 1, -1):
        here = row - offset
        a, b, c, d = dual[here + S, 0], dual[here + S, 1], dual[here + S, 2], dual[here + S, 3]
        first = a * slots[loop, 0, 0] + b * slots[loop, 0, 1] + c * slots[loop, 0, 2] + d * slots[loop, 0, 3]
        second = a * slots[loop, 1, 0] + b * slots[loop, 1, 1] + c * slots[loop, 1, 2] + d * slots[loop, 1, 3]
        third = a * slots[loop, 2, 0] + b * slots[loop, 2, 1] + c * slots[loop, 2, 2] + d * slots[loop, 2, 3]
        fourth = a * slots[loop, 3, 0] + b * slots[loop, 3, 1] + c * slots[loop, 3, 2] + d * slots[loop, 3, 3]
        if observed:
            p, q, r, s = white[row, 0], white[row, 1], white[row, 2], white[row, 3]
            first += (
                p * slots[reader, 0, 0] + q * slots[reader, 0, 1] + r * slots[reader, 0, 2] + s * slots[reader, 0, 3]
            )
            second += (
                p * slots[reader, 1, 0] + q * slots[reader, 1, 1] + r * slots[reader, 1, 2] + s * slots[reader, 1, 3]
            )
            third += (
                p * slots[reader, 2, 0] + q * slots[reader, 2, 1] + r * slots[reader, 2, 2] + s * slots[reader, 2, 3]
            )
            fourth += (
                p * slots[reader, 3, 0] + q * slots[reader, 3, 1] + r * slots[reader, 3, 2] + s * slots[reader, 3, 3]
            )
        dual[here, 0] = first
        dual[here, 1] = second
        dual[here, 2] = third
        dual[here, 3] = fourth
        w = (
            means[row, 0]
            + first * slots[predicted, 0, 0]
            + second * slots[predicted, 0, 1]
            + third * slots[predicted, 0, 2]
            + fourth * slots[predicted, 0, 3]
        )
        x = (
            means[row, 1]
            + first * slots[predicted, 1, 0]
            + second * slots[predicted, 1, 1]
            + third * slots[predicted, 1, 2]
            + fourth * slots[predicted, 1, 3]
        )
        y = (
            means[row, 2]
            + first * slots[predicted, 2, 0]
            + second * slots[predicted, 2, 1]
            + third * slots[predicted, 2, 2]
            + fourth * slots[predicted, 2, 3]
        )
        z = (
            means[row, 3]
            + first * slots[predicted, 3, 0]
            + second * slots[predicted, 3, 1]
            + third * slots[predicted, 3, 2]
            + fourth * slots[predicted, 3, 3]
        )
        means[row, 0] = w
        means[row, 1] = x
        means[row, 2] = y
        means[row, 3] = z


@inlined
def _advance_in_twos(
    means: Array,
    white: Array,
    begin: int,
    stop: int,
    count: int,
    S: int,
    moving: Array,
    slots: Array,
    at: int,
    observed: bool,
) -> float:
    """The same for two latents."""
    loop, reader = at + LOOP, at + READER
    squares = 0.0
    for row in range(begin, stop):
        a, b, p, q = means[row, 0], means[row, 1], white[row, 0], white[row, 1]
        if row - begin < count:
            first = a * slots[loop, 0, 0] + b * slots[loop, 1, 0] + p * moving[0, 0, 0] + q * moving[0, 1, 0]
            second = a * slots[loop, 0, 1] + b * slots[loop, 1, 1] + p * moving[0, 0, 1] + q * moving[0, 1, 1]
            means[row + S, 0] = first
            means[row + S, 1] = second
        if observed:
            p -= a * slots[reader, 0, 0] + b * slots[reader, 1, 0]
            q -= a * slots[reader, 0, 1] + b * slots[reader, 1, 1]
            white[row, 0] = p
            white[row, 1] = q
            squares += p * p + q * q
    return squares


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
    """`_retreat` for two latents, likewise."""
    loop, reader, predicted = at + LOOP, at + READER, at + PREDICTED
    for row in range(stop - 1, begin - 1, -1):
        here = row - offset
        a, b = dual[here + S, 0], dual[here + S, 1]
        first = a * slots[loop, 0, 0] + b * slots[loop, 0, 1]
        second = a * slots[loop, 1, 0] + b * slots[loop, 1, 1]
        if observed:
            p, q = white[row, 0], white[row, 1]
            first += p * slots[reader, 0, 0] + q * slots[reader, 0, 1]
            second += p * slots[reader, 1, 0] + q * slots[reader, 1, 1]
        dual[here, 0] = first
        dual[here, 1] = second
        y = means[row, 0] + first * slots[predicted, 0, 0] + second * slots[predicted, 0, 1]
        z = means[row, 1] + first * slots[predicted, 1, 0] + second * slots[predicted, 1, 1]
        means[row, 0] = y
        means[row, 1] = z


@compiled(INT, INT, STACK, INT, STACK, STACK, FLAG, FLAG, ROWS, INT, INT, ROWS, ROWS, ROWS, returns=FLOAT)
def _filter_run(
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
    """The same for many rows: m⁻ ← A J m⁻ + A · gain · C⁻¹ v, with all products over time done at once."""
    n = means.shape[1]
    whites, drives = white[begin:stop], drive[: stop - begin]
    moving = np.zeros((1, n, n))
    if not observed:
        whites[:] = 0.0
    else:
        if partial:
            for row in range(begin, stop):
                _whiten(white, row, slots, at)
        else:
            whitened = reader_back.copy()
            solve_rows(whitened, 0, slots, at + WHITENER, n)
            np.dot(x[begin:stop], whitened[0], whites)
        moving[0] = np.dot(slots[at + GAIN].T, model[A].T)
    count = min(stop, n_rows - S) - begin
    if n == 4:
        return _advance_in_fours(means, white, begin, stop, count, S, moving, slots, at, observed)
    if n == 2:
        return _advance_in_twos(means, white, begin, stop, count, S, moving, slots, at, observed)
    np.dot(whites, moving[0], drives)
    for row in range(count):
        for j in range(n):
            means[begin + row + S, j] = drive[row, j]
        for i in range(n):
            value = means[begin + row, i]
            for j in range(n):
                means[begin + row + S, j] += value * slots[at + LOOP, i, j]
    if not observed:
        return 0.0
    np.dot(means[begin:stop], slots[at + READER], drives)
    return subtract_rows(whites, drives)


@compiled(INT, INT, INT, STACK, INT, STACK, INT, INT, STACK, INT, STACK, STACK, INDICES, returns=INT)
def _add_spreads(
    t: int,
    end: int,
    T: int,
    slots: Array,
    slot: int,
    model: Array,
    p: int,
    S: int,
    small: Array,
    now: int,
    square: Array,
    spread: Array,
    watch: Indices,
) -> int:
    """Add up N, Cov[z | x] and the cross terms of the steps of a slot, from the last; say where N of the first is."""
    n = small.shape[1]
    step, settled = end - 1, False
    while step >= t:
        count = step - t + 1 if settled else 1
        smoothed(small, now, slots, slot, model)
        copy(small, V_AFTER, small, V)
        look_back(small, 1 - now, now, SPARE, slots, slot)
        weight = float(S * count)
        leaving = float(S * (count - (1 if step == T - 1 else 0)))  # the transitions after these steps
        arriving = float(S * (count - (1 if step - count < 0 else 0)))  # and those before them
        for i in range(n):
            for j in range(n):
                spread[p, i, j] += weight * small[V, i, j]
                square[ZZ, i, j] += leaving * small[V, i, j]
                square[RZ, i, j] -= leaving * small[C, j, i]
                square[RR, i, j] -= arriving * small[1 - now, i, j]
        settled = settling(small, now, 1 - now, watch)
        now = 1 - now
        step -= count
    return now


@compiled(INT, INT, INT, STACK, INT, FLAG, INT, ROWS, ROWS, ROWS)
def _smooth_steps(
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
) -> None:
    """r_t and smoothed means of rows that share a slot, one after the other."""
    n = means.shape[1]
    if n == 4:
        _retreat_in_fours(means, white, dual, begin, stop, offset, S, slots, at, observed)
    elif n == 2:
        _retreat_in_twos(means, white, dual, begin, stop, offset, S, slots, at, observed)
    else:
        _retreat(means, white, dual, begin, stop, offset, S, slots, at, observed, n)


@compiled(INT, INT, INT, STACK, INT, FLAG, INT, ROWS, ROWS, ROWS, ROWS)
def _smooth_run(
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
    """The same for many rows: r ← loop r + reader · white, m ← m⁻ + P⁻ r."""
    n = means.shape[1]
    here, drives = dual[begin - offset : stop - offset], drive[: stop - begin]
    if n == 4:
        _retreat_in_fours(means, white, dual, begin, stop, offset, S, slots, at, observed)
        return
    if n == 2:
        _retreat_in_twos(means, white, dual, begin, stop, offset, S, slots, at, observed)
        return
    if observed:
        np.dot(white[begin:stop], slots[at + READER].T, here)
    else:
        here[:] = 0.0
    for row in range(stop - offset - 1, begin - offset - 1, -1):
        for i in range(n):
            total = dual[row, i]
            for j in range(n):
                total += slots[at + LOOP, i, j] * dual[row + S, j]
            dual[row, i] = total
    np.dot(here, slots[at + PREDICTED], drives)
    add_rows(means[begin:stop], drives)


@compiled(INT, INT, INT, STACK, INDICES, INDICES, FLAG, FLAG, ROWS, INT, ROWS, ROWS, ROWS, ROWS, STACK, STACK, STACK)
def _add_block(
    first: int,
    last: int,
    T: int,
    B: Array,
    counts: Indices,
    which: Indices,
    partial: bool,
    use_errors: bool,
    x: Array,
    S: int,
    means: Array,
    dual: Array,
    drive: Array,
    errors: Array,
    square: Array,
    tall: Array,
    wide: Array,
) -> None:
    """Add up the products over time of one block."""
    begin, stop, size = first * S, last * S, (last - first) * S
    here = means[begin:stop]
    skipped = S if first == 0 else 0
    gram(square, RR, dual[skipped:size], dual[skipped:size])
    gram(square, RZ, dual[S : size + S], here)  # r after the last step is zero
    leaving = here[: (min(last, T - 1) - first) * S]
    moments = np.zeros((1, means.shape[1], means.shape[1]))
    gram(moments, 0, leaving, leaving)
    add(square, ZZ, moments, 0, 1.0)
    if partial:
        return
    gaps = False
    for t in range(first, last):
        gaps = gaps or counts[which[t]] == 0
    seen = here
    if gaps:
        seen = drive[:size]
        for row in range(size):
            weight = 1.0 if counts[which[first + row // S]] > 0 else 0.0
            for i in range(means.shape[1]):
                seen[row, i] = weight * here[row, i]
        gram(square, MM, seen, seen)
    else:
        add(square, MM, moments, 0, 1.0)
        ending = here[len(leaving) :]
        gram(square, MM, ending, ending)
    if not use_errors:
        gram(tall, XM, x[begin:stop], here)
        return
    left = errors[:size]
    np.dot(seen, B[0].T, left)
    for row in range(size):
        for i in range(x.shape[1]):
            left[row, i] = x[begin + row, i] - left[row, i]
    gram(wide, EE, left, left)
    gram(tall, EM, left, here)
