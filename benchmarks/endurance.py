"""Whether the window bears what people do to it: `uv run benchmarks/endurance.py`.

Opens the window again and again, does random things to it in random order (run, pause, step, stop, scrub, branch,
compare, restart, undo, resize, another model) and closes it at a random moment. Tells of every warning of Qt and every
error, of threads and processes that are left, and how the memory has grown.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QMessageLogContext, QtMsgType, qInstallMessageHandler

from lds_gui.files import presets
from lds_gui.lds import EMOptions
from lds_gui.session import Session
from lds_gui.ui.app import make_application
from lds_gui.ui.main_window import MainWindow

_HARMLESS = ("propagateSizeHints",)  # what the platform without a screen says of every window
_LONGEST = 12  # things done in a sequence


def main() -> None:
    """Do the sequences, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    application, found = make_application(), list[str]()
    rng = random.Random(arguments.seed)

    def note(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if not any(words in text for words in _HARMLESS):
            found.append(text)

    qInstallMessageHandler(note)
    sys.excepthook = lambda kind, error, _trace: found.append(f"{kind.__name__}: {error}")
    threads_before, sizes, n_done = threading.active_count(), list[int](), 0
    for _ in range(arguments.sequences):
        n_done += endure(rng, found, application.processEvents)
        gc.collect()
        sizes.append(memory())
    time.sleep(1.0)  # for the last processes to end
    quarter = max(len(sizes) // 4, 1)
    print(f"{arguments.sequences} sequences, {n_done} things done: {len(found)} warnings and errors")
    for text in sorted(set(found)):
        print(f"  {found.count(text)} × {text}")
    print(f"threads left: {threading.active_count() - threads_before}, processes left: {n_children()}")
    second, last = sizes[quarter : 2 * quarter] or sizes, sizes[-quarter:]
    print(f"median memory: {median(second):.0f} MB in the second quarter, {median(last):.0f} MB in the last")


def endure(rng: random.Random, found: list[str], process_events: Callable[[], None]) -> int:
    """Open the window, do some random things, close it, and return how many; errors are added to `found`."""
    session = Session(rng.choice(presets()))
    session.failed.connect(lambda error: found.append(f"{type(error).__name__}: {error}"))
    options = EMOptions(max_iter=rng.choice((1, 5, 40, 2000)), tol=0.0)
    session.set_learning(replace(session.state.learning, options=options, start=rng.choice(("random", "pca"))))
    window = MainWindow(session, rng.choice(("light", "dark")))
    window.show()
    session.simulate()
    things = possible(rng, window)
    n_things = rng.randrange(1, _LONGEST)
    for _ in range(n_things):
        rng.choice(things)()
        until = time.perf_counter() + rng.choice((0.0, 0.01, 0.1, 0.4))
        process_events()
        while time.perf_counter() < until:
            process_events()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # which waits for an event loop's end
    return n_things


def possible(rng: random.Random, window: MainWindow) -> list[Callable[[], object]]:
    """What can be done to the window, each with figures of its own choice."""
    session = window.session

    def scrub() -> None:
        run = session.state.run
        if run is not None and run.n_recorded:
            session.show_iteration(rng.randrange(run.n_recorded))

    def compare() -> None:
        runs = session.state.runs
        session.compare(rng.choice(runs).number if runs else None)

    def show_another() -> None:
        runs = session.state.runs
        if runs:
            session.show_run(rng.choice(runs).number)

    return [
        *(
            session.run,
            session.run,
            session.pause,
            session.step,
            session.half_step,
            session.half_step_back,
            session.stop,
        ),
        *(session.reset, session.branch, session.blink, session.undo, session.redo, session.dice, session.play_back),
        *(session.stop_restarts, lambda: session.restart(2), lambda: session.keep_restart(session.state.learning.seed)),
        *(scrub, scrub, compare, show_another),
        lambda: session.delete_run(rng.randrange(4)),
        lambda: session.use_preset(rng.choice(presets())),
        lambda: session.set_speed(rng.choice((None, 2.0, 20.0))),
        lambda: window.learn.area.toggle(rng.choice(list(window.learn.panels))),
        lambda: window.resize(rng.randrange(1200, 1900), rng.randrange(660, 1000)),
    ]


def memory() -> float:
    """The memory of this process in MB."""
    with open("/proc/self/statm", encoding="ascii") as sizes:
        return int(sizes.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def n_children() -> int:
    """How many processes this one has started that are still there."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
        return len(children.read().split())


if __name__ == "__main__":
    main()
