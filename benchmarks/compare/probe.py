"""What a fresh process pays: import, first call, and the memory of one iteration.

`python -m compare.probe LIBRARY VARIANT CASE` is one such process.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from compare import adapters
from compare.cases import CASES, FIRST_CALL_CASE, MEMORY_CASE, Case, Problem, problem_of
from compare.environment import HERE, tell
from compare.memory import needed_mb
from compare.way import Way


@dataclass(frozen=True)
class Fresh:
    """Import (s), first call with and without a compilation kept from before (s), and peak memory (MB) beyond import.

    The memory is that of the first call, compilation included, on the case for it, beside the data.
    """

    way: Way
    import_s: float
    cold_s: float
    warm_s: float
    memory_mb: float | None


def fresh(way: Way) -> Fresh | None:
    """Measure a way in processes of its own, the first with an empty cache of compiled code; None where one failed."""
    with tempfile.TemporaryDirectory() as cache:
        cold = _probed(way, FIRST_CALL_CASE, cache)
        warm = _probed(way, FIRST_CALL_CASE, cache)
        large = None if way.takes_too_long(MEMORY_CASE) else _probed(way, MEMORY_CASE, cache)
    if cold is None or warm is None:
        return None
    memory = None if large is None else large["memory_mb"]
    result = Fresh(way, warm["import_s"], cold["call_s"], warm["call_s"], memory)
    tell(
        f"  {way.title}: import {result.import_s:.2f} s, first call {result.cold_s:.2f} s cold, "
        f"{result.warm_s:.3f} s warm, {'–' if memory is None else f'{memory:.0f}'} MB"
    )
    return result


def _probed(way: Way, case: Case, cache: str) -> dict[str, float] | None:
    command = [sys.executable, "-W", "ignore", "-m", "compare.probe", way.library, way.variant, case.name]
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        tell(f"  {way.title}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure in this process and print one line of JSON."""
    library, variant, case_name = sys.argv[1:]
    begin = time.perf_counter()
    importlib.import_module(adapters.IMPORTED_AS.get(library, library))
    import_s = time.perf_counter() - begin
    (way,) = (way for way in adapters.ways_of(library) if way.variant == variant)
    problem = _problem(case_name)
    call_s = 0.0

    def first_call() -> None:
        nonlocal call_s
        begin = time.perf_counter()
        way.prepare(problem)(1)
        call_s = time.perf_counter() - begin

    memory_mb = needed_mb(first_call)
    print(json.dumps({"import_s": import_s, "call_s": call_s, "memory_mb": memory_mb}))


def _problem(name: str) -> Problem:
    (case,) = (case for case in CASES if case.name == name)
    return problem_of(case)


if __name__ == "__main__":
    main()
