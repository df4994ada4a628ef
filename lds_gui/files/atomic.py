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


def write_atomically(path: Path, write: Callable[[BinaryIO], object], *, keep_previous: bool = False) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path` in one step.

    Whatever goes wrong before that step, an earlier file at `path` is left as it was. A symbolic link stays one.
    `keep_previous`: an earlier file is there afterwards under its name with `.bak` behind it.

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
            if keep_previous:
                _keep(target)
        os.replace(temporary, target)
        _sync_folder(target.parent)


def backup_path(path: Path) -> Path:
    """Give the name under which the previous generation of a file is kept."""
    return path.with_name(f"{path.name}.bak")


def _keep(target: Path) -> None:
    """Give the file a second name, in one step: at no moment is it missing under the first."""
    spare = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            os.link(target, spare)
        except OSError:  # a file system without links
            shutil.copy2(target, spare)
        os.replace(spare, backup_path(target))
    finally:
        spare.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk, too, where the system lets one ask for that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


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
