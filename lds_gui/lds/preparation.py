"""Getting the engine ready: it is compiled once on a computer, and loaded from then on."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from lds_gui.lds.em import fit
from lds_gui.lds.options import EMOptions
from lds_gui.lds.params import LDSParams
from lds_gui.lds.smoother import smooth

_E_STEP = ("lds_gui.lds.kernels.expectation",)
_REST = tuple(f"lds_gui.lds.kernels.{name}" for name in ("maximisation", "likelihood", "posterior"))


def prepare(on_compiling: Callable[[], object]) -> None:
    """Load all of the engine, compiling whatever of it is not in this user's cache.

    Calls `on_compiling` once, before the first compilation; not at all where everything comes from the cache. That
    takes a second or so, compiling a minute or so, in this process and in one beside it.
    """
    from numba.core import event as numba_event  # late: numba takes its time to load
    from numba.core.event import Event, Listener

    from lds_gui.lds.kernels.compiled import CACHE_FOLDER

    beside = multiprocessing.get_context("spawn").Process(target=_load, args=(_REST,), daemon=True)

    class Once(Listener):
        """Passes the first compilation on, and shares the work."""

        told = False

        def on_start(self, event: Event) -> None:  # noqa: ARG002
            """Tell."""
            if not self.told:
                self.told = True
                on_compiling()
                if CACHE_FOLDER is not None:  # what the other process compiles reaches this one by the cache
                    beside.start()

        def on_end(self, event: Event) -> None:
            """Nothing to tell."""

    with cast(Any, numba_event).install_listener("numba:compile", Once()):
        _load(_E_STEP)
        if beside.pid is not None:
            beside.join()
        params = LDSParams([[0.5]], [[1.0], [1.0]], [[1.0]], np.eye(2), [0.0])
        observations = np.array([[0.0, 1.0], [1.0, np.nan], [np.nan, np.nan], [0.5, 3.0]])
        fit(params, observations, EMOptions(max_iter=1))
        smooth(params, observations)


def _load(names: tuple[str, ...]) -> None:
    """Import modules of kernels, which compiles what is not in the cache."""
    for name in names:
        importlib.import_module(name)
