"""Make one sheet of all panels for each kind of run, light and dark: `uv run screenshots/panels.py`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QPixmap

from lds_gui.files import preset, presets
from lds_gui.lds import EMOptions, Simulation
from lds_gui.session import Session, State
from lds_gui.ui.app import make_application, wait_for
from lds_gui.ui.learn.panels import PANELS
from lds_gui.ui.main_window import MainWindow
from lds_gui.ui.theme import THEMES, Theme

FOLDER = Path(__file__).parent
PANEL = 470, 320  # px
N_COLUMNS, GAP = 4, 8


def good(session: Session) -> None:
    """EM finds the damped oscillator."""
    run(session, EMOptions(max_iter=200))


def slow(session: Session) -> None:
    """EM crawls: the latents decay slowly."""
    session.use_preset(preset("slow_decay"))
    run(session, EMOptions(max_iter=400, tol=0.0))


def degenerate(session: Session) -> None:
    """EM breaks down: six latents explain three columns of twelve steps, gaps included, and leave no noise."""
    session.set_dimensions(6, 3)
    session.set_simulation(Simulation(12, 3))
    session.simulate()
    run(session, EMOptions(max_iter=5000, tol=0.0))


def compared(session: Session) -> None:
    """A run in which everything is learned, and one in which A and Σ are held; and restarts."""
    session.use_preset(preset("two_oscillators"))
    run(session, EMOptions(max_iter=60, tol=0.0))
    go(session, EMOptions(max_iter=60, tol=0.0, learn=frozenset({"B", "Gamma", "mu0"})))
    session.compare(1)
    session.restart(6)
    wait_for(session, lambda state: state.restarts is not None and not state.restarts.is_running)


RUNS: tuple[Callable[[Session], None], ...] = (good, slow, degenerate, compared)


def run(session: Session, options: EMOptions) -> None:
    """Simulate, and run EM to its end with these options."""
    session.simulate()
    wait_for(session, lambda state: state.data is not None and not state.busy)
    go(session, options)


def go(session: Session, options: EMOptions) -> None:
    """Run EM to its end with these options, and wait for all that panels show of it."""
    session.set_learning(replace(session.state.learning, options=options))
    session.run()
    wait_for(session, is_complete)


def is_complete(state: State) -> bool:
    """Say whether the run has ended, and everything is derived."""
    run = state.run
    if run is None or run.status.is_live or not state.view_is_current or state.surprise is None:
        return False
    return not state.surprise.missing(run.n_recorded)


def sheet(state: State, theme: Theme) -> QPixmap:
    """Draw every panel of this state, side by side."""
    n_rows = -(-len(PANELS) // N_COLUMNS)
    (width, height), step = PANEL, (PANEL[0] + GAP, PANEL[1] + GAP)
    result = QPixmap(N_COLUMNS * step[0] + GAP, n_rows * step[1] + GAP)
    result.fill(theme.color("window"))
    for place, kind in enumerate(PANELS):
        panel = kind()
        panel.restyle(theme)
        panel.resize(width, height)
        panel.show()
        for _ in range(2):  # plots find their range when they have been painted once
            panel.draw(state)
            QGuiApplication.processEvents()
        panel.render(result, QPoint(GAP + place % N_COLUMNS * step[0], GAP + place // N_COLUMNS * step[1]))
        panel.close()
    return result


def main() -> None:
    """Make every sheet."""
    make_application()
    for kind in RUNS:
        session = Session(presets()[0])
        window = MainWindow(session, THEMES[0].name)
        window.learn.area.toggle("residuals")
        session.want_residuals(True)
        session.want_surprise(True)
        kind(session)
        print(f"{kind.__name__}: {session.state.run.reason if session.state.run else ''}")
        for theme in THEMES:
            window.use_theme(theme.name)
            path = FOLDER / f"panels-{kind.__name__}-{theme.name}.png"
            sheet(session.state, theme).save(str(path))
            print(path.name)
        window.close()
        window.deleteLater()


if __name__ == "__main__":
    main()
