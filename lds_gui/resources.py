"""Where the files that come with the program are: presets, sample data, fonts, icons."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Return the path of a file or folder below `resources/`, whether it exists or not.

    An installed wheel carries the folder as `lds_gui/resources`; a source tree has it beside the package.
    """
    installed = _PACKAGE / "resources"
    root = installed if installed.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)
