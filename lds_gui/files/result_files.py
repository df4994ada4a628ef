"""The result of a run in files for other programs: NPZ and JSON, which this one reads back, MAT and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lds_gui.files.atomic import write_atomically
from lds_gui.files.errors import FileFormatError
from lds_gui.files.formats import save
from lds_gui.files.kinds import to_fields
from lds_gui.lds import EMResult


def _write_mat(file: BinaryIO, result: EMResult) -> None:
    """One variable for each field, as MATLAB 5 has them; vectors are columns."""
    import scipy.io  # pyright: ignore[reportMissingTypeStubs]

    flags = {name: np.asarray(value) for name, value in to_fields(result).items() if isinstance(value, bool)}
    fields = {**to_fields(result), **flags}
    cast(Any, scipy.io).savemat(file, fields, oned_as="column")


def _write_csv(file: BinaryIO, result: EMResult) -> None:
    """A row for each number: what it belongs to, its row and column, counted from 1, and all its digits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "row", "column", "value"))
    writer.writerows(_rows(result))
    file.write(text.getvalue().encode())


def _rows(result: EMResult) -> Iterator[tuple[str, int | str, int | str, object]]:
    for name, value in to_fields(result).items():
        if isinstance(value, np.ndarray):
            for index in np.ndindex(value.shape):
                row, column = (*(place + 1 for place in index), "")[:2]
                yield name, row, column, repr(float(value[index]))
        else:
            yield name, "", "", value


RESULT_FORMATS: dict[str, tuple[str, Callable[[BinaryIO, EMResult], None] | None]] = {
    ".npz": ("NumPy archive", None),
    ".json": ("JSON", None),
    ".mat": ("MATLAB file", _write_mat),
    ".csv": ("Comma separated values", _write_csv),
}


def check_result_suffix(path: Path) -> None:
    """Raise FileFormatError unless the suffix names a format of results; a long run must not end in an error."""
    if path.suffix.lower() not in RESULT_FORMATS:
        known = ", ".join(RESULT_FORMATS)
        raise FileFormatError(path, f"A result is written as one of {known}, not '{path.suffix}'.")


def save_result(path: str | Path, result: EMResult) -> None:
    """Write a result in the format that the suffix names: as a whole, or not at all. Raises FileFormatError."""
    path = Path(path)
    check_result_suffix(path)
    write = RESULT_FORMATS[path.suffix.lower()][1]
    if write is None:
        save(path, result)
    else:
        write_atomically(path, lambda file: write(file, result))
