"""A run as a moving picture: every iteration shown, painted, and put into a GIF or APNG file, beside the window."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QProgressDialog, QWidget

from lds_gui.files import FileFormatError
from lds_gui.files.atomic import write_atomically
from lds_gui.session import Session
from lds_gui.ui.export.pictures import image_of

ANIMATION_FORMATS = {".gif": "GIF", ".png": "PNG"}
MOST_FRAMES = 120
_FEWEST_FRAMES, _MEMORY = 20, 600e6  # bytes that the frames of one file may take together
_POLL_MS = 10
_N_COLORS = 256
_LAST_FRAME = 15  # times as long as the others


class CancelledError(Exception):
    """Nobody wants the animation any more."""


def frames_of(last: int, most: int = MOST_FRAMES) -> list[int]:
    """Choose at most so many of the iterations from 0 to the last one: all, or ever fewer of the later ones."""
    if last < most:
        return list(range(last + 1))
    return sorted({0, *np.unique(np.geomspace(1, last, most - 1).round().astype(int)).tolist()})


class Encoder:
    """Puts pictures into a file in a thread of its own, as they come.

    Attributes:
        error: why that has failed; None if it has not.
    """

    def __init__(self, path: Path, duration: int, n_frames: int) -> None:
        """Begin; each of so many frames is shown for so many ms. The file is there when all have come."""
        self.error: Exception | None = None
        self._frames: queue.Queue[QImage | None] = queue.Queue(maxsize=4)
        self._durations = [duration] * (n_frames - 1) + [duration * _LAST_FRAME]
        self._path, self._format = path, ANIMATION_FORMATS[path.suffix.lower()]
        self._n_frames = n_frames
        self._thread = threading.Thread(target=self._encode, name="animation", daemon=True)
        self._thread.start()

    @property
    def has_room(self) -> bool:
        """Whether a frame can be taken without waiting."""
        return not self._frames.full()

    @property
    def has_ended(self) -> bool:
        """Whether the file is there, or nothing will come of it."""
        return not self._thread.is_alive()

    def add(self, image: QImage) -> None:
        """Take the next frame."""
        self._frames.put(image)

    def cancel(self) -> None:
        """Leave no file."""
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put(None)

    def _images(self) -> Iterator[Image.Image]:
        for _ in range(self._n_frames):
            image = self._frames.get()
            if image is None:
                raise CancelledError
            whole = _converted(image)
            yield whole if self._format == "PNG" else _with_palette(whole)

    def _encode(self) -> None:
        try:
            images = self._images()
            first = next(images)
            others = list(images) if self._format == "PNG" else images  # of a PNG, Pillow wants all at once
            write_atomically(
                self._path,
                lambda file: first.save(
                    file,
                    format=self._format,
                    save_all=True,
                    append_images=others,
                    duration=self._durations,
                    loop=0,
                    optimize=False,
                ),
            )
        except CancelledError:
            return
        except Exception as error:  # handed over to whoever looks
            self.error = error


def _converted(image: QImage) -> Image.Image:
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    size = plain.width(), plain.height()
    return Image.frombuffer("RGB", size, bytes(plain.constBits()), "raw", "RGB", plain.bytesPerLine(), 1)


def _with_palette(image: Image.Image) -> Image.Image:
    """A GIF's frame has a palette of its own; dithering would make every flat colour flicker."""
    return image.quantize(_N_COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


class Animation(QObject):
    """Shows one iteration after the other, and has each painted; a dialog tells how far it is, and can cancel it."""

    def __init__(
        self,
        session: Session,
        widget: QWidget,
        draw_now: Callable[[], None],
        done: Callable[[Exception | None], None],
        parent: QWidget,
    ) -> None:
        """Animate this widget; `done` is told when the file is there, with the error if it is not."""
        super().__init__(parent)
        self._session, self._widget, self._draw_now, self._done = session, widget, draw_now, done
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        self._frames: Sequence[int] = ()
        self._place = 0
        self._is_asked = False  # whether the frame's iteration is to be shown already
        self.dialog: QProgressDialog | None = None

    def start(self, path: Path, scale: float, frames_per_second: float) -> None:
        """Begin, from the first iteration on. Raises FileFormatError if there is no such format."""
        if path.suffix.lower() not in ANIMATION_FORMATS:
            raise FileFormatError(path, "An animation's name ends in .gif, or in .png for an animated PNG.")
        run = self._session.state.run
        assert run is not None
        self._session.pause()
        self._before = self._session.state.shown_iteration, self._session.state.before_e
        n_bytes = 2 * 3 * self._widget.width() * self._widget.height() * scale**2
        most = min(MOST_FRAMES, max(int(_MEMORY / n_bytes), _FEWEST_FRAMES))
        self._frames, self._scale = frames_of(run.last_iteration, most), scale
        self._encoder = Encoder(path, round(1000 / frames_per_second), len(self._frames))
        self.dialog = QProgressDialog(f"Writing {path.name}", "Cancel", 0, len(self._frames), self._widget.window())
        self.dialog.setMinimumDuration(0)
        self.dialog.setAutoClose(False)
        self.dialog.setAutoReset(False)
        self.dialog.setValue(0)
        self._timer.start(_POLL_MS)

    @Slot()
    def _go_on(self) -> None:
        assert self.dialog is not None
        if self.dialog.wasCanceled():
            self._encoder.cancel()
            self._end(None)
        elif self._encoder.has_ended:
            self._end(self._encoder.error)
        elif self._place < len(self._frames) and self._encoder.has_room:
            self._take_frame()

    def _take_frame(self) -> None:
        """Have the next iteration shown, and paint it when all that belongs to it is there."""
        assert self.dialog is not None
        if not self._is_asked:
            self._session.show_iteration(self._frames[self._place])
            self._is_asked = True
        state = self._session.state
        if state.lacks_view and not state.view_problem:
            return
        self._draw_now()
        self._encoder.add(image_of(self._widget, self._scale))
        self._place, self._is_asked = self._place + 1, False
        self.dialog.setValue(self._place)

    def _end(self, error: Exception | None) -> None:
        self._timer.stop()
        assert self.dialog is not None
        self.dialog.deleteLater()
        run, (shown, before_e) = self._session.state.run, self._before
        if run is not None:
            self._session.show_iteration(run.last_iteration if shown is None else shown, before_e=before_e)
        self._done(error)
        self.deleteLater()
