"""A widget as a picture in a file: pixels at a chosen scale, or lines that stay sharp at any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from lds_gui.files import FileFormatError
from lds_gui.files.atomic import write_atomically

SCALES = (1.0, 2.0, 3.0, 4.0)
_DPI = 96.0  # of a screen's pixels
_POINTS = 72.0


def image_of(widget: QWidget, scale: float) -> QImage:
    """Give the widget as it is on the screen, with `scale` times as many pixels each way."""
    size = widget.size()
    image = QImage(QSize(round(size.width() * scale), round(size.height() * scale)), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    widget.render(image)
    return image


def png_of(widget: QWidget, scale: float) -> bytes:
    """Give the widget as the bytes of a PNG picture."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image_of(widget, scale).save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(data.data())


def _svg_of(widget: QWidget, _scale: float) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(round(_DPI))
    generator.setSize(widget.size())
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(widget.accessibleName() or "LDS GUI")
    _paint(widget, generator)
    return bytes(data.data())


def _pdf_of(widget: QWidget, _scale: float) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    points = QSizeF(widget.width(), widget.height()) * (_POINTS / _DPI)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    writer.setResolution(round(_DPI))
    writer.setTitle(widget.accessibleName() or "LDS GUI")
    _paint(widget, writer)
    return bytes(data.data())


def _paint(widget: QWidget, device: QSvgGenerator | QPdfWriter) -> None:
    painter = QPainter(device)
    painter.fillRect(widget.rect(), widget.palette().window())
    widget.render(painter, QPoint())
    painter.end()


PICTURE_FORMATS: dict[str, tuple[str, Callable[[QWidget, float], bytes]]] = {
    ".png": ("PNG", png_of),
    ".svg": ("SVG", _svg_of),
    ".pdf": ("PDF", _pdf_of),
}


def save_picture(widget: QWidget, path: Path, scale: float = 2.0) -> None:
    """Write the widget as a picture in the format that the suffix names.

    Raises FileFormatError if there is no such format, or the file cannot be written.
    """
    if path.suffix.lower() not in PICTURE_FORMATS:
        known = ", ".join(PICTURE_FORMATS)
        raise FileFormatError(path, f"A picture's name ends in one of {known}, not '{path.suffix}'.")
    data = PICTURE_FORMATS[path.suffix.lower()][1](widget, scale)
    write_atomically(path, lambda file: file.write(data))
