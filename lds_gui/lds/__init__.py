"""The mathematics of linear dynamical systems: frozen values, and pure functions on them. Knows no Qt and no files."""

from lds_gui.lds.alignment import align
from lds_gui.lds.arrays import Array
from lds_gui.lds.data import Dataset
from lds_gui.lds.diagnostics import columns_far_from_zero
from lds_gui.lds.elbo import ELBOTerms, elbo
from lds_gui.lds.em import DEFAULT_LEARN, EMOptions, EMResult, EMStep, Stop, em, fit, m_step
from lds_gui.lds.errors import EMFault, NumericalError, ParameterError
from lds_gui.lds.gaussian import Gaussian, KLTerms, kl_divergence
from lds_gui.lds.linalg import nearest_psd, smallest_eigenvalue, symmetrised
from lds_gui.lds.params import PARAMETERS, LDSParams, ParameterInfo, change_basis, resized
from lds_gui.lds.simulation import simulate
from lds_gui.lds.smoother import Posterior, smooth
from lds_gui.lds.starts import STARTS, Start, pca_start, random_start
from lds_gui.lds.statistics import Regression, Statistics, expected_statistics

__all__ = [
    "DEFAULT_LEARN",
    "PARAMETERS",
    "STARTS",
    "Array",
    "Dataset",
    "ELBOTerms",
    "EMFault",
    "EMOptions",
    "EMResult",
    "EMStep",
    "Gaussian",
    "KLTerms",
    "LDSParams",
    "NumericalError",
    "ParameterError",
    "ParameterInfo",
    "Posterior",
    "Regression",
    "Start",
    "Statistics",
    "Stop",
    "align",
    "change_basis",
    "columns_far_from_zero",
    "elbo",
    "em",
    "expected_statistics",
    "fit",
    "kl_divergence",
    "m_step",
    "nearest_psd",
    "pca_start",
    "random_start",
    "resized",
    "simulate",
    "smallest_eigenvalue",
    "smooth",
    "symmetrised",
]
