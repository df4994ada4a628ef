"""What the observations say of the latents, in n dimensions and with unit noise, for each pattern of observed entries.

With Γ = L Lᵀ over the observed entries and L⁻¹ B = Q R, v = Qᵀ L⁻¹ x = R z + N(0, I) holds all that x says of z.

Source: Jungbacker and Koopman (2008).
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLAGS, INDICES, INT, ROWS, STACK, Flags, Indices, compiled
from lds_gui.lds.kernels.matrices import cholesky, half_log_det, solve_rows, transpose
from lds_gui.lds.kernels.values import GROUP, PATTERNS, Group, Patterns


@compiled(FLAGS, INDICES, returns=INT)
def pack(observed: Flags, packed: Indices) -> int:
    """The indices of the observed entries, in front of `packed` (m,); and how many they are."""
    size = 0
    for i in range(len(observed)):
        if observed[i]:
            packed[size] = i
            size += 1
    return size


@compiled(STACK, STACK, INT, ROWS, INT, INT)
def _orthogonalise(seen: Array, R: Array, r: int, Q: Array, j: int, size: int) -> None:
    """Column j of Q R[r] = seenᵀ by Gram and Schmidt, done twice; a column that the others span gets a zero."""
    length = 0.0
    for i in range(size):
        Q[j, i] = seen[0, j, i]
        length += seen[0, j, i] ** 2
    for _ in range(2):
        for k in range(j):
            overlap = 0.0
            for i in range(size):
                overlap += Q[k, i] * Q[j, i]
            R[r, k, j] += overlap
            for i in range(size):
                Q[j, i] -= overlap * Q[k, i]
    left = 0.0
    for i in range(size):
        left += Q[j, i] ** 2
    if left <= 1e-28 * length:
        for i in range(size):
            Q[j, i] = 0.0
        return
    R[r, j, j] = np.sqrt(left)
    for i in range(size):
        Q[j, i] /= R[r, j, j]


@compiled(STACK, STACK, FLAGS, STACK, INT, INDICES, ROWS, STACK, returns=FLAG)
def channel(
    B: Array, Gamma: Array, observed: Flags, R: Array, r: int, packed: Indices, reader: Array, L: Array
) -> bool:
    """R[r] of a pattern, R[r + 1] its transpose, its reader Qᵀ L⁻¹ (n, m) and the Cholesky factor L[0].

    False if Γ is not definite.

    L and the reader's columns are those of the observed entries, packed to the front.
    """
    m, n = B.shape[1:]
    size = pack(observed, packed)
    for i in range(size):
        for j in range(size):
            L[0, i, j] = Gamma[0, packed[i], packed[j]]
    if not cholesky(L, 0, L, 0, size):
        return False
    seen = np.zeros((1, n, size))  # (L⁻¹ B)ᵀ
    for i in range(size):
        for j in range(n):
            seen[0, j, i] = B[0, packed[i], j]
    solve_rows(seen, 0, L, 0, size)
    for i in range(n):
        for j in range(n):
            R[r, i, j] = 0.0
        for j in range(m):
            reader[i, j] = 0.0
    if size <= n:
        for i in range(size):
            reader[i, i] = 1.0
            for j in range(n):
                R[r, i, j] = seen[0, j, i]
    else:
        for j in range(n):
            _orthogonalise(seen, R, r, reader, j, size)
    for i in range(n):  # reader ← reader L⁻¹
        for k in range(size - 1, -1, -1):
            total = reader[i, k]
            for j in range(k + 1, size):
                total -= L[0, j, k] * reader[i, j]
            reader[i, k] = total / L[0, k, k]
    transpose(R, r + 1, R, r)
    return True


@compiled(STACK, STACK, PATTERNS, STACK, returns=FLAG)
def open_channels(B: Array, Gamma: Array, patterns: Patterns, L: Array) -> bool:
    """R, volume and reader of the full pattern, where no pattern is partial; False if Γ is not definite."""
    m, n = B.shape[1:]
    packed, reader = np.empty(m, np.int64), np.zeros((n, m))
    for p in range(len(patterns.counts)):
        if patterns.counts[p] == m:
            if not channel(B, Gamma, patterns.observed[p], patterns.R, 2 * p, packed, reader, L):
                return False
            patterns.volumes[p] = half_log_det(L, 0, m)
            for i in range(m):
                for j in range(n):
                    patterns.reader_back[0, i, j] = reader[j, i]
    return True


@compiled(STACK, STACK, PATTERNS, GROUP, ROWS, STACK, returns=FLAG)
def collapse(B: Array, Gamma: Array, patterns: Patterns, group: Group, V: Array, L: Array) -> bool:
    """R and volume of a group's patterns, and v of every row, into V (T · S, n); False if Γ is not definite."""
    m, n = B.shape[1:]
    x, order, starts, S = group.x, group.order, group.starts, group.n_sequences
    R, counts, observed, volumes = patterns.R, patterns.counts, patterns.observed, patterns.volumes
    reader, packed = np.zeros((n, m)), np.empty(m, np.int64)
    for k in range(len(group.present)):
        p = int(group.present[k])
        rows, size = (starts[k + 1] - starts[k]) * S, int(counts[p])
        if size:
            if not channel(B, Gamma, observed[p], R, 2 * p, packed, reader, L):
                return False
            volumes[p] = half_log_det(L, 0, size)
        for index in range(rows):
            row = order[starts[k] + index // S] * S + index % S
            for j in range(n):
                total = 0.0
                for i in range(size):
                    total += reader[j, i] * x[row, packed[i]]
                V[row, j] = total
    return True
