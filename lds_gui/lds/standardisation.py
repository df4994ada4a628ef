"""Data with mean 0 and standard deviation 1 in every column, and a model learned from them on the original scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, figure, frozen_array
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.params import LDSParams


@dataclass(frozen=True, eq=False, init=False)
class Scale(Remade):
    """What was taken from each observed column: x = mean + sd · x̃, with `mean` (m,) and `sd` (m,) > 0.

    Raises ParameterError for anything else.
    """

    mean: Array
    sd: Array

    def __init__(self, mean: ArrayLike, sd: ArrayLike) -> None:
        """Check and copy."""
        middle, width = frozen_array(mean, 1, "mean", "The mean"), frozen_array(sd, 1, "sd", "The standard deviation")
        if middle.shape != width.shape:
            raise ParameterError("sd", f"There are {len(width)} standard deviations for {len(middle)} means.")
        if not (width > 0.0).all():
            column = int(np.argmin(width)) + 1
            raise ParameterError(
                "sd", f"A standard deviation must be above 0, but that of column {column} is {figure(width.min())}."
            )
        object.__setattr__(self, "mean", middle)
        object.__setattr__(self, "sd", width)


def standardised(dataset: Dataset, columns: Sequence[str] = ()) -> tuple[Dataset, Scale]:
    """The data with every observed column shifted and scaled to mean 0 and standard deviation 1, and by how much.

        x̃ = (x − mean) / sd

    Mean and standard deviation (with 1/T) are those of the values that are there, of all sequences together; what is
    missing stays so, and latents stay as they are. Raises ParameterError where a column holds fewer than two different
    values, by its name in `columns` or else its number from 1, and where there are fewer than two rows.
    """
    if dataset.n_steps < 2:
        raise ParameterError("observations", "There is only 1 row; standardising needs at least 2.")
    rows = np.vstack(dataset.sequences)
    unit, mean, sd = (np.empty(dataset.obs_dim) for _ in range(3))
    for j in range(dataset.obs_dim):
        column = f"'{columns[j]}'" if columns else f"{j + 1}"
        values = rows[~np.isnan(rows[:, j]), j]
        if not values.size or values.min() == values.max():
            shown = f"the same value, {figure(values[0])}, throughout" if values.size else "no value at all"
            raise ParameterError("observations", f"Column {column} cannot be standardised: it holds {shown}.")
        unit[j] = np.abs(values).max()  # so that no sum or square overflows
        mean[j], sd[j] = (values / unit[j]).mean(), (values / unit[j]).std()
        if not sd[j] * unit[j] > 0.0:
            raise ParameterError("observations", f"Column {column} cannot be standardised: its values hardly differ.")
    scaled = [(x / unit - mean) / sd for x in dataset.sequences]
    observations = scaled if isinstance(dataset.observations, tuple) else scaled[0]
    return Dataset(observations, dataset.latents), Scale(mean * unit, sd * unit)


def on_original_scale(params: LDSParams, scale: Scale) -> tuple[LDSParams, Array]:
    """The model of the data before they were standardised, and the offset (m,) that it has no term for.

        x = mean + diag(sd) x̃   ⇒   B → diag(sd) B,  Γ → diag(sd) Γ diag(sd),  and x − mean follows the model

    Latents, and with them A, Σ, μ₀ and Σ₀, are the same. The model describes x − offset: whoever predicts x adds the
    offset. Raises ParameterError where the scale is one of other columns, or a product leaves the range of float64.
    """
    if len(scale.sd) != params.obs_dim:
        raise ParameterError("sd", f"The scale is of {len(scale.sd)} columns, but the model has {params.obs_dim}.")
    with np.errstate(over="ignore", invalid="ignore"):  # LDSParams says what is not finite
        B = scale.sd[:, None] * params.B
        Gamma = params.Gamma * np.outer(scale.sd, scale.sd)
    return LDSParams(params.A, B, params.Sigma, Gamma, params.mu0, params.Sigma0), scale.mean
