"""The mathematics of linear dynamical systems: frozen values, and pure functions on them. Knows no Qt and no files."""

from lds_gui.lds.alignment import align
from lds_gui.lds.arrays import Array
from lds_gui.lds.canonical import canonical_basis
from lds_gui.lds.convergence import ConvergenceRate, convergence_rate
from lds_gui.lds.covariances import cholesky_form, from_cholesky, from_sds_and_correlations, sds_and_correlations
from lds_gui.lds.data import Dataset
from lds_gui.lds.diagnostics import (
    columns_far_from_zero,
    controllability_rank,
    covariance_rank,
    observability_rank,
    spectral_radius,
)
from lds_gui.lds.drawing import Simulation, drawn
from lds_gui.lds.elbo import BlockGains, ELBOTerms, is_open
from lds_gui.lds.ellipses import principal_axes, with_block
from lds_gui.lds.em import ROUNDING, EMResult, EMStep, Stop, em, fit
from lds_gui.lds.errors import EMFault, NumericalError, ParameterError
from lds_gui.lds.forecasts import Forecast, continued, forecast
from lds_gui.lds.gaussians.densities import Pointwise, log_density, pointwise
from lds_gui.lds.gaussians.directions import Directions, dimension_costs, directions
from lds_gui.lds.gaussians.divergences import DIVERGENCES, Comparison, Divergence, check_order, compare, divergences
from lds_gui.lds.gaussians.errata import ERRATA, Erratum, ErratumCheck, check_erratum
from lds_gui.lds.gaussians.fitting import FORWARD, RESTRICTIONS, REVERSE, FitStep, best_gaussian, fit_gaussian
from lds_gui.lds.gaussians.gaussian import FAMILIES, Gaussian, restricted
from lds_gui.lds.gaussians.kl import KLTerms, kl_divergence
from lds_gui.lds.gaussians.presets import GAUSSIAN_PRESETS, MOST_DIMENSIONS, GaussianPreset, random_gaussian
from lds_gui.lds.gaussians.sampling import Estimate, Mean, estimates
from lds_gui.lds.generators import empty_model, random_covariance, random_model, random_observation, random_stable
from lds_gui.lds.innovations import Innovations, innovations
from lds_gui.lds.linalg import nearest_psd, smallest_eigenvalue, symmetrised
from lds_gui.lds.modes import Mode, modes, with_eigenvalue_moved
from lds_gui.lds.options import COVARIANCES, DEFAULT_LEARN, STRUCTURES, EMOptions
from lds_gui.lds.params import PARAMETERS, SYMBOLS, LDSParams, ParameterInfo, change_basis, resized
from lds_gui.lds.residuals import TestResult, WhiteNoiseTests, white_noise_tests
from lds_gui.lds.sampling import sample_posterior
from lds_gui.lds.simulation import simulate
from lds_gui.lds.smoother import Posterior, smooth
from lds_gui.lds.spectrum import periodogram, power_spectrum
from lds_gui.lds.spoiling import Spoiling, spoil
from lds_gui.lds.standardisation import Scale, on_original_scale, standardised
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
    "DIVERGENCES",
    "ERRATA",
    "FAMILIES",
    "FORWARD",
    "GAUSSIAN_PRESETS",
    "MOST_DIMENSIONS",
    "PARAMETERS",
    "RESTRICTIONS",
    "REVERSE",
    "ROUNDING",
    "STARTS",
    "STRUCTURES",
    "SYMBOLS",
    "Array",
    "BlockGains",
    "Comparison",
    "ConvergenceRate",
    "Dataset",
    "Directions",
    "Divergence",
    "ELBOTerms",
    "EMFault",
    "EMOptions",
    "EMResult",
    "EMStep",
    "Erratum",
    "ErratumCheck",
    "Estimate",
    "FitStep",
    "Forecast",
    "Gaussian",
    "GaussianPreset",
    "Innovations",
    "KLTerms",
    "LDSParams",
    "Mean",
    "Mode",
    "NumericalError",
    "ParameterError",
    "ParameterInfo",
    "Pointwise",
    "Posterior",
    "Scale",
    "Simulation",
    "Spoiling",
    "Start",
    "Stop",
    "TestResult",
    "WhiteNoiseTests",
    "align",
    "best_gaussian",
    "canonical_basis",
    "change_basis",
    "check_erratum",
    "check_order",
    "cholesky_form",
    "columns_far_from_zero",
    "compare",
    "continued",
    "controllability_rank",
    "convergence_rate",
    "covariance_rank",
    "dimension_costs",
    "directions",
    "divergences",
    "drawn",
    "em",
    "empty_model",
    "estimates",
    "factor_analysis_start",
    "fit",
    "fit_gaussian",
    "forecast",
    "from_cholesky",
    "from_sds_and_correlations",
    "innovations",
    "is_open",
    "kl_divergence",
    "log_density",
    "modes",
    "nearest_psd",
    "observability_rank",
    "on_original_scale",
    "pca_start",
    "periodogram",
    "perturbed",
    "pointwise",
    "power_spectrum",
    "principal_axes",
    "random_covariance",
    "random_gaussian",
    "random_model",
    "random_observation",
    "random_stable",
    "random_start",
    "resized",
    "restricted",
    "sample_posterior",
    "sds_and_correlations",
    "simulate",
    "smallest_eigenvalue",
    "smooth",
    "spectral_radius",
    "spoil",
    "standardised",
    "subspace_start",
    "symmetrised",
    "white_noise_tests",
    "with_block",
    "with_eigenvalue_moved",
]
