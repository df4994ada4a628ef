"""What happens to data on their way from the sensors: entries that go missing, and outliers."""

import sys
from dataclasses import dataclass, fields
from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lds_gui.lds.arrays import Array, check_rng, figure, frozen_array
from lds_gui.lds.data import Dataset
from lds_gui.lds.errors import ParameterError

_SHARES = {
    "missing": "The share of entries missing at random",
    "dropout": "The share of time that each sensor is out",
    "gap": "The share of steps in the gap",
    "outliers": "The share of entries that are outliers",
}
_LENGTHS = {
    "dropout_length": ("The mean length of a sensor's dropout, in steps,", 1.0),
    "outlier_size": ("The size of an outlier, in standard deviations of the observation noise,", 0.0),
}


@dataclass(frozen=True)
class Spoiling:
    """How much of the data goes missing or wrong; by default nothing.

    Attributes:
        missing: share of single entries that are missing, each on its own.
        dropout, dropout_length: share of time that each sensor is out, in runs of this mean length in steps (longer
            ones where the share leaves no room between them).
        gap: share of the steps that are missing in one gap, in all columns, in the middle of each sequence.
        outliers, outlier_size: share of entries that are off by this many standard deviations of the observation
            noise, up or down.

    Shares lie between 0 and 1 and are expected ones, but for that of the gap. Raises ParameterError.
    """

    missing: float = 0.0
    dropout: float = 0.0
    dropout_length: float = 10.0
    gap: float = 0.0
    outliers: float = 0.0
    outlier_size: float = 5.0

    def __post_init__(self) -> None:
        """Check every figure."""
        for field in fields(self):
            value: object = getattr(self, field.name)
            subject, least = _LENGTHS.get(field.name) or (_SHARES[field.name], 0.0)
            is_share = field.name in _SHARES
            bounds = "from 0 to 1" if is_share else f"of at least {least:g}"
            if isinstance(value, bool) or not isinstance(value, SupportsFloat):
                raise ParameterError(field.name, f"{subject} must be a number {bounds}, but is {value!r}.")
            number = float(value)
            if not (least <= number <= (1.0 if is_share else sys.float_info.max)):
                raise ParameterError(field.name, f"{subject} must be a number {bounds}, but is {figure(number)}.")
            object.__setattr__(self, field.name, number)

    @property
    def is_none(self) -> bool:
        """Whether all shares are 0, so that the data stay as they are."""
        return not any(getattr(self, name) for name in _SHARES)


def spoil(dataset: Dataset, spoiling: Spoiling, rng: np.random.Generator, noise_sds: ArrayLike) -> Dataset:
    """The data set with outliers, and then with entries missing; the latents stay.

    `noise_sds` (m,) are the standard deviations of the observation noise, the unit of an outlier. The same `rng` state
    draws the same numbers whatever the shares are, so that a larger share only adds to what is spoilt. Raises
    ParameterError where nothing would be left observed.
    """
    check_rng(rng)
    sds = frozen_array(noise_sds, 1, "noise_sds", "The standard deviations of the noise")
    if len(sds) != dataset.obs_dim or (sds < 0.0).any():
        raise ParameterError(
            "noise_sds", f"There must be {dataset.obs_dim} standard deviations of the noise, none of them negative."
        )
    if spoiling.is_none:
        return dataset
    spoilt = [_spoilt(x, spoiling, rng, sds) for x in dataset.sequences]
    if all(np.isnan(x).all() for x in spoilt):
        raise ParameterError(
            "spoiling",
            f"None of the {dataset.n_observed} observed entries would be left: make the missing share "
            f"({figure(spoiling.missing)}), the dropouts ({figure(spoiling.dropout)}) or the gap "
            f"({figure(spoiling.gap)}) smaller.",
        )
    if isinstance(dataset.observations, tuple):
        return Dataset(spoilt, dataset.latents)
    return Dataset(spoilt[0], dataset.latents)


def _spoilt(observations: Array, spoiling: Spoiling, rng: np.random.Generator, sds: Array) -> Array:
    missing, dropout, outlier, side = rng.random((4, *observations.shape))
    size = spoiling.outlier_size * np.where(side < 0.5, -sds, sds)
    x = observations + np.where(outlier < spoiling.outliers, size, 0.0)
    x[(missing < spoiling.missing) | _is_out(dropout, spoiling.dropout, spoiling.dropout_length)] = np.nan
    n_steps = len(x)
    length = round(spoiling.gap * n_steps)
    begin = (n_steps - length) // 2
    x[begin : begin + length] = np.nan
    return x


def _is_out(uniforms: Array, share: float, length: float) -> NDArray[np.bool_]:
    """Which sensor is out when: a Markov chain of two states for each column, in its stationary distribution.

        P(out | was out) = stay = max(1 − 1/length, share),    P(out | was in) = enter = share (1 − stay) / (1 − share)

    All columns and shares take their decisions by the same uniforms (T, m): below `enter` the sensor goes out, from
    `stay` on it comes back, in between it remains what it was. Since `enter` and `stay` rise with the share, so does
    the set of what is out.
    """
    if share == 1.0:
        return np.ones(uniforms.shape, dtype=np.bool_)
    stay = max(1.0 - 1.0 / length, share)
    enter = share * (1.0 - stay) / (1.0 - share)
    goes_out = uniforms < enter
    decided = goes_out | (uniforms >= stay)
    goes_out[0], decided[0] = uniforms[0] < share, True
    last = np.maximum.accumulate(np.where(decided, np.arange(len(uniforms))[:, None], 0), axis=0)
    return np.take_along_axis(goes_out, last, axis=0)
