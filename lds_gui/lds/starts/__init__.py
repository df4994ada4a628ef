"""Where EM begins: parameters that fit the data's dimensions, units and level, before anything is learned.

The model has no constant term, so that a latent near eigenvalue 1 has to carry the level of raw data: nothing is
centred here, and every start finds B in the units of the columns.
"""

from lds_gui.lds.starts.factor_analysis import factor_analysis_start
from lds_gui.lds.starts.pca import pca_start
from lds_gui.lds.starts.perturbation import perturbed
from lds_gui.lds.starts.random_stable import random_start
from lds_gui.lds.starts.subspace import subspace_start
from lds_gui.lds.starts.table import STARTS, Start

__all__ = [
    "STARTS",
    "Start",
    "factor_analysis_start",
    "pca_start",
    "perturbed",
    "random_start",
    "subspace_start",
]
