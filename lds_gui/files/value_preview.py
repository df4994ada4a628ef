"""What a file that describes itself holds: nothing can be chosen about it."""

from __future__ import annotations

import math

import numpy as np

from lds_gui.files.data_file import DataFile
from lds_gui.files.kinds import Value, kind_of
from lds_gui.files.options import PREVIEW_ROWS, Preview, ReadOptions


def not_data(value: Value) -> str:
    """Say that this is no data set."""
    return f"The file holds {kind_of(value).title}, not a data set."


def value_preview(value: Value, options: ReadOptions) -> Preview:
    """Show a data set as it was read, its time axis first."""
    if not isinstance(value, DataFile):
        return Preview(options, problem=not_data(value))
    beginning = np.vstack([sequence[:PREVIEW_ROWS] for sequence in value.dataset.sequences[:PREVIEW_ROWS]])[
        :PREVIEW_ROWS
    ]
    rows = [tuple("" if math.isnan(number) else repr(number) for number in row) for row in beginning.tolist()]
    columns = value.columns
    if value.time_name is not None and value.time_values is not None:
        columns = (value.time_name, *columns)
        rows = [(label, *row) for label, row in zip(value.time_values, rows, strict=False)]
    return Preview(options, columns, tuple(rows), value.dataset.n_steps, (), "", value.notes)
