"""What a script may name: a few functions and values, and attributes of what they return. Nothing else is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from lds_gui import files, lds
from lds_gui.lds import Dataset, LDSParams, Simulation, drawn

_FROM_LDS = (
    *("Dataset", "EMOptions", "Gaussian", "LDSParams", "Simulation", "Spoiling"),
    *("compare", "drawn", "em", "empty_model", "estimates", "factor_analysis_start", "fit", "fit_gaussian", "forecast"),
    *("kl_divergence", "pca_start", "perturbed", "random_model", "random_start", "resized", "smooth", "standardised"),
    "subspace_start",
)
_FROM_FILES = ("ReadOptions", "Role", "load_data", "load_params", "preset", "sample")
IMPORTS: dict[str, str] = {
    "replace": "dataclasses",
    "islice": "itertools",
    **dict.fromkeys(_FROM_LDS, "lds_gui.lds"),
    **dict.fromkeys(_FROM_FILES, "lds_gui.files"),
}
_BUILT_IN = ("list", "range", "frozenset", "len")
METHODS = frozenset({"np.random.default_rng", "np.array", "np.eye"})
ATTRIBUTES = frozenset(
    {
        *("params", "simulation", "dataset", "log_likelihood", "iteration", "path", "initial_cov", "elbo_after_m"),
        *("A", "B", "Sigma", "Gamma", "mu0", "Sigma0", "mean", "cov", "total"),
        *("OBSERVED", "TIME", "SEQUENCE", "LATENT", "IGNORED"),
    }
)
CONSTANTS = {"np.nan": np.nan, "np.inf": np.inf}
_MOST_DRAWN = 150_000_000  # random numbers of one simulation
_LARGEST_MATRIX = 10_000


def _drawn(params: LDSParams, simulation: Simulation) -> Dataset:
    """Draw data, of a size that fits."""
    count = simulation.size * (params.latent_dim + params.obs_dim)
    if count > _MOST_DRAWN:
        raise lds.ParameterError("simulation", f"This simulation takes {count:.3g} random numbers, too many to fit.")
    return drawn(params, simulation)


def _eye(n: int) -> lds.Array:
    if not 0 < n <= _LARGEST_MATRIX:
        raise lds.ParameterError("eye", f"A matrix has from 1 to {_LARGEST_MATRIX} rows, not {n}.")
    return np.eye(n)


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _LARGEST_MATRIX:
        raise lds.ParameterError("range", f"A range has up to {_LARGEST_MATRIX} numbers here, not {len(found)}.")
    return found


CALLABLE: dict[str, Callable[..., Any]] = {
    **{name: getattr(lds, name) for name in _FROM_LDS},
    **{name: getattr(files, name) for name in _FROM_FILES if name != "Role"},
    "replace": replace,
    "islice": islice,
    "list": list,
    "frozenset": frozenset,
    "len": len,
    "range": _range,
    "drawn": _drawn,
    "np.random.default_rng": np.random.default_rng,
    "np.array": np.array,
    "np.eye": _eye,
}
ROLE = files.Role
