"""JSON: every kind of value as one object of named fields, its matrices a row a line."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

import numpy as np

from lds_gui.files.errors import FileFormatError
from lds_gui.files.kinds import Value, from_fields, to_fields
from lds_gui.files.options import Preview, Progress, ReadOptions
from lds_gui.files.record import Field, RecordError
from lds_gui.files.value_preview import value_preview
from lds_gui.lds import ParameterError

_LARGEST = 256 * 2**20
_MOST_DIGITS = 1000


def read_json(path: Path) -> Value:
    """Read a value from strict JSON in UTF-8: no NaN, no entry twice; null is a missing observation.

    Raises:
        FileFormatError: saying where the text is no JSON, or which entry is wrong.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        raise FileFormatError(
            path, f"The file has {size / 2**20:.0f} MiB; the limit for JSON is {_LARGEST / 2**20:.0f} MiB."
        )
    try:
        content: object = json.loads(
            path.read_text(encoding="utf-8-sig"), object_pairs_hook=_unique, parse_int=_whole, parse_constant=_not_json
        )
    except json.JSONDecodeError as error:
        raise FileFormatError(path, f"Line {error.lineno}, column {error.colno}: {_lower(error.msg)}.") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(path, f"The byte at position {error.start} is not UTF-8 text.") from error
    except RecursionError as error:
        raise FileFormatError(path, "The lists are nested too deeply.") from error
    except ValueError as error:
        raise FileFormatError(path, str(error)) from error
    if not isinstance(content, dict):
        raise FileFormatError(path, f"The file must hold one object, {{…}}, not a {type(content).__name__}.")
    try:
        return from_fields(cast(dict[str, object], content), path.stem)
    except (RecordError, ParameterError) as error:
        raise FileFormatError(path, str(error)) from error


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The entry '{repeated}' stands there twice.")
    return fields


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        count = len(digits.lstrip("-"))
        raise ValueError(f"A whole number of {count} digits is too large; numbers go up to 1.8e308.")
    return int(digits)


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not allowed in JSON; a missing observation is null.")


def json_reading(path: Path, options: ReadOptions) -> Generator[Progress | Value, None, None]:  # noqa: ARG001
    """Read a value, which says itself how it is to be read."""
    yield Progress(0.0, "Reading the text")
    yield read_json(path)


def json_preview(path: Path, options: ReadOptions) -> Preview:
    """Read a value and show its beginning."""
    try:
        return value_preview(read_json(path), options)
    except FileFormatError as error:
        return Preview(options, problem=error.message)


def write_json(file: BinaryIO, value: Value) -> None:
    """Write a value as JSON. Numbers are written by `repr`, so that reading them gives the same float64 back."""
    lines = [f"  {json.dumps(name)}: {_text(field)}" for name, field in to_fields(value).items()]
    file.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())


def _text(field: Field) -> str:
    if not isinstance(field, np.ndarray):
        return json.dumps(field, ensure_ascii=False)
    if field.ndim == 1:
        return _row(cast(list[float], field.tolist()))
    rows = cast(list[list[float]], field.tolist())
    return "[\n    " + ",\n    ".join(map(_row, rows)) + "\n  ]"


def _row(values: list[float]) -> str:
    return "[" + ", ".join("null" if math.isnan(value) else repr(value) for value in values) + "]"
