"""From what people type on the command line to values."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from lds_gui.files import DataFile, FileFormatError, load, load_data, load_params, sample
from lds_gui.files.data_file import joined
from lds_gui.files.gaussian_csv import SUFFIXES, load_gaussian_csv
from lds_gui.lds import COVARIANCES, DEFAULT_LEARN, PARAMETERS, STARTS, Gaussian, LDSParams, ParameterError, perturbed

PERTURBED = "perturbed"


def picture_size(text: str) -> tuple[int, int]:
    """Return width and height from `1440x900`."""
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text, re.IGNORECASE)
    width, height = map(int, match.groups()) if match else (0, 0)
    if not (320 <= width <= 10_000 and 240 <= height <= 10_000):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ParameterError("size", f"The size '{shown}' is not WIDTHxHEIGHT in pixels, from 320x240 to 10000x10000.")
    return width, height


def data_path(text: str) -> Path:
    """Give the path of this file, or of the sample of this name where there is no such file."""
    try:
        return Path(text) if os.path.isfile(text) or Path(text).suffix else Path(sample(text).path)
    except ParameterError as error:
        if not os.path.exists(text):
            raise ParameterError("data", f"There is no file '{text}'. {error.message}") from error
        return Path(text)  # a folder, as `load_data` will say


def open_data(text: str) -> DataFile:
    """Open a file, or the sample of this name where there is no such file."""
    return load_data(data_path(text))


def open_all(texts: Iterable[str]) -> DataFile:
    """Open one file or sample, or several as the sequences of one data set."""
    return joined([open_data(text) for text in texts])


def starting_point(
    text: str, data: DataFile, latent_dim: int, seed: int, truth: Path | None = None, amount: float = 0.3
) -> LDSParams:
    """Return the starting point of this name, or the parameters in this file; "perturbed": the truth's, shaken."""
    if text == PERTURBED:
        if truth is None:
            raise ParameterError("truth", "A perturbed start needs the parameters that are perturbed: --truth FILE.")
        return perturbed(load_params(truth), amount, np.random.default_rng(seed))
    for name, _, function in STARTS:
        if name == text:
            return function(data.dataset, latent_dim, np.random.default_rng(seed))
    if not os.path.isfile(text) and not Path(text).suffix:
        names = ", ".join((*(name for name, _, _ in STARTS), PERTURBED))
        raise ParameterError("start", f"There is no start '{text}'; there are {names}, or a JSON or NPZ file.")
    params = load_params(text)
    if params.latent_dim != latent_dim:
        raise ParameterError(
            "start", f"The start in {text} has {params.latent_dim} latents, but --latent-dim is {latent_dim}."
        )
    return params


def learned(learn: str | None, hold: str | None, tied: bool) -> frozenset[str]:
    """Return the parameters to learn: all or those in `learn`, less those in `hold`; Σ₀ only where it is separate."""
    everything = DEFAULT_LEARN if tied else DEFAULT_LEARN | {"Sigma0"}
    chosen = everything if learn is None else _names(learn)
    held = frozenset[str]() if hold is None else _names(hold)
    both = sorted(held & chosen) if learn is not None else []
    if both:
        raise ParameterError("hold", f"{both[0]} cannot be both learned and held.")
    return chosen - held


def structures(entries: Iterable[str], learned: Collection[str]) -> dict[str, str]:
    """Return the restrictions of learned covariances from entries like `Gamma=diagonal`, in Greek or spelled out."""
    result: dict[str, str] = {}
    for entry in entries:
        given, equals, kind = (part.strip() for part in entry.partition("="))
        names = _names(given) if equals else frozenset[str]()
        if len(names) != 1:
            raise ParameterError(
                "structure", f"A restriction is written as NAME=KIND, such as Gamma=diagonal, unlike '{entry}'."
            )
        (name,) = names
        if name not in COVARIANCES:
            raise ParameterError("structure", f"'{given}' is no covariance: these are {', '.join(COVARIANCES)}.")
        if name not in learned:
            raise ParameterError(
                "structure", f"{name} is not learned, so that '{entry}' would do nothing: learn it, or leave that out."
            )
        if result.get(name, kind.casefold()) != kind.casefold():
            raise ParameterError("structure", f"{name} cannot be both {result[name]} and {kind}.")
        result[name] = kind.casefold()
    return result


def _names(text: str) -> frozenset[str]:
    """Return the parameters' names in code from a list like `A, Σ, mu0`, in Greek or spelled out."""
    spellings = {_folded(spelling): name for name, symbol, _ in PARAMETERS for spelling in (name, symbol)}
    names: set[str] = set()
    for given in filter(None, (part.strip() for part in text.split(","))):
        if _folded(given) not in spellings:
            known = ", ".join(name for name, _, _ in PARAMETERS)
            raise ParameterError("learn", f"There is no parameter '{given}'; there are {known}.")
        names.add(spellings[_folded(given)])
    return frozenset(names)


def _folded(name: str) -> str:
    """Fold what people may type for one name into one spelling: case, subscripts, the micro sign for μ."""
    return unicodedata.normalize("NFKC", name).casefold()


def gaussian(letter: str, file: Path | None, mean: str | None, cov: str | None) -> Gaussian:
    """Return P or Q, whichever the letter says, from a file or from its mean and covariance."""
    if file is not None:
        if mean is not None or cov is not None:
            raise ParameterError(letter, f"Give {letter.upper()} as a file or by its mean and covariance, not both.")
        value = load_gaussian_csv(file) if file.suffix.lower() in SUFFIXES else load(file)
        if not isinstance(value, Gaussian):
            raise FileFormatError(file, "The file should hold a Gaussian: the entries mean and cov.")
        return value
    if mean is None or cov is None:
        raise ParameterError(
            letter, f"{letter.upper()} needs both --{letter}-mean and --{letter}-cov, or a file with mean and cov."
        )
    rows = [_numbers(row, f"--{letter}-cov, row {i + 1}") for i, row in enumerate(cov.strip(" ;").split(";"))]
    try:
        return Gaussian(_numbers(mean, f"--{letter}-mean"), rows)
    except ParameterError as error:
        raise ParameterError(error.field, f"{letter.upper()}: {error.message}") from error


def _numbers(text: str, where: str) -> list[float]:
    numbers: list[float] = []
    for cell in text.replace(",", " ").split():
        try:
            numbers.append(float(cell.replace("−", "-")))
        except ValueError:
            raise ParameterError("kl", f"{where}: '{cell}' is not a number.") from None
    return numbers
