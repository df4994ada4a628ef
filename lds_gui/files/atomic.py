"""Writing a file so that it is there as a whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lds_gui.files.errors import FileFormatError


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path` in one step.

    Whatever goes wrong before that step, an earlier file at `path` is left as it was. A symbolic link stays one.

    Raises:
        FileFormatError: the folder cannot be written to, the disk is full, ...
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            with temporary.open("xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, temporary)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be written: {(error.strerror or str(error)).lower()}.") from error
