"""Varying a number with the wheel or by dragging, in steps that suit its size."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

_PIXELS = 6  # that the mouse is dragged for a step


def step_size(value: float) -> float:
    """One in the second significant digit: 0.01 for 0.25, 10 for 123; 0.1 for 0."""
    if value == 0.0 or not math.isfinite(value):
        return 0.1
    return 10.0 ** max(math.floor(math.log10(abs(value))) - 1, -300)


def factor(modifiers: Qt.KeyboardModifier) -> float:
    """Ten times as fast with Shift, a tenth as fast with Ctrl."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return 10.0
    return 0.1 if modifiers & Qt.KeyboardModifier.ControlModifier else 1.0


class Variation:
    """One gesture: it begins at a number, and goes on in steps of the size that suits that number.

    `name` is the gesture's own, so that all of it can be undone at once.
    """

    _count = 0

    def __init__(self, value: float) -> None:
        """Begin at this number."""
        Variation._count += 1
        self.name = f"variation {Variation._count}"
        self._value, self._step = value, step_size(value)

    @property
    def value(self) -> float:
        """The number that the wheel has come to."""
        return self._value

    def turned(self, notches: float, modifiers: Qt.KeyboardModifier) -> float:
        """The number after so many more notches of the wheel."""
        self._value = self._rounded(self._value + notches * factor(modifiers) * self._step)
        return self._value

    def dragged(self, pixels: float, modifiers: Qt.KeyboardModifier) -> float:
        """The number when the mouse is so many pixels to the right of where it was pressed."""
        return self._rounded(self._value + math.trunc(pixels / _PIXELS) * factor(modifiers) * self._step)

    def _rounded(self, value: float) -> float:
        """Without the rounding errors of many small steps: a tenth of a step, at most, is kept."""
        digits = round(-math.log10(self._step)) + 1
        return round(value, digits + 1) if digits < 300 else value
