"""The errors of predicting each row from the rows before it: white noise where the model is right."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from lds_gui.lds.arrays import Array, Remade
from lds_gui.lds.data import Dataset, as_dataset
from lds_gui.lds.linalg import lower_cholesky, solved, symmetrised
from lds_gui.lds.missing import patterns
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import smooth


@dataclass(frozen=True, eq=False)
class Innovations(Remade):
    """What x_t says that x_1..x_{t-1} did not, in one sequence of T rows. Arrays are read-only.

    `errors` (T, m): x_t − E[x_t | x_1..x_{t-1}], in the units of x. `covs` (T, m, m): their covariances under the
    model, those of missing entries included. `standardised` (T, m): L⁻¹ times the observed errors of the row, L the
    lower Cholesky factor of their covariance: independent N(0, 1) under the model. NaN where x is missing.
    """

    errors: Array
    covs: Array
    standardised: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for field in fields(self):
            getattr(self, field.name).setflags(write=False)


def innovations(params: LDSParams, observations: Dataset | ArrayLike) -> Innovations:
    """The innovations of one sequence (T, m), NaN where an entry is missing.

        e_t = x_t − B m_t⁻,   Cov[e_t] = B P_t⁻ Bᵀ + Γ

    with m_t⁻ and P_t⁻ the predicted moments of z_t. The first observed entry of a row is standardised by its own
    spread, each further one by what the ones before it leave. Raises ParameterError when the observations do not fit
    the model, NumericalError when float64 overflows. Source: docs/MATHEMATICS.md, section 2.
    """
    posterior = smooth(params, observations)
    x = as_dataset(observations).sequences[0]
    errors = x - posterior.predicted_means @ params.B.T
    covs = symmetrised(params.B @ posterior.predicted_covs @ params.B.T + params.Gamma)
    standardised = np.full(x.shape, np.nan)
    for observed, rows in patterns(x):
        if observed.any():
            lower = lower_cholesky(covs[np.ix_(rows, observed, observed)])
            standardised[np.ix_(rows, observed)] = solved(lower, errors[np.ix_(rows, observed)][..., None])[..., 0]
    return Innovations(errors, covs, standardised)
