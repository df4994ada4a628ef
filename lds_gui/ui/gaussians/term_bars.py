"""The terms of a KL divergence as signed bars that add up to the total."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QStaticText, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from lds_gui.ui.numbers import signed
from lds_gui.ui.theme import LIGHT, Theme, text_font

_ROW_HEIGHT = 26
_BAR_HEIGHT = 14
_FIGURE_WIDTH = 84


class TermBars(QWidget):
    """Shows each term as a bar that begins where the one before ended; the last bar is the sum, from 0."""

    def __init__(self, p: str, q: str, parent: QWidget | None = None) -> None:
        """Make the bars of KL(p‖q); `p` and `q` are the Gaussians' names."""
        super().__init__(parent)
        self._theme = LIGHT
        self._values: tuple[float, ...] = ()
        self._texts: list[QStaticText] = []
        self._names = (
            f"½ log(|Σ<sub>{q}</sub>| / |Σ<sub>{p}</sub>|)",
            f"½ tr(Σ<sub>{q}</sub><sup>−1</sup> Σ<sub>{p}</sub>)",
            f"½ (μ<sub>{p}</sub> − μ<sub>{q}</sub>)ᵀ Σ<sub>{q}</sub><sup>−1</sup> (μ<sub>{p}</sub> − μ<sub>{q}</sub>)",
            "− ½ n",
            f"KL({p} ‖ {q})",
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(text_font(12))

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._texts = []  # fonts may be others
        self.update()

    def show_terms(self, values: tuple[float, ...]) -> None:
        """Show these terms as they add up, and their sum; see `terms_in_unit`."""
        self._values = values
        described = ", ".join(f"{name} = {signed(v)}" for name, v in zip(self._names, self._values, strict=True))
        self.setAccessibleDescription(described)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, _ROW_HEIGHT * len(self._names))

    def minimumSizeHint(self) -> QSize:
        return QSize(300, _ROW_HEIGHT * len(self._names))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._values:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        spans = self._spans()
        self._texts = self._texts or [self._name_text(row) for row in range(len(self._names))]
        names = self._texts
        left = max(name.size().width() for name in names) + 10
        finite = [edge for span in spans if span is not None for edge in span]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        scale = max(self.width() - left - _FIGURE_WIDTH, 20) / (high - low) if high > low else 0.0
        zero = left - low * scale
        painter.setPen(self._theme.color("line"))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))
        for row, (name, value, span) in enumerate(zip(names, self._values, spans, strict=True)):
            middle = (row + 0.5) * _ROW_HEIGHT
            is_total = row == len(names) - 1
            painter.setFont(text_font(12, semibold=is_total))
            painter.setPen(self._theme.color("ink" if is_total and self.isEnabled() else "soft"))
            painter.drawStaticText(QPointF(left - 10 - name.size().width(), middle - name.size().height() / 2), name)
            bar = QRectF(zero, 0, 0, 0)
            if span is not None:
                start, length = zero + span[0] * scale, max((span[1] - span[0]) * scale, 1.0)
                bar = QRectF(start, middle - _BAR_HEIGHT / 2, length, _BAR_HEIGHT)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color(self._role(value, is_total)))
                painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(self._theme.color("ink" if self.isEnabled() else "faint"))
            figure = QRectF(bar.right() + 6, middle - _ROW_HEIGHT / 2, _FIGURE_WIDTH, _ROW_HEIGHT)
            painter.drawText(figure, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, signed(value))

    def _name_text(self, row: int) -> QStaticText:
        name = QStaticText(self._names[row])
        name.setTextFormat(Qt.TextFormat.RichText)
        unbroken = QTextOption()
        unbroken.setWrapMode(QTextOption.WrapMode.NoWrap)
        name.setTextOption(unbroken)
        name.prepare(font=text_font(12, semibold=row == len(self._names) - 1))
        return name

    def _role(self, value: float, is_total: bool) -> str:
        if not self.isEnabled():
            return "line"
        return "accent" if is_total else "good" if value < 0 else "data"

    def _spans(self) -> list[tuple[float, float] | None]:
        """Give the two ends of each bar, the smaller first; None where they are not finite."""
        edges = list(accumulate(self._values[:-1], initial=0.0))
        spans = [*pairwise(edges), (0.0, self._values[-1])]
        return [(min(span), max(span)) if np.isfinite(span).all() else None for span in spans]
