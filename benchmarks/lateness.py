"""How late the GUI thread is while EM runs: `uv run benchmarks/lateness.py`.

A timer in the GUI thread asks to be woken every 10 ms while EM runs in the window with every panel visible (those that
share a place with another one as windows of their own); how late it is woken is how long a click would have waited. The
same run without a window, in the same process and in turn with the other, tells what the window costs EM.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt, QTimer

from lds_gui.files import presets
from lds_gui.lds import EMOptions, LDSParams, em, pca_start
from lds_gui.lds.preparation import prepare
from lds_gui.session import Session
from lds_gui.ui.app import make_application, wait_for
from lds_gui.ui.main_window import MainWindow

INTERVAL = 0.010


def main() -> None:
    """Measure, and print a line for each quantity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latent-dim", type=int, default=4)
    parser.add_argument("--obs-dim", type=int, default=10)
    parser.add_argument("--n-steps", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    make_application()
    session = Session(presets()[0])
    window = MainWindow(session, "light")
    window.resize(1440, 900)
    window.show()
    _show_every_panel(window)
    model = _model(arguments.latent_dim, arguments.obs_dim)
    session.use_preset(replace(presets()[0], params=model, n_steps=arguments.n_steps, seed=1))
    options = EMOptions(max_iter=arguments.iterations, tol=0.0)
    session.set_learning(replace(session.state.learning, options=options))
    session.warm_up()
    wait_for(session, lambda state: state.data is not None and not state.busy and not state.preparing)

    prepare(lambda _: None)
    lateness, seconds, alone = [], np.empty(arguments.rounds), np.empty(arguments.rounds)
    for number in range(arguments.rounds):
        session.reset()
        alone[number] = _run_alone(session, options)
        late, seconds[number] = _run_with_heartbeat(session)
        lateness.append(late)
    window.close()

    p50, p99, largest = 1e3 * np.percentile(np.concatenate(lateness), [50, 99, 100])
    share = alone / seconds
    size = f"n = {arguments.latent_dim}, m = {arguments.obs_dim}, T = {arguments.n_steps}"
    print(f"{len(window.learn.panels)} panels, all in sight; {size}")
    print(f"{arguments.iterations} iterations in {np.median(seconds):.2f} s with the window, ", end="")
    print(f"{np.median(alone):.2f} s without (medians of {arguments.rounds})")
    print(f"lateness of the GUI thread: p50 {p50:.1f} ms, p99 {p99:.1f} ms, largest {largest:.1f} ms")
    print(f"throughput with the window: {np.median(share):.2f} of that without ", end="")
    print(f"({share.min():.2f} to {share.max():.2f})")


def _show_every_panel(window: MainWindow) -> None:
    area = window.learn.area
    for panel in window.learn.panels.values():
        if not area.is_in_sight(panel):
            dock = area.docks[panel.name]
            dock.setFloating(True)
            dock.resize(420, 320)
            dock.show()


def _run_alone(session: Session, options: EMOptions) -> float:
    """Run EM on the session's data without it, and return how long it took (s)."""
    state = session.state
    assert state.data is not None
    begin = time.perf_counter()
    for _ in em(pca_start(state.data.dataset, state.model.latent_dim), state.data.dataset, options):
        pass
    return time.perf_counter() - begin


def _run_with_heartbeat(session: Session) -> tuple[np.ndarray, float]:
    """Run EM to its end and return how late each heartbeat was (s), and how long it took (s)."""
    lateness: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        lateness.append(max(now - last - INTERVAL, 0.0))
        last = now

    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.setInterval(round(1e3 * INTERVAL))
    heart.timeout.connect(beat)
    begin = last = time.perf_counter()
    heart.start()
    session.run()
    wait_for(session, lambda state: state.run is not None and not state.run.status.is_live)
    heart.stop()
    return np.array(lateness), time.perf_counter() - begin


def _model(latent_dim: int, obs_dim: int) -> LDSParams:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((latent_dim, latent_dim))
    A *= 0.95 / np.abs(np.linalg.eigvals(A)).max()
    B = rng.standard_normal((obs_dim, latent_dim))
    return LDSParams(A, B, 0.1 * np.eye(latent_dim), 0.5 * np.eye(obs_dim), np.zeros(latent_dim))


if __name__ == "__main__":
    main()
