import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRectF
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lds_gui.ui.heatmap import Cell
from lds_gui.ui.learn.panels.matrices import MatricesPanel, entry_trace
from lds_gui.ui.numbers import readout
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["finished"]


@pytest.fixture
def panel(qtbot: QtBot) -> MatricesPanel:
    panel = MatricesPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    panel.resize(700, 420)
    panel.show()
    qtbot.waitExposed(panel)
    panel.draw(STATE)
    return panel


def cells(panel: MatricesPanel) -> dict[tuple[str, str, int, int], QPoint]:
    """A position within each entry."""
    heat_map = panel.heat_map
    points = (QPoint(x, y) for x in range(0, heat_map.width(), 4) for y in range(0, heat_map.height(), 4))
    return {cell[:4]: point for point in points if (cell := heat_map.cell_at(point)) is not None}


def test_that_an_entry_tells_its_way_in_the_shown_basis() -> None:
    for symbol, name, place in (("A", "A", (1, 0)), ("B", "B", (2, 1)), ("μ₀", "mu0", (0, 1))):
        trace = entry_trace(STATE, Cell(symbol, "estimate", *place, 0.0, QRectF()))
        steps = [np.atleast_2d(getattr(STATE.view.shown(step.params), name))[place] for step in STATE.run.steps]
        np.testing.assert_allclose(trace.values, steps)
        assert trace.truth == np.atleast_2d(getattr(STATE.view.true_params, name))[place]
        assert dict(trace.lines)["last"] == readout(float(np.atleast_2d(getattr(STATE.view.shown_params, name))[place]))


def test_that_it_comes_with_the_pointer_and_goes_with_it(panel: MatricesPanel, qtbot: QtBot) -> None:
    places = cells(panel)
    qtbot.mouseMove(panel.heat_map, places["A", "estimate", 0, 0])
    QGuiApplication.processEvents()
    assert panel._trace.isVisible()
    assert panel.heat_map.rect().contains(panel._trace.geometry())
    qtbot.mouseMove(panel.heat_map, places["A", "true", 0, 0])
    QGuiApplication.processEvents()
    assert not panel._trace.isVisible()
    qtbot.mouseMove(panel.heat_map, places["A", "estimate", 1, 1])
    QGuiApplication.processEvents()
    assert panel._trace.isVisible()
    QGuiApplication.sendEvent(panel.heat_map, QEvent(QEvent.Type.Leave))
    assert not panel._trace.isVisible()
