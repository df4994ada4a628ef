import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from lds_gui.ui.heatmap import HeatMap, MatrixBlock
from lds_gui.ui.theme import LIGHT


@pytest.mark.parametrize("size", [(600, 200), (200, 600), (160, 100)])
def test_that_every_entry_can_be_pointed_at_and_read_in_full(qtbot: QtBot, size: tuple[int, int]) -> None:
    values = np.array([[1 / 3, -2.0], [3.0, 4e-9]])
    heat_map = HeatMap()
    qtbot.addWidget(heat_map)
    heat_map.restyle(LIGHT)
    heat_map.resize(*size)
    heat_map.show_blocks([MatrixBlock("A", {"true": values, "estimate": values + 1})])
    heat_map.grab()
    texts = {heat_map.cell_text(QPoint(x, y)) for x in range(0, size[0], 2) for y in range(0, size[1], 2)} - {""}
    assert len(texts) == 8
    assert "A[1, 1], true: 0.333333333333" in texts
    assert "A[2, 2], true: 4e−9" in texts


def test_that_one_scale_serves_all_versions_and_ignores_what_is_not_finite() -> None:
    block = MatrixBlock("A", {"true": np.array([[1.0, np.nan]]), "estimate": np.array([[-3.0, np.inf]]), "gone": None})
    assert block.scale == 3.0
    assert block.shape == (1, 2)


def test_that_an_empty_heat_map_has_nothing_to_say(qtbot: QtBot) -> None:
    heat_map = HeatMap()
    qtbot.addWidget(heat_map)
    heat_map.grab()
    assert heat_map.cell_text(QPoint(10, 10)) == ""


@pytest.mark.parametrize("size", [(440, 300), (160, 100)])
def test_that_large_matrices_stay_within_the_picture(qtbot: QtBot, size: tuple[int, int]) -> None:
    heat_map = HeatMap()
    qtbot.addWidget(heat_map)
    heat_map.resize(*size)
    shapes = {"A": (20, 20), "B": (50, 20), "Γ": (50, 50)}
    names = ("true", "estimate", "difference")
    heat_map.show_blocks([MatrixBlock(name, dict.fromkeys(names, np.ones(shape))) for name, shape in shapes.items()])
    heat_map.grab()
    grid = heat_map._best_grid()
    assert grid.column_lefts[-1] + grid.column_shapes[-1] * grid.pitch[0] <= max(size[0], 3 * 50 + 26 + 24)
    assert grid.row_tops[-1] + grid.row_shapes[-1] * grid.pitch[1] <= max(size[1], 120 + 22 + 24)
    assert grid.gap == 0
