"""The starting points that can be chosen by name."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lds_gui.lds.data import Dataset
from lds_gui.lds.params import LDSParams
from lds_gui.lds.starts.factor_analysis import factor_analysis_start
from lds_gui.lds.starts.pca import pca_start
from lds_gui.lds.starts.random_stable import random_start
from lds_gui.lds.starts.subspace import subspace_start


class Start(NamedTuple):
    """A starting point: how it is called, and its function of (dataset, latent_dim, rng)."""

    name: str
    title: str
    function: Callable[[Dataset, int, np.random.Generator], LDSParams]


def _pca(dataset: Dataset, latent_dim: int, rng: np.random.Generator) -> LDSParams:  # noqa: ARG001
    return pca_start(dataset, latent_dim)


def _factor_analysis(dataset: Dataset, latent_dim: int, rng: np.random.Generator) -> LDSParams:  # noqa: ARG001
    return factor_analysis_start(dataset, latent_dim)


def _subspace(dataset: Dataset, latent_dim: int, rng: np.random.Generator) -> LDSParams:  # noqa: ARG001
    return subspace_start(dataset, latent_dim)


STARTS: tuple[Start, ...] = (
    Start("pca", "Principal components", _pca),
    Start("factor_analysis", "Factor analysis", _factor_analysis),
    Start("subspace", "Subspace identification", _subspace),
    Start("random", "Random", random_start),
)
