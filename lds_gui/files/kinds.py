"""What a JSON or NPZ file can hold, and by which fields: one line in KINDS for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np

from lds_gui.files.data_file import DataFile, remarks
from lds_gui.files.preset_model import Preset
from lds_gui.files.record import Field, Record, RecordError
from lds_gui.lds import Dataset, EMResult, Gaussian, LDSParams, Spoiling

Value: TypeAlias = LDSParams | EMResult | Gaussian | DataFile | Preset
T = TypeVar("T")

VERSION = 1
_SIZES = ("n_sequences", "burn_in")  # written where they are not the usual ones
_VERSION_FIELD = "lds_gui_format"


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of value: what it is called, the field that only it has, and how it is taken apart and put together.

    `read` gets the fields and the file's stem, for values that are named after their file.
    """

    title: str
    type: type[T]
    mark: str
    fields: Callable[[T], dict[str, Field]]
    read: Callable[[Record, str], T]


def _params_fields(params: LDSParams) -> dict[str, Field]:
    tied: dict[str, Field] = {name: getattr(params, name) for name in ("A", "B", "Sigma", "Gamma", "mu0")}
    return tied if params.Sigma0 is None else {**tied, "Sigma0": params.Sigma0}


def _params(record: Record, _stem: str) -> LDSParams:
    return LDSParams(
        record.array("A", 2),
        record.array("B", 2),
        record.array("Sigma", 2),
        record.array("Gamma", 2),
        record.array("mu0", 1),
        record.array("Sigma0", 2) if "Sigma0" in record else None,
    )


def _result_fields(result: EMResult) -> dict[str, Field]:
    return {
        "converged": result.converged,
        "reason": result.reason,
        "n_iter": result.n_iter,
        **_params_fields(result.params),
        "log_likelihoods": result.log_likelihoods,
    }


def _result(record: Record, stem: str) -> EMResult:
    log_likelihoods = record.array("log_likelihoods", 1)
    n_iter = record.integer("n_iter")
    if len(log_likelihoods) != n_iter + 1:
        raise RecordError(
            f"'log_likelihoods' must have {n_iter + 1} entries for {n_iter} iterations, but has {len(log_likelihoods)}."
        )
    return EMResult(_params(record, stem), log_likelihoods, n_iter, record.flag("converged"), record.text("reason"))


def _preset_fields(preset: Preset) -> dict[str, Field]:
    return {
        "title": preset.title,
        "about": preset.about,
        "try_this": preset.try_this,
        "order": preset.order,
        "n_steps": preset.n_steps,
        "seed": preset.seed,
        **{name: getattr(preset, name) for name in _SIZES if getattr(preset, name) != getattr(Preset, name)},
        **{name: value for name, value in asdict(preset.spoiling).items() if value != getattr(Spoiling, name)},
        **_params_fields(preset.params),
    }


def _preset(record: Record, stem: str) -> Preset:
    return Preset(
        stem,
        record.text("title"),
        record.text("about"),
        record.text("try_this"),
        _params(record, stem),
        record.integer("n_steps", Preset.n_steps),
        record.integer("seed", Preset.seed),
        record.integer("order", Preset.order),
        record.integer("n_sequences", Preset.n_sequences),
        record.integer("burn_in", Preset.burn_in),
        Spoiling(
            **{field.name: record.number(field.name, getattr(Spoiling, field.name)) for field in fields(Spoiling)}
        ),
    )


def _data_fields(data: DataFile) -> dict[str, Field]:
    dataset = data.dataset
    fields: dict[str, Field] = {"title": data.name, "columns": list(data.columns)}
    if data.time_name is not None and data.time_values is not None:
        fields |= {"time_name": data.time_name, "time_values": list(data.time_values)}
    if isinstance(dataset.observations, tuple):
        fields["lengths"] = np.array([len(sequence) for sequence in dataset.sequences], dtype=np.float64)
    fields["observations"] = np.vstack(dataset.sequences)
    if dataset.latent_sequences is not None:
        fields["latents"] = np.vstack(dataset.latent_sequences)
    return fields


def _data(record: Record, stem: str) -> DataFile:
    observed = record.array("observations", 2, missing=True)
    latents = record.array("latents", 2) if "latents" in record else None
    if "lengths" in record:
        lengths = record.array("lengths", 1)
        if lengths.sum() != len(observed) or not (lengths >= 1).all() or (lengths % 1).any():
            raise RecordError(f"'lengths' must be whole numbers from 1 that add up to the {len(observed)} rows.")
        ends = np.cumsum(lengths).astype(int)[:-1]
        if latents is not None and len(latents) != len(observed):
            raise RecordError(f"There are {len(observed)} observations, but {len(latents)} rows of latents.")
        dataset = Dataset(np.split(observed, ends), None if latents is None else np.split(latents, ends))
    else:
        dataset = Dataset(observed, latents)
    columns = record.texts("columns") if "columns" in record else DataFile.of(dataset).columns
    return DataFile(
        dataset,
        record.text("title") if "title" in record else stem,
        columns,
        record.text("time_name") if "time_name" in record else None,
        record.texts("time_values") if "time_values" in record else None,
        remarks(dataset, columns),
    )


KINDS: tuple[Kind[Any], ...] = (
    Kind("a preset", Preset, "try_this", _preset_fields, _preset),
    Kind("an EM result", EMResult, "log_likelihoods", _result_fields, _result),
    Kind("a data set", DataFile, "observations", _data_fields, _data),
    Kind(
        "a Gaussian",
        Gaussian,
        "mean",
        lambda value: {"mean": value.mean, "cov": value.cov},
        lambda record, _stem: Gaussian(record.array("mean", 1), record.array("cov", 2)),
    ),
    Kind("model parameters", LDSParams, "A", _params_fields, _params),
)


def kind_of(value: object) -> Kind[Any]:
    """Return the kind of a value."""
    return next(kind for kind in KINDS if isinstance(value, kind.type))


def to_fields(value: Value) -> dict[str, Field]:
    """Take a value apart into named fields."""
    return {_VERSION_FIELD: VERSION, **kind_of(value).fields(value)}


_NEEDED = ({"observations"}, {"log_likelihoods"}, {"try_this"}, {"A", "B", "Sigma", "Gamma", "mu0"}, {"mean", "cov"})


def is_own(names: Iterable[str]) -> bool:
    """Whether fields of these names can only be meant as a value of this program."""
    there = set(names)
    return _VERSION_FIELD in there or any(needed <= there for needed in _NEEDED)


def from_fields(fields: dict[str, object], stem: str) -> Value:
    """Put the value together that these fields describe.

    Raises:
        RecordError, ParameterError: the fields are of no known kind, of a newer version, or do not fit together.
    """
    record = Record(fields)
    version = record.integer(_VERSION_FIELD, VERSION)
    if version != VERSION:
        which = "of a newer program" if version > VERSION else "which is unknown"
        raise RecordError(f"The file has format {version}, {which}; this program reads format {VERSION}.")
    kind = next((kind for kind in KINDS if kind.mark in record), None)
    if kind is None:
        listed = ", ".join(f"{kind.mark} ({kind.title})" for kind in KINDS)
        raise RecordError(f"There is nothing to read here; one of these entries is needed: {listed}.")
    value = kind.read(record, stem)
    record.close()
    return value
