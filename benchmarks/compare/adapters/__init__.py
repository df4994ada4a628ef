"""One module per library, each with its WAYS; a module is imported only when its library is wanted."""

from __future__ import annotations

import importlib

from compare.way import Way

OURS = "lds_gui"
MODULES = {
    OURS: "ours",
    "dynamax": "for_dynamax",
    "ssfortran": "for_ssfortran",
    "nowcastbox": "for_nowcastbox",
    "statsmodels": "for_statsmodels",
    "kalman-py": "for_kalman_py",
    "cuthbert": "for_cuthbert",
    "smcx": "for_smcx",
    "simdkalman": "for_simdkalman",
    "pykalman": "for_pykalman",
    "filterpy": "for_filterpy",
    "adskalman": "for_adskalman",
    "kalbee": "for_kalbee",
}
IMPORTED_AS = {"kalman-py": "kalman_py", OURS: "lds_gui.lds", "statsmodels": "statsmodels.tsa.api"}

LEFT_OUT = {
    "pylds": "does not build: its setup needs a NumPy hook that is gone",
    "largekalman": "does not import: its wheel lacks the compiled library; single precision, through files",
    "kalman-em": "another iteration than EM: it adds 1e-8 to the normal equations and clips Γ entry by entry",
    "lds-python": "imports torch, cannot install without it; EM for one tracking model only",
    "dfm-python": "cannot install without torch; EM of a dynamic factor model",
    "torch-kf": "cannot install without torch; filter and smoother, no EM",
    "somata": "cannot install without torch; EM for oscillator models",
    "nowcasting-dfm": "EM of a dynamic factor model whose idiosyncratic AR(1) errors are states, in plain Python",
    "kalmanbox": "its EM's M-step is a numerical optimiser; filter and smoother in plain Python loops",
    "linkalman": "the M-step of its EM is a numerical optimiser; filter and smoother in plain Python loops",
    "minkf": "smoother without gains or lag-one covariances, in plain Python loops",
    "kalmankit": "filter and smoother without lag-one covariances, in plain Python loops",
    "kalmax": "smoother without lag-one covariances and without missing data; no EM with hidden states",
    "fast-kalman": "filter only",
    "bayesian-filters": "a fork of filterpy with the same smoother",
    "ssm": "does not build: its setup asks for Cython without declaring it",
    "tensorflow-probability": "LinearGaussianStateSpaceModel gives no lag-one covariances",
    "darts, nfoursid": "subspace identification (N4SID), not EM",
}
"""Libraries that were tried and are not in the table, and why."""


def ways_of(library: str) -> tuple[Way, ...]:
    """What a library can do; raises whatever its import raises."""
    module = importlib.import_module(f"compare.adapters.{MODULES[library]}")
    return module.WAYS
