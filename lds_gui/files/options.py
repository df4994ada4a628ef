"""How a file is to be read, what it looks like before it is read, and how far reading has come."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeVar

from lds_gui.files.data_file import DataFile
from lds_gui.files.errors import FileFormatError

T = TypeVar("T")

PREVIEW_ROWS = 50


class Role(Enum):
    """What a column is for; the value is its name on screen."""

    OBSERVED = "observed"
    TIME = "time"
    SEQUENCE = "sequence"
    LATENT = "true latent"
    IGNORED = "ignored"


@dataclass(frozen=True)
class ReadOptions:
    """What is known about a file; None is found out.

    Attributes:
        delimiter: "," or ";" or a tab between the cells of a text, or " " for runs of blanks.
        decimal: "." or ",".
        header: whether the first row holds names.
        missing: codes for a missing value beside the usual ones. One that is a number stands for that number, however
            it is written; any other one is compared as text.
        roles: one for each column. Several time columns make one axis; one column at most tells sequences apart.
        encoding: "utf-8", "latin-1" or "utf-16".
        array: which array of an NPZ or MAT file.
        transposed: whether an array is variables × time instead of time × variables.
    """

    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] = ()
    roles: tuple[Role, ...] | None = None
    encoding: str | None = None
    array: str | None = None
    transposed: bool = False


AS_FOUND = ReadOptions()


@dataclass(frozen=True, eq=False)
class Preview:
    """The beginning of a file as it would be read.

    Attributes:
        options: as they are used: what was None has been found out, where it applies to the format.
        columns: their names, all different.
        rows: the first rows, as text, a cell for each column.
        n_rows: how many there are; None where only reading would tell.
        arrays: name and size of each array of an NPZ or MAT file that can be chosen.
        problem: one sentence why the file cannot be read so, "" if it can as far as the preview sees.
        notes: what reading will leave out, convert or use for something else, as far as the preview sees.
    """

    options: ReadOptions
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    n_rows: int | None = None
    arrays: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far reading has come: a share from 0 to 1, and what is being done."""

    share: float
    words: str


Reading: TypeAlias = Generator[Progress | DataFile, None, None]


def last(steps: Generator[Progress | T, None, None]) -> T:
    """Return what a reading ends with, its progress left aside."""
    found: list[T] = [step for step in steps if not isinstance(step, Progress)]
    return found[-1]


def check_roles(path: object, roles: tuple[Role, ...], n_columns: int) -> None:
    """Raise FileFormatError if these cannot be the roles of so many columns."""
    where = str(path)
    if len(roles) != n_columns:
        raise FileFormatError(where, f"There are {len(roles)} roles for {n_columns} columns.")
    if roles.count(Role.SEQUENCE) > 1:
        raise FileFormatError(where, "Only one column can tell the sequences apart, but several are to.")
    if Role.OBSERVED not in roles:
        beside = " beside the time axis" if Role.TIME in roles else ""
        raise FileFormatError(where, f"There is no column of numbers{beside} to learn from.")


def shown(text: str, length: int = 40) -> str:
    """Quote a text from a file in a sentence: shortened, and without what a line cannot show."""
    short = text if len(text) <= length else text[:length] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in short)
