"""The picture of a plane whose handles are moved with the mouse or by keys; painted directly."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lds_gui.ui.editors.plane import Move, Range, Scene, View
from lds_gui.ui.editors.plane_painter import paint_scene, plot_area
from lds_gui.ui.editors.varying import factor
from lds_gui.ui.theme import LIGHT, SMALL_SIZE, Theme, text_font

_REACH = 11.0  # px from a handle's middle in which it is grabbed
_DRAG_DISTANCE = 3.0  # px that the mouse moves before a press becomes a drag
_DIRECTIONS = {Qt.Key.Key_Left: -1 + 0j, Qt.Key.Key_Right: 1 + 0j, Qt.Key.Key_Up: 1j, Qt.Key.Key_Down: -1j}
_EMPTY = Scene(("", ""), (), (), Range(0j, 1.0), 0.01)


@dataclass
class _Drag:
    """A handle under the mouse: which one, where it stood, where it was pressed, and how long a pixel was then."""

    handle: int
    origin: complex
    pressed_at: QPointF
    per_pixel: float
    is_moving: bool = False


class PlanePicture(QWidget):
    """Shows a scene. It moves nothing itself: it says what is wished, and is shown another scene then.

    Dragging moves a handle; with Shift it keeps its distance from the centre, with Ctrl its direction. Tab goes from
    handle to handle and then on to the next widget; the arrows move the one with the ring, with Shift ten times as
    far, with Ctrl a tenth as far. What is in view stays while a handle is on its way, unless the handle leaves it.

    Signals:
        began(): a series of moves that belong together is about to begin, with the mouse or by keys.
        moved(Move): a handle is to go somewhere.
        ended(): the mouse has let the handle go.
        pointed(): another handle is pointed at, or none.
    """

    began = Signal()
    moved = Signal(object)
    ended = Signal()
    pointed = Signal()

    def __init__(self) -> None:
        """Make an empty picture."""
        super().__init__()
        self._theme = LIGHT
        self._scene = _EMPTY
        self._range = _EMPTY.range
        self._current = 0
        self._hovered: int | None = None
        self._drag: _Drag | None = None
        self._is_keyed = False  # whether the latest move was made by a key, and more may follow
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumSize(160, 120)

    def sizeHint(self) -> QSize:
        return QSize(292, 230)

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self._scene

    @property
    def current(self) -> int:
        """The index of the handle that the keys move."""
        return self._current

    @property
    def is_dragging(self) -> bool:
        """Whether a handle is held by the mouse."""
        return self._drag is not None

    @property
    def pointed_at(self) -> int | None:
        """The index of the handle that is held, pointed at or has the focus; None if there is none."""
        if self._drag is not None:
            return self._current
        if self._hovered is not None:
            return self._hovered
        return self._current if self.hasFocus() and self._scene.handles else None

    @property
    def view(self) -> View:
        """How points and pixels correspond."""
        return View(plot_area(self.rect(), QFontMetrics(text_font(SMALL_SIZE)), self._range), self._range)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def show_scene(self, scene: Scene, current: int | None = None) -> None:
        """Show this scene; `current` says which of its handles is the one that was moved."""
        self._scene = scene
        self._current = min(self._current if current is None else current, max(len(scene.handles) - 1, 0))
        if self._hovered is not None and self._hovered >= len(scene.handles):
            self._hovered = None
        if self._drag is None and not self._is_keyed:
            self._range = scene.range
        else:
            self._keep_in_view(self._current)
        self.update()

    def cancel(self) -> None:
        """Let go of what is moved: the scene is about to become another one."""
        self._drag, self._hovered, self._is_keyed = None, None, False
        self.unsetCursor()
        self.update()

    def _keep_in_view(self, index: int) -> None:
        for _ in range(64):
            if index >= len(self._scene.handles) or self.view.holds(self._scene.handles[index].at):
                return
            self._range = self._range.grown()

    def _choose(self, index: int) -> None:
        """Make a handle the current one, which ends a series of moves of another."""
        self._end_of_keys()
        self._current = index
        self._tell()

    def _end_of_keys(self) -> None:
        if self._is_keyed:
            self._is_keyed = False
            self._range = self._scene.range

    def _tell(self) -> None:
        self.update()
        self.pointed.emit()

    def _handle_at(self, position: QPointF) -> int | None:
        """The handle under the mouse; of several that are equally near the current one, else the first."""
        view = self.view
        found: tuple[float, bool, int] | None = None
        for index, handle in enumerate(self._scene.handles):
            offset = view.pixel(handle.at) - position
            candidate = (round(math.hypot(offset.x(), offset.y()), 3), index != self._current, index)
            if candidate[0] <= _REACH and (found is None or candidate < found):
                found = candidate
        return None if found is None else found[2]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._end_of_keys()
        index = self._handle_at(event.position())
        if index is not None:
            self._drag = _Drag(index, self._scene.handles[index].at, event.position(), 1.0 / self.view.scale)
            self._choose(index)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        drag = self._drag
        if drag is None:
            hovered = self._handle_at(event.position())
            if hovered != self._hovered:
                self._hovered = hovered
                self.setCursor(Qt.CursorShape.ArrowCursor if hovered is None else Qt.CursorShape.OpenHandCursor)
                self._tell()
            return
        offset = event.position() - drag.pressed_at
        if not drag.is_moving:
            if math.hypot(offset.x(), offset.y()) < _DRAG_DISTANCE:
                return
            drag.is_moving = True
            self.began.emit()
        target = drag.origin + complex(offset.x(), -offset.y()) * drag.per_pixel
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.moved.emit(
            Move(drag.handle, drag.origin, target, drag.per_pixel, keeps_modulus=shift, keeps_angle=control)
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._drag is None:
            return
        self._drag = None
        self._range = self._scene.range
        self._hovered = self._handle_at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if self._hovered is None else Qt.CursorShape.OpenHandCursor)
        self.ended.emit()
        self._tell()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._hovered is not None:
            self._hovered = None
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._put_back(self._drag)
            return
        direction = _DIRECTIONS.get(Qt.Key(event.key()))
        if direction is None or not self._scene.handles or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        if self._drag is not None:
            return
        if not self._is_keyed:
            self._is_keyed = True
            self.began.emit()
        step = direction * self._scene.step * factor(event.modifiers())
        origin = self._scene.handles[self._current].at
        self.moved.emit(Move(self._current, origin, origin + step, step=step))

    def _put_back(self, drag: _Drag) -> None:
        """End a drag where it began."""
        if drag.is_moving:
            self.moved.emit(Move(drag.handle, drag.origin, drag.origin, drag.per_pixel))
        self.cancel()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Go to the next handle; from the last one, or backwards from the first, leave the picture."""
        following = self._current + (1 if forwards else -1)
        if not self.hasFocus() or self._drag is not None or not 0 <= following < len(self._scene.handles):
            return super().focusNextPrevChild(forwards)
        self._choose(following)
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.TabFocusReason:
            self._current = 0
        elif event.reason() is Qt.FocusReason.BacktabFocusReason:
            self._current = max(len(self._scene.handles) - 1, 0)
        self._tell()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._end_of_keys()
        self._tell()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(SMALL_SIZE))
        held = self._current if self.hasFocus() or self._drag is not None else None
        paint_scene(painter, QRectF(self.rect()), self.view, self._scene, self._theme, held, self._hovered)
