"""From an array of numbers without names to a data set: one column, time × variables, or sequences × those."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lds_gui.files.data_file import DataFile, remarks
from lds_gui.files.errors import FileFormatError
from lds_gui.files.options import PREVIEW_ROWS, Preview, ReadOptions, Role, check_roles
from lds_gui.lds import Dataset, ParameterError

MOST_AXES = 3
_EXACT = 2**53
_LOOKED_AT = 2_000_000  # entries, for a preview


def described(shape: tuple[int, ...], dtype: str) -> str:
    """Say how large an array is: 1000 × 3 float64."""
    return f"{' × '.join(map(str, shape)) or 'one number'} {dtype}"


def array_data(path: Path, array: NDArray[Any], options: ReadOptions) -> DataFile:
    """Take an array's columns for what the options say: observations, where they say nothing.

    Whole numbers and shorter floats become the same float64; where one is too large for that, it is noted.

    Raises:
        FileFormatError: the array has no axis or too many, or its content is not what its roles want.
    """
    rows, n_sequences, notes = _rows(path, array, options)
    roles = _roles(path, rows.shape[1], n_sequences, options)
    chosen = {role: [j for j, other in enumerate(roles) if other is role] for role in Role}
    names = tuple(f"x{j + 1}" for j in chosen[Role.OBSERVED])
    for role, words in ((Role.TIME, "is the time axis"), (Role.SEQUENCE, "tells the sequences apart")):
        notes += [f"Column {j + 1} {words}; it is not an observation." for j in chosen[role]]
    notes += [f"Column {j + 1} is left out, as chosen." for j in chosen[Role.IGNORED]]
    ends = _ends(path, rows, chosen[Role.SEQUENCE], n_sequences)
    values, latents = (_floats(rows[:, chosen[role]], notes) for role in (Role.OBSERVED, Role.LATENT))
    labels = [_label(time) for time in rows[:, chosen[Role.TIME]].tolist()] if chosen[Role.TIME] else None
    try:
        dataset = Dataset(
            values if ends is None else np.split(values, ends),
            (latents if ends is None else np.split(latents, ends)) if latents.size else None,
        )
        return DataFile(
            dataset,
            path.stem,
            names,
            None if labels is None else "time",
            None if labels is None else tuple(labels),
            (*notes, *remarks(dataset, names)),
        )
    except ParameterError as error:
        raise FileFormatError(path, error.message) from error


def array_preview(path: Path, array: NDArray[Any], options: ReadOptions) -> Preview:
    """Show an array as `array_data` would take it."""
    try:
        rows, n_sequences, _ = _rows(path, array, options)
    except FileFormatError as error:
        return Preview(options, problem=error.message)
    width = rows.shape[1]
    columns = tuple(f"x{j + 1}" for j in range(width))
    shown = tuple(tuple(str(value) for value in row) for row in rows[:PREVIEW_ROWS].tolist())
    known = options if options.roles is not None else replace(options, roles=(Role.OBSERVED,) * width)
    try:
        _roles(path, width, n_sequences, options)
        notes, problem = _notes_of_the_beginning(path, array, options), ""
    except FileFormatError as error:
        notes, problem = (), error.message
    return Preview(known, columns, shown, len(rows), (), problem, notes)


def _notes_of_the_beginning(path: Path, array: NDArray[Any], options: ReadOptions) -> tuple[str, ...]:
    """Give the notes that reading will have; of a large array those of as much of it as is quickly looked at."""
    if array.size <= _LOOKED_AT:
        return array_data(path, array, options).notes
    axis = 1 if array.ndim == 2 and options.transposed else 0
    count = max(_LOOKED_AT * array.shape[axis] // array.size, 1)
    beginning = array[:, :count] if axis else array[:count]
    return (*array_data(path, beginning, options).notes, "Only the beginning of this large array has been looked at.")


def _rows(path: Path, array: NDArray[Any], options: ReadOptions) -> tuple[NDArray[Any], int, list[str]]:
    """Return time × variables, sequence after sequence, how many sequences there are, and notes."""
    if array.dtype.kind not in "fiub":
        raise FileFormatError(path, "The array does not hold plain numbers.")
    if not 1 <= array.ndim <= MOST_AXES:
        axes = "no axis" if array.ndim == 0 else f"{array.ndim} axes"
        raise FileFormatError(path, f"The array has {axes}; 1 to {MOST_AXES} are read.")
    if array.size == 0:
        raise FileFormatError(path, f"The array is empty: {described(array.shape, str(array.dtype))}.")
    if array.ndim == 1:
        return array[:, None], 0, ["The array has 1 axis and is read as one column."]
    turned = np.swapaxes(array, -1, -2) if options.transposed else array
    notes = ["The array is read as variables × time."] if options.transposed else []
    if array.ndim == 2:
        return turned, 0, notes
    notes.append("The first axis is read as sequences, each of them time × variables.")
    return turned.reshape(-1, turned.shape[-1]), len(turned), notes


def _roles(path: Path, width: int, n_sequences: int, options: ReadOptions) -> tuple[Role, ...]:
    roles = options.roles or (Role.OBSERVED,) * width
    check_roles(path, roles, width)
    if n_sequences and Role.SEQUENCE in roles:
        raise FileFormatError(path, "The array's first axis tells the sequences apart; no column can do so too.")
    return roles


def _ends(path: Path, rows: NDArray[Any], column: list[int], n_sequences: int) -> NDArray[Any] | None:
    """Return where each sequence but the last ends; None for a single array."""
    if not column:
        return np.arange(1, n_sequences) * (len(rows) // n_sequences) if n_sequences else None
    names = rows[:, column[0]]
    ends = np.flatnonzero(names[1:] != names[:-1]) + 1
    firsts = names[np.concatenate([[0], ends])]
    if len(np.unique(firsts)) < len(firsts):
        raise FileFormatError(path, f"Column {column[0] + 1}: a sequence goes on after another has begun.")
    return ends


def _floats(values: NDArray[Any], notes: list[str]) -> NDArray[np.float64]:
    """Return float64, with a note where that rounds."""
    found = values.astype(np.float64)
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        large = np.argwhere((values > _EXACT) | (values < -_EXACT) if values.dtype.kind == "i" else values > _EXACT)
        if large.size:
            row, column = large[0] + 1
            notes.append(f"Whole numbers above 2⁵³ are rounded to 16 digits, first in row {row}, column {column}.")
    return found


def _label(values: list[Any]) -> str:
    return " ".join(str(int(value)) if float(value).is_integer() else str(value) for value in values)
