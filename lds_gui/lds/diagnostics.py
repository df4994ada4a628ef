"""What one should know about data before learning from them."""

import numpy as np

from lds_gui.lds.data import Dataset

_FAR_FROM_ZERO = 0.5  # a mean this many standard deviations from zero shapes the fit of a model without a constant


def columns_far_from_zero(dataset: Dataset) -> tuple[int, ...]:
    """The observed columns whose mean is more than half a standard deviation from zero.

    The model has no constant term, so that a latent with an eigenvalue near 1 has to carry their mean.
    """
    rows = np.vstack(dataset.sequences)
    columns = [rows[~np.isnan(rows[:, j]), j] for j in range(rows.shape[1])]
    return tuple(j for j, x in enumerate(columns) if x.size and abs(x.mean()) > _FAR_FROM_ZERO * x.std())
