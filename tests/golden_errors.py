"""How far the engine is from the reference values in tests/golden, which come from ball arithmetic: see its README."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lds_gui.lds import Dataset, EMOptions, LDSParams, em, forecast, smooth
from tests.lds.models import relative

FILES = sorted((Path(__file__).parent / "golden").glob("*.npz"))
CONVENTIONS = ("tied", "sep")
LETTERS = {"A": "A", "B": "B", "S": "Sigma", "G": "Gamma", "M": "mu0", "V": "Sigma0"}
DIAGONAL = {"Sigma": "diagonal", "Gamma": "diagonal", "Sigma0": "diagonal"}


class EMSet(NamedTuple):
    """One run of EM in a file: `variant` is "", "fix" (A and B held) or "diag" (diagonal covariances)."""

    path: Path
    convention: str
    variant: str

    @property
    def name(self) -> str:
        return f"{self.path.stem} {self.convention} {self.variant or 'learn'}"


def load(path: Path, convention: str) -> tuple[LDSParams, dict[str, np.ndarray]]:
    values = dict(np.load(path))
    names = ("A", "B", "Sigma", "Gamma", "mu0") + (("Sigma0",) if convention == "sep" else ())
    return LDSParams(**{name: values[name] for name in names}), values


def em_sets() -> list[EMSet]:
    """All that the files hold, but for another convention's ("alllat")."""
    return [
        EMSet(path, convention, variant)
        for path in FILES
        for convention in CONVENTIONS
        for variant in ("", "fix", "diag")
        if f"{convention}{variant}_em_loglik" in np.load(path).files
    ]


def moment_errors(path: Path, convention: str) -> dict[str, float]:
    """The relative error of each quantity of filter, smoother and forecast."""
    params, values = load(path, convention)
    q, ahead = smooth(params, values["x"]), forecast(params, values["x"], 5)
    computed = {
        "loglik": q.log_likelihood,
        "loglik_cum": np.cumsum(q.log_evidences),
        "smooth_mean": q.smoothed_means,
        "smooth_cov": q.smoothed_covs,
        "smooth_lag1": q.cross_covs,
        "filt_mean": q.filtered_means,
        "filt_cov": q.filtered_covs,
        "pred_mean": q.predicted_means,
        "pred_cov": q.predicted_covs,
        "fc_z_mean": ahead.latent_means,
        "fc_z_cov": ahead.latent_covs,
        "fc_x_mean": ahead.means,
        "fc_x_cov": ahead.covs,
    }
    return {name: relative(got, values[f"{convention}_{name}"]) for name, got in computed.items()}


def em_errors(case: EMSet) -> Iterator[tuple[str, float]]:
    """ "em_loglik" of all iterations, and each parameter after 1, 2, 5 and 10."""
    path, convention, variant = case
    params, values = load(path, convention)
    letters = str(values["fix_learn" if variant == "fix" else "learn"])
    learn = {LETTERS[letter] for letter in letters}
    structure = dict(DIAGONAL) if variant == "diag" else {}
    if params.is_tied:
        learn.discard("Sigma0")
        structure.pop("Sigma0", None)
    options = EMOptions(max_iter=10, tol=0.0, learn=frozenset(learn), structure=structure)
    steps = list(em(params, Dataset(values["x"]), options))
    prefix = f"{convention}{variant}"
    yield "em_loglik", relative([step.log_likelihood for step in steps], values[f"{prefix}_em_loglik"])
    for iteration in (1, 2, 5, 10):
        learned = steps[iteration].params
        for name in LETTERS.values():
            matrix = learned.initial_cov if name == "Sigma0" else getattr(learned, name)
            yield f"em{iteration}_{name}", relative(matrix, values[f"{prefix}_em{iteration}_{name}"])
