from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lds_gui.lds import Dataset
from lds_gui.session import State
from lds_gui.ui.learn.panels.observations import ObservationsPanel
from lds_gui.ui.stretches import Stretches
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATE = states()["data only"]


def with_gaps(*gaps: slice, n_steps: int = 400) -> State:
    """A state whose first column lies between −1 and 1, and is missing in these slices of steps."""
    x = np.zeros((n_steps, 3))
    x[:, 0] = np.sin(np.arange(n_steps) / 9)
    for gap in gaps:
        x[gap, 0] = np.nan
    return replace(STATE, data=replace(STATE.data, dataset=Dataset(x)))


@pytest.fixture
def panel(qtbot: QtBot) -> ObservationsPanel:
    panel = ObservationsPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    panel.resize(500, 300)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def shaded_times(panel: ObservationsPanel) -> np.ndarray:
    """The times at which the upper edge of the plot is not in the colour of the card."""
    QGuiApplication.processEvents()
    image, view = panel.plot.grab().toImage(), panel.plot.getViewBox()
    area = view.mapRectToScene(view.boundingRect())
    y, columns = round(area.top()) + 2, range(round(area.left()) + 1, round(area.right()))
    shaded = [x for x in columns if image.pixelColor(x, y).name() != image.pixelColor(columns[0], y).name()]
    return np.array([view.mapSceneToView(area.topLeft().__class__(x + 0.5, y)).x() for x in shaded])


def test_that_missing_stretches_are_shaded_over_the_whole_height(panel: ObservationsPanel) -> None:
    panel.draw(with_gaps(slice(99, 150), slice(299, 300)))
    times = shaded_times(panel)
    long = times[times < 200]
    assert (long.min(), long.max()) == pytest.approx((99.5, 150.5), abs=2.0)
    assert times[times > 200] == pytest.approx(300, abs=2.0)
    assert not panel.keys[2].isHidden()
    panel.choice.setCurrentIndex(1)  # a column of which nothing is missing
    assert panel.keys[2].isHidden()
    assert shaded_times(panel).size == 0


def test_that_shading_makes_no_room_for_itself(panel: ObservationsPanel) -> None:
    panel.draw(with_gaps())
    QGuiApplication.processEvents()
    before = panel.plot.getViewBox().viewRange()
    panel.draw(with_gaps(slice(99, 150)))
    QGuiApplication.processEvents()
    np.testing.assert_allclose(panel.plot.getViewBox().viewRange(), before, rtol=0.02, atol=0.02)


def test_that_a_column_of_pixels_is_shaded_by_its_share_of_missing_steps() -> None:
    rng = np.random.default_rng(2)
    missing = rng.random(1000) < 0.2
    missing[0] = missing[-1] = True
    stretches = Stretches()
    stretches.set_steps(missing)
    np.testing.assert_allclose(stretches.shares(0.5, 1000.5, 50), missing.reshape(50, 20).mean(axis=1), atol=1e-9)
    np.testing.assert_allclose(stretches.shares(-9.5, 0.5, 5), 0.0)
    stretches.set_steps(np.zeros(10, dtype=bool))
    assert not stretches.isVisible()
