"""Small dense matrices, compiled: products, Cholesky factors and triangular solves.

Matrices that change from step to step lie in stacks (K, n, n), and a function takes a stack with an index: to cut a
view out of it would cost as much as a small product.
"""

from __future__ import annotations

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import FLOAT, INT, ROWS, STACK, compiled, inlined

_EPS = float(np.finfo(np.float64).eps)


@inlined
def _product(C: Array, c: int, A: Array, a: int, B: Array, b: int, rows: int, columns: int, inner: int) -> None:
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += A[a, i, k] * B[b, j, k]
            C[c, i, j] = total


@inlined
def _product_of_fours(C: Array, c: int, A: Array, a: int, B: Array, b: int) -> None:
    for i in range(4):
        u, v, w, x = A[a, i, 0], A[a, i, 1], A[a, i, 2], A[a, i, 3]
        first = u * B[b, 0, 0] + v * B[b, 0, 1] + w * B[b, 0, 2] + x * B[b, 0, 3]
        second = u * B[b, 1, 0] + v * B[b, 1, 1] + w * B[b, 1, 2] + x * B[b, 1, 3]
        third = u * B[b, 2, 0] + v * B[b, 2, 1] + w * B[b, 2, 2] + x * B[b, 2, 3]
        fourth = u * B[b, 3, 0] + v * B[b, 3, 1] + w * B[b, 3, 2] + x * B[b, 3, 3]
        C[c, i, 0] = first
        C[c, i, 1] = second
        C[c, i, 2] = third
        C[c, i, 3] = fourth


@compiled(STACK, INT, STACK, INT, STACK, INT)
def product(C: Array, c: int, A: Array, a: int, B: Array, b: int) -> None:
    """C = A Bᵀ: row by row, which needs no transposed copy."""
    rows, columns, inner = A.shape[1], B.shape[1], A.shape[2]
    if rows == 4 and columns == 4 and inner == 4:
        _product_of_fours(C, c, A, a, B, b)
    elif rows == 2 and columns == 2 and inner == 2:
        _product(C, c, A, a, B, b, 2, 2, 2)
    else:
        _product(C, c, A, a, B, b, rows, columns, inner)


@inlined
def _plus_product(C: Array, c: int, P: Array, p: int, sign: float, A: Array, a: int, B: Array, b: int, n: int) -> None:
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += A[a, i, k] * B[b, j, k]
            C[c, i, j] = P[p, i, j] + sign * total


@inlined
def _plus_product_of_fours(C: Array, c: int, P: Array, p: int, sign: float, A: Array, a: int, B: Array, b: int) -> None:
    for i in range(4):
        u, v, w, x = sign * A[a, i, 0], sign * A[a, i, 1], sign * A[a, i, 2], sign * A[a, i, 3]
        first = u * B[b, 0, 0] + v * B[b, 0, 1] + w * B[b, 0, 2] + x * B[b, 0, 3]
        second = u * B[b, 1, 0] + v * B[b, 1, 1] + w * B[b, 1, 2] + x * B[b, 1, 3]
        third = u * B[b, 2, 0] + v * B[b, 2, 1] + w * B[b, 2, 2] + x * B[b, 2, 3]
        fourth = u * B[b, 3, 0] + v * B[b, 3, 1] + w * B[b, 3, 2] + x * B[b, 3, 3]
        C[c, i, 0] = P[p, i, 0] + first
        C[c, i, 1] = P[p, i, 1] + second
        C[c, i, 2] = P[p, i, 2] + third
        C[c, i, 3] = P[p, i, 3] + fourth


@compiled(STACK, INT, STACK, INT, FLOAT, STACK, INT, STACK, INT)
def plus_product(C: Array, c: int, P: Array, p: int, sign: float, A: Array, a: int, B: Array, b: int) -> None:
    """C = P + sign · A Bᵀ, all of them square."""
    n = A.shape[1]
    if n == 4:
        _plus_product_of_fours(C, c, P, p, sign, A, a, B, b)
    elif n == 2:
        _plus_product(C, c, P, p, sign, A, a, B, b, 2)
    else:
        _plus_product(C, c, P, p, sign, A, a, B, b, n)


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


@inlined
def _transpose(C: Array, c: int, A: Array, a: int, rows: int, columns: int) -> None:
    for i in range(rows):
        for j in range(columns):
            C[c, j, i] = A[a, i, j]


@compiled(STACK, INT, STACK, INT)
def transpose(C: Array, c: int, A: Array, a: int) -> None:
    """C = Aᵀ."""
    rows, columns = A.shape[1], A.shape[2]
    if rows == 4 and columns == 4:
        _transpose(C, c, A, a, 4, 4)
    elif rows == 2 and columns == 2:
        _transpose(C, c, A, a, 2, 2)
    else:
        _transpose(C, c, A, a, rows, columns)


@inlined
def _add(C: Array, c: int, A: Array, a: int, factor: float, rows: int, columns: int) -> None:
    for i in range(rows):
        for j in range(columns):
            C[c, i, j] += factor * A[a, i, j]


@compiled(STACK, INT, STACK, INT, FLOAT)
def add(C: Array, c: int, A: Array, a: int, factor: float) -> None:
    """C += factor · A."""
    rows, columns = A.shape[1], A.shape[2]
    if rows == 4 and columns == 4:
        _add(C, c, A, a, factor, 4, 4)
    elif rows == 2 and columns == 2:
        _add(C, c, A, a, factor, 2, 2)
    else:
        _add(C, c, A, a, factor, rows, columns)


@inlined
def _copy(C: Array, c: int, A: Array, a: int, rows: int, columns: int) -> None:
    for i in range(rows):
        for j in range(columns):
            C[c, i, j] = A[a, i, j]


@compiled(STACK, INT, STACK, INT)
def copy(C: Array, c: int, A: Array, a: int) -> None:
    """C = A."""
    rows, columns = A.shape[1], A.shape[2]
    if rows == 4 and columns == 4:
        _copy(C, c, A, a, 4, 4)
    elif rows == 2 and columns == 2:
        _copy(C, c, A, a, 2, 2)
    else:
        _copy(C, c, A, a, rows, columns)


@inlined
def _set_identity(C: Array, c: int, factor: float, rows: int, columns: int) -> None:
    for i in range(rows):
        for j in range(columns):
            C[c, i, j] = factor if i == j else 0.0


@compiled(STACK, INT, FLOAT)
def set_identity(C: Array, c: int, factor: float) -> None:
    """C = factor · I."""
    rows, columns = C.shape[1], C.shape[2]
    if rows == 4 and columns == 4:
        _set_identity(C, c, factor, 4, 4)
    elif rows == 2 and columns == 2:
        _set_identity(C, c, factor, 2, 2)
    else:
        _set_identity(C, c, factor, rows, columns)


@compiled(STACK, INT)
def symmetrise(C: Array, c: int) -> None:
    """C = ½ (C + Cᵀ)."""
    for i in range(C.shape[1]):
        for j in range(i):
            mean = 0.5 * C[c, i, j] + 0.5 * C[c, j, i]
            C[c, i, j] = mean
            C[c, j, i] = mean


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
def _gram_of_fours(S: Array, k: int, X: Array, Y: Array) -> None:
    """Sixteen sums in registers."""
    pa = pb = pc = pd = qa = qb = qc = qd = ra = rb = rc = rd = sa = sb = sc = sd = 0.0
    for row in range(len(X)):
        a, b, c, d = Y[row, 0], Y[row, 1], Y[row, 2], Y[row, 3]
        p = X[row, 0]
        pa += p * a
        pb += p * b
        pc += p * c
        pd += p * d
        q = X[row, 1]
        qa += q * a
        qb += q * b
        qc += q * c
        qd += q * d
        r = X[row, 2]
        ra += r * a
        rb += r * b
        rc += r * c
        rd += r * d
        s = X[row, 3]
        sa += s * a
        sb += s * b
        sc += s * c
        sd += s * d
    S[k, 0, 0] += pa
    S[k, 0, 1] += pb
    S[k, 0, 2] += pc
    S[k, 0, 3] += pd
    S[k, 1, 0] += qa
    S[k, 1, 1] += qb
    S[k, 1, 2] += qc
    S[k, 1, 3] += qd
    S[k, 2, 0] += ra
    S[k, 2, 1] += rb
    S[k, 2, 2] += rc
    S[k, 2, 3] += rd
    S[k, 3, 0] += sa
    S[k, 3, 1] += sb
    S[k, 3, 2] += sc
    S[k, 3, 3] += sd


@compiled(STACK, INT, ROWS, ROWS)
def gram(S: Array, s: int, X: Array, Y: Array) -> None:
    """S += Xᵀ Y, a sum over time: X (T, a) and Y (T, b)."""
    rows, columns = S.shape[1], S.shape[2]
    if rows == 4 and columns == 4:
        _gram_of_fours(S, s, X, Y)
    elif rows == 2 and columns == 2:
        _gram(S, s, X, Y, 2)
    else:
        sums = np.dot(X.T, Y)
        for i in range(rows):
            for j in range(columns):
                S[s, i, j] += sums[i, j]


@inlined
def _cholesky(L: Array, c: int, A: Array, a: int, size: int) -> bool:
    for j in range(size):
        pivot = A[a, j, j]
        for k in range(j):
            pivot -= L[c, j, k] * L[c, j, k]
        if not pivot > 0.0:
            return False
        root = np.sqrt(pivot)
        L[c, j, j] = root
        for i in range(j + 1, size):
            total = A[a, i, j]
            for k in range(j):
                total -= L[c, i, k] * L[c, j, k]
            L[c, i, j] = total / root
        for i in range(j):
            L[c, i, j] = 0.0
    return True


@compiled(STACK, INT, STACK, INT, INT, returns="boolean")
def cholesky(L: Array, c: int, A: Array, a: int, size: int) -> bool:
    """The lower triangular L with L Lᵀ = A, of its leading `size` rows; False where A is not positive definite."""
    if size == 4:
        return _cholesky(L, c, A, a, 4)
    if size == 2:
        return _cholesky(L, c, A, a, 2)
    return _cholesky(L, c, A, a, size)


@inlined
def _solve_rows(X: Array, x: int, L: Array, c: int, rows: int, size: int) -> None:
    for k in range(size):
        inverse = 1.0 / L[c, k, k]
        for i in range(rows):
            total = X[x, i, k]
            for j in range(k):
                total -= L[c, k, j] * X[x, i, j]
            X[x, i, k] = total * inverse


@compiled(STACK, INT, STACK, INT, INT)
def solve_rows(X: Array, x: int, L: Array, c: int, size: int) -> None:
    """Every row of X becomes the solution y of L y = row: X ← X L⁻ᵀ."""
    rows = X.shape[1]
    if rows == 4 and size == 4:
        _solve_rows(X, x, L, c, 4, 4)
    elif rows == 2 and size == 2:
        _solve_rows(X, x, L, c, 2, 2)
    else:
        _solve_rows(X, x, L, c, rows, size)


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


@compiled(STACK, INT, STACK, INT, returns="boolean")
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
