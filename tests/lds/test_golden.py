"""Reference values, computed without any recursion in ball arithmetic: see tests/golden/README.md."""

from pathlib import Path

import numpy as np
import pytest

from tests.golden_errors import CONVENTIONS, FILES, LETTERS, EMSet, em_errors, em_sets, load, moment_errors

__all__ = ["FILES", "load"]


def tolerance(name: str) -> float:
    return 1e-10 if "loglik" in name else 1e-8


def test_that_all_golden_files_and_sets_are_there() -> None:
    assert len(FILES) == 5
    assert sorted(case.variant for case in em_sets()) == [""] * 10 + ["diag"] * 2 + ["fix"] * 2


def test_that_every_key_of_the_golden_files_is_compared() -> None:
    compared = {f"{convention}_{name}" for convention in CONVENTIONS for name in moment_errors(FILES[0], convention)}
    for case in em_sets():
        prefix = f"{case.convention}{case.variant}"
        compared |= {f"{prefix}_em{k}_{name}" for k in (1, 2, 5, 10) for name in LETTERS.values()}
        compared.add(f"{prefix}_em_loglik")
    models = {*LETTERS.values(), "x", "learn", "fix_learn", "desc", "provenance"}
    others = {f"{convention}_{name}" for convention in CONVENTIONS for name in ("filt_idx", "loglik_total")}
    for path in FILES:
        left = set(np.load(path).files) - compared - models - others
        assert {key for key in left if not key.startswith("sepalllat_")} == set()


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_that_the_golden_moments_and_likelihoods_are_reproduced(path: Path, convention: str) -> None:
    for name, error in moment_errors(path, convention).items():
        assert error < tolerance(name), name


@pytest.mark.parametrize("case", em_sets(), ids=lambda case: case.name)
def test_that_the_golden_em_iterations_are_reproduced(case: EMSet) -> None:
    for name, error in em_errors(case):
        assert error < tolerance(name), name
