"""A text that is being read: how it is laid out, what has been read of it, and the lines that come next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lds_gui.files.csv_columns import Columns, assign_roles, given_roles
from lds_gui.files.csv_content import Content, counted
from lds_gui.files.csv_numbers import NumberReader
from lds_gui.files.csv_table import BLANKS, Layout, Records, find_layout
from lds_gui.files.errors import FileFormatError
from lds_gui.files.options import PREVIEW_ROWS, ReadOptions, check_roles
from lds_gui.files.text_source import Lines, tabbed

if TYPE_CHECKING:
    from lds_gui.files.csv_blocks import BlockReader

_SAMPLE = 2**18  # characters that are looked at to find out how the text is laid out


@dataclass
class Table:
    """A text with its first rows; `chunk` is what has been fetched of it and not yet read, after `n_lines` lines."""

    path: Path
    layout: Layout
    columns: Columns
    content: Content
    first_rows: tuple[list[str], ...]
    chunk: list[str]
    n_lines: int
    problem: str = ""

    @classmethod
    def begun(cls, path: Path, lines: Lines, options: ReadOptions) -> Table:
        """Find out how the text is laid out, and fetch the first chunk. Raises FileFormatError."""
        chunk = lines.chunk(_SAMPLE)
        layout = find_layout(path, chunk, options)
        if layout.delimiter == BLANKS:
            lines.blanks, chunk = True, [tabbed(line) for line in chunk]
        n_before = layout.row if layout.has_header else layout.n_comments
        chunk = chunk[n_before:] or lines.chunk(_SAMPLE)  # a header may be as long as the sample
        records = Records(path, chunk, (), layout.cut_at, n_before, strict=False)
        first = tuple(cells for _, cells in islice(records, PREVIEW_ROWS) if cells)
        sample = [list(layout.first), *first] if layout.header is None else list(first)
        width, problem = len(layout.first), ""
        columns = assign_roles(layout.header, sample)
        if options.roles is not None:
            try:
                check_roles(path, options.roles, width)
                columns = given_roles(layout.header, options.roles)
            except FileFormatError as error:
                problem = error.message
        numbers = NumberReader(layout.cut_at != ",", options.decimal, options.missing)
        return cls(path, layout, columns, Content(columns, numbers), first, chunk, n_before, problem)

    @property
    def notes(self) -> list[str]:
        """What is to be said about the text beside its columns."""
        n_comments = self.layout.n_comments
        return [counted(n_comments, "line", "above the table, beginning with #,")] if n_comments else []

    def check_roles(self) -> None:
        """Raise FileFormatError if the columns are not what a data set needs, or not those that were chosen for."""
        if self.problem:
            raise FileFormatError(self.path, self.problem)
        check_roles(self.path, self.columns.roles, len(self.columns.names))

    def take_records(self, more: Iterable[str]) -> None:
        """Read the chunk row by row, and of the lines after it what its last row needs."""
        records = Records(self.path, self.chunk, more, self.layout.cut_at, self.n_lines)
        is_first = not self.layout.has_header and not self.content.n_steps
        for row, cells in records:
            if is_first and not any(cell.strip() for cell in cells):
                continue  # above the table
            is_first = False
            self.content.add(row, cells)
        self.n_lines += records.n_lines
        self.chunk = []

    def take_block(self, blocks: BlockReader) -> bool:
        """Read the chunk in one go; returns False, and has read nothing, where it holds anything unusual."""
        block = blocks.read(self.chunk, self.content.numbers)
        if block is None:
            return False
        self.content.add_block(self.n_lines + 1, block)
        self.n_lines += len(self.chunk)
        self.chunk = []
        return True
