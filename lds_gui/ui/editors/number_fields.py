"""Fields for single numbers that Qt's spin boxes cannot hold: 64-bit integers and exact small floats."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit

from lds_gui.ui.cards import repolish, say
from lds_gui.ui.keys import let_undo_through
from lds_gui.ui.numbers import NumberError, full, parse_number

MAX_SEED = 2**64 - 1


class NumberField(QLineEdit):
    """A line edit that commits a number when Enter is pressed or the focus leaves, or says why it cannot.

    Signals:
        committed(object): the new value, an int or a float; only sent when it differs from the value shown before.
    """

    committed = Signal(object)

    def __init__(self, name: str, read: Callable[[str], float], error_place: ProblemPlace) -> None:
        """Make an empty field; `read` turns a text into the value or raises NumberError with the sentence."""
        super().__init__()
        self.setObjectName(name)
        self._read = read
        self._value: float | None = None
        self._error_place = error_place
        self.editingFinished.connect(self._commit)
        let_undo_through(self)

    def value(self) -> float | None:
        """Give the value that is accepted."""
        return self._value

    def setValue(self, value: float) -> None:
        """Enter a value as if it had been typed."""
        self._write(value)
        self._commit()

    def show_value(self, value: float) -> None:
        """Show an accepted value, unless it is the one that is being edited."""
        if value != self._value:
            self._value = value
            self._write(value)
            self._show_problem("")

    def _write(self, value: float) -> None:
        self.setText(full(value) if isinstance(value, float) else str(value))

    def _commit(self) -> None:
        try:
            value = self._read(self.text())
        except NumberError as error:
            self._show_problem(str(error))
            return
        self._show_problem("")
        if value != self._value:
            self.committed.emit(value)  # whoever owns the value answers by `show_value`

    def restore(self) -> None:
        """Go back to the accepted value."""
        if self._value is not None:
            self._write(self._value)
        self._show_problem("")

    @property
    def has_problem(self) -> bool:
        """Say whether what the field holds was refused."""
        return bool(self.property("invalid"))

    def _show_problem(self, text: str) -> None:
        repolish(self, "invalid", bool(text))
        self._error_place.tell(self.objectName(), text)


class ProblemPlace(QLabel):
    """Where several fields say what is wrong with them; it takes no room while nothing is."""

    def __init__(self, name: str) -> None:
        """Make an empty place."""
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "error")
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problems: dict[str, str] = {}
        self.hide()

    def tell(self, field: str, text: str) -> None:
        """Show what is wrong with a field, beside what is wrong with the others; nothing if it is empty."""
        self._problems[field] = text
        say(self, "\n".join(filter(None, self._problems.values())))


def read_positive(text: str) -> float:
    """Read a number above 0."""
    value = parse_number(text)
    if not value > 0.0:
        raise NumberError(f"“{text.strip()}” is not above 0; a positive number is needed, such as 0.3")
    return value


def read_seed(text: str) -> int:
    """Read a seed: a whole number from 0 to 2⁶⁴ − 1."""
    cleaned = text.strip()
    readable = cleaned.isascii() and cleaned.isdigit() and len(cleaned) <= len(str(MAX_SEED))
    if not readable or int(cleaned) > MAX_SEED:
        raise NumberError(f"The seed “{cleaned[:30]}” is not a whole number from 0 to {MAX_SEED}")
    return int(cleaned)


def reader_from_zero(what: str, example: str) -> Callable[[str], float]:
    """Give what reads a number from 0 on; `what` and `example` are for the sentence that refuses a negative one."""

    def read(text: str) -> float:
        value = parse_number(text)
        if value < 0:
            raise NumberError(f"The {what} “{text.strip()}” is negative; 0 or more is needed, such as {example}")
        return value

    return read


def read_share(text: str) -> float:
    """Read a share from 0 to 1, or one in percent: 0.1 or 10 %."""
    plain = text.strip()
    value = parse_number(plain.removesuffix("%")) / (100.0 if plain.endswith("%") else 1.0)
    if not 0.0 <= value <= 1.0:
        raise NumberError(f"The share “{plain}” is not from 0 to 1; write 0.1 or 10 %")
    return value


def whole_reader(what: str, least: int, most: int) -> Callable[[str], int]:
    """Give what reads a whole number between these."""

    def read(text: str) -> int:
        plain = "".join(text.split()).replace("\N{NARROW NO-BREAK SPACE}", "")
        try:
            value = parse_number(plain)
        except NumberError:
            value = float("nan")
        if not (value.is_integer() and least <= value <= most):
            raise NumberError(f"The {what} “{text.strip()[:30]}” is not a whole number from {least} to {most}")
        return int(value)

    return read


read_tolerance = reader_from_zero("tolerance", "1e-6")  # 0 means that it ends no run
read_floor = reader_from_zero("smallest variance", "1e-6")
read_amount = reader_from_zero("amount", "0.3")
