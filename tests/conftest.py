"""Qt runs without a screen here; where it cannot be loaded at all, what needs it is left out, and that is said."""

import os
import subprocess
import sys

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from lds_gui.ui.platform import missing_libraries

MISSING = missing_libraries()
collect_ignore = ["session", "ui"] if MISSING else []


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    if MISSING:
        pluginmanager.unregister(name="pytest-qt")


def pytest_report_header() -> list[str]:
    return [f"the tests of session and window are left out: {MISSING}"] if MISSING else []


@pytest.fixture(autouse=True, scope="session")
def settings_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the user's settings out of the tests, and the tests out of the user's settings."""
    if not MISSING:
        from PySide6.QtCore import QSettings

        folder = str(tmp_path_factory.mktemp("settings"))
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(scope="session")
def qapp():
    """The program's own application, with its style and fonts, whichever test asks first."""
    from lds_gui.ui.app import make_application

    return make_application()


@pytest.fixture(scope="session")
def compiled_engine() -> None:
    """Compile the engine where that was never done: no test that waits for a run should have to wait for that too."""
    subprocess.run([sys.executable, "-c", "from lds_gui.lds.preparation import prepare; prepare(print)"], check=True)
