"""How long the program takes to start: `uv run benchmarks/start.py`.

Each round starts a process of its own, as a person does, and tells the seconds from its start to the first painted
window, and to the end of the first EM run, which is asked for as soon as the window is there. The engine's compiled
code is in its cache, unless `--cold` gives the first round an empty one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

_ROUND = """
import sys, time
from lds_gui.files import presets
from lds_gui.session import Session
from lds_gui.ui.app import make_application, wait_for
from lds_gui.ui.main_window import MainWindow

begin = float(sys.argv[1])
application = make_application()
window = MainWindow(Session(presets()[0]), "light")
painted = []
window.painted.connect(lambda: painted.append(time.time() - begin))
window.painted.connect(window.session.warm_up)
window.resize(1440, 900)
window.show()
window.session.simulate()
while not painted:
    application.processEvents()
window.session.run()
wait_for(window.session, lambda state: state.run is not None and not state.run.status.is_live and state.view_is_current)
print(painted[0], time.time() - begin)
window.close()
"""


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cold", action="store_true", help="begin with a round that has to compile the engine")
    arguments = parser.parse_args()
    if arguments.cold:
        with tempfile.TemporaryDirectory() as cache:
            painted, finished = _round({"XDG_CACHE_HOME": cache})
        print(f"cold: first painted window {painted:.2f} s, first finished EM run {finished:.2f} s")
    rounds = [_round({}) for _ in range(arguments.rounds)]
    for what, times in zip(("first painted window", "first finished EM run"), zip(*rounds, strict=True), strict=True):
        print(f"{what}: median {statistics.median(times):.2f} s, {min(times):.2f} to {max(times):.2f} s")


def _round(environment: dict[str, str]) -> tuple[float, float]:
    command = [sys.executable, "-c", _ROUND, str(time.time())]
    settings = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **environment}
    done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
    painted, finished = done.stdout.split()[-2:]
    return float(painted), float(finished)


if __name__ == "__main__":
    main()
