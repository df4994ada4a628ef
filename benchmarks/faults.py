"""What happens to sessions when processes are killed, files damaged, and disks full: faults injected, and outcomes.

uv run benchmarks/faults.py        (POSIX only; writes benchmarks/results/faults.md)
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from lds_gui.files import FileFormatError, presets
from lds_gui.files.atomic import backup_path
from lds_gui.lds import EMOptions, em, pca_start
from lds_gui.session import Data, History, Learning, Recovery, Run, RunStatus, State, WindowLayout
from lds_gui.session.saved import load_session, save_session
from lds_gui.session.session import fresh_state

RESULTS = Path(__file__).parent / "results" / "faults.md"
_NOBODY = 65534


def rich_state() -> State:
    """A session with data and a finished run."""
    preset = presets()[0]
    dataset = preset.drawn()
    options = EMOptions(max_iter=60, tol=0.0)
    history = History.of(em(pca_start(dataset, 2), dataset, options))
    run = Run(history, len(history), Learning(options=options), RunStatus.FINISHED, number=1)
    return replace(fresh_state(preset), data=Data.simulated(dataset, preset.params, preset.simulation), run=run)


def numbered(state: State, number: int) -> State:
    """The same session, of the generation with this number."""
    model = replace(state.model, mu0=[float(number), 0.0])
    return replace(state, model=model)


def number_of(path: Path) -> int:
    """The generation of a file. Raises FileFormatError."""
    return int(load_session(path).state.model.mu0[0])


def child(act: Callable[[], None]) -> int:
    """Do this in a process of its own; give its id."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def kills(state: State, count: int, chance: random.Random) -> tuple[int, int, int]:
    """Kill a process that keeps and saves at random moments.

    Gives how many times something kept was lost, a start failed, and a saved file could not be read.
    """
    lost = failed = unreadable = 0
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            root, path = Path(folder) / "recovery", Path(folder) / "some.ldsession"
            reading, writing = os.pipe()

            def work(root: Path = root, path: Path = path, writing: int = writing) -> None:
                recovery = Recovery(root)
                for number in range(1, 100_000):
                    recovery.keep(numbered(state, number), WindowLayout())
                    os.write(writing, b"k")
                    save_session(path, numbered(state, number), WindowLayout())
                    os.write(writing, b"s")

            pid = child(work)
            os.close(writing)
            time.sleep(0.005 + 0.12 * chance.random())
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            done = os.read(reading, 2**20)
            os.close(reading)
            n_kept, n_saved = done.count(b"k"), done.count(b"s")
            try:
                recovery = Recovery(root)
                found = recovery.lost()
                recovery.end()
            except Exception as error:  # which is what is counted
                failed += 1
                print(f"a start failed: {error!r}", file=sys.stderr)
                continue
            if n_kept and not (found and number_of(found[0].path) >= n_kept):
                lost += 1
            for file, least in ((path, n_saved), (backup_path(path), n_saved - 1)):
                if least >= 1:
                    try:
                        unreadable += number_of(file) < least
                    except FileFormatError:
                        unreadable += 1
    return lost, failed, unreadable


def damages(state: State, n_flips: int, chance: random.Random) -> list[tuple[str, int, int, int]]:
    """Damage a session file: cut off everywhere, and with single bits flipped; count what was refused in a sentence."""
    rows: list[tuple[str, int, int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.ldsession"
        save_session(path, state, WindowLayout())
        raw = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            directory = archive.start_dir
        cuts = [*range(0, directory, 256), *range(directory, len(raw))]
        changed = [raw[:length] for length in cuts]
        rows.append(
            (f"cut off at every byte from {directory:,} on, and at every 256th before", *refused(path, changed))
        )
        flips: list[bytes] = []
        for _ in range(n_flips):
            place, bit = chance.randrange(len(raw)), chance.randrange(8)
            flips.append(raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :])
        rows.append((f"one bit flipped, {n_flips} times", *refused(path, flips)))
    return rows


def refused(path: Path, contents: list[bytes]) -> tuple[int, int, int]:
    """How many there are, how many are refused in one sentence, and how many are read or do something else."""
    told = other = 0
    for content in contents:
        path.write_bytes(content)
        try:
            load_session(path)
            other += 1
        except FileFormatError as error:
            told += error.message.endswith(".") and "\n" not in error.message
        except Exception as error:  # which is what is counted
            other += 1
            print(f"{error!r}", file=sys.stderr)
    return len(contents), told, other


def refusals(state: State) -> list[tuple[str, str]]:
    """Write where that is not possible; give what is said, and whether the file that was there still is."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    rows: list[tuple[str, str]] = []
    for title, prepare in (
        ("no room for more than 4 kB", limited),
        ("a folder in which nobody may write", lambda: os.setuid(_NOBODY)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "place"
            place.mkdir()
            path = place / "some.ldsession"
            save_session(path, numbered(state, 1), WindowLayout())
            os.chmod(folder, 0o755)
            os.chmod(place, 0o555)
            reading, writing = os.pipe()

            def work(path: Path = path, writing: int = writing, prepare: Callable[[], object] = prepare) -> None:
                prepare()
                try:
                    save_session(path, numbered(state, 2), WindowLayout())
                    os.write(writing, b"written")
                except FileFormatError as error:
                    os.write(writing, error.message.encode())

            os.waitpid(child(work), 0)
            os.close(writing)
            said = os.read(reading, 4096).decode()
            os.close(reading)
            is_there = number_of(path) == 1 and sorted(entry.name for entry in place.iterdir()) == [path.name]
            rows.append((title, f"“{said}” The file is {'as it was' if is_there else 'CHANGED'}."))
    return rows


def two_at_once(state: State) -> str:
    """Two windows that live keep their sessions side by side; neither is offered the other's."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "recovery"
        one = Recovery(root)
        one.keep(numbered(state, 1), WindowLayout())
        reading, writing = os.pipe()

        def work() -> None:
            other = Recovery(root)
            other.keep(numbered(state, 2), WindowLayout())
            os.write(writing, str(len(other.lost())).encode())
            time.sleep(60)

        pid = child(work)
        seen = int(os.read(reading, 10))
        mine = len(one.lost())
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        left = [number_of(lost.path) for lost in one.lost()]
        one.end()
    return f"offered while both live: {seen} and {mine}; after one was killed: {len(left)}, its own ({left == [2]})"


def main() -> None:
    """Inject everything, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--flips", type=int, default=1000)
    arguments = parser.parse_args()
    chance, state = random.Random(0), rich_state()
    lost, failed, unreadable = kills(state, arguments.kills, chance)
    rows = [
        (f"kill −9 at {arguments.kills} random moments while keeping and saving", f"kept and lost: {lost}"),
        ("", f"starts that failed: {failed}"),
        ("", f"saved files and their .bak that could not be read, or were older than saved: {unreadable}"),
    ]
    for title, count, told, other in damages(state, arguments.flips, chance):
        rows.append(
            (f"session file {title}", f"{told} of {count} refused in one sentence; read, or anything else: {other}")
        )
    rows += [(f"saving: {title}", outcome) for title, outcome in refusals(state)]
    rows.append(("two windows at once", two_at_once(state)))
    lines = [
        "# Faults injected, and what came of them",
        "",
        f"`uv run benchmarks/faults.py`; numpy {np.__version__}.",
        "",
    ]
    lines += ["| fault | outcome |", "| --- | --- |", *(f"| {fault} | {outcome} |" for fault, outcome in rows)]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
