"""Starting the program: the window, or the same window without a screen."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import lds_gui
from lds_gui.files import DataFile, FileFormatError, load_data, preset, presets
from lds_gui.lds import ParameterError
from lds_gui.resources import resource_path
from lds_gui.session import Session, State, WorkerExecutor
from lds_gui.ui import settings
from lds_gui.ui.errors import catch_everything
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import LIGHT, load_fonts, text_font

FIRST_SIZE = (1440, 900)
_SWITCH_INTERVAL = 0.0005  # s; lets the GUI thread in between a worker's Python code, see benchmarks/lateness.py


def make_application() -> QApplication:
    """Make the application with its style and fonts, or give the one there is."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    sys.setswitchinterval(_SWITCH_INTERVAL)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("lds-gui")
    application.setApplicationDisplayName("LDS GUI")
    application.setApplicationVersion(lds_gui.__version__)
    application.setDesktopFileName("lds-gui")
    application.setStyle("Fusion")
    load_fonts()
    application.setFont(text_font())
    application.setWindowIcon(QIcon(str(resource_path("icons", "app.svg"))))
    return application


def run_window(
    data: DataFile | None,
    data_path: Path | None,
    theme: str | None,
    session_file: Path | None = None,
    *,
    safe_mode: bool = False,
) -> int:
    """Open the window, on this session, these data or else the first preset's; return the exit code when it is closed.

    `safe_mode`: without settings, and without what earlier windows have left.
    """
    if safe_mode:
        settings.switch_off()
    os.environ.setdefault("QT_SCALE_FACTOR", f"{int(settings.chosen('scale')) / 100:g}")
    application = make_application()
    window = MainWindow(Session(presets()[0], make_executor=_executor), theme or settings.theme_name())
    catch_everything(window.error_panel)
    window.session.load_own_presets()
    window.painted.connect(_load_late_libraries)
    window.painted.connect(window.session.warm_up)  # what takes the processor comes after what one sees
    _show_at_good_size(window)
    layout = settings.layout()
    if layout is not None:
        window.learn.area.restore_layout(layout)
    window.session.lab.set_in_bits(settings.chosen("units") == settings.BITS)
    if not safe_mode:
        window.documents.guard()
    if session_file is not None:
        window.documents.open(session_file)
    elif data is None:
        window.session.simulate()
    else:
        window.session.use_data(data, data_path)
    code = application.exec()
    settings.remember_geometry(window.saveGeometry())
    settings.remember_layout(window.learn.area.layout_state())
    return code


def _executor() -> WorkerExecutor:
    """Give the processes in which restarts run: as many as the settings say."""
    chosen = settings.chosen("processes")
    return WorkerExecutor(None if chosen == "all" else int(chosen))


def _load_late_libraries() -> None:
    """Import beside the window what the first drag of an eigenvalue would have to wait for.

    The program's end waits for it: a thread that is cut off while it loads C++ aborts the whole process.
    """
    threading.Thread(target=importlib.import_module, args=("scipy.linalg",)).start()


def _show_at_good_size(window: MainWindow) -> None:
    """Show the window as it was left; the first time at the size it is designed for, or as large as the screen."""
    remembered, room = settings.geometry(), window.screen().availableGeometry()
    if remembered is not None and window.restoreGeometry(remembered):
        window.show()
    elif room.width() > FIRST_SIZE[0] and room.height() > FIRST_SIZE[1]:
        window.resize(*FIRST_SIZE)
        window.show()
    else:
        window.showMaximized()


def run_demo(preset_name: str, out: Path, theme: str, size: tuple[int, int]) -> str:
    """Simulate a preset, run EM and write a picture of the window; say what was done. Needs no screen if Qt does not.

    Raises ParameterError if there is no such preset, FileFormatError if the picture cannot be written.
    """
    chosen = preset(preset_name)
    if not out.absolute().parent.is_dir():
        raise FileFormatError(out, "The picture could not be written: there is no such folder.")
    make_application()
    window = MainWindow(Session(chosen), theme or LIGHT.name)
    window.resize(*size)
    window.show()
    state = run_to_the_end(window.session)
    saved = window.picture().save(str(out))
    window.close()
    if not saved:
        raise FileFormatError(out, "The picture could not be written: is the folder writable?")
    if state.run is None or state.step is None:
        reason = state.data_error if state.run is None else state.run.reason
        raise ParameterError("preset", f"EM could not start on {chosen.title}: {reason}")
    return (
        f"{chosen.title}: {state.simulation.n_steps} steps simulated with seed {state.simulation.seed}; "
        f"EM went from log-likelihood {state.run.history[0].log_likelihood:.6f} to {state.step.log_likelihood:.6f} "
        f"in {state.step.iteration} iterations. {state.run.reason} The window's picture is in {out}."
    )


def run_report(path: Path, out: Path, latent_dim: int | None) -> None:
    """Write a report of a session file's run, or of what EM learns from data with so many latents; without a screen.

    Raises FileFormatError if a file cannot be read or written, ParameterError if there is no run to report on.
    """
    make_application()
    window = MainWindow(Session(presets()[0]), LIGHT.name)
    window.resize(*FIRST_SIZE)
    window.show()
    session = window.session
    try:
        if latent_dim is None:
            session.files.open(path)
            wait_for(session, lambda state: not state.document.busy)
        else:
            session.set_dimensions(latent_dim, session.state.model.obs_dim)
            session.use_data(load_data(path), path)
            session.run()
            wait_for(session, _is_settled)
        if session.state.document.problem:
            raise ParameterError("file", session.state.document.problem)
        if session.state.step is None:
            reason = session.state.run.reason if session.state.run is not None else "there is no run in it"
            raise ParameterError("run", f"There is nothing to report on: {reason}")
        loop = QEventLoop()
        window.exports.save_report(out, loop.quit)
        loop.exec()
        if session.state.document.problem:
            raise ParameterError("out", session.state.document.problem)
    finally:
        window.close()


def run_to_the_end(session: Session) -> State:
    """Simulate and run EM, with events processed meanwhile; return the state in which everything has been derived.

    Raises whatever unexpected error the session signals.
    """
    session.simulate()
    session.run()
    return wait_for(session, _is_settled)


def _is_settled(state: State) -> bool:
    """Say whether the run has ended and what it shows is derived, or there are no data to run on."""
    ended = state.run is not None and not state.run.status.is_live and not state.busy
    return (ended and (state.step is None or state.view_is_current)) or bool(state.data_error)


def wait_for(session: Session, reached: Callable[[State], bool]) -> State:
    """Let events happen until the session's state is as wanted, and return it.

    Raises whatever unexpected error the session signals.
    """
    loop = QEventLoop()
    errors: list[Exception] = []

    def look(state: State) -> None:
        if reached(state):
            loop.quit()

    def give_up(error: Exception) -> None:
        errors.append(error)
        loop.quit()

    session.changed.connect(look)
    session.failed.connect(give_up)
    if not reached(session.state):
        loop.exec()
    session.changed.disconnect(look)
    session.failed.disconnect(give_up)
    if errors:
        raise errors[0]
    return session.state
