"""The mathematics of linear dynamical systems: frozen values, and pure functions on them. Knows no Qt and no files."""

from lds_gui.lds.alignment import align
from lds_gui.lds.arrays import Array
from lds_gui.lds.convergence import ConvergenceRate, convergence_rate
from lds_gui.lds.data import Dataset
from lds_gui.lds.diagnostics import columns_far_from_zero
from lds_gui.lds.elbo import BlockGains, ELBOTerms, is_open
from lds_gui.lds.em import EMResult, EMStep, Stop, em, fit
from lds_gui.lds.errors import EMFault, NumericalError, ParameterError
from lds_gui.lds.forecasts import Forecast, forecast
from lds_gui.lds.gaussian import Gaussian, KLTerms, kl_divergence
from lds_gui.lds.innovations import Innovations, innovations
from lds_gui.lds.linalg import nearest_psd, smallest_eigenvalue, symmetrised
from lds_gui.lds.options import COVARIANCES, DEFAULT_LEARN, STRUCTURES, EMOptions
from lds_gui.lds.params import PARAMETERS, SYMBOLS, LDSParams, ParameterInfo, change_basis, resized
from lds_gui.lds.sampling import sample_posterior
from lds_gui.lds.simulation import simulate
from lds_gui.lds.smoother import Posterior, smooth
from lds_gui.lds.starts import (
    STARTS,
    Start,
    factor_analysis_start,
    pca_start,
    perturbed,
    random_start,
    subspace_start,
)

__all__ = [
    "COVARIANCES",
    "DEFAULT_LEARN",
    "PARAMETERS",
    "STARTS",
    "STRUCTURES",
    "SYMBOLS",
    "Array",
    "BlockGains",
    "ConvergenceRate",
    "Dataset",
    "ELBOTerms",
    "EMFault",
    "EMOptions",
    "EMResult",
    "EMStep",
    "Forecast",
    "Gaussian",
    "Innovations",
    "KLTerms",
    "LDSParams",
    "NumericalError",
    "ParameterError",
    "ParameterInfo",
    "Posterior",
    "Start",
    "Stop",
    "align",
    "change_basis",
    "columns_far_from_zero",
    "convergence_rate",
    "em",
    "factor_analysis_start",
    "fit",
    "forecast",
    "innovations",
    "is_open",
    "kl_divergence",
    "nearest_psd",
    "pca_start",
    "perturbed",
    "random_start",
    "resized",
    "sample_posterior",
    "simulate",
    "smallest_eigenvalue",
    "smooth",
    "subspace_start",
    "symmetrised",
]
