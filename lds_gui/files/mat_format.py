"""MAT: MATLAB's files up to version 7, read in a process that may take so much memory and time and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

from numpy.typing import NDArray

from lds_gui.files.arrays import MOST_AXES, array_data, array_preview, described
from lds_gui.files.errors import FileFormatError
from lds_gui.files.npy_header import BROKEN_HEADER, HEADER_LIMIT, npy_header
from lds_gui.files.options import Preview, Progress, Reading, ReadOptions, last, shown
from lds_gui.files.record import RecordError

_MEMORY = 4 * 2**30
_SECONDS = 60
_POLL = 0.15
_HDF5 = b"\x89HDF\r\n\x1a\n"
_CHILD = Path(__file__).with_name("mat_child.py")
_DIED = "The file cannot be read: its reader has broken down, ran out of memory or took too long."


@dataclass(frozen=True, eq=False)
class _Answer:
    """What the child has found."""

    arrays: tuple[tuple[str, str], ...]
    chosen: str | None
    problem: str
    array: NDArray[Any] | None


def mat_reading(path: Path, options: ReadOptions) -> Reading:
    """Read a data set from one array of a MAT file: the one that the options name, else the largest.

    Raises:
        FileFormatError: the file is damaged, of version 7.3, holds no such array, or takes too much memory or time.
    """
    answer: _Answer | None = None
    for step in _asked(path, options):
        if isinstance(step, Progress):
            yield step
        else:
            answer = step
    if answer is None or answer.array is None:
        raise FileFormatError(path, answer.problem if answer else _DIED)
    yield Progress(0.9, f"Checking the array '{shown(answer.chosen or '')}'")
    file = array_data(path, _upright(answer.array), options)
    yield replace(file, notes=(*_said(answer.array), *file.notes))


def mat_preview(path: Path, options: ReadOptions) -> Preview:
    """Look at the arrays of a MAT file and at one of them."""
    try:
        answer = last(_asked(path, options))
    except FileFormatError as error:
        return Preview(options, problem=error.message)
    known = replace(options, array=answer.chosen or options.array)
    if answer.array is None:
        return Preview(known, arrays=answer.arrays, problem=answer.problem)
    preview = array_preview(path, _upright(answer.array), known)
    return replace(preview, arrays=answer.arrays, notes=(*_said(answer.array), *preview.notes))


def _is_row(array: NDArray[Any]) -> bool:
    return array.ndim == 2 and array.shape[0] == 1 and array.shape[1] > 1


def _upright(array: NDArray[Any]) -> NDArray[Any]:
    """Return a row vector, which MATLAB makes of every list, as time steps."""
    return array[0] if _is_row(array) else array


def _said(array: NDArray[Any]) -> tuple[str, ...]:
    return (f"The row vector is read as {array.shape[1]} time steps.",) if _is_row(array) else ()


def _asked(path: Path, options: ReadOptions) -> Generator[Progress | _Answer, None, None]:
    """Let the child read; it is gone when this ends, however that comes."""
    with path.open("rb") as file:
        beginning = file.read(1024)
    if beginning.startswith((_HDF5, b"MATLAB 7.3")) or beginning[512:520] == _HDF5:
        raise FileFormatError(path, "This is a MAT file of version 7.3; save it in MATLAB with the option '-v7'.")
    command = [
        sys.executable,
        "-P",
        str(_CHILD),
        str(path.absolute()),
        options.array or "",
        str(_MEMORY),
        str(_SECONDS),
    ]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=os.environ | environment)
    answer: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(child.stdout, answer), daemon=True)
    listener.start()
    try:
        begin = time.monotonic()
        while listener.is_alive():
            elapsed = time.monotonic() - begin
            if elapsed > _SECONDS:
                raise FileFormatError(path, f"Reading the file has taken more than the {_SECONDS} s that it may take.")
            yield Progress(min(0.8, elapsed / _SECONDS), "Reading the MAT file in a process of its own")
            listener.join(_POLL)
    finally:
        child.kill()
        child.wait()
        listener.join()
        cast(IO[bytes], child.stdin).close()
        cast(IO[bytes], child.stdout).close()
    yield _understood(path, b"".join(answer))


def _listen(stream: IO[bytes], answer: list[bytes]) -> None:
    """Collect what the child says, up to what it may say."""
    n_bytes = 0
    while n_bytes <= _MEMORY and (block := stream.read(2**20)):
        answer.append(block)
        n_bytes += len(block)


def _understood(path: Path, raw: bytes) -> _Answer:
    """Check what the child has said as if it were a hostile file."""
    line, _, rest = raw.partition(b"\n")
    try:
        report = cast(dict[str, Any], json.loads(line))
        found = cast(list[tuple[str, list[int], str]], report.get("arrays", []))
        arrays = tuple((str(name), described(tuple(map(int, shape)), str(kind))) for name, shape, kind in found)
        problem = " ".join(shown(str(report["problem"]), 300).split())
        chosen = str(report.get("chosen", "")) or None
        if problem or not rest:
            return _Answer(arrays, chosen, problem or _DIED, None)
        array = npy_header(rest[:HEADER_LIMIT], len(rest), f"The array '{shown(chosen or '')}'", MOST_AXES).array(rest)
    except RecordError as error:
        raise FileFormatError(path, str(error)) from error
    except (*BROKEN_HEADER, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(path, _DIED) from error
    return _Answer(arrays, chosen, "", array)
