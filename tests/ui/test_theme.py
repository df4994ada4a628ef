import re

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF

from lds_gui.resources import resource_path
from lds_gui.ui.heatmap import _shades, cell_figure, contrast, shade_indices
from lds_gui.ui.theme import DARK, LIGHT, SERIES, THEMES, Theme, icon, palette, stylesheet, text_font, theme_named

TEXT = ("ink", "soft", "accent", "good", "wrong")
MARKS = ("data", "truth", "estimate", "start", "compared", "good", "wrong", "p", "q", "accent", *SERIES)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", TEXT)
def test_that_text_can_be_read_on_cards_and_window(theme: Theme, role: str) -> None:
    for ground in ("card", "window", "field"):
        assert contrast(theme.color(role), theme.color(ground)) >= 4.2
    assert contrast(theme.color("ink"), theme.color("card")) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", MARKS)
def test_that_lines_and_marks_stand_out_from_the_card(theme: Theme, role: str) -> None:
    assert contrast(theme.color(role), theme.color("card")) >= 3.0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_the_number_in_a_cell_can_be_read_on_any_colour(theme: Theme) -> None:
    for shade in _shades(theme):
        assert contrast(shade.text, shade.fill) >= 4.5


def test_that_the_colour_scale_is_symmetric_about_zero_and_marks_what_is_not_finite() -> None:
    which = shade_indices(np.array([[-2.0, 0.0, 1.0, 2.0, 9.0, np.nan, np.inf]]), 2.0)
    assert which.tolist() == [[0, 64, 96, 128, 128, 129, 129]]
    assert shade_indices(np.zeros((1, 1)), 0.0).tolist() == [[64]]
    assert _shades(LIGHT)[64].fill == QColor(LIGHT.card)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_the_primary_button_can_be_read(theme: Theme) -> None:
    assert contrast(theme.color("on_accent"), theme.color("accent")) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_the_style_sheet_is_filled_in_and_its_images_exist(theme: Theme) -> None:
    sheet = stylesheet(theme)
    assert "$" not in sheet.partition("*/")[2]
    for path in re.findall(r"url\(([^)]*)\)", sheet):
        assert resource_path("icons", path.rpartition("/")[2]).is_file()
    assert palette(theme).window().color() == QColor(theme.window)


def test_that_an_unknown_theme_is_the_desktops(qapp) -> None:
    assert theme_named("dark") is DARK
    assert theme_named("no such theme") in (LIGHT, DARK)


@pytest.mark.parametrize("name", ["run", "pause", "step", "stop", "reset"])
def test_that_every_icon_is_drawn(qapp, name: str) -> None:
    image = icon(name, "#000000", "#888888").pixmap(16).toImage()
    drawn = sum(image.pixelColor(x, y).alpha() > 0 for x in range(16) for y in range(16))
    assert drawn > 15


def test_that_the_shipped_font_is_used_with_figures_of_one_width(qapp) -> None:
    font = text_font()
    assert QFontInfo(font).family() == "Inter"
    widths = {round(QFontMetricsF(font).horizontalAdvance(figure), 3) for figure in "0123456789"}
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0.0, 1.0, "0.00"),
        (0.945, 1.0, "0.94"),
        (-0.278, 1.0, "−0.28"),
        (-0.004, 1.0, "0.00"),
        (12.3456, 20.0, "12.35"),
        (919.4, 1370.0, "919"),
        (-0.26, 1370.0, "−0.26"),
        (-0.001, 1370.0, "0.00"),
        (15098.5, 15098.5, "2e4"),
        (-0.004, 0.05, "−0.004"),
        (0.0, 0.05, "0.000"),
        (-0.004, 0.009, "−4e−3"),
        (0.0, 0.009, "0"),
        (0.0, 0.0, "0"),
        (float("inf"), 1.0, "inf"),
    ],
)
def test_that_a_heat_map_writes_all_figures_of_a_block_in_one_form(value: float, scale: float, text: str) -> None:
    assert cell_figure(value, scale) == text
