"""Print by how much the compiled engine and its readable twin differ from 80 digits: python -m tests.accuracy_table."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from lds_gui.lds import Dataset, EMOptions, LDSParams, em, smooth
from tests import exact, twin
from tests.lds.hard_cases import HARD_CASES, HardCase
from tests.lds.models import relative

MOMENTS = (
    "filtered_means", "filtered_covs", "predicted_means", "predicted_covs", "smoothed_means", "smoothed_covs",
    "cross_covs",
)  # fmt: skip
NAMES = ("A", "B", "Sigma", "Gamma", "mu0", "Sigma0")
COLUMNS = ("log p(x)", "moments", "EM log p(x)", "EM 1", "EM 10")
Run = Callable[[LDSParams, Dataset, int, frozenset[str]], list[Any]]


def compiled(start: LDSParams, dataset: Dataset, n: int, learn: frozenset[str]) -> list[Any]:
    return list(em(start, dataset, EMOptions(max_iter=n, tol=0.0, learn=learn)))


def worst(errors: dict[str, float]) -> tuple[float, str]:
    name = max(errors, key=lambda key: np.inf if np.isnan(errors[key]) else errors[key])
    return errors[name], name


def params_errors(got: LDSParams, want: dict[str, Any]) -> dict[str, float]:
    return {name: relative(getattr(got, name), want[name]) for name in NAMES if want[name] is not None}


def errors_of(
    case: HardCase, steps: Run, smoothing: Callable[..., Any], want: exact.Steps, first: list[Any]
) -> list[tuple[float, str]]:
    rows: list[tuple[float, str]] = []
    try:
        found = [smoothing(case.params, x) for x in case.dataset.sequences]
        pairs = list(zip(found, first, strict=True))
        rows.append(worst({"": max(relative(got.log_likelihood, q["log_likelihood"]) for got, q in pairs)}))
        rows.append(worst({name: max(relative(getattr(got, name), q[name]) for got, q in pairs) for name in MOMENTS}))
    except ArithmeticError as fault:
        rows += [(np.nan, str(fault))] * 2
    try:
        run = steps(case.params, case.dataset, 10, case.learn)
        likelihoods = {
            str(k): relative(step.log_likelihood, value)
            for k, (step, value) in enumerate(zip(run, want.log_likelihoods, strict=True))
        }
        rows.append(worst(likelihoods))
        rows += [worst(params_errors(run[k].params, want.params[k])) for k in (1, 10)]
    except (ArithmeticError, ValueError) as fault:
        rows += [(np.nan, str(fault))] * 3
    return rows


def main(names: list[str]) -> None:
    print("| case | by | " + " | ".join(COLUMNS) + " |")
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for name, make in HARD_CASES.items():
        if names and not any(part in name for part in names):
            continue
        case = make()
        try:
            want = exact.em(case.params, case.dataset, 10, case.learn)
        except ArithmeticError as error:
            print(f"| {name} | exact | {type(error).__name__}: {error} |")
            continue
        first = [exact.posterior(case.params, x) for x in case.dataset.sequences]
        for by, run, smoothing in (("kernels", compiled, smooth), ("twin", twin.em, twin.smooth)):
            cells: list[str] = []
            for k, (error, where) in enumerate(errors_of(case, run, smoothing, want, first)):
                limit = 1e-10 if k in (0, 2) else case.tolerance
                mark = "" if error <= limit else "**"
                cells.append(f"{mark}{error:.1e}{mark} {where}")
            print(f"| {name} | {by} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
