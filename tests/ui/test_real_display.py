"""The program as a person starts it: a process of its own on a real X display, with real clicks and keys."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

PROGRAMS = ("Xvfb", "xdotool", "openbox")
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]
SIZE = (1280, 720)
PATIENCE = 60.0  # seconds

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An X server with a window manager; gives the environment in which a program finds it."""
    number, server = _start_server()
    environment = {**os.environ, "DISPLAY": number, "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config"))}
    environment["LDS_GUI_DATA_FOLDER"] = str(tmp_path_factory.mktemp("data"))
    environment.pop("QT_QPA_PLATFORM", None)
    environment.pop("WAYLAND_DISPLAY", None)
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
    yield environment
    for process in (manager, server):
        process.terminate()
        process.wait()


def _start_server() -> tuple[str, subprocess.Popen[bytes]]:
    """Start an X server on a display number that it chooses and tells."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as told:
        return f":{told.readline().strip()}", server


def xdotool(environment: dict[str, str], *words: object) -> str:
    command = ["xdotool", *map(str, words)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.1)  # polls another process


def start_program(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lds_gui", "--theme", "light", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def window_of(environment: dict[str, str], title: str = "Untitled.* LDS GUI$") -> str:
    search = ["xdotool", "search", "--onlyvisible", "--name", title]
    found: list[str] = []

    def is_there() -> bool:
        found[:] = subprocess.run(search, env=environment, capture_output=True, text=True, check=False).stdout.split()
        return bool(found)

    wait_until(is_there, "the window")
    return found[-1]


def discard_changes(environment: dict[str, str]) -> None:
    """Answer the question whether changes are to be saved: No, which is the second button."""
    window = window_of(environment, "^Unsaved changes")
    xdotool(environment, "windowactivate", "--sync", window, "key", "Tab", "key", "space")


def screen(environment: dict[str, str], path: Path) -> QImage:
    """What is on the screen, read from the server by a program that asks it for its root window."""
    script = (
        "import sys; from PySide6.QtGui import QGuiApplication; app = QGuiApplication([]); "
        "app.primaryScreen().grabWindow(0).save(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True)
    return QImage(str(path))


def test_that_the_program_runs_em_by_real_clicks_and_ends_cleanly(display: dict[str, str], tmp_path: Path) -> None:
    program = start_program(display)
    window = window_of(display)

    def place_of_color(color: str) -> tuple[int, int] | None:
        """Where the screen's lower left, with the transport bar, has this colour."""
        image, wanted = screen(display, tmp_path / "screen.png"), QColor(color)
        for y in range(SIZE[1] - 1, SIZE[1] - 90, -2):
            for x in range(0, 200, 2):
                if image.pixelColor(x, y) == wanted:
                    return x, y
        return None

    accent = "#0B63C5"
    wait_until(lambda: place_of_color(accent) is not None, "the Run button")
    place = place_of_color(accent)
    assert place is not None
    xdotool(display, "mousemove", place[0] + 10, place[1] - 6, "click", 1)

    def band_is_drawn() -> bool:
        """Whether the estimate's colour is on the right half of the screen."""
        image, wanted = screen(display, tmp_path / "screen.png"), QColor("#0072B2")
        return any(
            abs(image.pixelColor(x, y).red() - wanted.red()) + abs(image.pixelColor(x, y).blue() - wanted.blue()) < 12
            for x in range(SIZE[0] // 2, SIZE[0], 2)
            for y in range(120, SIZE[1] - 100, 2)
        )

    wait_until(band_is_drawn, "the estimate in the panels")
    xdotool(display, "windowactivate", "--sync", window, "key", "ctrl+q")
    discard_changes(display)
    output, _ = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, output
    assert output == ""
    assert not (Path(display["LDS_GUI_DATA_FOLDER"]) / "recovery").exists()


def test_that_closing_the_window_during_a_run_ends_cleanly(display: dict[str, str]) -> None:
    program = start_program(display, "--data", "co2")
    window = window_of(display)
    xdotool(display, "windowactivate", "--sync", window, "key", "F5")
    xdotool(display, "key", "alt+F4")
    discard_changes(display)
    output, _ = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, output
    assert "Traceback" not in output


def test_that_what_was_there_when_the_program_was_killed_is_still_there(display: dict[str, str]) -> None:
    program = start_program(display)
    xdotool(display, "windowactivate", "--sync", window_of(display), "key", "F5")
    root = Path(display["LDS_GUI_DATA_FOLDER"]) / "recovery"
    wait_until(lambda: bool(list(root.glob("*/session.ldsession"))), "the session that is kept by itself")
    (kept,) = root.glob("*/session.ldsession")
    program.kill()
    program.communicate(timeout=PATIENCE)
    program = start_program(display)
    xdotool(display, "windowactivate", "--sync", window_of(display), "key", "ctrl+q")
    output, _ = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, output
    assert kept.exists()
