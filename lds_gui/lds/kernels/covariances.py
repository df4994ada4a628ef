"""The covariances of filter and smoother: they depend on which entries are observed, not on their values.

Each step in time has a slot with all that its means will need. Where the pattern of observed entries stays and the
predicted covariance has settled, the steps share one slot. The covariance is carried itself, not its inverse: Σ may be
singular. An observation is taken in with unit noise and in at most n dimensions, v = R z + N(0, I).

Slot k is the matrices k · FIELDS to (k + 1) · FIELDS of a stack: PREDICTED P⁻, FILTERED P, AHEAD P Aᵀ; where something
is observed, with I + R P⁻ Rᵀ = C Cᵀ, WHITENER C, GAIN P⁻ Rᵀ C⁻ᵀ, READER Rᵀ C⁻ᵀ; LOOP (A (I − gain · readerᵀ))ᵀ and
INFORMATION reader · readerᵀ.
(A tuple of stacks would read better, but each access to one counts references, which here takes
longer than the arithmetic.)

Sources: docs/MATHEMATICS.md, section 2; Bryson and Frazier (1963) and de Jong (1989) for the smoother that carries
r_t and N_t back, with which E[z_t | x] = m_t⁻ + P_t⁻ r_t and the smoothed noise is Σ r_t with covariance Σ − Σ N_t Σ.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOATS, INDICES, INT, STACK, Indices, compiled
from lds_gui.lds.kernels.matrices import (
    add,
    cholesky,
    copy,
    half_log_det,
    plus_product,
    product,
    set_identity,
    solve_right,
    solve_rows,
    solve_rows_back,
    times,
    transpose,
)
from lds_gui.lds.kernels.values import SIGMA, A

PREDICTED, FILTERED, AHEAD, WHITENER, GAIN, READER, LOOP, INFORMATION = range(8)
FIELDS = 8
V, C, V_AFTER, BACK, SPARE, SOLVING = 2, 3, 4, 5, 6, 8  # in the stack of a pass back; 0 and 1 hold N in turns
SMALL = 11
_EPS = float(np.finfo(np.float64).eps)
_CANCELS = 1e3  # beyond this ratio of signal to noise a difference of covariances would lose more than three digits
_TINY = 1e-280
_FAR = 1e-8  # relative: from here on a covariance is watched as it settles


@compiled(STACK, INT, STACK, STACK, INT, FLAG, STACK, FLOATS, returns=FLAG)
def take_in(slots: Array, k: int, model: Array, R: Array, p: int, observed: bool, work: Array, losses: Array) -> bool:
    """Fill slot k from its predicted covariance, and predict the next one; False if that has lost its definiteness.

    `model` is `Theta.square`; `losses[k]` becomes log |C|, by which x_t lowers the entropy of z_t.
    """
    n = R.shape[1]
    at = k * FIELDS
    if observed:
        product(slots, at + GAIN, slots, at + PREDICTED, R, p)
        product(work, 0, R, p, slots, at + PREDICTED)
        set_identity(work, 2, 1.0)
        plus_product(work, 1, work, 2, 1.0, work, 0, R, p)
        largest = 0.0
        for i in range(n):
            largest = max(largest, work[1, i, i])
        if not cholesky(slots, at + WHITENER, work, 1, n):
            return False
        losses[k] = half_log_det(slots, at + WHITENER, n)
        solve_rows(slots, at + GAIN, slots, at + WHITENER, n)
        transpose(slots, at + READER, R, p)
        solve_rows(slots, at + READER, slots, at + WHITENER, n)
        product(slots, at + INFORMATION, slots, at + READER, slots, at + READER)
        plus_product(work, 1, work, 2, -1.0, slots, at + READER, slots, at + GAIN)  # Jᵀ
        product(slots, at + LOOP, work, 1, model, A)
        if largest < _CANCELS:
            plus_product(slots, at + FILTERED, slots, at + PREDICTED, -1.0, slots, at + GAIN, slots, at + GAIN)
        else:  # J P⁻ Jᵀ + K Kᵀ: nothing is subtracted
            transpose(work, 2, work, 1)
            product(work, 0, work, 2, slots, at + PREDICTED)
            product(work, 1, work, 0, work, 2)
            copy(work, 0, slots, at + GAIN)
            solve_rows_back(work, 0, slots, at + WHITENER, n)
            plus_product(slots, at + FILTERED, work, 1, 1.0, work, 0, work, 0)
    else:
        losses[k] = 0.0
        copy(slots, at + FILTERED, slots, at + PREDICTED)
        transpose(slots, at + LOOP, model, A)
        set_identity(slots, at + INFORMATION, 0.0)
    product(slots, at + AHEAD, slots, at + FILTERED, model, A)
    product(work, 0, model, A, slots, at + FILTERED)
    plus_product(slots, at + FIELDS + PREDICTED, model, SIGMA, 1.0, work, 0, model, A)
    return True


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
        for j in range(i + 1):
            change = (P[new, i, j] - P[old, i, j]) ** 2
            scale = P[new, i, i] * P[new, j, j]
            if not change <= tolerance * scale:
                near = False
            if not change <= _FAR * _FAR * scale:
                far = False
            if scale < _TINY and P[new, i, i] != 0.0 and P[new, j, j] != 0.0:
                near, far = False, False  # squares so small say nothing
    watch[0] = watch[0] + 1 if far else 0
    watch[1] = watch[1] + 1 if near else 0
    return watch[1] > 0 and watch[1] >= 0.5 * (watch[0] - watch[1])


@compiled(STACK, INT, INT, INT, STACK, INT)
def look_back(small: Array, new: int, after: int, spare: int, slots: Array, k: int) -> None:
    """small[new]: N at a step of slot k, from small[after], that of the step after it: information + loop N loopᵀ."""
    at = k * FIELDS
    product(small, spare, slots, at + LOOP, small, after)
    plus_product(small, new, slots, at + INFORMATION, 1.0, small, spare, slots, at + LOOP)


@compiled(STACK, STACK, INT, STACK)
def _smoothed_as_sum(small: Array, slots: Array, k: int, model: Array) -> None:
    """small[V] = (I − J A) P (I − J A)ᵀ + J (Σ + V₊) Jᵀ with J = P Aᵀ (P₊⁻)⁻¹ in small[BACK]: nothing is subtracted."""
    at = k * FIELDS
    set_identity(small, SPARE + 1, 1.0)
    times(small, SPARE, small, BACK, model, A)
    add(small, SPARE + 1, small, SPARE, -1.0)
    product(small, SPARE, small, SPARE + 1, slots, at + FILTERED)
    product(small, V, small, SPARE, small, SPARE + 1)
    copy(small, SPARE, small, V_AFTER)
    add(small, SPARE, model, SIGMA, 1.0)
    product(small, SPARE + 1, small, BACK, small, SPARE)
    product(small, SPARE, small, SPARE + 1, small, BACK)
    add(small, V, small, SPARE, 1.0)


@compiled(STACK, INT, STACK, INT, STACK, returns=FLAG)
def smoothed(small: Array, after: int, slots: Array, k: int, model: Array) -> bool:
    """small[V]: Cov[z_t | x] = P − P Aᵀ N A P and small[C]: P Aᵀ N, with small[after] the N of the step after it.

    Where the data to come say much more than those before, that difference would lose its digits: it is then computed
    as a sum, from small[V_AFTER], the covariance of the step after. Says so, and leaves J (see there) in small[BACK].
    """
    at, n = k * FIELDS, small.shape[1]
    product(small, C, slots, at + AHEAD, small, after)
    plus_product(small, V, slots, at + FILTERED, -1.0, small, C, slots, at + AHEAD)
    loses = False
    for i in range(n):
        loses = loses or small[V, i, i] * _CANCELS < slots[at + FILTERED, i, i]
    if loses:
        copy(small, BACK, slots, at + AHEAD)
        solve_right(small, BACK, slots, at + FIELDS + PREDICTED, small, SOLVING)
        _smoothed_as_sum(small, slots, k, model)
    return loses
