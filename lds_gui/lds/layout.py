"""A data set as the kernels want it: sequences with the same patterns of observed entries side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.kernels.compiled import Flags, Indices
from lds_gui.lds.kernels.values import Counts, Group

_WORD = 8  # bytes that are compared as one number


class Layout(NamedTuple):
    """Groups of sequences, the patterns (P, m) of observed entries that occur, and how often what occurs."""

    groups: tuple[Group, ...]
    observed: Flags
    counts: Counts

    @property
    def is_partial(self) -> bool:
        """Whether some row is observed in part."""
        size = self.observed.sum(axis=1)
        return bool(np.any((size > 0) & (size < self.observed.shape[1])))


def arrange(dataset: Dataset) -> Layout:
    """The layout of a data set; only sequences that share a group are copied."""
    observed, whiches = _patterns_of(dataset)
    alike: dict[bytes, list[Array]] = {}
    which_of: dict[bytes, Indices] = {}
    for x, which in zip(dataset.sequences, whiches, strict=True):
        key = which.tobytes()
        alike.setdefault(key, []).append(x)
        which_of[key] = which
    by_pattern = np.zeros(len(observed), dtype=np.int64)
    for which in whiches:
        np.add.at(by_pattern, which, 1)
    counts = Counts(
        dataset.n_sequences,
        dataset.n_steps - dataset.n_sequences,
        int(by_pattern[observed.any(axis=1)].sum()),
        by_pattern,
    )
    groups = (_group(sequences, which_of[key]) for key, sequences in alike.items())
    return Layout(tuple(groups), observed, counts)


def _patterns_of(dataset: Dataset) -> tuple[Flags, list[Indices]]:
    """The patterns that occur (P, m), and which of them each row of each sequence has."""
    m = dataset.obs_dim
    if not dataset.n_missing:
        return np.ones((1, m), dtype=np.bool_), [np.zeros(len(x), dtype=np.int64) for x in dataset.sequences]
    bits = np.concatenate([_bits(x) for x in dataset.sequences])
    if bits.shape[1] == _WORD:
        words, found = np.unique(bits.view(np.uint64).ravel(), return_inverse=True)
        distinct = words[:, None].view(np.uint8)
    else:
        distinct, found = np.unique(bits, axis=0, return_inverse=True)
    observed = np.unpackbits(distinct, axis=1, count=m).astype(np.bool_)
    ends = np.cumsum([len(x) for x in dataset.sequences])
    return observed, np.split(found.astype(np.int64, copy=False).ravel(), ends[:-1])


def _bits(x: Array) -> NDArray[np.uint8]:
    """Which entries of each row are observed, as bits, in one word or as many bytes as it takes."""
    packed = np.packbits(~np.isnan(x), axis=1)
    return np.pad(packed, ((0, 0), (0, max(0, _WORD - packed.shape[1]))))


def _group(sequences: list[Array], which: Indices) -> Group:
    order = np.argsort(which, kind="stable")
    present, sizes = np.unique(which, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    width = sequences[0].shape[1]
    x = sequences[0] if len(sequences) == 1 else np.stack(sequences, axis=1).reshape(-1, width)
    return Group(_writable(x), which, order, present, starts, len(sequences))


def _writable(x: Array) -> Array:
    """The same memory, not marked read-only: numba would compile every kernel once more for arrays that are."""
    if x.flags.writeable:
        return x
    interface = dict(x.__array_interface__)
    interface["data"] = (interface["data"][0], False)

    class View:
        __array_interface__ = interface
        base = x

    return np.asarray(View())
