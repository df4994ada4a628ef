"""Reference values, computed without any recursion in ball arithmetic: see tests/golden/README.md."""

from pathlib import Path

import numpy as np
import pytest

from lds_gui.lds import Dataset, EMOptions, LDSParams, em, smooth
from tests.lds.models import relative

FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.npz"))
LETTERS = {"A": "A", "B": "B", "S": "Sigma", "G": "Gamma", "M": "mu0", "V": "Sigma0"}
TOLERANCE = 1e-11


def load(path: Path, convention: str) -> tuple[LDSParams, dict[str, np.ndarray]]:
    values = dict(np.load(path))
    names = ("A", "B", "Sigma", "Gamma", "mu0") + (("Sigma0",) if convention == "sep" else ())
    return LDSParams(**{name: values[name] for name in names}), values


def test_that_all_golden_files_are_there() -> None:
    assert len(FILES) == 5


@pytest.mark.parametrize("convention", ["tied", "sep"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_that_the_golden_moments_and_likelihoods_are_reproduced(path: Path, convention: str) -> None:
    params, values = load(path, convention)
    q = smooth(params, values["x"])
    computed = {
        "smooth_mean": q.smoothed_means,
        "smooth_cov": q.smoothed_covs,
        "smooth_lag1": q.cross_covs,
        "filt_mean": q.filtered_means,
        "filt_cov": q.filtered_covs,
        "pred_mean": q.predicted_means,
        "pred_cov": q.predicted_covs,
        "loglik": q.log_likelihood,
        "loglik_cum": np.cumsum(q.log_evidences),
    }
    for name, got in computed.items():
        assert relative(got, values[f"{convention}_{name}"]) < TOLERANCE, name


@pytest.mark.parametrize("convention", ["tied", "sep"])
@pytest.mark.parametrize(
    ("path", "variant"),
    [(path, "") for path in FILES] + [(path, "fix") for path in FILES if "nile" in path.stem],
    ids=lambda value: value.stem if isinstance(value, Path) else value or "learn",
)
def test_that_the_golden_em_iterations_are_reproduced(path: Path, variant: str, convention: str) -> None:
    params, values = load(path, convention)
    learn = {LETTERS[letter] for letter in str(values[f"{variant}_learn".lstrip("_")])}
    if params.is_tied:
        learn.discard("Sigma0")
    steps = list(em(params, Dataset(values["x"]), EMOptions(max_iter=10, tol=0.0, learn=frozenset(learn))))
    got = [step.log_likelihood for step in steps]
    assert relative(got, values[f"{convention}{variant}_em_loglik"]) < TOLERANCE
    for iteration in (1, 2, 5, 10):
        learned = steps[iteration].params
        for name in LETTERS.values():
            matrix = learned.initial_cov if name == "Sigma0" else getattr(learned, name)
            want = values[f"{convention}{variant}_em{iteration}_{name}"]
            assert relative(matrix, want) < TOLERANCE, f"{name} after {iteration} iterations"
