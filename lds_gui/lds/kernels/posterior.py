"""Everything that the model says of the latents of one sequence, step by step: what EM only needs the sums of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import compiled
from lds_gui.lds.kernels.covariances import (
    AHEAD,
    BACK,
    FIELDS,
    FILTERED,
    GAIN,
    LOOP,
    PREDICTED,
    READER,
    SMALL,
    SOLVING,
    SPARE,
    V_AFTER,
    WHITENER,
    C,
    V,
    look_back,
    smoothed,
    take_in,
)
from lds_gui.lds.kernels.matrices import add, copy, product, set_identity, solve_right, symmetrise, transpose
from lds_gui.lds.kernels.observations import collapse
from lds_gui.lds.kernels.values import SIGMA0, A, Group, Patterns, Theta


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


@compiled(entry=True)
def fill_moments(theta: Theta, patterns: Patterns, group: Group, out: Moments, small: Array, L: Array) -> int:
    """Fill `out`; −1, or the step at which a covariance breaks down. Works in small (SMALL + 4 + 2 · FIELDS, n, n)."""
    model, R, counts, which = theta.square, patterns.R, patterns.counts, group.which
    predicted, filtered, white = out.predicted_means, out.filtered_means, out.white
    T, n = predicted.shape
    losses, work, slots = np.zeros(1), small[SMALL:], small[SMALL + 4 :]
    if not collapse(theta.B, theta.Gamma, patterns, group, white, L):
        return T
    copy(out.predicted_covs, 0, model, SIGMA0)
    for i in range(n):
        predicted[0, i] = theta.mu0[0, 0, i]
    for t in range(T):
        copy(slots, PREDICTED, out.predicted_covs, t)
        if not take_in(slots, 0, model, R, which[t], bool(counts[which[t]]), work, losses):
            return t
        out.losses[t] = losses[0]
        copy(out.filtered_covs, t, slots, FILTERED)
        symmetrise(out.filtered_covs, t)
        for i in range(n):
            filtered[t, i] = predicted[t, i]
        if counts[which[t]] > 0:
            for i in range(n):
                total = white[t, i]
                for j in range(i):
                    total -= slots[WHITENER, i, j] * white[t, j]
                white[t, i] = total / slots[WHITENER, i, i]
            for i in range(n):
                for j in range(n):
                    white[t, i] -= slots[READER, j, i] * predicted[t, j]
            for i in range(n):
                for j in range(n):
                    filtered[t, i] += slots[GAIN, i, j] * white[t, j]
        if t + 1 < T:
            copy(out.predicted_covs, t + 1, slots, FIELDS + PREDICTED)
            symmetrise(out.predicted_covs, t + 1)
            for i in range(n):
                predicted[t + 1, i] = 0.0
                for j in range(n):
                    predicted[t + 1, i] += model[A, i, j] * filtered[t, j]
    set_identity(small, 0, 0.0)
    dual, here = np.zeros(n), np.zeros(n)
    for t in range(T - 1, -1, -1):
        copy(slots, PREDICTED, out.predicted_covs, t)
        take_in(slots, 0, model, R, which[t], bool(counts[which[t]]), work, losses)
        by_sum = smoothed(small, 0, slots, 0, model)
        copy(out.smoothed_covs, t, small, V)
        symmetrise(out.smoothed_covs, t)
        if t + 1 < T:
            loses = False
            for i in range(n):
                loses = loses or out.smoothed_covs[t + 1, i, i] < 1e-3 * out.predicted_covs[t + 1, i, i]
            if loses:  # V₊ Jᵀ
                if not by_sum:
                    copy(small, BACK, slots, AHEAD)
                    solve_right(small, BACK, slots, FIELDS + PREDICTED, small, SOLVING)
                product(out.cross_covs, t, small, V_AFTER, small, BACK)
            else:  # A P − P₊⁻ N A P
                transpose(out.cross_covs, t, slots, AHEAD)
                product(work, 0, out.predicted_covs, t + 1, small, C)
                add(out.cross_covs, t, work, 0, -1.0)
        copy(small, V_AFTER, small, V)
        look_back(small, 1, 0, SPARE, slots, 0)
        copy(small, 0, small, 1)
        for i in range(n):
            here[i] = 0.0
            for j in range(n):
                here[i] += slots[LOOP, i, j] * dual[j]
                if counts[which[t]] > 0:
                    here[i] += slots[READER, i, j] * white[t, j]
        for i in range(n):
            dual[i] = here[i]
        for i in range(n):
            out.smoothed_means[t, i] = predicted[t, i]
            for j in range(n):
                out.smoothed_means[t, i] += slots[PREDICTED, i, j] * dual[j]
    return -1
