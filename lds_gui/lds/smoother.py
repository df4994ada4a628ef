"""The E-step as a value: everything that the model says about the latents of one sequence."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade, freeze
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.errors import NumericalError, ParameterError
from lds_gui.lds.linalg import lower_cholesky, solved
from lds_gui.lds.missing import patterns
from lds_gui.lds.params import LDSParams

_MOST_GROWTH = 1.0 + 1e-6  # of a variance by the data, which is rounding


@dataclass(frozen=True, eq=False)
class Posterior(Remade):
    """What one sequence of T observations says about its latents. Time is the first axis; arrays are read-only.

    `filtered_*`: given x_1..x_t. `predicted_*`: given x_1..x_{t-1} (the initial distribution at t = 1).
    `smoothed_*`: given all x. Means are (T, n), covs (T, n, n).
    `cross_covs` (T-1, n, n): Cov[z_{t+1}, z_t | x].
    `log_evidences` (T,): log p(x_t | x_1..x_{t-1}) in nats, 0 for a row without an observed entry.
    """

    filtered_means: Array
    filtered_covs: Array
    predicted_means: Array
    predicted_covs: Array
    smoothed_means: Array
    smoothed_covs: Array
    cross_covs: Array
    log_evidences: Array

    def __post_init__(self) -> None:
        """Freeze the arrays, and refuse what float64 could not hold."""
        freeze(self, [field.name for field in fields(self)])
        before, after = (np.diagonal(covs, axis1=1, axis2=2) for covs in (self.predicted_covs, self.smoothed_covs))
        grown = (after > before * _MOST_GROWTH).any(axis=1)
        if grown.any():
            step = int(grown.argmax()) + 1
            raise NumericalError(
                "smoothed covariances",
                f"At step {step} the data add uncertainty about the latents, which no data can: in a gap, A lets "
                f"variances grow by more than 64-bit numbers can tell apart.",
            )

    @property
    def log_likelihood(self) -> float:
        """log p(x), the sum of the log evidences, in nats."""
        return float(self.log_evidences.sum())


def smooth(params: LDSParams, observations: Dataset | ArrayLike) -> Posterior:
    """Filter and smooth one sequence of observations (T, m), or a data set of one.

    NaN marks missing entries, marginalised exactly. Source: docs/MATHEMATICS.md, section 2.

    Raises ParameterError when the observations do not fit the model, NumericalError when float64 overflows.
    """
    data = as_dataset(observations)
    if data.n_sequences > 1:
        raise ParameterError("observations", f"One sequence is smoothed at a time, but there are {data.n_sequences}.")
    x = data.sequences[0]
    if x.shape[1] != params.obs_dim:
        raise ParameterError(
            "observations", f"The model observes {params.obs_dim} variables, but the data have {x.shape[1]}."
        )
    from lds_gui.lds.engine import moments  # late: compiled code takes its time to load

    found = moments(params, data)
    return Posterior(
        filtered_means=found.filtered_means,
        filtered_covs=found.filtered_covs,
        predicted_means=found.predicted_means,
        predicted_covs=found.predicted_covs,
        smoothed_means=found.smoothed_means,
        smoothed_covs=found.smoothed_covs,
        cross_covs=found.cross_covs,
        log_evidences=_log_evidences(params, x, found.smoothed_means, found.white, found.losses),
    )


def _log_evidences(params: LDSParams, x: Array, means: Array, white: Array, losses: Array) -> Array:
    """log N(x_t; B m⁻, B P⁻ Bᵀ + Γ), from its whitened part in the latents' reach and what no latent explains.

    The latter doesn't depend on the mean that is taken off; taking one off that is close keeps its digits.
    """
    evidences = np.zeros(len(x))
    for observed, rows in patterns(x):
        if not observed.any():
            continue
        lower = lower_cholesky(params.Gamma[np.ix_(observed, observed)])
        seen = params.B[observed]
        basis = _reach(solved(lower, seen))
        error = solved(lower, (x[rows][:, observed] - means[rows] @ seen.T).T).T
        unexplained = ((error - error @ basis @ basis.T) ** 2).sum(axis=1)
        constant = 0.5 * len(seen) * np.log(2.0 * np.pi) + np.log(np.diagonal(lower)).sum()
        evidences[rows] = -constant - losses[rows] - 0.5 * ((white[rows] ** 2).sum(axis=1) + unexplained)
    return evidences


def _reach(columns: Array) -> Array:
    """An orthonormal basis of what the columns span; everything, where they are no fewer than their entries.

    A column that the ones before it span is left out by the same rule as in the kernels.
    """
    size, n = columns.shape
    if size <= n:
        return np.eye(size)
    basis = np.zeros((size, 0))
    for column in columns.T:
        left = column
        for _ in range(2):
            left = left - basis @ (basis.T @ left)
        if left @ left > 1e-28 * (column @ column):
            basis = np.column_stack((basis, left / np.sqrt(left @ left)))
    return basis
