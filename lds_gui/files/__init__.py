"""Files in and out: formats, presets and sample data. Knows no Qt."""

from lds_gui.files.data_file import DataFile
from lds_gui.files.errors import FileFormatError
from lds_gui.files.formats import (
    FORMATS,
    Format,
    check_suffix,
    load,
    load_data,
    load_params,
    preview,
    reading,
    save,
    text_preview,
    text_reading,
)
from lds_gui.files.kinds import Value
from lds_gui.files.options import AS_FOUND, Preview, Progress, ReadOptions, Role
from lds_gui.files.own_presets import (
    OwnPresets,
    delete_own_preset,
    own_presets,
    own_presets_folder,
    save_own_preset,
)
from lds_gui.files.preset_model import Preset
from lds_gui.files.preset_table import preset, presets
from lds_gui.files.sample_table import Sample, sample, samples

__all__ = [
    "AS_FOUND",
    "FORMATS",
    "DataFile",
    "FileFormatError",
    "Format",
    "OwnPresets",
    "Preset",
    "Preview",
    "Progress",
    "ReadOptions",
    "Role",
    "Sample",
    "Value",
    "check_suffix",
    "delete_own_preset",
    "load",
    "load_data",
    "load_params",
    "own_presets",
    "own_presets_folder",
    "preset",
    "presets",
    "preview",
    "reading",
    "sample",
    "samples",
    "save",
    "save_own_preset",
    "text_preview",
    "text_reading",
]
