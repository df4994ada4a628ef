"""The covariances of filter and smoother: they depend on which entries are observed, not on their values.

Each step in time has a slot with all that its means will need. Where the pattern of observed entries stays and the
predicted covariance has settled, the steps share one slot. The covariance is carried itself, not its inverse: Σ may be
singular. An observation is taken in with unit noise and in at most n dimensions, v = R z + N(0, I).

Slot k is the matrices k · FIELDS to (k + 1) · FIELDS of a stack: PREDICTED P⁻, FILTERED P, AHEAD A P; where something
is observed, with I + R P⁻ Rᵀ = C Cᵀ, WHITENER C, GAIN C⁻¹ R P⁻, READER C⁻¹ R; LOOP A (I − gainᵀ · reader) and
INFORMATION readerᵀ · reader. R lies at 2 p, and Rᵀ at 2 p + 1, of a stack.
(A tuple of stacks would read better, but each access to one counts references, which here takes longer than the
arithmetic. A transposed factor stands on the left, so that products run along rows.)

Sources: docs/MATHEMATICS.md, section 2; Bryson and Frazier (1963) and de Jong (1989) for the smoother that carries
r_t and N_t back, with which E[z_t | x] = m_t⁻ + P_t⁻ r_t and the smoothed noise is Σ r_t with covariance Σ − Σ N_t Σ.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels import values
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, FLOATS, INDICES, INT, ROWS, STACK, Indices, compiled
from lds_gui.lds.kernels.matrices import (
    add,
    cholesky,
    copy,
    half_log_det,
    plus_times,
    plus_transposed_times,
    product,
    set_identity,
    solve,
    solve_right,
    solve_rows_back,
    symmetrise,
    times,
    transpose,
)

PREDICTED, FILTERED, AHEAD, WHITENER, GAIN, READER, LOOP, INFORMATION = range(8)
FIELDS = 8
A, A_BACK, NOISE, UNIT, NOTHING = range(5)  # of the model's stack: A, Aᵀ, Σ, I and 0
V, C, V_AFTER, BACK, SPARE, SOLVING = 2, 3, 4, 5, 6, 8  # in the stack of a pass back; 0 and 1 hold N in turns
WORK, MODEL, SMALL = 11, 15, 20  # where work and model begin in that stack, and how large it is
_EPS = float(np.finfo(np.float64).eps)
CANCELS = 1e3  # beyond this ratio of signal to noise a difference of covariances would lose more than three digits
DROWNS = 1e5  # and beyond this one the covariances themselves: only their square roots keep what is required
GONE = 1e10  # and beyond this one, from one step to another, what is left of a variance may not even be seen as small
_TINY, _HUGE = 1e-280, 1e280
_FAR = 1e-8  # relative: from here on a covariance is watched as it settles


@compiled(STACK, STACK)
def lay_out(model: Array, parameters: Array) -> None:
    """The model's stack of `Theta.square`."""
    copy(model, A, parameters, values.A)
    transpose(model, A_BACK, parameters, values.A)
    copy(model, NOISE, parameters, values.SIGMA)
    set_identity(model, UNIT, 1.0)
    set_identity(model, NOTHING, 0.0)


@compiled(STACK, INT, STACK, STACK, INT, STACK, returns=FLOAT)
def _absorb(slots: Array, at: int, model: Array, R: Array, p: int, work: Array) -> float:
    """Fill a slot whose rows are observed, from PREDICTED up to FILTERED; log |C|, and I + R P⁻ Rᵀ in work[1]."""
    plus_times(work, 0, model, NOTHING, 1.0, R, 2 * p, slots, at + PREDICTED)
    plus_times(work, 1, model, UNIT, 1.0, work, 0, R, 2 * p + 1)
    cholesky(slots, at + WHITENER, work, 1, R.shape[1])
    solve(slots, at + GAIN, work, 0, slots, at + WHITENER)
    solve(slots, at + READER, R, 2 * p, slots, at + WHITENER)
    plus_transposed_times(slots, at + INFORMATION, model, NOTHING, 1.0, slots, at + READER, slots, at + READER)
    plus_times(work, 2, model, NOTHING, 1.0, slots, at + GAIN, model, A_BACK)
    plus_transposed_times(slots, at + LOOP, model, A, -1.0, work, 2, slots, at + READER)
    plus_transposed_times(slots, at + FILTERED, slots, at + PREDICTED, -1.0, slots, at + GAIN, slots, at + GAIN)
    return half_log_det(slots, at + WHITENER, R.shape[1])


@compiled(STACK, INT, STACK, STACK)
def _filtered_as_sum(slots: Array, at: int, model: Array, work: Array) -> None:
    """FILTERED as J P⁻ Jᵀ + K Kᵀ with J = I − gainᵀ · reader and K = gainᵀ C⁻ᵀ: nothing is subtracted."""
    plus_transposed_times(work, 1, model, UNIT, -1.0, slots, at + GAIN, slots, at + READER)
    times(work, 0, work, 1, slots, at + PREDICTED)
    product(slots, at + FILTERED, work, 0, work, 1)
    transpose(work, 0, slots, at + GAIN)
    solve_rows_back(work, 0, slots, at + WHITENER, work.shape[1])
    product(work, 1, work, 0, work, 0)
    add(slots, at + FILTERED, work, 1, 1.0)


@compiled(STACK, INT, STACK, STACK, INT, FLAG, STACK, FLOATS, returns=FLAG)
def take_in(slots: Array, k: int, model: Array, R: Array, p: int, observed: bool, work: Array, losses: Array) -> bool:
    """Fill slot k from its predicted covariance, and predict the next one; False if that has lost its definiteness.

    `losses[k]` becomes log |C|, by which x_t lowers the entropy of z_t.
    """
    n = R.shape[1]
    at, ahead = k * FIELDS, (k + 1) * FIELDS + PREDICTED
    if observed:
        losses[k] = _absorb(slots, at, model, R, p, work)
        largest = 0.0
        for i in range(n):
            largest = max(largest, work[1, i, i])
        if largest >= CANCELS:
            _filtered_as_sum(slots, at, model, work)
    else:
        losses[k] = 0.0
        copy(slots, at + FILTERED, slots, at + PREDICTED)
        copy(slots, at + LOOP, model, A)
        copy(slots, at + INFORMATION, model, NOTHING)
    plus_times(slots, at + AHEAD, model, NOTHING, 1.0, model, A, slots, at + FILTERED)
    plus_times(slots, ahead, model, NOISE, 1.0, slots, at + AHEAD, model, A_BACK)
    symmetrise(slots, ahead)
    return bool(np.isfinite(losses[k]))


@compiled(STACK, INT, INT, INDICES, returns=FLAG)
def settling(P: Array, old: int, new: int, watch: Indices) -> bool:
    """Whether a covariance no longer moves but by rounding; `watch` counts the steps for which it was near its limit.

    Differences at the level of rounding are not enough: where they shrink slowly, the limit is still many of them away.
    So as many steps again are waited for as half of those that took the difference from 1e-8 to rounding.
    """
    n = P.shape[1]
    near, far = True, True
    tolerance = (16.0 * n * _EPS) ** 2
    for i in range(n):
        if not far:
            break
        for j in range(i + 1):
            change = (P[new, i, j] - P[old, i, j]) ** 2
            scale = P[new, i, i] * P[new, j, j]
            near = near and change <= tolerance * scale
            far = far and change <= _FAR * _FAR * scale
            if scale > _HUGE or (scale < _TINY and P[new, i, i] != 0.0 and P[new, j, j] != 0.0):
                near, far = False, False  # squares so large or small say nothing
    watch[0] = watch[0] + 1 if far else 0
    watch[1] = watch[1] + 1 if near and far else 0
    return watch[1] > 0 and watch[1] >= 0.5 * (watch[0] - watch[1])


@compiled(STACK, INT, INT, STACK, INT, STACK)
def look_back(small: Array, new: int, after: int, slots: Array, k: int, model: Array) -> None:
    """small[new]: N at a step of slot k, from small[after], that of the step after it: information + loopᵀ N loop."""
    at = k * FIELDS
    plus_times(small, SPARE, model, NOTHING, 1.0, small, after, slots, at + LOOP)
    plus_transposed_times(small, new, slots, at + INFORMATION, 1.0, slots, at + LOOP, small, SPARE)


@compiled(STACK, STACK, INT, STACK)
def _smoothed_as_sum(small: Array, slots: Array, k: int, model: Array) -> None:
    """small[V] = (I − J A) P (I − J A)ᵀ + J (Σ + V₊) Jᵀ with J = P Aᵀ (P₊⁻)⁻¹ in small[BACK]: nothing is subtracted."""
    at = k * FIELDS
    plus_times(small, SPARE + 1, model, UNIT, -1.0, small, BACK, model, A)
    times(small, SPARE, small, SPARE + 1, slots, at + FILTERED)
    product(small, V, small, SPARE, small, SPARE + 1)
    copy(small, SPARE, small, V_AFTER)
    add(small, SPARE, model, NOISE, 1.0)
    times(small, SPARE + 1, small, BACK, small, SPARE)
    product(small, SPARE, small, SPARE + 1, small, BACK)
    add(small, V, small, SPARE, 1.0)


@compiled(STACK, STACK, INT)
def find_back(small: Array, slots: Array, k: int) -> None:
    """small[BACK]: J = P Aᵀ (P₊⁻)⁻¹ of a step of slot k."""
    transpose(small, BACK, slots, k * FIELDS + AHEAD)
    solve_right(small, BACK, slots, (k + 1) * FIELDS + PREDICTED, small, SOLVING)


@compiled(STACK, INT, STACK, INT, STACK, returns=FLAG)
def smoothed(small: Array, after: int, slots: Array, k: int, model: Array) -> bool:
    """small[V]: Cov[z_t | x] = P − P Aᵀ N A P and small[C]: N A P, with small[after] the N of the step after it.

    Where the data to come say much more than those before, that difference would lose its digits: it is then computed
    as a sum, from small[V_AFTER], the covariance of the step after. Says so, and leaves J (see there) in small[BACK].
    """
    at, n = k * FIELDS, small.shape[1]
    plus_times(small, C, model, NOTHING, 1.0, small, after, slots, at + AHEAD)
    plus_transposed_times(small, V, slots, at + FILTERED, -1.0, slots, at + AHEAD, small, C)
    loses = False
    for i in range(n):
        loses = loses or small[V, i, i] * CANCELS < slots[at + FILTERED, i, i]
    if loses:
        find_back(small, slots, k)
        _smoothed_as_sum(small, slots, k, model)
    return loses


@compiled(STACK, STACK, INT, ROWS, returns=FLAG)
def has_drowned(small: Array, slots: Array, k: int, widths: Array) -> bool:
    """Whether so little is left, in small[V], of a variance of slot k that its rounding exceeds what may be lost.

    widths[0] becomes the largest of the latter so far, widths[1] the smallest of the former.
    """
    drowned = False
    for i in range(small.shape[1]):
        before, after = slots[k * FIELDS + FILTERED, i, i], small[V, i, i]
        widths[0, i] = max(widths[0, i], before)
        widths[1, i] = min(widths[1, i], after)
        drowned = drowned or after * DROWNS < before
    return drowned
