"""Everything that the model says of the latents of one sequence, step by step: what EM only needs the sums of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import INT, STACK, compiled, type_of
from lds_gui.lds.kernels.covariances import (
    AHEAD,
    BACK,
    CANCELS,
    FIELDS,
    FILTERED,
    MODEL,
    PREDICTED,
    SMALL,
    V_AFTER,
    WORK,
    C,
    V,
    find_back,
    lay_out,
    look_back,
    smoothed,
    take_in,
)
from lds_gui.lds.kernels.matrices import add, copy, product, set_identity, symmetrise, times
from lds_gui.lds.kernels.observations import collapse
from lds_gui.lds.kernels.sweeps import filter_steps, smooth_rows
from lds_gui.lds.kernels.values import GROUP, PATTERNS, SIGMA0, THETA, Group, Patterns, Theta


class Moments(NamedTuple):
    """Means (T, n) and covariances (T, n, n); `cross_covs` (T − 1, n, n).

    `white` (T, n): C⁻¹ (v − R m⁻) of each x_t, and `losses` (T,): log |C|, as in `covariances`.
    """

    predicted_means: Array
    predicted_covs: Array
    filtered_means: Array
    filtered_covs: Array
    smoothed_means: Array
    smoothed_covs: Array
    cross_covs: Array
    white: Array
    losses: Array


_ROW, _MATRIX = np.zeros((1, 1)), np.zeros((1, 1, 1))
MOMENTS = type_of(Moments(_ROW, _MATRIX, _ROW, _MATRIX, _ROW, _MATRIX, _MATRIX, _ROW, np.zeros(1)))


@compiled(THETA, PATTERNS, GROUP, MOMENTS, STACK, STACK, returns=INT, entry=True)
def fill_moments(theta: Theta, patterns: Patterns, group: Group, out: Moments, small: Array, L: Array) -> int:
    """Fill `out`; −1, the step at which a covariance breaks down, or T where Γ isn't definite.

    Works in small (SMALL + 2 · FIELDS, n, n).
    """
    R, counts, which = patterns.R, patterns.counts, group.which
    predicted, filtered, white = out.predicted_means, out.filtered_means, out.white
    T, n = predicted.shape
    losses, work, model, slots = np.zeros(1), small[WORK:], small[MODEL:], small[SMALL:]
    lay_out(model, theta.square)
    drive = np.zeros((1, n))
    if not collapse(theta.B, theta.Gamma, patterns, group, white, L):
        return T
    copy(out.predicted_covs, 0, theta.square, SIGMA0)
    for i in range(n):
        predicted[0, i] = theta.mu0[0, 0, i]
    for t in range(T):
        copy(slots, PREDICTED, out.predicted_covs, t)
        if not take_in(slots, 0, model, R, which[t], bool(counts[which[t]]), work, losses):
            return t
        out.losses[t] = losses[0]
        copy(out.filtered_covs, t, slots, FILTERED)
        symmetrise(out.filtered_covs, t)
        filter_steps(
            t,
            t + 1,
            slots,
            0,
            model,
            R,
            which[t],
            patterns.reader_back,
            bool(counts[which[t]]),
            True,
            group.x,
            1,
            T,
            predicted,
            white,
            drive,
        )
        for i in range(n):
            filtered[t, i] = drive[0, i]
        if t + 1 < T:
            copy(out.predicted_covs, t + 1, slots, FIELDS + PREDICTED)
            symmetrise(out.predicted_covs, t + 1)
    set_identity(small, 0, 0.0)
    dual = np.zeros((2, n))  # r at this step and at the one after
    for t in range(T - 1, -1, -1):
        copy(slots, PREDICTED, out.predicted_covs, t)
        take_in(slots, 0, model, R, which[t], bool(counts[which[t]]), work, losses)
        by_sum = smoothed(small, 0, slots, 0, model)
        copy(out.smoothed_covs, t, small, V)
        symmetrise(out.smoothed_covs, t)
        if t + 1 < T:
            loses = False
            for i in range(n):
                loses = loses or out.smoothed_covs[t + 1, i, i] * CANCELS < out.predicted_covs[t + 1, i, i]
            if loses:  # V₊ Jᵀ
                if not by_sum:
                    find_back(small, slots, 0)
                product(out.cross_covs, t, small, V_AFTER, small, BACK)
            else:  # A P − P₊⁻ N A P
                copy(out.cross_covs, t, slots, AHEAD)
                times(work, 0, out.predicted_covs, t + 1, small, C)
                add(out.cross_covs, t, work, 0, -1.0)
        copy(small, V_AFTER, small, V)
        look_back(small, 1, 0, slots, 0, model)
        copy(small, 0, small, 1)
        for i in range(n):
            dual[1, i] = dual[0, i]
            out.smoothed_means[t, i] = predicted[t, i]
        smooth_rows(t, t + 1, t, slots, 0, bool(counts[which[t]]), 1, out.smoothed_means, white, dual, drive)
    return -1
