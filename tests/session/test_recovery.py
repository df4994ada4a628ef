"""What a window leaves behind when it ends unexpectedly is found again; what is broken never stops anyone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lds_gui.files import presets
from lds_gui.session import Recovery, WindowLayout
from lds_gui.session.session import fresh_state

CHILD = """
import sys, time
from pathlib import Path
from lds_gui.files import presets
from lds_gui.session import Recovery, WindowLayout
from lds_gui.session.session import fresh_state
recovery = Recovery(Path(sys.argv[1]))
recovery.keep(fresh_state(presets()[1]), WindowLayout())
print("kept", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def child(root: Path) -> Iterator[subprocess.Popen]:
    """Another window's process, which has kept its state."""
    command = [sys.executable, "-c", CHILD, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "kept\n"
        yield process
        process.kill()


def test_that_what_a_killed_process_has_kept_is_found(root: Path, child: subprocess.Popen):
    child.kill()
    child.wait()
    recovery = Recovery(root)
    (lost,) = recovery.lost()
    assert lost.heading.summary == presets()[1].title
    recovery.discard(lost.path.parent)
    assert recovery.lost() == []
    recovery.end()
    assert not root.exists()


def test_that_a_window_which_lives_is_left_alone(root: Path, child: subprocess.Popen):
    recovery = Recovery(root)
    assert recovery.lost() == []
    assert len(list(root.iterdir())) == 2
    recovery.end()


def test_that_a_broken_file_is_set_aside(root: Path, child: subprocess.Popen):
    child.kill()
    child.wait()
    (path,) = root.glob("*/session.ldsession")
    path.write_bytes(path.read_bytes()[:-100])
    recovery = Recovery(root)
    assert recovery.lost() == []
    assert len(list((root / "broken").iterdir())) == 1
    assert recovery.lost() == []
    recovery.end()


def test_that_a_folder_without_a_session_is_taken_away(root: Path):
    (root / "123-abc").mkdir(parents=True)
    (root / "a file").touch()
    recovery = Recovery(root)
    assert recovery.lost() == []
    assert not (root / "123-abc").exists()
    recovery.end()


def test_that_its_own_folder_is_not_offered(root: Path):
    recovery = Recovery(root)
    recovery.keep(fresh_state(presets()[0]), WindowLayout())
    assert recovery.lost() == []
    recovery.end()
    recovery.keep(fresh_state(presets()[0]), WindowLayout())  # too late, and no error
    assert not root.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="ermission"):
        Recovery(tmp_path / "recovery")
