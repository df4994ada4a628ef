"""The presets that the user has saved: one JSON file each in a folder of the user's."""

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_data_path

from lds_gui.files.errors import FileFormatError
from lds_gui.files.formats import load, save
from lds_gui.files.preset_model import Preset
from lds_gui.lds import ParameterError

DATA_FOLDER_VARIABLE = "LDS_GUI_DATA_FOLDER"
_LONGEST_NAME = 60
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")  # names that Windows keeps for itself


class OwnPresets(NamedTuple):
    """What a folder holds: its presets by `order` and title, and a sentence for each file that cannot be read."""

    presets: tuple[Preset, ...]
    problems: tuple[str, ...]


def own_presets_folder() -> Path:
    """Return the folder of the user's presets, whether it exists or not.

    It lies in the folder that the environment variable LDS_GUI_DATA_FOLDER names, or else where the system keeps the
    data of programs.
    """
    chosen = os.environ.get(DATA_FOLDER_VARIABLE)
    return (Path(chosen) if chosen else user_data_path("lds-gui", appauthor=False)) / "presets"


def own_presets(folder: Path | None = None) -> OwnPresets:
    """Read all presets of a folder, by default the user's; a file that is broken does not keep the others away."""
    folder = own_presets_folder() if folder is None else folder
    found: list[Preset] = []
    problems: list[str] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json")
    except FileNotFoundError:
        return OwnPresets((), ())
    except OSError as error:
        return OwnPresets((), (f"{folder}: The folder cannot be read: {(error.strerror or str(error)).lower()}.",))
    for path in paths:
        try:
            found.append(_read(path))
        except FileFormatError as error:
            problems.append(str(error))
    return OwnPresets(tuple(sorted(found, key=lambda preset: (preset.order, preset.title))), tuple(problems))


def _read(path: Path) -> Preset:
    value = load(path)
    if not isinstance(value, Preset):
        raise FileFormatError(path, "A preset needs the entries title, about and try_this beside its parameters.")
    return replace(value, is_own=True)


def save_own_preset(preset: Preset, folder: Path | None = None) -> Path:
    """Write a preset into a folder, by default the user's, under a name made of its title; return the path.

    A preset of the same title is replaced, a file of any other is not: then a number is added to the name.

    Raises:
        ParameterError: the title is empty.
        FileFormatError: the file cannot be written.
    """
    title = " ".join(preset.title.split())
    if not title:
        raise ParameterError("title", "A preset needs a title.")
    folder = own_presets_folder() if folder is None else folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileFormatError(
            folder, f"The folder cannot be made: {(error.strerror or str(error)).lower()}."
        ) from error
    path = _free_path(folder, title)
    save(path, replace(preset, name=path.stem, title=title))
    return path


def delete_own_preset(name: str, folder: Path | None = None) -> None:
    """Delete the preset of this name (its file's, without suffix) from a folder, by default the user's.

    Raises:
        ParameterError: there is no such preset.
        FileFormatError: the file cannot be deleted.
    """
    folder = own_presets_folder() if folder is None else folder
    path = folder / f"{name}.json"
    if path.parent != folder or not path.is_file():
        raise ParameterError("preset", f"There is no preset '{name}' of one's own.")
    try:
        path.unlink()
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be deleted: {(error.strerror or str(error)).lower()}.") from error


def _free_path(folder: Path, title: str) -> Path:
    """The path of this title: that of its earlier file, or the first name that no other title's file has."""
    name, number = _file_name(title), 1
    while True:
        path = folder / f"{name}{'' if number == 1 else f'_{number}'}.json"
        if not path.exists() or _title(path) == title:
            return path
        number += 1


def _title(path: Path) -> str | None:
    try:
        return _read(path).title
    except FileFormatError:
        return None


def _file_name(title: str) -> str:
    """Small letters, digits and underscores of the title, which every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_NAME].strip("_")
    return f"preset_{name}".rstrip("_") if not name or _RESERVED.fullmatch(name) else name
