"""Observations: one sequence or several, with gaps, and the latents behind them where they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, floats
from lds_gui.lds.errors import ParameterError


@dataclass(frozen=True, eq=False, init=False)
class Dataset(Remade):
    """One sequence, a (T, m) array, or a list of them, of any lengths ≥ 1 and the same m; NaN marks a missing value.

    `observations` stays what it was given as: an array, or a tuple of arrays; `latents` (T, n) likewise, without
    missing values. What a mask covers is missing. Arrays are copied and read-only. Raises ParameterError, naming
    sequence, row and column from 1.
    """

    observations: Array | tuple[Array, ...]
    latents: Array | tuple[Array, ...] | None = None

    def __init__(
        self,
        observations: ArrayLike | Sequence[ArrayLike],
        latents: ArrayLike | Sequence[ArrayLike] | None = None,
    ) -> None:
        """Check and copy."""
        checked = checked_sequences(observations, "observations")
        object.__setattr__(self, "observations", checked)
        object.__setattr__(self, "latents", None if latents is None else checked_sequences(latents, "latents"))
        hidden = self.latent_sequences
        if hidden is None:
            return
        if len(hidden) != self.n_sequences:
            raise ParameterError(
                "latents", f"There are {self.n_sequences} sequences of observations, but {len(hidden)} of latents."
            )
        for index, (x, z) in enumerate(zip(self.sequences, hidden, strict=True)):
            if len(x) != len(z):
                place = "The data set" if self.n_sequences == 1 else f"Sequence {index + 1}"
                raise ParameterError("latents", f"{place} has {len(x)} observations, but {len(z)} rows of latents.")
            if np.isnan(z).any():
                row, column = np.argwhere(np.isnan(z))[0] + 1
                raise ParameterError(
                    "latents", f"Latents cannot be missing, but row {row}, column {column} is not a number."
                )

    @property
    def sequences(self) -> tuple[Array, ...]:
        """The observations as a tuple, whatever they were given as."""
        return as_tuple(self.observations)

    @property
    def latent_sequences(self) -> tuple[Array, ...] | None:
        """The latents as a tuple, where they are known."""
        return None if self.latents is None else as_tuple(self.latents)

    @property
    def obs_dim(self) -> int:
        """The number of observed variables, m."""
        return self.sequences[0].shape[1]

    @property
    def n_sequences(self) -> int:
        """The number of sequences."""
        return len(self.sequences)

    @property
    def n_steps(self) -> int:
        """The number of time steps, of all sequences together."""
        return sum(len(x) for x in self.sequences)

    @property
    def n_observed(self) -> int:
        """The number of observed entries."""
        return self.n_steps * self.obs_dim - self.n_missing

    @property
    def n_bytes(self) -> int:
        """The memory that the arrays take."""
        return sum(array.nbytes for array in (*self.sequences, *(self.latent_sequences or ())))

    @cached_property
    def n_missing(self) -> int:
        """The number of missing entries."""
        return sum(int(np.isnan(x).sum()) for x in self.sequences)


def as_tuple(value: Array | tuple[Array, ...]) -> tuple[Array, ...]:
    """The sequences as a tuple, whatever they were given as."""
    return value if isinstance(value, tuple) else (value,)


def as_dataset(data: Dataset | ArrayLike | Sequence[ArrayLike]) -> Dataset:
    """The data set, or one of these observations."""
    return data if isinstance(data, Dataset) else Dataset(data)


def check_observed(dataset: Dataset) -> None:
    """Raise ParameterError if every entry is missing."""
    if not dataset.n_observed:
        raise ParameterError(
            "observations", "Every entry of the data is missing, so that nothing can be learned from them."
        )


def checked_sequences(value: ArrayLike | Sequence[ArrayLike], field: str) -> Array | tuple[Array, ...]:
    """A (T, columns) array, or a tuple of them, checked and frozen.

    A list whose first item is a matrix is a list of sequences; anything else is one sequence.
    """
    if not isinstance(value, list | tuple):
        return _sequence(value, field, "")
    items = cast("Sequence[ArrayLike]", value)
    if not items:
        raise ParameterError(field, f"There must be at least one sequence of {field}.")
    if not _is_matrix(items[0]):
        return _sequence(items, field, "")
    sequences = tuple(_sequence(item, field, _place(index, len(items))) for index, item in enumerate(items))
    widths = sorted({sequence.shape[1] for sequence in sequences})
    if len(widths) > 1:
        raise ParameterError(field, f"All sequences must have the same number of columns, but they have {widths}.")
    return sequences


def _is_matrix(item: ArrayLike) -> bool:
    try:
        return np.ndim(item) == 2
    except ValueError:  # rows of unequal length
        return False


def _place(index: int, count: int) -> str:
    return "" if count == 1 else f"sequence {index + 1}, "


def _sequence(value: ArrayLike | Sequence[ArrayLike], field: str, place: str) -> Array:
    refusal = f"The {field} must be numbers in rows of equal length ({place}missing values are NaN)."
    array = floats(
        cast(ArrayLike, value), field, refusal, f"The {field} must be real, but {place}{'they ' if place else ''}are"
    )
    if array.ndim != 2:
        raise ParameterError(
            field, f"The {field} must be an array of time × variables, but {place}it has {array.ndim} axes."
        )
    if array.size == 0:
        raise ParameterError(
            field,
            f"The {field} need at least one row and one column, but {place}they are "
            f"{array.shape[0]} × {array.shape[1]}.",
        )
    infinite = np.argwhere(np.isinf(array))
    if infinite.size:
        row, column = infinite[0] + 1
        raise ParameterError(
            field, f"The {field} must be finite or missing (NaN), but {place}row {row}, column {column} is infinite."
        )
    array.setflags(write=False)
    return array
