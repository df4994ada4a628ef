"""The memory that a call needs at its peak, from the process's largest memory so far, which never falls."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np


def peak_mb() -> float:
    """The process's largest memory so far; nan where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def needed_mb(call: Callable[[], object]) -> float:
    """How far `call` raises the peak. First the memory is filled up to the old peak, so that none of it hides there."""
    old = peak_mb()
    ballast = []
    while peak_mb() < old + 1.0:
        ballast.append(np.ones(2**16))
    filled = peak_mb()
    call()
    return peak_mb() - filled
