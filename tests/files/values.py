"""Values of every kind that a file can hold, and what it means that two are the same to the last bit."""

import numpy as np
import scipy.io

from lds_gui.files import DataFile, FileFormatError, Preset, load, save
from lds_gui.lds import Dataset, EMResult, Gaussian, LDSParams, Spoiling

TIED = LDSParams(
    A=[[1 / 3, -0.2], [0.1, np.nextafter(1.0, 0.0)]],
    B=[[1.0, -0.0], [1e-300, 2.0], [0.1, 3.0]],
    Sigma=[[0.1, 0.0], [0.0, 0.0]],
    Gamma=np.diag([0.1, 1 / 7, 1e-5]),
    mu0=[5e-324, -1.7e308],
)
SEPARATE = LDSParams(TIED.A, TIED.B, TIED.Sigma, TIED.Gamma, TIED.mu0, Sigma0=[[2.0, 0.3], [0.3, 1.0]])
GAPPED = Dataset([[0.1, np.nan], [np.nan, np.nan], [-0.0, 1e-310]])
SEVERAL = Dataset([[[0.1, np.nan]], [[1.0, 2.0], [3.0, 4.0]]], [[[0.5]], [[0.25], [1 / 3]]])
DATA = {
    "one sequence": DataFile.of(GAPPED),
    "one sequence in a list": DataFile.of(Dataset([GAPPED.sequences[0]])),
    "several sequences with latents": DataFile.of(SEVERAL),
    "names and dates": DataFile(
        GAPPED, "data", ("flow, 10⁸ m³", 'the "other"'), "month", ("1958-03", "1958-04", "1958-05")
    ),
    "an empty column": DataFile.of(Dataset([[1.0, np.nan], [2.0, np.nan]])),
    "a single value": DataFile.of(Dataset([[7.0]])),
}
OTHERS = {
    "tied parameters": TIED,
    "separate parameters": SEPARATE,
    "an EM result": EMResult(SEPARATE, np.array([-3.5, -2.0, -1.9999999999999998]), 2, True, "It ended — well."),
    "a Gaussian": Gaussian([0.1, 2.0], [[1.0, 1 / 3], [1 / 3, 1.0]]),
    "a preset": Preset("data", "Title", "About “this”.", "Try this.", TIED, 17, 2**63, 5),
    "a preset of spoilt sequences": Preset(
        "data", "Title", "About.", "Try.", TIED, 17, 3, 5, 4, 20, Spoiling(0.1, 1 / 3, 2.5, 0.2, 0.01, 7.0)
    ),
}


def _bits(value):
    """Take a value apart into what can be compared by ==, arrays into their bytes."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, np.where(np.isnan(value), np.nan, value).tobytes()
    if isinstance(value, tuple):
        return tuple(map(_bits, value))
    if hasattr(value, "__dataclass_fields__"):
        return type(value), {
            name: _bits(getattr(value, name)) for name in value.__dataclass_fields__ if name != "notes"
        }
    return value


def assert_same(one, other):
    """Assert that two values are the same to the last bit, the notes about reading aside."""
    assert _bits(one) == _bits(other)


def attempt(path):
    """Load a doubtful file: return its value and no message, or no value and the one sentence that refuses it."""
    try:
        return load(path), ""
    except FileFormatError as error:
        if not error.message.endswith("."):
            raise AssertionError(f"not a sentence: {error.message}") from error
        return None, error.message


def put(path, dataset):
    """Write a data set in any format: with this program's writer, or with another one's where it only reads."""
    suffix = path.suffix.lower()
    rows = np.vstack(dataset.sequences)
    if suffix == ".npy":
        with path.open("wb") as file:
            np.save(file, rows)
    elif suffix == ".mat":
        with path.open("wb") as file:
            scipy.io.savemat(file, {"x": rows})
    else:
        save(path, dataset)
