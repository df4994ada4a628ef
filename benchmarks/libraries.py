"""How fast EM is beside other libraries: `uv run benchmarks/libraries.py`.

Installs the other libraries into an environment of its own (`benchmarks/.venv`, some 1.1 GB), runs all of them and this
program's engine on the same cases, checks that they computed the same, and writes `benchmarks/results/table.md` and
`benchmarks/results/plot.svg`. `--scaling` measures only our own cost over T and over the number of sequences. With
`--only` or `--case` the table is printed, and nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare.environment import HERE, enter, tell

RESULTS = HERE / "results"


def main() -> None:
    """Measure what was asked for, inside the environment."""
    arguments = _arguments()
    enter(__file__)
    warnings.simplefilter("ignore")  # the other libraries' own

    from compare import adapters, plot, probe, report
    from compare.cases import CASES
    from compare.scaling import scaling
    from compare.timing import Measured, measure

    if arguments.scaling:
        print(report.scaling_section(scaling(arguments.rounds)))
        return

    unknown = {*arguments.only} - {*adapters.MODULES} | {*arguments.case} - {case.name for case in CASES}
    if unknown:
        names = [*adapters.MODULES, *(case.name for case in CASES)]
        raise SystemExit(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(names)}.")
    wanted = [library for library in adapters.MODULES if not arguments.only or library in arguments.only]
    cases = [case for case in CASES if not arguments.case or case.name in arguments.case]
    ways, absent = [], {}
    for library in wanted:
        try:
            ways += adapters.ways_of(library)
        except Exception as error:  # a library that does not import is a line in the table
            absent[library] = f"{type(error).__name__}: {error}"
    others = [way for way in ways if way.kind != "ours"]

    results = []
    for case in cases:
        tell(f"{case.title} ({case.name})")
        results += measure(case, others, arguments.rounds, arguments.budget)
    partial = bool(arguments.only or arguments.case)
    if not partial:
        tell("fresh processes")
    fresh = [] if partial else [found for way in ways if (found := probe.fresh(way)) is not None]
    grown = None if partial else scaling(arguments.rounds)
    page = report.table(results, fresh, absent, grown)
    if partial:
        print(page)
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "table.md").write_text(page, encoding="utf-8")
    plot.draw([result for result in results if isinstance(result, Measured)], RESULTS / "plot.svg")
    tell(f"wrote {RESULTS / 'table.md'} and {RESULTS / 'plot.svg'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this library only; may be repeated"
    )
    parser.add_argument(
        "--case", action="append", default=[], metavar="CASE", help="this case only, as in 4-10-1000-rows"
    )
    parser.add_argument("--scaling", action="store_true", help="our own cost over T and over the number of sequences")
    parser.add_argument("--rounds", type=int, default=15, help="rounds for each pair (15)")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of rounds for each pair at most (20)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
