"""The process that reads a MAT file: a program of its own, which imports nothing of this package.

SciPy's reader believes what a file claims. Here it may take so much memory and time and no more, and what it hands back
is one line of JSON (which arrays there are, which was chosen, what is wrong) and the chosen array as `.npy`.

    python mat_child.py FILE ARRAY MEMORY SECONDS     ARRAY may be empty: the largest array of numbers
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, BinaryIO, cast

import numpy as np
import scipy.io  # pyright: ignore[reportMissingTypeStubs]

NUMERIC = frozenset(
    ["double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "logical"]
)
_DAMAGED = "The file is no complete MAT file: it is damaged or cut off."


def limit(memory: int, seconds: int) -> None:
    """Take away what a reader of files does not need, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit has to do
        return
    wanted = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0))
    for kind, value in (*wanted, (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (least, least))
        except (ValueError, OSError):  # macOS refuses some
            continue


def end_with_parent() -> None:
    """End when standard input ends, which is when the parent closes it, or dies."""

    def wait() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def read(file: BinaryIO, name: str) -> tuple[dict[str, Any], Any]:
    """Return what is to be said about the file, and the array, or None where there is a problem."""
    reader = cast(Any, scipy.io)
    found = [(str(key), tuple(int(n) for n in shape), str(kind)) for key, shape, kind in reader.whosmat(file)]
    report: dict[str, Any] = {"arrays": found, "chosen": name, "problem": ""}
    candidates = [entry for entry in found if entry[2] in NUMERIC]
    if name:
        candidates = [entry for entry in found if entry[0] == name]
    if not candidates:
        report["problem"] = (
            f"There is no array '{name}' in the file." if name else "The file holds no array of numbers."
        )
        return report, None
    chosen, _, kind = max(candidates, key=lambda entry: int(np.prod(entry[1], dtype=object)))
    report["chosen"] = chosen
    if kind not in NUMERIC:
        report["problem"] = f"The array '{chosen}' is of the class {kind}; only full arrays of numbers are read."
        return report, None
    file.seek(0)
    array = np.asarray(reader.loadmat(file, variable_names=[chosen])[chosen])
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        report["problem"] = f"The array '{chosen}' has the type {array.dtype}; only real numbers are read."
        return report, None
    return report, array


def main() -> None:
    """Answer on standard output."""
    path, name, memory, seconds = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed must not get into the answer
    end_with_parent()
    limit(int(memory), int(seconds))
    try:
        with open(path, "rb") as file:
            report, array = read(file, name)
    except MemoryError:
        gib = int(memory) / 2**30
        report, array = {"problem": f"The file takes more than the {gib:.3g} GiB of memory that it may take."}, None
    except Exception:  # whatever a hostile file makes of the reader: it is the file that is wrong
        report, array = {"problem": _DAMAGED}, None
    answers.write(json.dumps(report).encode() + b"\n")
    if array is not None:
        plain = np.ascontiguousarray(array)  # never a pickle: numbers only, see `read`
        np.lib.format.write_array_header_1_0(answers, np.lib.format.header_data_from_array_1_0(plain))
        answers.write(plain.data)
    answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
