"""z_t = A z_{t-1} + e_t for a million steps, without a Python statement for each of them."""

import math

import numpy as np

from lds_gui.lds.arrays import Array

_FEW_STEPS = 128
_MANY_SEQUENCES = 256  # side by side they fill the vector operations of the plain loop


def linear_recursion(A: Array, steps: Array) -> Array:
    """The path z_t = A z_{t-1} + e_t from z_0 = 0: A (n, n), steps e (S, T, n) of S sequences give z (S, T, n).

    Time is cut into about √T blocks, which run side by side: first from zero, to find where each of them leads; that,
    and the blocks' A^L, says where each begins; then once more from there. Every z_t so follows from the one before
    it as in the plain loop, from which the path differs by rounding alone. Where an unstable A leaves the range of
    float64, the plain loop decides at which step; what comes after that is not finite.
    """
    n_sequences, n_steps, _ = steps.shape
    if n_steps <= _FEW_STEPS or n_sequences >= _MANY_SEQUENCES:
        return _plain(A, steps)
    path = _blocked(A, steps)
    return _plain(A, steps) if path is None else path


def _plain(A: Array, steps: Array) -> Array:
    """The loop over time, all sequences side by side."""
    path = np.empty_like(steps)
    path[:, 0] = steps[:, 0]
    for t in range(1, steps.shape[1]):
        path[:, t] = path[:, t - 1] @ A.T
        path[:, t] += steps[:, t]
        if t % 4096 == 0 and not np.isfinite(path[:, t]).all():
            path[:, t:] = np.nan
            break
    return path


def _blocked(A: Array, steps: Array) -> Array | None:
    """The path in blocks, or None where something is not finite."""
    n_sequences, n_steps, n = steps.shape
    length = math.isqrt(n_steps)
    n_blocks = -(-n_steps // length)
    by_step = np.zeros((length, n_sequences, n_blocks, n))  # contiguous for each step within the blocks
    filled = np.zeros((n_sequences, n_blocks * length, n))
    filled[:, :n_steps] = steps
    by_step[...] = filled.reshape(n_sequences, n_blocks, length, n).transpose(2, 0, 1, 3)
    flat = by_step.reshape(length, n_sequences * n_blocks, n)
    ends, power = _ends(A, flat)
    if not (np.isfinite(ends).all() and np.isfinite(power).all()):
        return None
    _run(A, flat, _begins(power, ends.reshape(n_sequences, n_blocks, n)).reshape(-1, n))
    filled = by_step.transpose(1, 2, 0, 3).reshape(n_sequences, n_blocks * length, n)[:, :n_steps]
    return filled if math.isfinite(float(filled.sum())) else None


def _ends(A: Array, steps: Array) -> tuple[Array, Array]:
    """Where each block ends that begins at zero, and A^L, step by step like the path itself."""
    state, power = steps[0], A
    for step in steps[1:]:
        state = state @ A.T
        state += step
        power = power @ A
    return state, power


def _begins(power: Array, ends: Array) -> Array:
    """The state before each block: zero before the first one, then A^L times the last one plus what came in."""
    begins = np.zeros_like(ends)
    for block in range(1, ends.shape[1]):
        begins[:, block] = begins[:, block - 1] @ power.T + ends[:, block - 1]
    return begins


def _run(A: Array, steps: Array, state: Array) -> None:
    """Turn the steps of all blocks into their paths, in place."""
    for step in steps:
        step += state @ A.T
        state = step
