"""Print the largest relative error of each golden set: python -m tests.golden_table."""

from tests.golden_errors import CONVENTIONS, FILES, em_errors, em_sets, moment_errors


def main() -> None:
    print("| set | log-likelihood | largest error of the rest | where |")
    print("| --- | --- | --- | --- |")
    for path in FILES:
        for convention in CONVENTIONS:
            _row(f"{path.stem} {convention} moments and forecasts", moment_errors(path, convention))
    for case in em_sets():
        _row(f"{case.name} EM", dict(em_errors(case)))


def _row(name: str, errors: dict[str, float]) -> None:
    likelihood = max(error for key, error in errors.items() if "loglik" in key)
    where = max((key for key in errors if "loglik" not in key), key=lambda key: errors[key])
    print(f"| {name} | {likelihood:.1e} | {errors[where]:.1e} | {where} |")


if __name__ == "__main__":
    main()
