"""A latent basis that a model has by itself: its modes, each as large in the observations as one unit of a latent."""

import cmath

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds.arrays import Array
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import solved
from lds_gui.lds.params import LDSParams

_LARGEST_CONDITION = 1e8  # of the eigenvectors, beyond which two modes are one but for rounding
_UNSEEN = 1e-12  # relative to the largest: a mode that leaves less than this in the observations

Vector = NDArray[np.complex128]


def canonical_basis(params: LDSParams) -> Array:
    """W (n, n), so that the latents W z are the modes of A: `change_basis(params, W)` is the model's canonical form.

        W A W⁻¹ = diag of λ and, for a pair r e^{±iθ}, of r [[cos θ, sin θ], [−sin θ, cos θ]]

    Modes come by falling modulus, then rising angle. Each column of B W⁻¹, of a pair both together, has norm 1; the
    entry of the largest size is positive, and the two columns of a pair are orthogonal, the larger one first. Models
    that differ only by their basis have the same canonical form. Raises ParameterError where modes coincide, or one
    leaves no trace in the observations: nothing fixes their basis then.
    """
    values, vectors = np.linalg.eig(params.A)
    if not np.linalg.cond(vectors) < _LARGEST_CONDITION:
        raise ParameterError("A", "Modes of A coincide, so that it has no basis of modes.")
    order = sorted(range(len(values)), key=lambda i: (-round(abs(values[i]), 12), abs(cmath.phase(values[i]))))
    columns: list[Array] = []
    scale = float(np.linalg.norm(params.B, axis=0).max())
    for i in order:
        value, vector = complex(values[i]), vectors[:, i].astype(np.complex128)
        if value.imag < 0.0:
            continue  # its conjugate stands for both
        seen: Vector = params.B @ vector
        if not np.linalg.norm(seen) > _UNSEEN * scale:
            raise ParameterError("B", "A mode of A leaves no trace in the observations: nothing fixes its basis.")
        columns += _pair(vector, seen) if value.imag else [_real(vector.real, seen.real)]
    return solved(np.column_stack(columns), np.eye(params.latent_dim))


def _real(vector: Array, seen: Array) -> Array:
    return vector * (_sign(seen) / float(np.linalg.norm(seen)))


def _pair(vector: Vector, seen: Vector) -> list[Array]:
    """Real and imaginary part, after the phase that makes those of `seen` orthogonal, and the real one the larger."""
    square = complex((seen * seen).sum())
    phase = cmath.exp(-0.5j * cmath.phase(square)) if square else 1.0
    turned = seen * phase
    factor = phase * _sign(turned.real) / float(np.linalg.norm(turned))
    return [(vector * factor).real, (vector * factor).imag]


def _sign(values: Array) -> float:
    return -1.0 if values[np.abs(values).argmax()] < 0.0 else 1.0
