"""The models that come with the program: one JSON file each in `resources/presets`."""

from functools import cache

from lds_gui.files.errors import FileFormatError
from lds_gui.files.formats import load
from lds_gui.files.preset_model import Preset
from lds_gui.lds import ParameterError
from lds_gui.resources import resource_path


@cache
def presets() -> tuple[Preset, ...]:
    """Return all presets by their `order`; the first is the one that the program begins with."""
    found: list[Preset] = []
    for path in resource_path("presets").glob("*.json"):
        value = load(path)
        if not isinstance(value, Preset):
            raise FileFormatError(path, "A preset needs the entries title, about and try_this beside its parameters.")
        found.append(value)
    return tuple(sorted(found, key=lambda preset: (preset.order, preset.name)))


def preset(name: str) -> Preset:
    """Return the preset of this name. Raises ParameterError with the names there are."""
    for candidate in presets():
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in presets())
    raise ParameterError("preset", f"There is no preset '{name}'; there are {known}.")
