"""Where a text comes from, a file or the clipboard, in which encoding, and its lines chunk by chunk."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lds_gui.files.errors import FileFormatError

_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}
_BLOCK = 2**20
_PREVIEWED = 16 * _BLOCK
_TOKEN = re.compile(r'"[^"]*"|[^\s"]+|"')


class Lines:
    """The lines of a text, chunk by chunk; with `blanks`, runs of blanks in them become one tab."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        """Begin the text."""
        self._raw = raw
        self._text = io.TextIOWrapper(raw, encoding=_CODECS[encoding], newline="")
        self.blanks = False

    @property
    def n_bytes(self) -> int:
        """How far the text has been read."""
        return self._raw.tell()

    def chunk(self, size: int) -> list[str]:
        """Return the next lines, of about this many characters together; none at the end."""
        lines = self._text.readlines(size)
        return [tabbed(line) for line in lines] if self.blanks else lines

    def __iter__(self) -> Iterator[str]:
        """Go on line by line."""
        for line in self._text:
            yield tabbed(line) if self.blanks else line


def tabbed(line: str) -> str:
    """Return the line with one tab in the place of each run of blanks outside quotes."""
    ending = line[len(line.rstrip("\r\n")) :]
    return "\t".join(_TOKEN.findall(line) if '"' in line else line.split()) + ending


@dataclass(frozen=True, eq=False)
class TextSource:
    """A text as bytes: in a file, or in memory."""

    path: Path
    content: bytes | None = None

    @classmethod
    def clipboard(cls, text: str) -> TextSource:
        """Take a text that was copied."""
        return cls(Path("Clipboard"), text.encode("utf-8", "replace"))

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.path.stat().st_size if self.content is None else len(self.content)

    @contextmanager
    def lines(self, encoding: str) -> Generator[Lines]:
        """Open the text."""
        with self._opened() as raw:
            yield Lines(raw, encoding)

    def _opened(self) -> BinaryIO:
        return self.path.open("rb") if self.content is None else io.BytesIO(self.content)

    def encoding(self, wanted: str | None, only_begin: bool = False) -> tuple[str, list[str]]:
        """Return the encoding, found out if None, and a note where it is not UTF-8.

        Raises FileFormatError, naming the row, where the text is not in the encoding that is wanted, or is no text.
        """
        if wanted is not None and wanted not in _CODECS:
            raise FileFormatError(
                self.path, f"The encoding '{wanted}' is unknown here; there are {', '.join(_CODECS)}."
            )
        with self._opened() as raw:
            beginning = raw.read(4096)
        is_wide = beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        name = wanted or ("utf-16" if is_wide else "utf-8")
        if b"\0" in beginning and name != "utf-16":
            raise FileFormatError(self.path, "This is no text in columns: it holds bytes of value 0.")
        error = self._misfit(name, only_begin)
        if error is None:
            return name, ["The text is read as UTF-16."] if name == "utf-16" else []
        if wanted is None and name == "utf-8":
            return "latin-1", [f"{error[:-1]}, so that the text is read as Latin-1."]
        raise FileFormatError(self.path, f"{error[:-1]}; choose another encoding, or save the file as UTF-8.")

    def _misfit(self, name: str, only_begin: bool) -> str | None:
        """Return a sentence about the first byte that is not of this encoding."""
        decoder = codecs.getincrementaldecoder(_CODECS[name])()
        row, n_read = 1, 0
        with self._opened() as raw:
            while True:
                block = raw.read(_BLOCK)
                n_read += len(block)
                if name == "utf-8" and block.isascii() and not decoder.getstate()[0]:
                    row += block.count(b"\n")
                else:
                    try:
                        row += decoder.decode(block, final=not block).count("\n")
                    except UnicodeDecodeError as error:
                        if name != "utf-8":
                            return "The text is not complete UTF-16."
                        at = row + error.object.count(b"\n", 0, error.start)
                        return f"Row {at}: the byte 0x{error.object[error.start]:02X} is not UTF-8 text."
                if not block or (only_begin and n_read >= _PREVIEWED):
                    return None
