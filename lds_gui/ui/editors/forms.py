"""The forms in which a matrix can be entered: as it is, or a covariance by its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lds_gui.lds import Array, ParameterError, cholesky_form, sds_and_correlations
from lds_gui.ui.numbers import short


@dataclass(frozen=True)
class Form:
    """A form: its name, its title, how a value is shown in it and read from it, and which cells can be edited.

    In a symmetric one, an entry and its mirror image change together; in a triangular one, the cells above the diagonal
    stay 0. `read` gives the matrix, valid or not, and raises ParameterError where the cells make none.
    """

    name: str
    title: str
    shown: Callable[[Array], Array]
    read: Callable[[Array], Array]
    symmetric: bool = False
    triangular: bool = False


def _as_it_is(values: Array) -> Array:
    return values


def _sds_and_correlations(cov: Array) -> Array:
    sds, shown = sds_and_correlations(cov)
    np.fill_diagonal(shown, sds)
    return shown


def _from_sds_and_correlations(values: Array) -> Array:
    sds, correlations = np.diagonal(values), values.copy()
    if (sds < 0).any():
        place = int(np.argmin(sds))
        sentence = f"Standard deviation {place + 1}, on the diagonal, must not be negative, but is {short(sds[place])}."
        raise ParameterError("sds", sentence)
    np.fill_diagonal(correlations, 1.0)
    return sds[:, None] * correlations * sds


def _from_cholesky(values: Array) -> Array:
    return values @ values.T


PLAIN = Form("plain", "Entries", _as_it_is, _as_it_is)
COVARIANCE_FORMS = (
    Form("covariance", "cov", _as_it_is, _as_it_is, symmetric=True),
    Form("deviations", "sd, ρ", _sds_and_correlations, _from_sds_and_correlations, symmetric=True),
    Form("cholesky", "L", cholesky_form, _from_cholesky, triangular=True),
)
