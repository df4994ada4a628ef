"""The one error of reading and writing files."""

from pathlib import Path


class FileFormatError(ValueError):
    """A file that cannot be read or written as it stands.

    `message` is one sentence: where, what is wrong, what would be right. `str(error)` puts the path before it.
    """

    def __init__(self, path: str | Path, message: str) -> None:
        """Keep both."""
        super().__init__(path, message)
        self.path = Path(path)
        self.message = message

    def __str__(self) -> str:
        """Return the path and the message."""
        return f"{self.path}: {self.message}"
