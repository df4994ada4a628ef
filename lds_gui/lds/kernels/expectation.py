"""The E-step of a group of sequences: a pass forward and one back, in blocks, adding up all that the M-step needs.

Where steps share a slot (see `covariances`) their means are computed together (see `sweeps`). Covariances are kept for
one block only; those of an earlier one are made again from the one that it began with.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOATS, INDICES, INT, ROWS, STACK, Indices, borrowed, compiled
from lds_gui.lds.kernels.covariances import (
    FIELDS,
    GONE,
    MODEL,
    PREDICTED,
    V_AFTER,
    WORK,
    C,
    V,
    has_drowned,
    lay_out,
    look_back,
    settling,
    smoothed,
    take_in,
)
from lds_gui.lds.kernels.errors import complete
from lds_gui.lds.kernels.matrices import add, copy, gram, set_identity
from lds_gui.lds.kernels.observations import collapse, open_channels
from lds_gui.lds.kernels.sweeps import filter_block, smooth_block
from lds_gui.lds.kernels.values import (
    BUFFERS,
    EE,
    EM,
    FIRST_N,
    FIRST_RR,
    FIRST_V,
    GROUP,
    LOSS,
    LOST,
    MM,
    PATTERNS,
    RR,
    RZ,
    SIGMA0,
    SUMS,
    THETA,
    WHITE_SQUARES,
    XM,
    ZZ,
    Buffers,
    Group,
    Patterns,
    Sums,
    Theta,
)


@compiled(THETA, PATTERNS, SUMS, STACK, returns=FLAG, entry=True)
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


@compiled(
    INT, INT, INT, INDICES, INDICES, STACK, STACK, INT, STACK, INT, STACK, STACK, FLOATS, ROWS, INDICES, returns=INT
)
def _add_spreads(
    first: int,
    last: int,
    T: int,
    slot_of: Indices,
    which: Indices,
    slots: Array,
    model: Array,
    S: int,
    small: Array,
    now: int,
    square: Array,
    spread: Array,
    scalars: Array,
    widths: Array,
    watch: Indices,
) -> int:
    """Add up N, Cov[z | x] and the cross terms of the steps of a block, from the last; say where N of the first is.

    Where N has settled, the steps of a slot that are left share what the next of them has.
    """
    step, settled = last - 1, False
    while step >= first:
        slot, p = slot_of[step - first], which[step]
        if step == T - 1 or which[step + 1] != p:
            watch[0], watch[1] = 0, 0
        count = 1
        if settled and step + 1 < last and slot_of[step + 1 - first] == slot:
            while step - count >= first and slot_of[step - count - first] == slot:
                count += 1
        smoothed(small, now, slots, slot, model)
        if has_drowned(small, slots, slot, widths):
            scalars[LOST] += 1.0
        copy(small, V_AFTER, small, V)
        look_back(small, 1 - now, now, slots, slot, model)
        weight = float(S * count)
        leaving = float(S * (count - (1 if step == T - 1 else 0)))  # the transitions after these steps
        arriving = float(S * (count - (1 if step - count < 0 else 0)))  # and those before them
        add(spread, p, small, V, weight)
        add(square, ZZ, small, V, leaving)
        add(square, RZ, small, C, -leaving)
        add(square, RR, small, 1 - now, -arriving)
        settled = settling(small, now, 1 - now, watch)
        now = 1 - now
        step -= count
    return now


@compiled(INT, INT, INT, STACK, INDICES, INDICES, FLAG, FLAG, ROWS, INT, ROWS, ROWS, ROWS, ROWS, STACK, STACK, STACK)
def add_block(
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
    after = dual[S : size + S]  # r of the steps after these, which is zero after the last
    gram(square, RR, after, after)
    gram(square, RZ, after, here)
    leaving = here[: (min(last, T - 1) - first) * S]
    moments = np.zeros((1, means.shape[1], means.shape[1]))
    gram(moments, 0, leaving, leaving)
    add(square, ZZ, moments, 0, 1.0)
    if partial:
        return
    gaps = False
    for t in range(first, last):
        gaps = gaps or counts[which[t]] == 0
    rows, seen = x[begin:stop], here
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
        if gaps:
            rows = errors[:size]
            for row in range(size):
                missing = counts[which[first + row // S]] == 0
                for i in range(x.shape[1]):
                    rows[row, i] = 0.0 if missing else x[begin + row, i]
        gram(tall, XM, rows, here)
        return
    left = errors[:size]
    np.dot(seen, B[0].T, left)
    for row in range(size):
        missing = gaps and counts[which[first + row // S]] == 0
        for i in range(x.shape[1]):
            left[row, i] = 0.0 if missing else x[begin + row, i] - left[row, i]
    gram(wide, EE, left, left)
    gram(tall, EM, left, here)


@compiled(THETA, PATTERNS, GROUP, BUFFERS, SUMS, STACK, FLAG, returns=INT, entry=True)
def expect(
    theta: Theta, patterns: Patterns, group: Group, buffers: Buffers, sums: Sums, wide: Array, use_errors: bool
) -> int:
    """Smoothed means of a group, and its sums; `use_errors`: add up x − B m instead of x.

    Returns −1, the step at which a covariance breaks down, or T where Γ isn't positive definite.
    """
    x, which, S = borrowed(group.x), borrowed(group.which), group.n_sequences
    R, counts, partial = borrowed(patterns.R), borrowed(patterns.counts), patterns.partial
    reader_back = borrowed(patterns.reader_back)
    means, white, slots = borrowed(buffers.means), borrowed(buffers.white), borrowed(buffers.slots)
    losses, slot_of, small = borrowed(buffers.losses), borrowed(buffers.slot_of), borrowed(buffers.small)
    dual, drive, errors = borrowed(buffers.dual), borrowed(buffers.drive), borrowed(buffers.errors)
    entries, watches, block = borrowed(buffers.entries), borrowed(buffers.watches), buffers.block
    square, spread, scalars = borrowed(sums.square), borrowed(sums.spread), borrowed(sums.scalars)
    T, n = len(which), means.shape[1]
    n_blocks = (T + block - 1) // block
    work, model = small[WORK:], small[MODEL:]
    lay_out(model, theta.square)
    if partial and not collapse(theta.B, theta.Gamma, patterns, group, white, wide):
        return T
    for row in range(S):
        for i in range(n):
            means[row, i] = theta.mu0[0, 0, i]
    copy(slots, PREDICTED, theta.square, SIGMA0)
    watch, forth = watches[n_blocks], watches[n_blocks + 1]
    watch[0], watch[1] = 0, 0
    for b in range(n_blocks):
        first, last = b * block, min(T, (b + 1) * block)
        copy(entries, b, slots, PREDICTED)
        watches[b, 0], watches[b, 1] = watch[0], watch[1]
        k = _fill_slots(first, last, model, R, counts, which, slots, losses, slot_of, work, watch)
        if k < 0:
            return -1 - k
        for t in range(last - first):
            scalars[LOSS] += S * losses[slot_of[t]]
        scalars[WHITE_SQUARES] += filter_block(
            first,
            last,
            slot_of,
            which,
            counts,
            slots,
            model,
            R,
            reader_back,
            partial,
            x,
            S,
            T * S,
            means,
            white,
            drive,
        )
        copy(slots, PREDICTED, slots, (k + 1) * FIELDS + PREDICTED)

    watch[0], watch[1] = 0, 0
    set_identity(small, 0, 0.0)
    now = 0  # which of small[0] and small[1] is N of the step after
    widths = np.zeros((2, n))
    for i in range(n):
        widths[1, i] = np.inf
    for b in range(n_blocks - 1, -1, -1):
        first, last = b * block, min(T, (b + 1) * block)
        copy(slots, PREDICTED, entries, b)
        for row in range(S):
            for i in range(n):
                dual[(last - first) * S + row, i] = dual[row, i] if last < T else 0.0
        if last < T:
            forth[0], forth[1] = watches[b, 0], watches[b, 1]
            _fill_slots(first, last, model, R, counts, which, slots, losses, slot_of, work, forth)
        now = _add_spreads(
            first, last, T, slot_of, which, slots, model, S, small, now, square, spread, scalars, widths, watch
        )
        smooth_block(first, last, slot_of, which, counts, slots, S, means, white, dual, drive)
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
            drive,
            errors,
            square,
            sums.tall,
            sums.wide,
        )
    for i in range(n):
        if 0.0 < widths[1, i] * GONE < widths[0, i]:
            scalars[LOST] += 1.0
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
