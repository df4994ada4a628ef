"""Small dense matrices, compiled: products, Cholesky factors and triangular solves.

Matrices that change from step to step lie in stacks (K, n, n), and a function takes a stack with an index: to cut a
view out of it would cost as much as a small product.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLAG, FLOAT, INT, ROWS, STACK, compiled, inlined

_EPS = float(np.finfo(np.float64).eps)


@inlined
def _combine_fours(
    C: Array, c: int, i: int, P: Array, p: int, factor: float, u: float, v: float, w: float, x: float, B: Array, b: int
) -> None:
    """Row i of C is row i of P plus factor times u, v, w, x times the rows of B: four numbers in one register."""
    u, v, w, x = factor * u, factor * v, factor * w, factor * x
    first = P[p, i, 0] + u * B[b, 0, 0] + v * B[b, 1, 0] + w * B[b, 2, 0] + x * B[b, 3, 0]
    second = P[p, i, 1] + u * B[b, 0, 1] + v * B[b, 1, 1] + w * B[b, 2, 1] + x * B[b, 3, 1]
    third = P[p, i, 2] + u * B[b, 0, 2] + v * B[b, 1, 2] + w * B[b, 2, 2] + x * B[b, 3, 2]
    fourth = P[p, i, 3] + u * B[b, 0, 3] + v * B[b, 1, 3] + w * B[b, 2, 3] + x * B[b, 3, 3]
    C[c, i, 0] = first
    C[c, i, 1] = second
    C[c, i, 2] = third
    C[c, i, 3] = fourth


@inlined
def _combine_twos(
    C: Array, c: int, i: int, P: Array, p: int, factor: float, u: float, v: float, B: Array, b: int
) -> None:
    """The same for two."""
    first = P[p, i, 0] + factor * (u * B[b, 0, 0] + v * B[b, 1, 0])
    second = P[p, i, 1] + factor * (u * B[b, 0, 1] + v * B[b, 1, 1])
    C[c, i, 0] = first
    C[c, i, 1] = second


@compiled(STACK, INT, STACK, INT, FLOAT, STACK, INT, STACK, INT)
def plus_times(C: Array, c: int, P: Array, p: int, factor: float, A: Array, a: int, B: Array, b: int) -> None:
    """C = P + factor · A B."""
    rows, inner = A.shape[1:]
    columns = B.shape[2]
    if rows == 4 and columns == 4 and inner == 4:
        for i in range(4):
            _combine_fours(C, c, i, P, p, factor, A[a, i, 0], A[a, i, 1], A[a, i, 2], A[a, i, 3], B, b)
    elif rows == 2 and columns == 2 and inner == 2:
        for i in range(2):
            _combine_twos(C, c, i, P, p, factor, A[a, i, 0], A[a, i, 1], B, b)
    else:
        for i in range(rows):
            for j in range(columns):
                C[c, i, j] = P[p, i, j]
            for k in range(inner):
                value = factor * A[a, i, k]
                for j in range(columns):
                    C[c, i, j] += value * B[b, k, j]


@compiled(STACK, INT, STACK, INT, FLOAT, STACK, INT, STACK, INT)
def plus_transposed_times(
    C: Array, c: int, P: Array, p: int, factor: float, A: Array, a: int, B: Array, b: int
) -> None:
    """C = P + factor · Aᵀ B."""
    inner, rows = A.shape[1:]
    columns = B.shape[2]
    if rows == 4 and columns == 4 and inner == 4:
        for i in range(4):
            _combine_fours(C, c, i, P, p, factor, A[a, 0, i], A[a, 1, i], A[a, 2, i], A[a, 3, i], B, b)
    elif rows == 2 and columns == 2 and inner == 2:
        for i in range(2):
            _combine_twos(C, c, i, P, p, factor, A[a, 0, i], A[a, 1, i], B, b)
    else:
        for i in range(rows):
            for j in range(columns):
                C[c, i, j] = P[p, i, j]
            for k in range(inner):
                value = factor * A[a, k, i]
                for j in range(columns):
                    C[c, i, j] += value * B[b, k, j]


@compiled(STACK, INT, STACK, INT, STACK, INT)
def product(C: Array, c: int, A: Array, a: int, B: Array, b: int) -> None:
    """C = A Bᵀ."""
    for i in range(A.shape[1]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[2]):
                total += A[a, i, k] * B[b, j, k]
            C[c, i, j] = total


@compiled(STACK, INT, STACK, INT, STACK, INT)
def times(C: Array, c: int, A: Array, a: int, B: Array, b: int) -> None:
    """C = A B."""
    rows, inner = A.shape[1:]
    columns = B.shape[2]
    for i in range(rows):
        for j in range(columns):
            C[c, i, j] = 0.0
        for k in range(inner):
            value = A[a, i, k]
            for j in range(columns):
                C[c, i, j] += value * B[b, k, j]


@compiled(STACK, INT, STACK, INT)
def transpose(C: Array, c: int, A: Array, a: int) -> None:
    """C = Aᵀ."""
    for i in range(A.shape[1]):
        for j in range(A.shape[2]):
            C[c, j, i] = A[a, i, j]


@inlined
def _add_fours(C: Array, c: int, A: Array, a: int, factor: float) -> None:
    for i in range(4):
        first, second = C[c, i, 0] + factor * A[a, i, 0], C[c, i, 1] + factor * A[a, i, 1]
        third, fourth = C[c, i, 2] + factor * A[a, i, 2], C[c, i, 3] + factor * A[a, i, 3]
        C[c, i, 0] = first
        C[c, i, 1] = second
        C[c, i, 2] = third
        C[c, i, 3] = fourth


@compiled(STACK, INT, STACK, INT, FLOAT)
def add(C: Array, c: int, A: Array, a: int, factor: float) -> None:
    """C += factor · A."""
    rows, columns = A.shape[1:]
    if rows == 4 and columns == 4:
        _add_fours(C, c, A, a, factor)
    else:
        for i in range(rows):
            for j in range(columns):
                C[c, i, j] += factor * A[a, i, j]


@compiled(STACK, INT, STACK, INT)
def copy(C: Array, c: int, A: Array, a: int) -> None:
    """C = A."""
    for i in range(A.shape[1]):
        for j in range(A.shape[2]):
            C[c, i, j] = A[a, i, j]


@compiled(STACK, INT, FLOAT)
def set_identity(C: Array, c: int, factor: float) -> None:
    """C = factor · I."""
    for i in range(C.shape[1]):
        for j in range(C.shape[2]):
            C[c, i, j] = factor if i == j else 0.0


@compiled(STACK, INT)
def symmetrise(C: Array, c: int) -> None:
    """C = ½ (C + Cᵀ)."""
    for i in range(C.shape[1]):
        for j in range(i):
            mean = 0.5 * C[c, i, j] + 0.5 * C[c, j, i]
            C[c, i, j] = mean
            C[c, j, i] = mean


@compiled(ROWS, FLOAT)
def set_rows(X: Array, value: float) -> None:
    """X = value everywhere. (An assignment to a slice makes numba compile the texts of its errors, for seconds.)"""
    for t in range(X.shape[0]):
        for i in range(X.shape[1]):
            X[t, i] = value


@compiled(ROWS, ROWS)
def add_rows(X: Array, Y: Array) -> None:
    """X += Y."""
    x, y = X.reshape(-1), Y.reshape(-1)
    for i in range(len(x)):
        x[i] += y[i]


@compiled(ROWS, ROWS, returns=FLOAT)
def subtract_rows(X: Array, Y: Array) -> float:
    """X −= Y; the sum of the squares of what is left."""
    x, y = X.reshape(-1), Y.reshape(-1)
    total = 0.0
    for i in range(len(x)):
        value = x[i] - y[i]
        x[i] = value
        total += value * value
    return total


@inlined
def _gram(S: Array, s: int, X: Array, Y: Array, n: int) -> None:
    for row in range(len(X)):
        for i in range(n):
            value = X[row, i]
            for j in range(n):
                S[s, i, j] += value * Y[row, j]


@inlined
def _gram_of_fours(S: Array, s: int, X: Array, Y: Array) -> None:
    """`gram` for a Y of four columns: sixteen sums in registers at a time."""
    together = S.shape[1] // 4 * 4
    for i in range(0, together, 4):
        pa = pb = pc = pd = qa = qb = qc = qd = ra = rb = rc = rd = sa = sb = sc = sd = 0.0
        for row in range(len(X)):
            a, b, c, d = Y[row, 0], Y[row, 1], Y[row, 2], Y[row, 3]
            u = X[row, i]
            pa += u * a
            pb += u * b
            pc += u * c
            pd += u * d
            v = X[row, i + 1]
            qa += v * a
            qb += v * b
            qc += v * c
            qd += v * d
            w = X[row, i + 2]
            ra += w * a
            rb += w * b
            rc += w * c
            rd += w * d
            x = X[row, i + 3]
            sa += x * a
            sb += x * b
            sc += x * c
            sd += x * d
        S[s, i, 0] += pa
        S[s, i, 1] += pb
        S[s, i, 2] += pc
        S[s, i, 3] += pd
        S[s, i + 1, 0] += qa
        S[s, i + 1, 1] += qb
        S[s, i + 1, 2] += qc
        S[s, i + 1, 3] += qd
        S[s, i + 2, 0] += ra
        S[s, i + 2, 1] += rb
        S[s, i + 2, 2] += rc
        S[s, i + 2, 3] += rd
        S[s, i + 3, 0] += sa
        S[s, i + 3, 1] += sb
        S[s, i + 3, 2] += sc
        S[s, i + 3, 3] += sd
    for row in range(len(X)):
        for i in range(together, S.shape[1]):
            for j in range(4):
                S[s, i, j] += X[row, i] * Y[row, j]


@compiled(STACK, INT, ROWS, ROWS)
def gram(S: Array, s: int, X: Array, Y: Array) -> None:
    """S += Xᵀ Y, a sum over time: X (T, a) and Y (T, b)."""
    rows, columns = S.shape[1], S.shape[2]
    if columns == 4:
        _gram_of_fours(S, s, X, Y)
    elif rows == 2 and columns == 2:
        _gram(S, s, X, Y, 2)
    else:
        sums = np.dot(X.T, Y)
        for i in range(rows):
            for j in range(columns):
                S[s, i, j] += sums[i, j]


@inlined
def _multiply_by_fours(Z: Array, X: Array, W: Array, w: int) -> None:
    together = W.shape[1] // 4 * 4
    for t in range(len(X)):
        for j in range(4):
            Z[t, j] = 0.0
        for i in range(0, together, 4):
            a, b, c, d = X[t, i], X[t, i + 1], X[t, i + 2], X[t, i + 3]
            first = Z[t, 0] + a * W[w, i, 0] + b * W[w, i + 1, 0] + c * W[w, i + 2, 0] + d * W[w, i + 3, 0]
            second = Z[t, 1] + a * W[w, i, 1] + b * W[w, i + 1, 1] + c * W[w, i + 2, 1] + d * W[w, i + 3, 1]
            third = Z[t, 2] + a * W[w, i, 2] + b * W[w, i + 1, 2] + c * W[w, i + 2, 2] + d * W[w, i + 3, 2]
            fourth = Z[t, 3] + a * W[w, i, 3] + b * W[w, i + 1, 3] + c * W[w, i + 2, 3] + d * W[w, i + 3, 3]
            Z[t, 0] = first
            Z[t, 1] = second
            Z[t, 2] = third
            Z[t, 3] = fourth
        for i in range(together, W.shape[1]):
            a = X[t, i]
            first, second = Z[t, 0] + a * W[w, i, 0], Z[t, 1] + a * W[w, i, 1]
            third, fourth = Z[t, 2] + a * W[w, i, 2], Z[t, 3] + a * W[w, i, 3]
            Z[t, 0] = first
            Z[t, 1] = second
            Z[t, 2] = third
            Z[t, 3] = fourth


@compiled(ROWS, ROWS, STACK, INT)
def multiply(Z: Array, X: Array, W: Array, w: int) -> None:
    """Z = X W, row by row in time: X (T, a), W (a, b) and Z (T, b)."""
    if W.shape[2] == 4:  # where the library would spend its time on packing
        _multiply_by_fours(Z, X, W, w)
    else:
        np.dot(X, W[w], Z)


@inlined
def _cholesky(L: Array, c: int, A: Array, a: int, size: int) -> bool:
    definite = True
    for j in range(size):
        pivot = A[a, j, j]
        for k in range(j):
            pivot -= L[c, j, k] * L[c, j, k]
        definite = definite and pivot > 0.0
        root = np.sqrt(pivot)
        inverse = 1.0 / root
        L[c, j, j] = root
        for i in range(j + 1, size):
            total = A[a, i, j]
            for k in range(j):
                total -= L[c, i, k] * L[c, j, k]
            L[c, i, j] = total * inverse
        for i in range(j):
            L[c, i, j] = 0.0
    return definite


@compiled(STACK, INT, STACK, INT, INT, returns=FLAG)
def cholesky(L: Array, c: int, A: Array, a: int, size: int) -> bool:
    """The lower triangular L with L Lᵀ = A, of its leading `size` rows; False where A is not positive definite."""
    if size == 4:
        return _cholesky(L, c, A, a, 4)
    if size == 2:
        return _cholesky(L, c, A, a, 2)
    return _cholesky(L, c, A, a, size)


@inlined
def _solve_fours(X: Array, x: int, Y: Array, y: int, L: Array, c: int) -> None:
    for i in range(4):
        inverse = 1.0 / L[c, i, i]
        first, second, third, fourth = Y[y, i, 0], Y[y, i, 1], Y[y, i, 2], Y[y, i, 3]
        for k in range(i):
            first -= L[c, i, k] * X[x, k, 0]
            second -= L[c, i, k] * X[x, k, 1]
            third -= L[c, i, k] * X[x, k, 2]
            fourth -= L[c, i, k] * X[x, k, 3]
        first, second, third, fourth = first * inverse, second * inverse, third * inverse, fourth * inverse
        X[x, i, 0] = first
        X[x, i, 1] = second
        X[x, i, 2] = third
        X[x, i, 3] = fourth


@compiled(STACK, INT, STACK, INT, STACK, INT)
def solve(X: Array, x: int, Y: Array, y: int, L: Array, c: int) -> None:
    """X = L⁻¹ Y for a lower triangular L."""
    size, columns = L.shape[2], X.shape[2]
    if size == 4 and columns == 4:
        _solve_fours(X, x, Y, y, L, c)
    else:
        for i in range(size):
            inverse = 1.0 / L[c, i, i]
            for j in range(columns):
                X[x, i, j] = Y[y, i, j]
            for k in range(i):
                value = L[c, i, k]
                for j in range(columns):
                    X[x, i, j] -= value * X[x, k, j]
            for j in range(columns):
                X[x, i, j] *= inverse


@compiled(STACK, INT, STACK, INT, INT)
def solve_rows(X: Array, x: int, L: Array, c: int, size: int) -> None:
    """Every row of X becomes the solution y of L y = row: X ← X L⁻ᵀ."""
    for k in range(size):
        inverse = 1.0 / L[c, k, k]
        for i in range(X.shape[1]):
            total = X[x, i, k]
            for j in range(k):
                total -= L[c, k, j] * X[x, i, j]
            X[x, i, k] = total * inverse


@compiled(STACK, INT, STACK, INT, INT)
def solve_rows_back(X: Array, x: int, L: Array, c: int, size: int) -> None:
    """Every row of X becomes the solution y of Lᵀ y = row: X ← X L⁻¹."""
    for k in range(size - 1, -1, -1):
        inverse = 1.0 / L[c, k, k]
        for i in range(X.shape[1]):
            total = X[x, i, k]
            for j in range(k + 1, size):
                total -= L[c, j, k] * X[x, i, j]
            X[x, i, k] = total * inverse


@compiled(STACK, INT, INT, STACK, returns=FLOAT)
def quotient_trace(S: Array, s: int, size: int, work: Array) -> float:
    """tr((L Lᵀ)⁻¹ S) of their leading `size` rows, with L in work[0]; works in work[1] and work[2]."""
    copy(work, 1, S, s)
    solve_rows(work, 1, work, 0, size)
    transpose(work, 2, work, 1)
    total = 0.0
    for i in range(size):  # of row i only the entries up to i are wanted
        for k in range(i + 1):
            value = work[2, i, k]
            for j in range(k):
                value -= work[0, k, j] * work[2, i, j]
            work[2, i, k] = value / work[0, k, k]
        total += work[2, i, i]
    return total


@compiled(STACK, INT, INT, returns=FLOAT)
def half_log_det(L: Array, c: int, size: int) -> float:
    """½ log |L Lᵀ|."""
    total, volume = 0.0, 1.0
    for i in range(size):
        volume *= L[c, i, i]
        if not 1e-150 < volume < 1e150:
            total += np.log(volume)
            volume = 1.0
    return total + np.log(volume)


@compiled(STACK, INT, STACK, INT, returns=FLAG)
def is_definite(A: Array, a: int, L: Array, c: int) -> bool:
    """Whether A is positive definite with a margin beyond rounding, whatever the units; L becomes its Cholesky factor.

    With the diagonal scaled to one, a squared pivot says how much of a coordinate the ones before it don't explain.
    """
    n = A.shape[1]
    if not cholesky(L, c, A, a, n):
        return False
    margin = np.sqrt(8.0 * n * _EPS)
    definite = True
    for i in range(n):
        definite = definite and L[c, i, i] > margin * np.sqrt(A[a, i, i])
    return definite


@compiled(STACK, INT, STACK, INT)
def eigen(A: Array, a: int, V: Array, v: int) -> None:
    """The eigenvalues of a symmetric A, onto its diagonal, and the eigenvectors, into the columns of V, by Jacobi."""
    n = A.shape[1]
    set_identity(V, v, 1.0)
    for _ in range(60):
        largest, off = 0.0, 0.0
        for i in range(n):
            largest = max(largest, abs(A[a, i, i]))
            for j in range(i):
                off = max(off, abs(A[a, i, j]))
        if not off > 1e-3 * _EPS * largest:
            return
        for p in range(n):
            for q in range(p + 1, n):
                if A[a, p, q] == 0.0:
                    continue
                theta = 0.5 * (A[a, q, q] - A[a, p, p]) / A[a, p, q]
                t = 1.0 / (abs(theta) + np.sqrt(1.0 + theta * theta))
                if theta < 0.0:
                    t = -t
                c = 1.0 / np.sqrt(1.0 + t * t)
                s = t * c
                for k in range(n):
                    x, y = A[a, k, p], A[a, k, q]
                    A[a, k, p], A[a, k, q] = c * x - s * y, s * x + c * y
                    x, y = V[v, k, p], V[v, k, q]
                    V[v, k, p], V[v, k, q] = c * x - s * y, s * x + c * y
                for k in range(n):
                    x, y = A[a, p, k], A[a, q, k]
                    A[a, p, k], A[a, q, k] = c * x - s * y, s * x + c * y


@compiled(STACK, INT, STACK, INT)
def scale_columns(X: Array, x: int, scale: Array, s: int) -> None:
    """Each column of X times its entry in the first row of `scale`."""
    for i in range(X.shape[1]):
        for j in range(X.shape[2]):
            X[x, i, j] *= scale[s, 0, j]


@compiled(STACK, INT, STACK, INT, STACK, INT)
def solve_right(X: Array, x: int, S: Array, s: int, work: Array, w: int) -> None:
    """X ← X S⁻¹ for a positive semi-definite S, the smallest solution where S is singular; works in work[w : w + 3].

    Directions that S doesn't span are left at zero, so that a singular sum of squares changes nothing in them.
    """
    n = S.shape[1]
    for i in range(n):
        work[w + 2, 0, i] = 1.0 / np.sqrt(S[s, i, i]) if S[s, i, i] > 0.0 else 1.0
    for i in range(n):
        for j in range(n):
            work[w, i, j] = S[s, i, j] * work[w + 2, 0, i] * work[w + 2, 0, j]
    scale_columns(X, x, work, w + 2)
    if is_definite(work, w, work, w + 1):
        solve_rows(X, x, work, w + 1, n)
        solve_rows_back(X, x, work, w + 1, n)
    else:
        scores = np.empty((1, X.shape[1], n))
        eigen(work, w, work, w + 1)
        times(scores, 0, X, x, work, w + 1)
        for k in range(n):
            inverse = 1.0 / work[w, k, k] if work[w, k, k] > 8.0 * n * _EPS else 0.0
            for i in range(X.shape[1]):
                scores[0, i, k] *= inverse
        product(X, x, scores, 0, work, w + 1)
    scale_columns(X, x, work, w + 2)
