"""Getting the engine ready: it is compiled once on a computer, and loaded from then on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lds_gui.lds import EMOptions, LDSParams, fit, smooth


def prepare(on_compiling: Callable[[], object]) -> None:
    """Load all of the engine, compiling whatever of it is not in this user's cache.

    Calls `on_compiling` once, before the first compilation; not at all where everything comes from the cache. That
    takes a second or so, compiling a minute or so.
    """
    from numba.core.event import Event, Listener, install_listener  # late: numba takes its time to load

    class Once(Listener):
        """Passes the first compilation on."""

        told = False

        def on_start(self, event: Event) -> None:  # noqa: ARG002
            """Tell."""
            if not self.told:
                self.told = True
                on_compiling()

        def on_end(self, event: Event) -> None:
            """Nothing to tell."""

    params = LDSParams([[0.5]], [[1.0], [1.0]], [[1.0]], np.eye(2), [0.0])
    observations = np.array([[0.0, 1.0], [1.0, np.nan], [np.nan, np.nan], [0.5, 3.0]])
    with install_listener("numba:compile", Once()):
        fit(params, observations, EMOptions(max_iter=1))
        smooth(params, observations)
