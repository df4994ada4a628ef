"""An environment of its own for the other libraries, with exact versions, and one thread for each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent
REQUIREMENTS = HERE / "requirements.txt"
_FOLDER = HERE / ".venv"
_STAMP = _FOLDER / "installed.txt"
_INSIDE = "LDS_GUI_BENCHMARK"

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


def enter(script: str) -> None:
    """Run `script` again inside the environment with the same arguments, and end with its exit code.

    Returns at once when already inside. Makes or renews the environment where the requirements have changed.
    """
    if os.environ.get(_INSIDE):
        _keep_to_one_core()
        return
    python = _python(_FOLDER)
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not (python.exists() and _STAMP.exists() and _STAMP.read_text(encoding="utf-8") == wanted):
        tell(f"installing the libraries of {REQUIREMENTS.name} into {_FOLDER} …")
        _install(python)
        _STAMP.write_text(wanted, encoding="utf-8")
    environment = {**os.environ, **ONE_THREAD, _INSIDE: "1", "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    environment.pop("VIRTUAL_ENV", None)
    raise SystemExit(subprocess.run([python, script, *sys.argv[1:]], env=environment, check=False).returncode)


def tell(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def _python(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _install(python: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        commands = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, _FOLDER],
            [uv, "pip", "install", "--quiet", "--python", python, "--requirements", REQUIREMENTS],
        ]
    else:
        commands = [
            [sys.executable, "-m", "venv", "--clear", _FOLDER],
            [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS],
        ]
    for command in commands:
        subprocess.run(command, check=True, cwd=HERE)


def _keep_to_one_core() -> None:
    """Where the system allows it, so that no library's helper threads count for more than one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
