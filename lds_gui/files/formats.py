"""The table of file formats, and the two verbs over it: `load` and `save`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lds_gui.files.atomic import write_atomically
from lds_gui.files.csv_format import csv_preview, csv_reading
from lds_gui.files.csv_writing import write_csv
from lds_gui.files.data_file import DataFile
from lds_gui.files.errors import FileFormatError
from lds_gui.files.json_format import json_preview, json_reading, write_json
from lds_gui.files.kinds import KINDS, Value, kind_of
from lds_gui.files.mat_format import mat_preview, mat_reading
from lds_gui.files.npy_format import npy_preview, npy_reading
from lds_gui.files.npz_format import npz_preview, npz_reading, write_npz
from lds_gui.files.options import AS_FOUND, Preview, Progress, Reading, ReadOptions, last
from lds_gui.files.preset_model import Preset
from lds_gui.files.text_source import TextSource
from lds_gui.files.value_preview import not_data
from lds_gui.lds import Dataset, EMResult, LDSParams


@dataclass(frozen=True)
class Format:
    """A file format: its name, its suffixes, what can be written in it, and how it is read, looked at and written.

    `reading` yields Progress, and the value last. `write` is None for a format that is only read.
    """

    name: str
    suffixes: tuple[str, ...]
    holds: tuple[type[Any], ...]
    reading: Callable[[Path, ReadOptions], Generator[Progress | Any, None, None]]
    preview: Callable[[Path, ReadOptions], Preview]
    write: Callable[[BinaryIO, Any], None] | None


def _text_reading(path: Path, options: ReadOptions) -> Reading:
    return csv_reading(TextSource(path), options)


def _text_preview(path: Path, options: ReadOptions) -> Preview:
    return csv_preview(TextSource(path), options)


_EVERYTHING = tuple(kind.type for kind in KINDS)
_TAB = partial(write_csv, delimiter="\t")

FORMATS: tuple[Format, ...] = (
    Format("Comma separated values", (".csv", ".txt"), (DataFile,), _text_reading, _text_preview, write_csv),
    Format("Tab separated values", (".tsv",), (DataFile,), _text_reading, _text_preview, _TAB),
    Format("JSON", (".json",), _EVERYTHING, json_reading, json_preview, write_json),
    Format("NumPy archive", (".npz",), _EVERYTHING, npz_reading, npz_preview, write_npz),
    Format("NumPy array", (".npy",), (), npy_reading, npy_preview, None),
    Format("MATLAB file", (".mat",), (), mat_reading, mat_preview, None),
)


def format_of(path: str | Path) -> Format:
    """Return the format that the path's suffix names. Raises FileFormatError."""
    path = Path(path)
    for form in FORMATS:
        if path.suffix.lower() in form.suffixes:
            return form
    known = ", ".join(suffix for form in FORMATS for suffix in form.suffixes)
    shown = f"The suffix '{path.suffix}' is unknown" if path.suffix else "The name has no suffix"
    raise FileFormatError(path, f"{shown}; known are {known}.")


def load(path: str | Path) -> Value:
    """Read whatever the file holds.

    Raises:
        FileFormatError: there is no such file, its suffix is unknown, or its content is not as it should be.
    """
    return last(_steps(Path(path), AS_FOUND))


def reading(path: str | Path, options: ReadOptions = AS_FOUND) -> Reading:
    """Read a data set step by step: yields Progress, five times a second or more often, and the DataFile last.

    Ending it early leaves nothing behind. Raises FileFormatError, also if the file holds something else.
    """
    for step in _steps(Path(path), options):
        if not isinstance(step, Progress | DataFile):
            raise FileFormatError(path, not_data(step))
        yield step


def load_data(path: str | Path, options: ReadOptions = AS_FOUND) -> DataFile:
    """Read a data set. Raises FileFormatError, also if the file holds something else."""
    return last(reading(path, options))


def preview(path: str | Path, options: ReadOptions = AS_FOUND) -> Preview:
    """Look at the beginning of a file as it would be read; whatever is wrong with it is said in `problem`."""
    path = Path(path)
    try:
        with _told(path):
            return format_of(path).preview(path, options)
    except FileFormatError as error:
        return Preview(options, problem=error.message)


def text_reading(text: str, options: ReadOptions = AS_FOUND) -> Reading:
    """Read a data set from a text that was copied, as `reading` does."""
    return csv_reading(TextSource.clipboard(text), options)


def text_preview(text: str, options: ReadOptions = AS_FOUND) -> Preview:
    """Look at a text that was copied."""
    return csv_preview(TextSource.clipboard(text), options)


def _steps(path: Path, options: ReadOptions) -> Generator[Progress | Value, None, None]:
    with _told(path):
        yield from format_of(path).reading(path, options)


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Check that there is a file; say in one sentence what the system has against reading it."""
    try:
        if path.is_dir():
            raise FileFormatError(path, "This is a folder, not a file.")
        if not path.exists():
            raise FileFormatError(path, "There is no such file.")
        if not path.is_file():
            raise FileFormatError(path, "This is not a file.")
        yield
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except MemoryError as error:
        raise FileFormatError(path, "The file does not fit into this computer's memory.") from error


def load_params(path: str | Path) -> LDSParams:
    """Read model parameters, from a file of their own, a preset or an EM result. Raises FileFormatError."""
    value = load(path)
    if isinstance(value, EMResult | Preset):
        return value.params
    if not isinstance(value, LDSParams):
        raise FileFormatError(path, f"The file holds {kind_of(value).title}, not model parameters.")
    return value


def check_suffix(path: str | Path, content: type[Any]) -> Format:
    """Return the path's format if it can hold a value of this type; so that a long run does not end in an error.

    Raises:
        FileFormatError: the suffix is unknown, or its format cannot hold such a value.
    """
    path = Path(path)
    form = format_of(path)
    if content not in form.holds:
        title = next(kind.title for kind in KINDS if kind.type is content)
        others = ", ".join(other.suffixes[0] for other in FORMATS if content in other.holds)
        said = f"cannot hold {title}" if form.write is not None else "is only read here, never written"
        raise FileFormatError(path, f"A {path.suffix} file {said}; choose one of {others}.")
    return form


def save(path: str | Path, value: Value | Dataset) -> None:
    """Write a value in the format that the suffix names: as a whole, or not at all.

    Raises:
        FileFormatError: the suffix is unknown, the format cannot hold such a value, or the file cannot be written.
    """
    path = Path(path)
    content = DataFile.of(value, path.stem) if isinstance(value, Dataset) else value
    form = check_suffix(path, type(content))
    assert form.write is not None  # or it would hold nothing
    write = form.write
    write_atomically(path, lambda file: write(file, content))
