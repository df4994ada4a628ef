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
    distinct, which = np.unique(observed, axis=0, return_inverse=True)
    return [Pattern(mask, np.flatnonzero(which == index)) for index, mask in enumerate(distinct)]
