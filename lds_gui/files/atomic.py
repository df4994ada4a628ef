"""Writing a file so that it is there as a whole or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lds_gui.files.errors import FileFormatError


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path` in one step.

    Whatever goes wrong before that step, an earlier file at `path` is left as it was. A symbolic link stays one.

    Raises:
        FileFormatError: the folder cannot be written to, the disk is full, ...
    """
    with _beside(path) as (target, temporary):
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)


def check_writable(path: Path) -> None:
    """Try whether a file can be written there, so that a long run does not end in an error. Raises FileFormatError."""
    with _beside(path) as (target, temporary):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        temporary.touch(exist_ok=False)


@contextmanager
def _beside(path: Path) -> Generator[tuple[Path, Path]]:
    """Yield the file that `path` leads to and the name of a temporary one beside it, which is gone afterwards."""
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            yield target, temporary
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be written: {(error.strerror or str(error)).lower()}.") from error
