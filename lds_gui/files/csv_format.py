"""Comma, semicolon or tab separated text: a row for each time step, a column for each observed dimension.

A first column `sequence` cuts the rows into several sequences, a time column labels the steps, and columns
`latent z1`, `latent z2`, ... hold the true latents of simulated data. Numbers are written by `repr`, so that reading
them gives the same float64 back.
"""

from __future__ import annotations

import codecs
import csv
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.csv_columns import Columns, assign_roles
from lds_gui.files.csv_numbers import CellError, NumberReader
from lds_gui.files.csv_table import read_table
from lds_gui.files.data_file import DataFile, remarks
from lds_gui.files.errors import FileFormatError
from lds_gui.files.time_axis import spacing_notes
from lds_gui.lds import Dataset, ParameterError

_SAMPLE_ROWS = 50


def read_csv(path: Path) -> DataFile:
    """Read a data set from delimited text in UTF-8.

    A blank cell, NA, N/A, NaN, null, none or `.` is a missing value. A header is recognised by its text; a time axis by
    its name (t, time, date, year, ...) or its dates. Whatever is not taken as it stands is said in `notes`.

    Raises:
        FileFormatError: naming the row, counted as in an editor, and the column.
    """
    table = read_table(path)
    first = list(islice(table.rows, _SAMPLE_ROWS))
    columns = assign_roles(table.header, [cells for _, cells in first])
    if not columns.observed:
        raise FileFormatError(path, "There is no column of numbers beside the time axis to learn from.")
    content = _Content(columns, NumberReader(comma_is_free=table.delimiter != ","))
    try:
        for row, cells in chain(first, table.rows):
            content.add(row, cells)
        return content.data_file(path.stem, table.n_comments)
    except ParameterError as error:
        raise FileFormatError(path, error.message) from error
    except _RowError as error:
        raise FileFormatError(path, str(error)) from error


class _RowError(ValueError):
    """A row that cannot be read."""


@dataclass
class _Content:
    """The columns' contents as they grow, row by row."""

    columns: Columns
    numbers: NumberReader
    observed: array[float] = field(default_factory=lambda: array("d"))
    latents: array[float] = field(default_factory=lambda: array("d"))
    times: list[str] = field(default_factory=list[str])
    starts: dict[str, int] = field(default_factory=dict[str, int])  # each sequence's name and its first step
    n_steps: int = 0
    n_blank: int = 0

    def add(self, row: int, cells: list[str]) -> None:
        columns = self.columns
        labelled = bool(columns.time) or columns.sequence is not None
        if not any(cell.strip() for cell in cells) and (labelled or len(cells) <= 1):
            self.n_blank += 1
            return
        if len(cells) != len(columns.names):
            counted = f"{len(cells)} cell" if len(cells) == 1 else f"{len(cells)} cells"
            raise _RowError(f"Row {row} has {counted}, where the first row has {len(columns.names)}.")
        for chosen, values in ((columns.observed, self.observed), (columns.latents, self.latents)):
            if not chosen:
                continue
            try:
                values.extend(self.numbers.row([cells[j] for j in chosen]))
            except CellError as error:
                raise _RowError(f"Row {row}, column '{columns.names[chosen[error.index]]}': {error}") from error
        if columns.time:
            self.times.append(" ".join(cells[j].strip() for j in columns.time))
        if columns.sequence is not None:
            self._note_sequence(row, cells[columns.sequence].strip())
        self.n_steps += 1

    def _note_sequence(self, row: int, name: str) -> None:
        if name not in self.starts:
            self.starts[name] = self.n_steps
        elif name != next(reversed(self.starts)):
            raise _RowError(
                f"Row {row}: sequence '{name}' goes on after another has begun; its rows must stand together."
            )

    def data_file(self, name: str, n_comments: int) -> DataFile:
        """Return what has been read, with a note for everything that was not taken as it stands."""
        if not self.n_steps:
            raise _RowError("There is a header but no row of numbers below it.")
        columns = self.columns
        rows = np.frombuffer(self.observed).reshape(self.n_steps, -1)
        left_out = [j for k, j in enumerate(columns.observed) if j in columns.unnamed and np.isnan(rows[:, k]).all()]
        kept = [k for k, j in enumerate(columns.observed) if j not in left_out]
        names = tuple(columns.names[columns.observed[k]] for k in kept)
        latents = np.frombuffer(self.latents).reshape(self.n_steps, -1) if columns.latents else None
        dataset = Dataset(self._cut(rows[:, kept]), None if latents is None else self._cut(latents))
        notes = [*columns.notes, *(f"Column {j + 1} has neither a name nor a value and is left out." for j in left_out)]
        if n_comments:
            notes.append(_counted(n_comments, "line", "above the table, beginning with #,"))
        if self.n_blank:
            left = _counted(self.n_blank, "blank row")
            notes.append(left if columns.time else f"{left[:-1]}; a row of NA keeps its step.")
        if self.numbers.decimal_comma:
            notes.append("Decimal commas are read as decimal points.")
        if columns.time and not self.starts:
            notes += spacing_notes(self.times)
        elif not columns.time and len(kept) > 1 and _is_ramp(rows[:, 0]):
            notes.append(f"Column '{names[0]}' rises in equal steps; call it 't' if it is the time axis.")
        return DataFile(
            dataset,
            name,
            names,
            columns.time_name,
            tuple(self.times) if columns.time else None,
            (*notes, *remarks(dataset, names)),
        )

    def _cut(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Return the rows as one array or, where there is a column for it, one for each sequence."""
        return np.split(rows, list(self.starts.values())[1:]) if self.starts else rows


def _is_ramp(column: NDArray[np.float64]) -> bool:
    steps = np.diff(column)
    return len(steps) > 1 and steps[0] > 0 and bool((steps == steps[0]).all())


def _counted(count: int, noun: str, which: str = "") -> str:
    words = [str(count), noun if count == 1 else f"{noun}s", *([which] if which else []), "is" if count == 1 else "are"]
    return f"{' '.join(words)} left out."


def _time_names() -> Iterator[str]:
    """Names for a column that only counts the steps, all of which are read as a time axis: t, time t, time t t, ..."""
    yield "t"
    for copies in count(1):
        yield "time" + copies * " t"


def write_csv(file: BinaryIO, data: DataFile, delimiter: str = ",") -> None:
    """Write a data set as delimited text in UTF-8: sequence (where there are several), time, observations, latents."""
    dataset = data.dataset
    several = isinstance(dataset.observations, tuple)
    latents = dataset.latent_sequences
    writer = csv.writer(codecs.getwriter("utf-8")(file), delimiter=delimiter, lineterminator="\n")
    latent_names = [] if latents is None else [f"latent z{i + 1}" for i in range(latents[0].shape[1])]
    time_name = data.time_name or next(name for name in _time_names() if name not in data.columns)
    writer.writerow([*(["sequence"] if several else []), time_name, *data.columns, *latent_names])
    step = 0
    for index, observed in enumerate(dataset.sequences):
        rows = observed if latents is None else np.hstack([observed, latents[index]])
        for t, values in enumerate(rows.tolist()):
            time = str(t + 1) if data.time_values is None else data.time_values[step]
            numbers = ["" if math.isnan(value) else repr(value) for value in values]
            writer.writerow([*([index + 1] if several else []), time, *numbers])
            step += 1
