"""Comma, semicolon, tab or blank separated text: a row for each time step, a column for each observed dimension.

A first column `sequence` cuts the rows into several sequences, a time column labels the steps, and columns
`latent z1`, `latent z2`, ... hold the true latents of simulated data; unless the options say what the columns are.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from lds_gui.files.csv_content import RowError
from lds_gui.files.csv_reading import Table
from lds_gui.files.errors import FileFormatError
from lds_gui.files.options import Preview, Progress, Reading, ReadOptions
from lds_gui.files.text_source import TextSource
from lds_gui.lds import ParameterError

_CHUNK = 2**20  # characters between two reports
_POLL = 0.15
_WORTH_COMPILING = 2**23  # bytes from which on the compiled parser saves more time than it takes to load


def csv_reading(source: TextSource, options: ReadOptions) -> Reading:
    """Read a data set from delimited text.

    A blank cell, NA, N/A, NaN, null, none or `.` is a missing value. A header is recognised by its text; a time axis by
    its name (t, time, date, year, ...) or its dates. Whatever is not taken as it stands is said in `notes`.

    Raises:
        FileFormatError: naming the row, counted as in an editor, and the column.
    """
    yield Progress(0.0, "Finding out how the text is laid out")
    encoding, notes = source.encoding(options.encoding)
    size = max(source.size, 1)
    with source.lines(encoding) as lines, _told(source.path):
        table = Table.begun(source.path, lines, options)
        table.check_roles()
        content, blocks = table.content, None
        while table.chunk:
            yield Progress(0.9 * min(lines.n_bytes / size, 1.0), f"{content.n_steps:,} rows read")
            if blocks is None or not table.take_block(blocks):
                table.take_records(lines)
            if blocks is None and size >= _WORTH_COMPILING:
                yield from _loading()
                from lds_gui.files.csv_blocks import BlockReader  # late: numba takes its time to load

                blocks = BlockReader(table.layout.cut_at, table.columns)
            table.chunk = lines.chunk(_CHUNK)
        yield Progress(0.9, f"Checking {content.n_steps:,} rows")
        yield content.data_file(source.path.stem, [*table.notes, *notes])


def _loading() -> Generator[Progress, None, None]:
    """Load the compiled parser, which takes a second, and several where it has to be compiled first."""
    loader = threading.Thread(target=importlib.import_module, args=("lds_gui.files.csv_blocks",))
    loader.start()
    while loader.is_alive():
        yield Progress(0.0, "Loading the reader for large files")
        loader.join(_POLL)


def csv_preview(source: TextSource, options: ReadOptions) -> Preview:
    """Look at the beginning of a text as `csv_reading` would read it; what is wrong with it goes to `problem`."""
    known = options
    try:
        encoding, notes = source.encoding(options.encoding, only_begin=True)
        known = replace(options, encoding=encoding)
        with source.lines(encoding) as lines:
            table = Table.begun(source.path, lines, known)
            beyond = lines.chunk(1)
            problem, said = _tried(table, chain(beyond, lines), notes)
    except FileFormatError as error:
        return Preview(known, problem=error.message)
    if beyond:
        said.append(f"Only the first {table.content.n_steps:,} rows have been looked at.")
    width = len(table.columns.names)
    return Preview(
        replace(
            known,
            delimiter=table.layout.delimiter,
            decimal="," if table.content.numbers.decimal_comma else ".",
            header=table.layout.has_header,
            roles=table.columns.roles,
        ),
        table.columns.names,
        tuple(tuple((*cells, *[""] * width)[:width]) for cells in table.first_rows),
        None if beyond or problem else table.content.n_steps,
        (),
        problem,
        tuple(said),
    )


def _tried(table: Table, more: Iterable[str], notes: list[str]) -> tuple[str, list[str]]:
    """Read the chunk; returns what is wrong with it, or "", and the notes."""
    try:
        with _told(table.path):
            table.check_roles()
            table.take_records(more)
            return "", list(table.content.data_file("", [*table.notes, *notes]).notes)
    except FileFormatError as error:
        return error.message, [*table.columns.notes, *table.notes, *notes]


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Put the path to what is wrong with a row or with the data."""
    try:
        yield
    except ParameterError as error:
        raise FileFormatError(path, error.message) from error
    except RowError as error:
        raise FileFormatError(path, str(error)) from error
