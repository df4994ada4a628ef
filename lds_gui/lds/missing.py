"""Which entries are observed: rows grouped by their pattern of missing values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds.arrays import Array

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Pattern(NamedTuple):
    """Rows (indices) that share which of their entries are observed (m,)."""

    observed: Mask
    rows: Rows


def patterns(observations: Array) -> list[Pattern]:
    """The patterns that occur in a (T, m) array, each with its rows; every row is in exactly one of them."""
    observed = ~np.isnan(observations)
    if observed.all():
        return [Pattern(observed[0], np.arange(len(observed)))]
    which = np.zeros(len(observed), dtype=np.intp)
    for byte in np.packbits(observed, axis=1).T:  # numbers are sorted far faster than rows
        which = np.unique(which * 256 + byte, return_inverse=True)[1]
    groups: list[Rows] = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    return [Pattern(observed[rows[0]], rows) for rows in groups]
