"""Editors of numbers and matrices, used by every tab."""
