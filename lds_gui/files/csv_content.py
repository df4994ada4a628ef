"""What a table holds, as it grows row by row or block by block, and the data set that comes of it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.csv_columns import Columns
from lds_gui.files.csv_numbers import CellError, NumberReader
from lds_gui.files.data_file import DataFile, remarks
from lds_gui.files.options import shown
from lds_gui.files.time_axis import spacing_notes
from lds_gui.lds import Dataset


class RowError(ValueError):
    """A row that cannot be read."""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of numbers (rows × numeric columns), and for each label column its texts, in the file's order."""

    values: NDArray[np.float64]
    labels: list[list[str]]


@dataclass
class Content:
    """The columns' contents as they grow."""

    columns: Columns
    numbers: NumberReader
    observed: array[float] = field(default_factory=lambda: array("d"))
    latents: array[float] = field(default_factory=lambda: array("d"))
    times: list[str] = field(default_factory=list[str])
    starts: dict[str, int] = field(default_factory=dict[str, int])  # each sequence's name and its first step
    n_steps: int = 0
    n_blank: int = 0

    def add(self, row: int, cells: list[str]) -> None:
        """Take a row. Raises RowError."""
        columns = self.columns
        labelled = bool(columns.time) or columns.sequence is not None
        if not any(cell.strip() for cell in cells) and (labelled or len(cells) <= 1):
            self.n_blank += 1
            return
        if len(cells) != len(columns.names):
            counted = f"{len(cells)} cell" if len(cells) == 1 else f"{len(cells)} cells"
            raise RowError(f"Row {row} has {counted}, where the first row has {len(columns.names)}.")
        for chosen, values in ((columns.observed, self.observed), (columns.latents, self.latents)):
            if not chosen:
                continue
            try:
                values.extend(self.numbers.row([cells[j] for j in chosen]))
            except CellError as error:
                raise RowError(f"Row {row}, column '{shown(columns.names[chosen[error.index]])}': {error}") from error
        if columns.time:
            self.times.append(" ".join(cells[j].strip() for j in columns.time))
        if columns.sequence is not None:
            self._note_sequence(row, cells[columns.sequence].strip())
        self.n_steps += 1

    def add_block(self, row: int, block: Block) -> None:
        """Take rows without a blank one among them, the first of which is `row`. Raises RowError."""
        columns = self.columns
        numeric = numeric_columns(columns)
        for chosen, values in ((columns.observed, self.observed), (columns.latents, self.latents)):
            if chosen:
                values.frombytes(block.values[:, [numeric.index(j) for j in chosen]].tobytes())
        labels = dict(zip(label_columns(columns), block.labels, strict=True))
        if columns.time:
            self.times.extend(map(" ".join, zip(*(labels[j] for j in columns.time), strict=True)))
        if columns.sequence is None:
            self.n_steps += len(block.values)
            return
        for name, rows in groupby(labels[columns.sequence]):
            count = len(list(rows))
            self._note_sequence(row, name)
            self.n_steps += count
            row += count

    def _note_sequence(self, row: int, name: str) -> None:
        if name not in self.starts:
            self.starts[name] = self.n_steps
        elif name != next(reversed(self.starts)):
            raise RowError(
                f"Row {row}: sequence '{shown(name)}' goes on after another has begun; its rows must stand together."
            )

    def data_file(self, name: str, notes: list[str]) -> DataFile:
        """Return what has been read, with a note for everything that was not taken as it stands, after these notes."""
        if not self.n_steps:
            raise RowError("There is a header but no row of numbers below it.")
        columns = self.columns
        rows = np.frombuffer(self.observed).reshape(self.n_steps, -1)
        left_out = [j for k, j in enumerate(columns.observed) if j in columns.unnamed and np.isnan(rows[:, k]).all()]
        kept = [k for k, j in enumerate(columns.observed) if j not in left_out]
        names = tuple(columns.names[columns.observed[k]] for k in kept)
        latents = np.frombuffer(self.latents).reshape(self.n_steps, -1) if columns.latents else None
        used = rows[:, kept] if left_out else rows
        dataset = Dataset(self._cut(used), None if latents is None else self._cut(latents))
        notes = [
            *columns.notes,
            *(f"Column {j + 1} has neither a name nor a value and is left out." for j in left_out),
            *notes,
        ]
        if self.n_blank:
            left = counted(self.n_blank, "blank row")
            notes.append(left if columns.time else f"{left[:-1]}; a row of NA keeps its step.")
        if self.numbers.decimal_comma:
            notes.append("Decimal commas are read as decimal points.")
        if columns.time and not self.starts:
            notes += spacing_notes(self.times)
        elif not columns.time and len(kept) > 1 and _is_ramp(rows[:, 0]):
            notes.append(f"Column '{names[0]}' rises in equal steps; if it is the time axis, its role is time.")
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


def label_columns(columns: Columns) -> tuple[int, ...]:
    """Return the columns whose cells are kept as text, in the file's order."""
    return tuple(sorted({*columns.time, *([] if columns.sequence is None else [columns.sequence])}))


def numeric_columns(columns: Columns) -> tuple[int, ...]:
    """Return the columns whose cells are read as numbers, in the file's order."""
    return tuple(sorted((*columns.observed, *columns.latents)))


def _is_ramp(column: NDArray[np.float64]) -> bool:
    steps = np.diff(column)
    return len(steps) > 1 and steps[0] > 0 and bool((steps == steps[0]).all())


def counted(count: int, noun: str, which: str = "") -> str:
    """Say how many of something are left out."""
    words = [str(count), noun if count == 1 else f"{noun}s", *([which] if which else []), "is" if count == 1 else "are"]
    return f"{' '.join(words)} left out."
