"""Time axes of different widths that show the same stretch of time."""

from __future__ import annotations

from collections.abc import Callable

from pyqtgraph import ViewBox

from lds_gui.ui.plots import Plot


def keep_together(one: Plot, other: Plot) -> None:
    """Have each show the stretch of time that the other is moved to, and everything when the other does.

    Unlike linked views, which pyqtgraph aligns on the screen, both show all of it wherever they are; and one that
    shows everything goes on doing so while the other is out of sight and not drawn.
    """
    views = one.getViewBox(), other.getViewBox()
    for view, follower in (views, views[::-1]):
        view.sigXRangeChanged.connect(_follows(view, follower))


def _follows(view: ViewBox, follower: ViewBox) -> Callable[..., None]:
    def follow(*_what: object) -> None:
        if view.autoRangeEnabled()[0]:
            if not follower.autoRangeEnabled()[0]:
                follower.enableAutoRange(ViewBox.XAxis)
        elif follower.viewRange()[0] != view.viewRange()[0]:
            follower.setXRange(*view.viewRange()[0], padding=0)

    return follow
