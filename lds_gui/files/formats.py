"""The table of file formats, and the two verbs over it: `load` and `save`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lds_gui.files.atomic import write_atomically
from lds_gui.files.csv_format import read_csv, write_csv
from lds_gui.files.data_file import DataFile
from lds_gui.files.errors import FileFormatError
from lds_gui.files.json_format import read_json, write_json
from lds_gui.files.kinds import KINDS, Value, kind_of
from lds_gui.files.npz_format import read_npz, write_npz
from lds_gui.files.preset_model import Preset
from lds_gui.lds import Dataset, EMResult, LDSParams


@dataclass(frozen=True)
class Format:
    """A file format: its name, its suffixes, what it can hold, a reader and a writer."""

    name: str
    suffixes: tuple[str, ...]
    holds: tuple[type[Any], ...]
    read: Callable[[Path], Value]
    write: Callable[[BinaryIO, Any], None]


_EVERYTHING = tuple(kind.type for kind in KINDS)

FORMATS: tuple[Format, ...] = (
    Format("Comma separated values", (".csv", ".txt"), (DataFile,), read_csv, write_csv),
    Format("Tab separated values", (".tsv",), (DataFile,), read_csv, partial(write_csv, delimiter="\t")),
    Format("JSON", (".json",), _EVERYTHING, read_json, write_json),
    Format("NumPy archive", (".npz",), _EVERYTHING, read_npz, write_npz),
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
    path = Path(path)
    try:
        if path.is_dir():
            raise FileFormatError(path, "This is a folder, not a file.")
        if not path.exists():
            raise FileFormatError(path, "There is no such file.")
        if not path.is_file():
            raise FileFormatError(path, "This is not a file.")
        return format_of(path).read(path)
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except MemoryError as error:
        raise FileFormatError(path, "The file does not fit into this computer's memory.") from error


def load_data(path: str | Path) -> DataFile:
    """Read a data set. Raises FileFormatError, also if the file holds something else."""
    value = load(path)
    if not isinstance(value, DataFile):
        raise FileFormatError(path, f"The file holds {kind_of(value).title}, not a data set.")
    return value


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
        raise FileFormatError(path, f"A {path.suffix} file cannot hold {title}; choose one of {others}.")
    return form


def save(path: str | Path, value: Value | Dataset) -> None:
    """Write a value in the format that the suffix names: as a whole, or not at all.

    Raises:
        FileFormatError: the suffix is unknown, the format cannot hold such a value, or the file cannot be written.
    """
    path = Path(path)
    content = DataFile.of(value, path.stem) if isinstance(value, Dataset) else value
    form = check_suffix(path, type(content))
    write_atomically(path, lambda file: form.write(file, content))
