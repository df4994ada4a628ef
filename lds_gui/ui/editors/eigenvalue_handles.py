"""The eigenvalues of A as handles in the complex plane."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lds_gui.lds import Array, LDSParams, Mode, modes, with_eigenvalue_moved
from lds_gui.ui.editors.changes import Change
from lds_gui.ui.editors.plane import Curve, Handle, Move, Points, Range, Scene
from lds_gui.ui.numbers import MINUS, readout, short

_SNAP = 6.0  # px from the real axis in which a dragged eigenvalue falls onto it
_LEAST_HALF = 1.15  # of the range in view, so that the unit circle has air around it
_AIR = 1.08
_CIRCLE: Points = np.exp(1j * np.linspace(0.0, 2.0 * np.pi, 181))
_NUDGES = (0, 1, -1, 2, -2, 3, -3, 5, -5, 8, -8)  # roundings by which a double eigenvalue may differ from the wish
_REACHED = 0.01  # relative: how far from its wish an eigenvalue is that has stayed on the real axis
_LONELY = "A single real eigenvalue stays on the real axis; only two together can leave it, as a pair."
_ROUNDING = 1e-13  # relative to the largest entry of A
_EPS = float(np.finfo(np.float64).eps)


class EigenvalueHandles:
    """One handle for each eigenvalue; that of a pair moves its conjugate with it."""

    hint = "Drag an eigenvalue (Shift keeps |λ|, Ctrl the angle), or use Tab and the arrow keys."

    def scene(self, model: LDSParams, near: Sequence[complex] = ()) -> Scene:  # noqa: ARG002 - as all handles
        """The eigenvalues and the unit circle."""
        found = modes(model.A)
        handles = tuple(Handle(f"Eigenvalue {i + 1} of {len(found)}", m.eigenvalue) for i, m in enumerate(found))
        shown = Range(0j, max(_LEAST_HALF, _AIR * found[0].modulus))
        return Scene(("Re λ", "Im λ"), handles, (Curve(_CIRCLE),), shown, 0.01)

    def changed(self, model: LDSParams, move: Move) -> Change:
        """A with that eigenvalue moved. Raises ParameterError where A does not allow it."""
        wish = move.wish()
        if move.per_pixel and not move.keeps_angle and abs(wish.imag) < _SNAP * move.per_pixel:
            wish = complex(math.copysign(abs(wish), wish.real) if move.keeps_modulus else wish.real)
        elif abs(wish.imag) < 0.999 * abs(move.step.imag):
            wish = complex(wish.real)  # a key stops at the real axis, where a pair becomes two
        moved = _moved(model.A, move.handle, wish)
        distance = min(abs(mode.eigenvalue - wish) for mode in modes(moved))
        if wish.imag and distance > _REACHED * abs(wish.imag):
            return Change("A", moved, complex(wish.real), _LONELY)
        return Change("A", moved, wish)

    def reading(self, model: LDSParams, handle: int) -> str:
        """What the eigenvalue means: how fast it turns, and how fast it falls or grows."""
        mode = modes(model.A)[handle]
        where = f"|λ| = {near_one(mode.modulus)}, angle {short(math.degrees(mode.angle))}°"
        return f"{where}\n{_turning(mode)}, {_fading(mode)}"

    def exactly(self, model: LDSParams, handle: int) -> str:
        """The eigenvalue at full length."""
        value = modes(model.A)[handle].eigenvalue
        sign = MINUS if value.imag < 0.0 else "+"
        return f"λ = {readout(value.real)}" + (f" {sign} {readout(abs(value.imag))}i" if value.imag else "")


def near_one(value: float) -> str:
    """Write a number with 3 digits, or with as many as it takes to tell it from 1."""
    texts = (short(value, digits) for digits in (3, 4, 5, 6, 8))
    return next((text for text in texts if text != "1"), "1")


def _moved(A: Array, index: int, wish: complex) -> Array:
    """Move it; a pair that reaches the real axis must lie on it exactly, or the two could not go apart there."""
    result = _cleaned(with_eigenvalue_moved(A, index, wish), A)
    if wish.imag or not modes(A)[index].eigenvalue.imag:
        return result
    size = abs(wish) or 1.0
    for nudge in _NUDGES:
        nudged = complex(wish.real + nudge * _EPS * size)
        candidate = _cleaned(with_eigenvalue_moved(A, index, nudged), A) if nudge else result
        nearest = sorted(modes(candidate), key=lambda mode: abs(mode.eigenvalue - wish))[:2]
        if not any(mode.eigenvalue.imag for mode in nearest):
            return candidate
    return result


def _cleaned(result: Array, before: Array) -> Array:
    """Keep the zeros of A where the result has only rounding there."""
    is_rounding = (before == 0.0) & (np.abs(result) < _ROUNDING * np.abs(result).max())
    return np.where(is_rounding, 0.0, result)


def _turning(mode: Mode) -> str:
    return "no oscillation" if math.isinf(mode.period) else f"period {_steps(mode.period)}"


def _fading(mode: Mode) -> str:
    if not mode.modulus:
        return "gone after 1 step"
    if math.isinf(mode.decay_time) or abs(mode.modulus - 1.0) < 1e-9:
        return "neither falls nor grows"
    if mode.grows:
        return f"grows by e in {_steps(-mode.decay_time)}"
    return f"falls to 1/e in {_steps(mode.decay_time)}"


def _steps(number: float) -> str:
    text = f"{number:.0f}" if 99.5 <= number < 1e6 else short(number)
    return f"{text} step" if text == "1" else f"{text} steps"
