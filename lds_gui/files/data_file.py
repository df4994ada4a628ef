"""A data set together with what its file says about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lds_gui.lds import Dataset, ParameterError


@dataclass(frozen=True, eq=False)
class DataFile:
    """Observations with the names that belong to them.

    Attributes:
        dataset: the observations, and the true latents if the file holds them.
        name: what the data are called: the file's stem, or a title.
        columns: a name for each observed dimension, all different, and none the time axis'.
        time_name: the time axis' name; None where steps are only counted.
        time_values: one label for each step, sequence after sequence, as it was written; None without a time axis.
        notes: one sentence for each thing that reading left out, converted or used for something else.

    Raises:
        ParameterError: the names or the labels do not fit the data.
    """

    dataset: Dataset
    name: str
    columns: tuple[str, ...]
    time_name: str | None = None
    time_values: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the names and the labels against the data."""
        obs_dim, n_steps = self.dataset.obs_dim, self.dataset.n_steps
        if len(self.columns) != obs_dim:
            raise ParameterError("columns", f"There are {len(self.columns)} names for {obs_dim} columns.")
        counts = Counter((self.time_name, *self.columns))
        repeated = next((name for name in self.columns if counts[name] > 1), None)
        if repeated is not None:
            raise ParameterError("columns", f"Two columns have the name '{repeated}'; each needs its own.")
        if (self.time_name is None) != (self.time_values is None):
            raise ParameterError("time", "A time axis needs both a name and its values.")
        if self.time_values is not None and len(self.time_values) != n_steps:
            raise ParameterError("time", f"There are {len(self.time_values)} time values for {n_steps} steps.")

    @classmethod
    def of(cls, dataset: Dataset, name: str = "data") -> DataFile:
        """Wrap a bare data set: columns x1, x2, ..., and no time axis."""
        return cls(dataset, name, tuple(f"x{j + 1}" for j in range(dataset.obs_dim)))


def remarks(dataset: Dataset, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence for whatever in the data may surprise.

    Too few rows, missing values, columns that are empty or constant.
    """
    sentences: list[str] = []
    n_steps, obs_dim = dataset.n_steps, dataset.obs_dim
    if n_steps == 1:
        sentences.append("There is only 1 row; a model of how the data move needs several.")
    elif n_steps < obs_dim:
        sentences.append(f"There are fewer rows, {n_steps}, than columns, {obs_dim}; a row should be a time step.")
    if dataset.n_missing:
        sentences.append(f"{dataset.n_missing} of {dataset.n_steps * dataset.obs_dim} values are missing.")
    rows = np.vstack(dataset.sequences)
    for name, column in zip(columns, rows.T, strict=False):
        values = column[~np.isnan(column)]
        if not len(values):
            sentences.append(f"Column '{name}' holds no value at all.")
        elif len(values) > 1 and values.min() == values.max():
            sentences.append(f"Column '{name}' holds the same value, {values[0]:.6g}, in every row.")
    return tuple(sentences)


def joined(files: Sequence[DataFile]) -> DataFile:
    """The sequences of several files as those of one data set. Raises ParameterError where their columns differ."""
    first = files[0]
    if len(files) == 1:
        return first
    other = next((file for file in files if file.columns != first.columns), None)
    if other is not None:
        raise ParameterError(
            "columns",
            f"All files must have the same columns, but {first.name} has {', '.join(first.columns)} and {other.name} "
            f"has {', '.join(other.columns)}.",
        )
    hidden = [file.dataset.latent_sequences for file in files]
    latents = [z for zs in hidden if zs is not None for z in zs] if all(zs is not None for zs in hidden) else None
    dataset = Dataset([x for file in files for x in file.dataset.sequences], latents)
    notes = tuple(f"{file.name}: {note}" for file in files for note in file.notes)
    return DataFile(dataset, " + ".join(file.name for file in files), first.columns, notes=notes)
