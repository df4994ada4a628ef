"""Colours by role, and what follows from them: palette, style sheet and icons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from string import Template

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from lds_gui.resources import resource_path


@dataclass(frozen=True)
class Theme:
    """One table of colours. A role means the same in every picture, and has a line style or symbol of its own."""

    name: str
    title: str
    window: str
    card: str
    field: str
    line: str
    ink: str
    soft: str
    faint: str
    accent: str
    on_accent: str
    accent_tint: str
    data: str
    truth: str
    estimate: str
    start: str
    compared: str
    good: str
    wrong: str
    p: str
    q: str
    negative: str
    positive: str
    series_1: str
    series_2: str
    series_3: str
    series_4: str

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """Give the colour of a role, with this opacity between 0 and 1."""
        color = QColor(getattr(self, role))
        color.setAlphaF(alpha)
        return color


LIGHT = Theme(
    name="light",
    title="Light",
    window="#F5F6F8",
    card="#FFFFFF",
    field="#FFFFFF",
    line="#E0E3E8",
    ink="#1C2128",
    soft="#626C78",
    faint="#9AA3AE",
    accent="#0B63C5",
    on_accent="#FFFFFF",
    accent_tint="#E4EFFB",
    data="#7E8894",
    truth="#1C2128",
    estimate="#0072B2",
    start="#C77C02",
    compared="#B0508C",
    good="#00875A",
    wrong="#C8500A",
    p="#0072B2",
    q="#C8500A",
    negative="#3B76B5",
    positive="#C0394A",
    series_1="#6A4FBB",
    series_2="#00838F",
    series_3="#8A6D00",
    series_4="#8D5B4C",
)

DARK = Theme(
    name="dark",
    title="Dark",
    window="#14161A",
    card="#1C1F25",
    field="#22262D",
    line="#2E333B",
    ink="#E4E7EB",
    soft="#9BA4AF",
    faint="#6B7480",
    accent="#4C9DF3",
    on_accent="#0E1116",
    accent_tint="#1B2E47",
    data="#6B7480",
    truth="#E4E7EB",
    estimate="#56B4E9",
    start="#E8A33D",
    compared="#DE8FC0",
    good="#2FBF8F",
    wrong="#F0803C",
    p="#56B4E9",
    q="#F0803C",
    negative="#3E7FC4",
    positive="#C66A2E",
    series_1="#A892F5",
    series_2="#45C4CC",
    series_3="#C9B458",
    series_4="#C99A86",
)

THEMES = (LIGHT, DARK)
SYSTEM = "system"
SERIES = ("series_1", "series_2", "series_3", "series_4")  # roles of lines that are only to be told apart

BASE_SIZE = 13  # px of text at scale 1
SMALL_SIZE = 11


def theme_named(name: str) -> Theme:
    """Give the theme of that name; for "system", or a name that is unknown, the one that the desktop uses."""
    for theme in THEMES:
        if theme.name == name:
            return theme
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def load_fonts() -> None:
    """Make the shipped Inter known to Qt."""
    for path in sorted(resource_path("fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(path))


def text_font(size: float = BASE_SIZE, *, semibold: bool = False) -> QFont:
    """Give the text font, with figures of one width."""
    font = QFont("Inter")
    font.setPixelSize(round(size))
    font.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def palette(theme: Theme) -> QPalette:
    """Give Qt's palette in the theme's colours."""
    roles = QPalette.ColorRole
    table = {
        roles.Window: "window",
        roles.WindowText: "ink",
        roles.Base: "field",
        roles.AlternateBase: "card",
        roles.Text: "ink",
        roles.Button: "card",
        roles.ButtonText: "ink",
        roles.ToolTipBase: "card",
        roles.ToolTipText: "ink",
        roles.Highlight: "accent",
        roles.HighlightedText: "on_accent",
        roles.PlaceholderText: "faint",
        roles.Link: "accent",
        roles.Mid: "line",
    }
    result = QPalette()
    for role, name in table.items():
        result.setColor(role, theme.color(name))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, theme.color("faint"))
    return result


@cache
def icon(name: str, color: str, disabled_color: str) -> QIcon:
    """Draw the icon `resources/icons/{name}.svg` in this colour."""
    svg = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled_color)):
        renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", shade).encode()))
        for side in (16, 32, 48):
            pixmap = QPixmap(side, side)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, side, side))
            painter.end()
            result.addPixmap(pixmap, mode)
    return result


def stylesheet(theme: Theme) -> str:
    """Fill the theme's colours into `resources/style.qss`."""
    template = Template(resource_path("style.qss").read_text(encoding="utf-8"))
    sizes = {"base_size": BASE_SIZE, "small_size": SMALL_SIZE}
    return template.substitute(asdict(theme), icons=resource_path("icons").as_posix(), **sizes)
