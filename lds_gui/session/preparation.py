"""The engine made ready in a computing process, which says whether it has to be compiled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from lds_gui.lds.preparation import prepare

LOADING = "Loading the engine"
COMPILING = "Preparing the engine: compiled once on this computer"


def preparation() -> Iterator[str]:
    """Get the engine ready in this process; yields `COMPILING` as soon as it turns out that it has to be compiled."""
    news: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(prepare, lambda: news.put(COMPILING))
        outcome.add_done_callback(lambda _: news.put(""))
        word = news.get()
        if word:
            yield word
        outcome.result()
