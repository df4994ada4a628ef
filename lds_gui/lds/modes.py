"""What the eigenvalues of A mean for the latents, and how to move one of them."""

import math
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, check_whole, figure, frozen_array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import solved

_MOST_TILTED = 1e4  # how strongly a plane may lean towards the others before it counts as one with them
_REACHED = 1e-6  # relative to the largest eigenvalue: how far from the wish a moved eigenvalue may be


class Mode(NamedTuple):
    """An eigenvalue of A, in the terms of what it makes the latents do.

    Attributes:
        eigenvalue, modulus, angle: λ = modulus · exp(i angle), the angle from −π to π.
        period: 2π / |angle|, the steps of one turn; ∞ where λ is real and not negative.
        decay_time: −1 / log modulus, the steps in which what is left falls to 1/e; ∞ where the modulus is 1, and
            negative where the mode grows: minus the steps in which it grows by e.
    """

    eigenvalue: complex
    modulus: float
    angle: float
    period: float
    decay_time: float

    @property
    def grows(self) -> bool:
        """Whether the mode grows without bound."""
        return self.modulus > 1.0


def modes(A: ArrayLike) -> tuple[Mode, ...]:
    """The modes of A (n, n), the largest modulus first; of a pair, the one with the positive angle comes first.

    Raises ParameterError.
    """
    values = np.linalg.eigvals(_square(A)).astype(np.complex128)
    found = [_mode(complex(value)) for value in values]
    return tuple(sorted(found, key=lambda mode: (-mode.modulus, abs(mode.angle), mode.angle < 0.0)))


def _mode(value: complex) -> Mode:
    modulus, angle = abs(value), math.atan2(value.imag + 0.0, value.real)
    period = 2.0 * math.pi / abs(angle) if angle else math.inf
    rate = math.log(modulus) if modulus else -math.inf
    return Mode(value, modulus, angle, period, -1.0 / rate if rate else math.inf)


def _square(A: ArrayLike) -> Array:
    matrix = frozen_array(A, 2, "A", "A")
    if matrix.shape[0] != matrix.shape[1]:
        raise ParameterError("A", f"A must be square, but is {matrix.shape[0]} × {matrix.shape[1]}.")
    return matrix


def with_eigenvalue_moved(A: ArrayLike, index: int, value: complex) -> Array:
    """A real matrix like A whose eigenvalue `modes(A)[index]` is `value` instead, its conjugate moving with it.

    All other eigenvalues and all invariant subspaces stay. A pair that reaches the real axis becomes a double real
    eigenvalue, a · I in its plane. A real eigenvalue that is moved off the axis takes the nearest other real one with
    it and becomes the pair with the block [[a, b], [−b, a]] in the plane of their eigenvectors; where there is no other
    real one, it stays on the axis. Where the mode is all but one with others (A = [[1, 1], [0, 1]] has one eigenvector
    for two eigenvalues), only the subspaces of A's real Schur form stay.

        A = Q [[T₁₁, T₁₂], [0, T₂₂]] Qᵀ,  T₁₁ X − X T₂₂ = −T₁₂   →   A' = Q [[T₁₁', T₁₂ + (T₁₁ − T₁₁') X], [0, T₂₂]] Qᵀ

    Raises ParameterError, also where the eigenvalues of the result depend so much on rounding that they miss the wish.
    """
    matrix = _square(A)
    if not np.isfinite(value):
        raise ParameterError("value", f"An eigenvalue must be finite, but is {value}.")
    wish = complex(value)
    old = modes(matrix)
    check_whole(index, "index", "The index of an eigenvalue", least=0)
    if index >= len(old):
        raise ParameterError("index", f"A has {len(old)} eigenvalues, so that there is none with index {index}.")
    partner = _partner(old, index)
    if partner is None:
        wish = complex(wish.real)
    taken = [index]
    if partner is not None and (old[index].eigenvalue.imag or wish.imag):
        taken.append(partner)
    others = [mode.eigenvalue for i, mode in enumerate(old) if i not in taken]
    wished = [wish] if len(taken) == 1 else [wish, wish.conjugate()]
    moved = _moved(matrix, [old[i].eigenvalue for i in taken], wish)
    if moved is None or not _are_near(moved, [*others, *wished]):
        raise ParameterError(
            "value",
            f"The eigenvalue {_shown(old[index].eigenvalue)} of A cannot be moved to {_shown(wish)}: A's eigenvalues "
            "depend so strongly on its entries that the others would move as well.",
        )
    return moved


def _partner(found: tuple[Mode, ...], index: int) -> int | None:
    """The conjugate of an eigenvalue, or of a real one the nearest other real one, if there is one."""
    value = found[index].eigenvalue
    if value.imag:
        return min(
            (i for i in range(len(found)) if i != index), key=lambda i: abs(found[i].eigenvalue - value.conjugate())
        )
    real = [i for i, mode in enumerate(found) if i != index and not mode.eigenvalue.imag]
    return min(real, key=lambda i: abs(found[i].eigenvalue - value), default=None)


def _moved(A: Array, taken: list[complex], wish: complex) -> Array | None:
    """A with the taken eigenvalues, a pair or real ones, replaced by the wish; None where they cannot be separated."""
    schur = _leading(A, taken)
    if schur is None:
        return None
    triangle, basis = schur
    k = len(taken)
    leading, coupling, rest = triangle[:k, :k], triangle[:k, k:], triangle[k:, k:]
    block = _block(leading, wish)
    result = triangle.copy()
    result[:k, :k] = block
    tilt = _tilt(leading, coupling, rest)
    if tilt is not None:
        result[:k, k:] += (leading - block) @ tilt
    return basis @ result @ basis.T


def _leading(A: Array, taken: list[complex]) -> tuple[Array, Array] | None:
    """The real Schur form A = Q T Qᵀ with the taken eigenvalues first; None where LAPACK cannot swap them."""
    from scipy import linalg  # pyright: ignore[reportMissingTypeStubs] - late: the import takes its time

    triangle, basis = cast("tuple[Array, Array]", cast(Any, linalg).schur(A, output="real"))
    done = 0
    for value in taken:
        if done == len(taken):  # both of a pair have moved together
            break
        blocks = [block for block in _diagonal(triangle) if block[0] >= done]
        place, _, size = min(blocks, key=lambda block: abs(block[1] - complex(value.real, abs(value.imag))))
        triangle, basis, refused = cast(Any, linalg).lapack.dtrexc(triangle, basis, place + 1, done + 1)
        if refused:
            return None
        done += size
    return (triangle, basis) if done == len(taken) else None


def _diagonal(triangle: Array) -> list[tuple[int, complex, int]]:
    """The blocks of a real Schur form: where each begins, its eigenvalue (of a pair, the upper one), its size."""
    blocks: list[tuple[int, complex, int]] = []
    at = 0
    while at < len(triangle):
        is_pair = at + 1 < len(triangle) and bool(triangle[at + 1, at])
        imag = math.sqrt(max(-float(triangle[at, at + 1] * triangle[at + 1, at]), 0.0)) if is_pair else 0.0
        blocks.append((at, complex(float(triangle[at, at]), imag), 1 + is_pair))
        at += 1 + is_pair
    return blocks


def _block(leading: Array, wish: complex) -> Array:
    """The leading block with the wished eigenvalue: a pair keeps its ellipse, two real ones begin on a circle."""
    if len(leading) == 1:
        return np.array([[wish.real]])
    if not leading[1, 0]:
        return np.array([[wish.real, wish.imag], [-wish.imag, wish.real]])
    turn = abs(wish.imag) / math.sqrt(-float(leading[0, 1] * leading[1, 0]))
    return np.array([[wish.real, leading[0, 1] * turn], [leading[1, 0] * turn, wish.real]])


def _tilt(leading: Array, coupling: Array, rest: Array) -> Array | None:
    """X with leading · X − X · rest = −coupling: how the other invariant subspaces lean; None where it is too much."""
    k, others = coupling.shape
    system = np.kron(leading, np.eye(others)) - np.kron(np.eye(k), rest.T)
    try:
        tilt = solved(system, -coupling.reshape(-1)).reshape(k, others)
    except np.linalg.LinAlgError:
        return None
    return tilt if np.abs(tilt).max(initial=0.0) <= _MOST_TILTED else None


def _are_near(A: Array, wished: list[complex]) -> bool:
    """Whether these are A's eigenvalues, as far as the most sensitive of them allows."""
    if not np.isfinite(A).all():
        return False
    left = [complex(value) for value in np.linalg.eigvals(A)]
    scale = max(1e-300, *map(abs, wished))
    for value in sorted(wished, key=abs, reverse=True):
        nearest = min(left, key=lambda other: abs(other - value))
        if abs(nearest - value) > _REACHED * scale:
            return False
        left.remove(nearest)
    return True


def _shown(value: complex) -> str:
    if not value.imag:
        return figure(value.real)
    sign = "−" if value.imag < 0.0 else "+"
    return f"{figure(value.real)} {sign} {figure(abs(value.imag))}i"
