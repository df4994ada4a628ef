"""Reading data: small files in a thread, large ones in a process of their own, which can be ended at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lds_gui.files import DataFile, Progress, ReadOptions, reading, text_reading
from lds_gui.session.worker_process import WorkerProcess

_SMALL = 2**20  # bytes, which are read before a process would have begun


def read_text(text: str, options: ReadOptions, worker: WorkerProcess, tell: Callable[[Progress], None]) -> DataFile:
    """Read a table from the clipboard, as `read_file` does a file."""
    small = len(text) < _SMALL
    return _last(text_reading(text, options) if small else worker.iterate(text_reading, text, options), tell)


def read_file(path: Path, options: ReadOptions, worker: WorkerProcess, tell: Callable[[Progress], None]) -> DataFile:
    """Read a file and tell the progress; killing the worker ends it. Raises FileFormatError and WorkerDiedError."""
    packed = path.suffix.lower() == ".npz"  # of which the size says little
    small = not path.is_file() or (path.stat().st_size < _SMALL and not packed)
    return _last(reading(path, options) if small else worker.iterate(reading, path, options), tell)


def _last(steps: Iterable[Progress | DataFile], tell: Callable[[Progress], None]) -> DataFile:
    for step in steps:
        if isinstance(step, DataFile):
            return step
        tell(step)
    raise InterruptedError("Reading was ended.")
