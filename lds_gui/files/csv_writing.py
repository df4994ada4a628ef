"""Writing a data set as comma, semicolon or tab separated text.

Numbers are written by `repr`, so that reading them gives the same float64 back.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

import numpy as np

from lds_gui.files.data_file import DataFile


def _time_names() -> Iterator[str]:
    """Names for a column that only counts the steps, all of which are read as a time axis: t, time t, time t t, ..."""
    yield "t"
    for copies in count(1):
        yield "time" + copies * " t"


def write_csv(file: BinaryIO, data: DataFile, delimiter: str = ",") -> None:
    """Write a data set as delimited text in UTF-8: sequence (where there are several), time, observations, latents."""
    dataset = data.dataset
    several = isinstance(dataset.observations, tuple)
    latents = dataset.latent_sequences
    writer = csv.writer(codecs.getwriter("utf-8")(file), delimiter=delimiter, lineterminator="\n")
    latent_names = [] if latents is None else [f"latent z{i + 1}" for i in range(latents[0].shape[1])]
    time_name = data.time_name or next(name for name in _time_names() if name not in data.columns)
    writer.writerow([*(["sequence"] if several else []), time_name, *data.columns, *latent_names])
    step = 0
    for index, observed in enumerate(dataset.sequences):
        rows = observed if latents is None else np.hstack([observed, latents[index]])
        for t, values in enumerate(rows.tolist()):
            time = str(t + 1) if data.time_values is None else data.time_values[step]
            numbers = ["" if math.isnan(value) else repr(value) for value in values]
            writer.writerow([*([index + 1] if several else []), time, *numbers])
            step += 1
