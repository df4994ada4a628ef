"""Arithmetic with proven bounds: numbers are intervals, and what is computed with them cannot leave its own.

With 53 bits, a condition number of 1e8 leaves 8 digits of a trace, and two Gaussians that nearly coincide none of their
divergence. Here, precision is raised until every result is known to more digits than float64 has.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from flint import arb, arb_mat, ctx

from lds_gui.lds.arrays import Array
from lds_gui.lds.errors import NumericalError

Rows = list[list[arb]]
_PRECISIONS = (192, 320, 640, 1280, 2560)  # bits
_WANTED = 58  # bits, of which float64 has 53
_computing = threading.Lock()  # the precision is one for all threads


class UncertainError(ArithmeticError):
    """At this precision nobody can say; at a higher one perhaps."""


def certified(compute: Callable[[], Sequence[arb]], what: str) -> list[float]:
    """Give the values of `compute`, each the nearest number of 64 bits, or next to it.

    `compute` begins anew at every precision. A value that cannot be told from 0 at 1280 bits is 0: float64 input cannot
    come closer. Raises NumericalError, naming `what`, where 2560 bits don't tell.
    """
    for bits in _PRECISIONS:
        with _computing, ctx.workprec(bits):
            try:
                values = list(compute())
            except UncertainError:
                continue
            if all(_is_known(value) for value in values):
                return [float(value.mid()) for value in values]
    raise NumericalError(what, f"{what} cannot be told: a covariance is too close to a singular one.")


def _is_known(value: arb) -> bool:
    is_nothing = value.is_zero() or (value.contains(0) and ctx.prec >= _PRECISIONS[-2])
    return is_nothing or value.rel_accuracy_bits() >= _WANTED


def vector(values: Array) -> list[arb]:
    """The same numbers, exactly."""
    return [arb(value) for value in values.tolist()]


def matrix(values: Array) -> arb_mat:
    """The same matrix, exactly."""
    rows, columns = values.shape
    return arb_mat(rows, columns, values.ravel().tolist())


def cholesky(a: arb_mat) -> Rows:
    """The rows of the lower triangular L with L Lᵀ = a. Raises UncertainError unless a is certainly definite."""
    lower: Rows = []
    for i in range(a.nrows()):
        row: list[arb] = []
        for j in range(i):
            rest, other = a[i, j], lower[j]
            for k in range(j):
                rest -= row[k] * other[k]
            row.append(rest / other[j])
        pivot = a[i, i]
        for known in row:
            pivot -= known * known
        if not pivot > 0:
            raise UncertainError
        row.append(pivot.sqrt())
        lower.append(row)
    return lower


def log_det(lower: Rows) -> arb:
    """log |L Lᵀ|."""
    return sum((2 * row[-1].log() for row in lower), arb(0))


def solved(lower: Rows, right: Sequence[arb]) -> list[arb]:
    """The y with L y = right."""
    result: list[arb] = []
    for row, value in zip(lower, right, strict=True):
        rest = value
        for known, y in zip(row, result, strict=False):
            rest -= known * y
        result.append(rest / row[-1])
    return result


def squares(values: Sequence[arb]) -> arb:
    """Their sum of squares."""
    return sum((value * value for value in values), arb(0))


def columns(lower: Rows) -> Rows:
    """The columns of a lower triangular matrix, zeros and all."""
    size = len(lower)
    return [[lower[i][j] if j <= i else arb(0) for i in range(size)] for j in range(size)]


def as_matrix(lower: Rows) -> arb_mat:
    """A lower triangular matrix as a whole one."""
    size = len(lower)
    return arb_mat(size, size, [lower[i][j] if j <= i else arb(0) for i in range(size) for j in range(size)])


def floats(values: arb_mat) -> Array:
    """The nearest numbers of 64 bits."""
    return np.array([float(value) for value in values.entries()]).reshape(values.nrows(), values.ncols())
