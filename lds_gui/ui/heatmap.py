"""Matrices as heat maps with their numbers, painted directly: a hundred cells cost less than a millisecond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from lds_gui.ui.numbers import MINUS, readout
from lds_gui.ui.theme import LIGHT, SMALL_SIZE, Theme, text_font

_CELL_GAP = 2.0  # between cells, unless they are too small for it
_MIN_GAPPED_CELL = 6.0
_MATRIX_GAP = 12.0
_HEAD_HEIGHT = 22.0
_BOTTOM = 4.0
_MAX_CELL = (58.0, 26.0)
_COMFORTABLE_CELL = (40.0, 17.0)
_NUMBER_CELL = (29.0, 11.0)  # a smaller cell shows its colour only
_ROUNDED_FROM = 9.0
_N_SHADES = 64  # on each side of 0


@dataclass(frozen=True, eq=False)
class MatrixBlock:
    """One parameter in several versions, which share one colour scale.

    Attributes:
        symbol: what the parameter is called.
        versions: the matrices by the name of the version; None where a version is not known.
    """

    symbol: str
    versions: dict[str, NDArray[np.float64] | None]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that the largest version has."""
        shapes = [version.shape for version in self.versions.values() if version is not None]
        return max(rows for rows, _ in shapes), max(columns for _, columns in shapes)

    @property
    def scale(self) -> float:
        """The largest finite absolute entry: the end of the colour scale, which is symmetric about 0."""
        entries = np.concatenate([np.abs(version).ravel() for version in self.versions.values() if version is not None])
        return float(np.max(entries, initial=0.0, where=np.isfinite(entries)))


@dataclass(frozen=True)
class _Grid:
    """Where the matrices stand: one row and column of matrices for each head, and the size of a cell."""

    blocks_abreast: bool
    left: float
    row_shapes: list[int]
    column_shapes: list[int]
    cell: tuple[float, float]
    gap: float

    @property
    def pitch(self) -> tuple[float, float]:
        """The distance from a cell to the next, across and down."""
        return self.cell[0] + self.gap, self.cell[1] + self.gap

    @property
    def row_tops(self) -> list[float]:
        """The upper edge of each row of matrices."""
        return _offsets(_HEAD_HEIGHT, self.row_shapes, self.pitch[1])

    @property
    def column_lefts(self) -> list[float]:
        """The left edge of each column of matrices."""
        return _offsets(self.left, self.column_shapes, self.pitch[0])

    @property
    def legibility(self) -> float:
        """How large the cells are against what is comfortable to read."""
        return min(size / wanted for size, wanted in zip(self.cell, _COMFORTABLE_CELL, strict=True))


class Cell(NamedTuple):
    """An entry of a version of a block, its place counted from 0, and where it is painted."""

    symbol: str
    version: str
    row: int
    column: int
    value: float
    rect: QRectF


class HeatMap(QWidget):
    """Shows the blocks abreast or stacked, whichever gives the larger cells.

    `pointed_at` gives the Cell that the pointer has come to; None where it has left them.
    """

    pointed_at = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty heat map."""
        super().__init__(parent)
        self._theme = LIGHT
        self._blocks: tuple[MatrixBlock, ...] = ()
        self._pointed_at: Cell | None = None
        self.is_told_elsewhere = False  # what a tooltip would say
        self.setMouseTracking(True)
        self.setMinimumSize(160, 100)

    def sizeHint(self) -> QSize:
        return QSize(420, 260)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def show_blocks(self, blocks: Sequence[MatrixBlock]) -> None:
        """Show these blocks; all of them have the same versions."""
        self._blocks = tuple(blocks)
        self.update()

    def cell_text(self, position: QPoint) -> str:
        """Say which entry is at this position, with its value at 12 digits; empty where there is none."""
        cell = self.cell_at(position)
        if cell is None:
            return ""
        return f"{cell.symbol}[{cell.row + 1}, {cell.column + 1}], {cell.version}: {readout(cell.value)}"

    def cell_at(self, position: QPoint) -> Cell | None:
        """Give the entry at this position; None where there is none."""
        if not self._blocks:
            return None
        for block, version, matrix, left, top, (width, height) in self._matrices(self._best_grid()):
            row, column = int((position.y() - top) // height), int((position.x() - left) // width)
            if 0 <= row < matrix.shape[0] and 0 <= column < matrix.shape[1]:
                rect = QRectF(left + column * width, top + row * height, width, height)
                return Cell(block.symbol, version, row, column, float(matrix[row, column]), rect)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.cell_at(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def _point_at(self, cell: Cell | None) -> None:
        if (cell and cell[:4]) != (self._pointed_at and self._pointed_at[:4]):
            self._pointed_at = cell
            self.pointed_at.emit(cell)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = "" if self.is_told_elsewhere else self.cell_text(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._blocks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        grid = self._best_grid()
        self._paint_heads(painter, grid)
        painter.setFont(text_font(max(10.0, min(12.0, grid.cell[1] - 4, grid.cell[0] / 3))))
        shades = _shades(self._theme)
        for block, _, matrix, left, top, pitch in self._matrices(grid):
            scale = block.scale
            which = shade_indices(matrix, scale)
            for (row, column), value in np.ndenumerate(matrix):
                rect = QRectF(left + column * pitch[0], top + row * pitch[1], *grid.cell)
                self._paint_cell(painter, rect, cell_figure(float(value), scale), shades[which[row, column]])

    def _best_grid(self) -> _Grid:
        rows, columns = zip(*(block.shape for block in self._blocks), strict=True)
        names = list(self._blocks[0].versions)
        metrics = QFontMetricsF(text_font(SMALL_SIZE))
        names_width = max(metrics.horizontalAdvance(name) for name in names) + 12
        abreast = self._grid(True, names_width, [max(rows)] * len(names), list(columns))
        stacked = self._grid(False, 26.0, list(rows), [max(columns)] * len(names))
        return abreast if abreast.legibility > stacked.legibility else stacked

    def _grid(self, blocks_abreast: bool, left: float, row_shapes: list[int], column_shapes: list[int]) -> _Grid:
        rooms = self.width() - left, self.height() - _HEAD_HEIGHT - _BOTTOM
        for gap in (_CELL_GAP, 0.0):
            width, height = (
                _cell_side(room, shapes, largest, gap)
                for room, shapes, largest in zip(rooms, (column_shapes, row_shapes), _MAX_CELL, strict=True)
            )
            if min(width, height) >= _MIN_GAPPED_CELL:
                break
        return _Grid(blocks_abreast, left, row_shapes, column_shapes, (width, height), gap)

    def _matrices(
        self, grid: _Grid
    ) -> Iterator[tuple[MatrixBlock, str, NDArray[np.float64], float, float, tuple[float, float]]]:
        """Give each known matrix with its block, version, left and upper edge, and the pitch of its cells."""
        for b, block in enumerate(self._blocks):
            for v, (version, matrix) in enumerate(block.versions.items()):
                if matrix is not None:
                    row, column = (v, b) if grid.blocks_abreast else (b, v)
                    yield block, version, matrix, grid.column_lefts[column], grid.row_tops[row], grid.pitch

    def _paint_heads(self, painter: QPainter, grid: _Grid) -> None:
        symbols = [block.symbol for block in self._blocks]
        names = list(self._blocks[0].versions)
        across, down = (symbols, names) if grid.blocks_abreast else (names, symbols)
        for text, left, n_columns in zip(across, grid.column_lefts, grid.column_shapes, strict=True):
            width = n_columns * grid.pitch[0]
            self._paint_head(
                painter, QRectF(left - 20, 0, width + 40, _HEAD_HEIGHT), text, text in symbols, center=True
            )
        for text, top, n_rows in zip(down, grid.row_tops, grid.row_shapes, strict=True):
            height = n_rows * grid.pitch[1]
            self._paint_head(painter, QRectF(0, top, grid.left, height), text, text in symbols, center=False)

    def _paint_head(self, painter: QPainter, rect: QRectF, text: str, is_symbol: bool, *, center: bool) -> None:
        painter.setFont(text_font(15, semibold=True) if is_symbol else text_font(SMALL_SIZE))
        painter.setPen(self._theme.color("ink" if is_symbol else "soft"))
        aligned = Qt.AlignmentFlag.AlignHCenter if center else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, int(aligned | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextDontClip), text)

    def _paint_cell(self, painter: QPainter, rect: QRectF, figure: str, shade: Shade) -> None:
        painter.setBrush(shade.fill)
        if rect.height() >= _ROUNDED_FROM:
            painter.setPen(shade.edge)
            painter.drawRoundedRect(rect, 3, 3)
        else:
            painter.fillRect(rect, shade.fill)
        if rect.width() >= _NUMBER_CELL[0] and rect.height() >= _NUMBER_CELL[1]:
            painter.setPen(shade.text)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, figure)


class Shade(NamedTuple):
    """How an entry is painted: its ground, its edge, and its figure."""

    fill: QColor
    edge: QColor
    text: QColor


@cache
def _shades(theme: Theme) -> tuple[Shade, ...]:
    """Give the colour scale: blue below 0, the card's at 0, red or orange above; at the end, what is not finite."""
    shares = np.arange(-_N_SHADES, _N_SHADES + 1) / _N_SHADES
    grounds = [_blend(theme.color("card"), theme.color("positive" if s > 0 else "negative"), abs(s)) for s in shares]
    grounds.append(theme.color("faint"))
    return tuple(Shade(ground, theme.color("line"), readable_on(ground)) for ground in grounds)


def shade_indices(matrix: NDArray[np.float64], scale: float) -> NDArray[np.intp]:
    """Give the place of every entry on a colour scale that ends at ± `scale`."""
    shares = np.clip(matrix / scale, -1.0, 1.0) if scale > 0 else np.zeros_like(matrix)
    shares = np.where(np.isfinite(matrix), shares, 0.0)
    return np.where(np.isfinite(matrix), np.rint((shares + 1.0) * _N_SHADES), 2 * _N_SHADES + 1).astype(np.intp)


def colors_of(matrix: NDArray[np.float64], theme: Theme) -> NDArray[np.uint32]:
    """Give every entry's colour as a number 0xffRRGGBB, on a scale that ends at the largest finite one."""
    finite = np.abs(matrix[np.isfinite(matrix)])
    table = np.array([shade.fill.rgb() for shade in _shades(theme)], dtype=np.uint32)
    return table[shade_indices(matrix, float(finite.max(initial=0.0)))]


def _blend(zero: QColor, end: QColor, share: float) -> QColor:
    both = zip((zero.red(), zero.green(), zero.blue()), (end.red(), end.green(), end.blue()), strict=True)
    return QColor(*(round(at_zero + share * (at_end - at_zero)) for at_zero, at_end in both))


def readable_on(color: QColor) -> QColor:
    """Give black or white: whichever has the higher contrast on this colour, which is then at least 4.5."""
    dark, light = QColor("#000000"), QColor("#FFFFFF")
    return dark if contrast(dark, color) >= contrast(light, color) else light


def contrast(one: QColor, other: QColor) -> float:
    """Give the contrast ratio of two colours, 1 to 21 (WCAG 2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def cell_figure(value: float, scale: float) -> str:
    """Write an entry into a narrow cell: two or three decimals, none if it is large, or one digit and a power.

    For small entries the block's largest one, `scale`, decides, so that figures don't change their form as they change.
    """
    if not np.isfinite(value):
        return f"{value}".replace("-", MINUS)
    if 99.5 <= abs(value) < 9999.5:
        text = f"{value:.0f}"
    elif abs(value) < 99.5 and scale >= 0.0095:
        text = f"{value:.2f}" if scale >= 0.095 else f"{value:.3f}"
    else:
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        text = f"{mantissa}e{int(exponent)}" if value else "0"
    return (text.removeprefix("-") if not text.strip("-0.") else text).replace("-", MINUS)


def _luminance(color: QColor) -> float:
    channels = [color.redF(), color.greenF(), color.blueF()]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _cell_side(room: float, shapes: Sequence[int], largest: float, gap: float) -> float:
    """Give the side that cells may have along one direction, if matrices with so many cells share the room."""
    free = room - _MATRIX_GAP * (len(shapes) - 1) - gap * sum(shapes)
    return min(largest, max(free / sum(shapes), 1.0))


def _offsets(first: float, shapes: Sequence[int], pitch: float) -> list[float]:
    sizes = [n * pitch + _MATRIX_GAP for n in shapes]
    return list(accumulate(sizes[:-1], initial=first))
