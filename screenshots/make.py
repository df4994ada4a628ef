"""Make every picture in this folder from the running program: `uv run screenshots/make.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QGuiApplication

from lds_gui.files import preset, presets, sample
from lds_gui.lds import GAUSSIAN_PRESETS, REVERSE, EMOptions, Gaussian
from lds_gui.resources import resource_path
from lds_gui.session import MODEL_START, GaussianPair, Lost, Session
from lds_gui.session.saved import Heading
from lds_gui.ui.app import make_application, run_to_the_end, wait_for
from lds_gui.ui.main_window import MainWindow

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shot:
    """A picture: its file's name, theme and size, and what is done before it is taken."""

    name: str
    theme: str
    size: tuple[int, int]
    prepare: Callable[[MainWindow], None]


def finished(window: MainWindow) -> None:
    """EM has converged on the first preset."""
    run_to_the_end(window.session)


def empty(_window: MainWindow) -> None:
    """Nothing has been simulated yet."""


def data_only(window: MainWindow) -> None:
    """Data are there, EM has not run."""
    window.session.simulate()
    wait_for(window.session, lambda state: state.data is not None)


def running(window: MainWindow) -> None:
    """EM is under way; an earlier preset's slow model."""
    session = window.session
    session.use_preset(preset("two_oscillators"))
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=100_000, tol=0.0)))
    session.run()
    wait_for(session, lambda state: (state.iteration or 0) >= 12 and state.view is not None)
    for _ in range(5):  # each pass lays out one more level of the window
        QGuiApplication.processEvents()


def failed(window: MainWindow) -> None:
    """EM could not start: the model observes three columns, the data have one; and a cell holds no covariance."""
    window.session.open_data(sample("nile").path)
    wait_for(window.session, lambda state: state.data is not None)
    window.session.set_learning(replace(window.session.state.learning, start=MODEL_START))
    window.session.run()
    wait_for(window.session, lambda state: state.run is not None and not state.run.status.is_live)
    set_cell(window.learn.model_card.editors["Sigma"].model, 0, 1, "0.3")


def own_data(window: MainWindow) -> None:
    """EM on the Mauna Loa record, which has gaps; four latents carry the trend and the year."""
    window.session.set_dimensions(4, 1)
    window.session.open_data(sample("co2").path)
    window.session.run()
    wait_for(
        window.session,
        lambda state: state.run is not None and not state.run.status.is_live and state.view_is_current,
    )


def brought_forward(*names: str) -> Callable[[MainWindow], None]:
    """Run EM on two oscillators for a while, with these panels brought into sight."""

    def prepare(window: MainWindow) -> None:
        window.session.use_preset(preset("two_oscillators"))
        run_to_the_end(window.session)
        for name in names:
            window.learn.area.toggle(name)
        wait_for(window.session, lambda state: state.view_is_current)

    return prepare


def gaussians(dim: int) -> Callable[[MainWindow], None]:
    """Show the tab Gaussians in this dimension."""

    def prepare(window: MainWindow) -> None:
        rng = np.random.default_rng(3)
        factor = np.eye(dim) + 0.4 * rng.standard_normal((dim, dim))
        q = Gaussian((0.8 * rng.standard_normal(dim)).round(2), (factor @ factor.T).round(2))
        window.session.lab.set_pair(GaussianPair(Gaussian(np.zeros(dim), np.eye(dim)), q))
        window.tabs.setCurrentIndex(1)

    return prepare


def page(name: str, dim: int) -> Callable[[MainWindow], None]:
    """Show the tab Gaussians in this dimension, with this page of details; what it can try has been tried."""

    def prepare(window: MainWindow) -> None:
        gaussians(dim)(window)
        session = window.session
        window.gaussians.details.show_page(name)
        if name == "samples":
            session.lab.sample()
            wait_for(session, lambda state: not state.laboratory.is_sampling)
        elif name == "fit":
            session.lab.use_preset(GAUSSIAN_PRESETS[-1])
            session.lab.set_fit("diagonal", REVERSE)
            session.lab.fit_q()
            wait_for(session, lambda state: not state.laboratory.is_fitting and not state.laboratory.plays_fit)
            session.lab.show_step(2)

    return prepare


def refused(window: MainWindow) -> None:
    """A covariance that is none: the last valid result is greyed."""
    gaussians(2)(window)
    set_cell(window.gaussians.q.cov.model, 0, 1, "3")


def lesson(window: MainWindow) -> None:
    """The lesson is replayed, as far as its first whole run."""
    session = window.session
    window.learn.area.docks["notebook"].raise_()
    session.player.open(resource_path("lessons", "first_steps.py"), 0.0)
    wait_for(session, lambda state: state.lesson is not None and state.lesson.place >= 13)
    session.player.pause()
    wait_for(session, lambda state: state.run is not None and not state.run.status.is_live and state.view_is_current)


def recovered(window: MainWindow) -> None:
    """The window before this one ended unexpectedly, and its session is offered."""
    data_only(window)
    heading = Heading("0.1.0", datetime(2026, 1, 12, 14, 3, tzinfo=UTC), "CO₂ at Mauna Loa, 526 steps, 3 runs")
    window.documents.bar.offer(Lost(Path(), heading), lambda: None, lambda: None)


SHOTS = (
    Shot("learn-light", "light", (1440, 900), finished),
    Shot("learn-dark", "dark", (1440, 900), finished),
    Shot("learn-small-light", "light", (1280, 720), finished),
    Shot("learn-large-dark", "dark", (1920, 1080), own_data),
    Shot("learn-empty-light", "light", (1280, 720), empty),
    Shot("learn-data-dark", "dark", (1280, 720), data_only),
    Shot("learn-running-light", "light", (1920, 1080), running),
    Shot("learn-failed-light", "light", (1280, 900), failed),
    Shot("lesson-light", "light", (1440, 900), lesson),
    Shot("lesson-dark", "dark", (1280, 720), lesson),
    Shot("recovery-light", "light", (1280, 720), recovered),
    Shot("debugger-light", "light", (1920, 1080), brought_forward("gains", "phase", "residuals")),
    Shot("debugger-dark", "dark", (1920, 1080), brought_forward("rate", "phase", "spectrum")),
    Shot("gaussians-1d-light", "light", (1280, 720), page("samples", 1)),
    Shot("gaussians-1d-dark", "dark", (1280, 720), page("samples", 1)),
    Shot("gaussians-2d-light", "light", (1440, 900), page("errata", 2)),
    Shot("gaussians-2d-dark", "dark", (1440, 900), gaussians(2)),
    Shot("gaussians-fit-light", "light", (1440, 900), page("fit", 2)),
    Shot("gaussians-6d-light", "light", (1440, 900), page("directions", 6)),
    Shot("gaussians-6d-dark", "dark", (1440, 900), page("directions", 6)),
    Shot("gaussians-refused-light", "light", (1280, 720), refused),
)


def set_cell(model: object, row: int, column: int, text: str) -> None:
    """Type a text into a cell of a matrix editor."""
    model.setData(model.index(row, column, QModelIndex()), text)  # type: ignore[attr-defined]


def main() -> None:
    """Take every picture, or those whose names begin with one of the arguments."""
    make_application()
    for shot in SHOTS:
        if not shot.name.startswith(tuple(sys.argv[1:]) or ""):
            continue
        window = MainWindow(Session(presets()[0]), shot.theme)
        window.resize(*shot.size)
        window.show()
        shot.prepare(window)
        path = FOLDER / f"{shot.name}.png"
        window.picture().save(str(path))
        window.close()
        window.deleteLater()
        print(path.name)


if __name__ == "__main__":
    main()
