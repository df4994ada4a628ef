"""The M-step, and what it does to each term of the ELBO.

Σ = F Fᵀ is kept by its factor F (n, r), the transition being z_t = A z_{t-1} + F w with w ~ N(0, I): in w's units the
statistics are of the size of one however small or singular Σ is, and what has no variance never gets any.

Source: docs/MATHEMATICS.md, sections 3 and 4.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, INDICES, INT, STACK, Indices, compiled
from lds_gui.lds.kernels.covariances import CANCELS
from lds_gui.lds.kernels.matrices import (
    add,
    cholesky,
    copy,
    eigen,
    half_log_det,
    is_definite,
    product,
    quotient_trace,
    set_identity,
    solve_right,
    solve_rows,
    symmetrise,
    times,
    transpose,
)
from lds_gui.lds.kernels.values import (
    COUNTS,
    EE,
    EE_SPREAD,
    EM,
    F0,
    FIRST_N,
    FIRST_RR,
    FIRST_V,
    LOSS,
    MM,
    OUTCOME,
    PATTERNS,
    RR,
    RULES,
    RZ,
    SIGMA,
    SIGMA0,
    SUMS,
    THETA,
    WORK,
    ZZ,
    A,
    Counts,
    F,
    Outcome,
    Patterns,
    Rules,
    Sums,
    Theta,
    Work,
)

_LOG_2PI = float(np.log(2.0 * np.pi))
FULL, DIAGONAL, ISOTROPIC = range(3)
FINE, BROKEN_SIGMA, BROKEN_GAMMA, BROKEN_SIGMA0, NOT_FINITE = range(5)


@compiled(STACK, INT, INT, STACK, returns=FLOAT)
def _log_volume(theta: Array, f: int, rank: int, square: Array) -> float:
    """½ log |Fᵀ F|; a factor of full rank is triangular."""
    if rank == theta.shape[1]:
        return half_log_det(theta, f, rank)
    transpose(square, 0, theta, f)
    product(square, 1, square, 0, square, 0)
    cholesky(square, 1, square, 1, rank)
    return half_log_det(square, 1, rank)


@compiled(STACK, INT, FLOAT, STACK, INT, STACK, INT, INT, STACK)
def _inner(W: Array, w: int, count: float, S: Array, s: int, theta: Array, f: int, rank: int, square: Array) -> None:
    """W = count · I + Fᵀ S F, in the units of w; 1 on the diagonal behind the rank."""
    transpose(square, 0, theta, f)
    product(square, 1, square, 0, S, s)
    product(W, w, square, 1, square, 0)
    for i in range(S.shape[1]):
        W[w, i, i] += count if i < rank else 1.0


@compiled(STACK, INT, FLOAT, STACK, STACK, INT, STACK)
def _inner_of_first(W: Array, w: int, count: float, moments: Array, theta: Array, rank: int, square: Array) -> None:
    """W = Σ E[w wᵀ] of the first steps, in the units of w; works in square[:5].

    Where the data say much more of z_1 than its prior, count · I − Fᵀ N F loses its digits: F⁻¹ Cov[z_1 | x] F⁻ᵀ
    doesn't.
    """
    n = W.shape[1]
    copy(square, 3, moments, FIRST_RR)
    add(square, 3, moments, FIRST_N, -1.0)
    _inner(W, w, count, square, 3, theta, F0, rank, square)
    set_identity(square, 4, 0.0)
    add(square, 4, moments, FIRST_N, -1.0)
    _inner(square, 2, count, square, 4, theta, F0, rank, square)
    loses = False
    for i in range(rank):
        loses = loses or square[2, i, i] * CANCELS < count
    if loses and rank == n:
        copy(square, 2, moments, FIRST_V)
        solve_rows(square, 2, theta, F0, n)
        transpose(square, 4, square, 2)
        solve_rows(square, 4, theta, F0, n)
        _inner(W, w, 0.0, moments, FIRST_RR, theta, F0, rank, square)
        add(W, w, square, 4, 1.0)


@compiled(STACK, INT, INT)
def _restrict(S: Array, s: int, structure: int) -> None:
    """The diagonal of S, or its mean, in the place of S."""
    n = S.shape[1]
    total = 0.0
    for i in range(n):
        total += S[s, i, i]
    for i in range(n):
        for j in range(n):
            if i != j:
                S[s, i, j] = 0.0
            elif structure == ISOTROPIC:
                S[s, i, i] = total / n


@compiled(STACK, INT, FLOAT, returns=INT)
def _raise(S: Array, s: int, floor: float) -> int:
    """Lift the eigenvalues of S below `floor` to it: the exact maximiser among covariances that have none below."""
    n = S.shape[1]
    space = np.empty((3, n, n))
    copy(space, 0, S, s)
    eigen(space, 0, space, 1)
    lifted = 0
    for k in range(n):
        if space[0, k, k] < floor:
            lifted = 1
        for i in range(n):
            space[2, i, k] = space[1, i, k] * max(space[0, k, k], floor)
    if lifted:
        product(S, s, space, 2, space, 1)
        symmetrise(S, s)
    return lifted


@compiled(STACK, INT, STACK, INT, INT, INT, STACK, INT, STACK)
def _in_units(
    new: Array, g: int, theta: Array, f: int, rank: int, new_rank: int, M: Array, k: int, square: Array
) -> None:
    """M[k] with F M Fᵀ = G Gᵀ; NaN where G reaches outside what F spans, or spans less. Works in square[:6]."""
    n = M.shape[1]
    transpose(square, 0, new, g)
    times(square, 1, square, 0, theta, f)  # Gᵀ F
    transpose(square, 3, theta, f)
    product(square, 2, square, 3, square, 3)  # Fᵀ F
    solve_right(square, 1, square, 2, square, 3)  # Xᵀ with F X = G
    product(square, 2, theta, f, square, 1)
    outside, largest = 0.0, 0.0
    for i in range(n):
        for j in range(n):
            outside = max(outside, abs(square[2, i, j] - new[g, i, j]))
            largest = max(largest, abs(new[g, i, j]))
    transpose(square, 2, square, 1)
    product(M, k, square, 2, square, 2)
    for i in range(rank, n):
        M[k, i, i] = 1.0
    if new_rank != rank or outside > 1e-9 * largest:
        M[k, 0, 0] = np.nan


@compiled(STACK, INT, FLOAT, STACK, INT, INT, INT, INT, FLOAT, STACK, INDICES, INT, INT, STACK, returns=INT)
def _new_covariance(
    W: Array,
    w: int,
    count: float,
    theta: Array,
    c: int,
    f: int,
    rank: int,
    structure: int,
    floor: float,
    new: Array,
    ranks: Indices,
    which: int,
    k: int,
    square: Array,
) -> int:
    """C = F W Fᵀ / count, restricted; its factor G and rank, and W[k], the same covariance in the units of w.

    C is new[c], F theta[f] and G new[f]. Returns whether the floor acted, or −1 if the covariance has degenerated.
    Works in square[:6].
    """
    n = W.shape[1]
    for i in range(n):
        for j in range(n):
            W[k, i, j] = W[w, i, j] / count if i < rank else W[w, i, j]
    if not is_definite(W, k, square, 0):
        return -1
    times(new, f, theta, f, square, 0)
    for i in range(n):
        for j in range(rank, n):
            new[f, i, j] = 0.0
    product(new, c, new, f, new, f)
    floored = 0
    restricted_rank = rank
    if structure != FULL:
        _restrict(new, c, structure)
        restricted_rank = 0
        for i in range(n):
            restricted_rank += int(new[c, i, i] > 0.0)
    if floor > 0.0 and restricted_rank == n:
        floored = _raise(new, c, floor)
    if structure == FULL and not floored:
        return 0
    if rank == n:
        if not is_definite(new, c, new, f):
            return -1
    else:
        set_identity(new, f, 0.0)
        found = 0
        for i in range(n):
            if new[c, i, i] > 0.0:
                new[f, i, found] = np.sqrt(new[c, i, i])
                found += 1
        ranks[which] = found
    _in_units(new, f, theta, f, rank, ranks[which], W, k, square)
    return floored


@compiled(FLOAT, INT, FLOAT, STACK, INT, STACK, INT, STACK, returns=FLOAT)
def _term(count: float, rank: int, log_volume: float, W: Array, w: int, M: Array, k: int, square: Array) -> float:
    """Σ E[log N(F w; 0, F M Fᵀ)] over `count` rows with Σ E[w wᵀ] = W, as a density on what F spans; −∞ outside."""
    if count == 0.0 or rank == 0:
        return 0.0
    if not cholesky(square, 0, M, k, rank):
        return -np.inf
    trace = quotient_trace(W, w, rank, square)
    return -0.5 * (count * (rank * _LOG_2PI + 2.0 * log_volume + 2.0 * half_log_det(square, 0, rank)) + trace)


@compiled(STACK, INT, STACK, INT, STACK, INT, STACK, INT, STACK, STACK, STACK)
def _regress(
    scatter: Array,
    s: int,
    cross: Array,
    c: int,
    inputs: Array,
    z: int,
    change: Array,
    h: int,
    spare: Array,
    temporary: Array,
    square: Array,
) -> None:
    """The change D = cross · inputs⁻¹ of a coefficient, and the scatter Σ E[(r − D z)(r − D z)ᵀ] that it leaves."""
    copy(change, h, cross, c)
    solve_right(change, h, inputs, z, square, 0)
    times(spare, 0, change, h, inputs, z)
    product(temporary, 0, spare, 0, change, h)
    add(scatter, s, temporary, 0, 1.0)
    product(temporary, 0, change, h, cross, c)
    add(scatter, s, temporary, 0, -2.0)
    symmetrise(scatter, s)


@compiled(STACK, returns=FLAG)
def _is_finite(X: Array) -> bool:
    total = 0.0
    for k in range(X.shape[0]):
        for i in range(X.shape[1]):
            for j in range(X.shape[2]):
                total += X[k, i, j]
    return bool(np.isfinite(total))


@compiled(THETA, THETA, SUMS, COUNTS, RULES, OUTCOME, STACK, returns=INT)
def _latent(theta: Theta, new: Theta, sums: Sums, counts: Counts, rules: Rules, out: Outcome, square: Array) -> int:
    """μ₀, A, Σ and Σ₀, their terms, and the entropy of the latents less what the observations took."""
    old, fresh, moments, floored, ranks = theta.square, new.square, sums.square, out.floored, new.ranks
    before, after = out.before, out.after
    n = old.shape[1]
    rank, rank0 = theta.ranks[0], theta.ranks[1]
    first, steps = float(counts.sequences), float(counts.transitions)
    W = square[6:]  # W[0] of the transitions, W[1] of the first steps, W[2], W[3] the covariances in their units
    volume0, volume = _log_volume(old, F0, rank0, square), _log_volume(old, F, rank, square)
    _inner(W, 0, steps, moments, RR, old, F, rank, square)
    _inner_of_first(W, 1, first, moments, old, rank0, square)
    set_identity(W, 2, 1.0)
    set_identity(W, 3, 1.0)
    before[0] = _term(first, rank0, volume0, W, 1, W, 3, square)
    before[1] = _term(steps, rank, volume, W, 0, W, 2, square)
    half = 0.5 * (1.0 + _LOG_2PI)
    before[3] = first * (rank0 * half + volume0) + steps * (rank * half + volume) - sums.scalars[LOSS]

    for k in range(5):
        copy(fresh, k, old, k)
    ranks[0], ranks[1] = rank, rank0
    copy(new.mu0, 0, theta.mu0, 0)
    if rules.mu0:
        times(square, 0, sums.first_r, 0, old, F0)  # the sum of w, in the first row
        for i in range(n):
            for j in range(n):
                W[1, i, j] -= square[0, 0, i] * square[0, 0, j] / first
                new.mu0[0, 0, i] += old[F0, i, j] * square[0, 0, j] / first
    if rules.A and counts.transitions > 0:
        transpose(square, 5, old, F)
        times(W, 4, square, 5, moments, RZ)
        _regress(W, 0, W, 4, moments, ZZ, square, 4, square[3:], square[5:], square)
        times(square, 0, old, F, square, 4)
        add(fresh, A, square, 0, 1.0)
    learned_steps = steps + (first if rules.tied else 0.0)
    if rules.Sigma and learned_steps > 0.0:
        copy(W, 4, W, 0)
        if rules.tied:
            add(W, 4, W, 1, 1.0)
        for i in range(rank, n):
            W[4, i, i] = 1.0
        floored[0] = _new_covariance(
            W, 4, learned_steps, old, SIGMA, F, rank, rules.Sigma_structure, rules.floor, fresh, ranks, 0, 2, square
        )
        if floored[0] < 0:
            return BROKEN_SIGMA
    if rules.tied:
        copy(fresh, SIGMA0, fresh, SIGMA)
        copy(fresh, F0, fresh, F)
        ranks[1] = ranks[0]
        copy(W, 3, W, 2)
    elif rules.Sigma0:
        floored[2] = _new_covariance(
            W, 1, first, old, SIGMA0, F0, rank0, rules.Sigma0_structure, rules.floor, fresh, ranks, 1, 3, square
        )
        if floored[2] < 0:
            return BROKEN_SIGMA0
    after[0] = _term(first, rank0, volume0, W, 1, W, 3, square)
    after[1] = _term(steps, rank, volume, W, 0, W, 2, square)
    return FINE if _is_finite(fresh) and _is_finite(new.mu0) else NOT_FINITE


@compiled(THETA, THETA, SUMS, PATTERNS, COUNTS, RULES, OUTCOME, WORK, returns=INT)
def _emission(
    theta: Theta, new: Theta, sums: Sums, patterns: Patterns, counts: Counts, rules: Rules, out: Outcome, work: Work
) -> int:
    """B and Γ, the observation term, and the entropy of what is missing of partly observed rows."""
    wide, scatter, tall = work.wide, sums.wide, work.tall
    B, Gamma, before, by_pattern = new.B, new.Gamma, out.before, counts.by_pattern
    m, rows = B.shape[1], float(counts.rows)
    cholesky(wide, 0, theta.Gamma, 0, m)
    whole = half_log_det(wide, 0, m)
    add(scatter, EE, scatter, EE_SPREAD, 1.0)
    before[2] = -rows * (0.5 * m * _LOG_2PI + whole) - 0.5 * quotient_trace(scatter, EE, m, wide)
    for p in range(len(by_pattern)):
        missing = m - patterns.counts[p]
        if 0 < missing < m:
            lost = 0.5 * missing * (1.0 + _LOG_2PI) + whole - patterns.volumes[p]
            before[3] += by_pattern[p] * lost
    out.after[3] = before[3]

    copy(B, 0, theta.B, 0)
    copy(Gamma, 0, theta.Gamma, 0)
    symmetrise(scatter, EE)
    if rules.B and counts.rows > 0:
        _regress(scatter, EE, sums.tall, EM, sums.square, MM, tall, 0, tall[1:], wide, work.square)
        add(B, 0, tall, 0, 1.0)
    free = False
    if rules.Gamma and counts.rows > 0:
        for i in range(m):
            for j in range(m):
                Gamma[0, i, j] = scatter[EE, i, j] / rows
        if rules.Gamma_structure != FULL:
            _restrict(Gamma, 0, rules.Gamma_structure)
        lifted = _raise(Gamma, 0, rules.floor) if rules.floor > 0.0 else 0
        out.floored[1] = lifted
        free = rules.Gamma_structure == FULL and lifted == 0
    if not is_definite(Gamma, 0, wide, 0):
        return BROKEN_GAMMA
    squares = rows * m if free else quotient_trace(scatter, EE, m, wide)
    out.after[2] = -rows * (0.5 * m * _LOG_2PI + half_log_det(wide, 0, m)) - 0.5 * squares
    return FINE if _is_finite(B) and _is_finite(Gamma) else NOT_FINITE


@compiled(THETA, THETA, SUMS, PATTERNS, COUNTS, RULES, OUTCOME, WORK, returns=INT, entry=True)
def maximise(
    theta: Theta, new: Theta, sums: Sums, patterns: Patterns, counts: Counts, rules: Rules, out: Outcome, work: Work
) -> int:
    """The parameters `new` that maximise E_q[log p(x, z)] under the rules, and the terms; FINE, or what broke.

    Works on `sums`, once.
    """
    for k in range(3):
        out.floored[k] = 0
    status = _latent(theta, new, sums, counts, rules, out, work.square)
    if status != FINE:
        return status
    return _emission(theta, new, sums, patterns, counts, rules, out, work)
