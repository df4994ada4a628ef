"""The divergence in both directions, term by term, and a few others beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lds_gui.lds import DIVERGENCES, Comparison
from lds_gui.session import Laboratory, Session
from lds_gui.ui.cards import Card, label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.gaussians.term_bars import TermBars
from lds_gui.ui.gaussians.units import in_unit, infinite, terms_in_unit, unit_name
from lds_gui.ui.numbers import full, readout, short, signed
from lds_gui.ui.theme import Theme

_BESIDE = ("jeffreys", "hellinger", "wasserstein")
_UNITS = ("nats", "bits")
_DIRECTIONS = {"kl_pq": ("P", "Q"), "kl_qp": ("Q", "P")}


class ResultsCard(Card):
    """Both directions of the divergence with the bars of their terms, and the figures of others."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes the unit to this session."""
        super().__init__("How far Q is from P")
        self.unit = CompactChoice("Unit of divergences")
        self.unit.setObjectName("kl_unit")
        self.unit.setToolTip("Nats (natural logarithms) or bits (base 2)")
        self.unit.offer(_UNITS)
        self.unit.show()
        self.unit.activated.connect(lambda index: session.lab.set_in_bits(bool(index)))
        self.add_at_end_of_header(self.unit)
        self.directions = {name: DirectionResult(name, *both) for name, both in _DIRECTIONS.items()}
        self.others = {name: OtherResult(name) for name in _BESIDE}
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        for column, result in enumerate(self.directions.values()):
            grid.addWidget(result, 0, column)
            grid.setColumnStretch(column, 5)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        for other in self.others.values():
            beside.addWidget(other)
        beside.addStretch(1)
        grid.addLayout(beside, 0, 2)
        grid.setColumnStretch(2, 2)
        self.body.addLayout(grid)

    def draw(self, laboratory: Laboratory, found: Comparison) -> None:
        """Show what was found."""
        self.unit.setCurrentIndex(int(laboratory.in_bits))
        for (name, (one, other)), terms in zip(_DIRECTIONS.items(), (found.forwards, found.backwards), strict=True):
            self.directions[name].show_terms(
                terms_in_unit(terms, laboratory.in_bits), infinite(terms, one, other), unit_name(laboratory.in_bits)
            )
        for name, result in self.others.items():
            result.show_value(found.values[name], laboratory.in_bits)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for result in self.directions.values():
            result.bars.restyle(theme)


class DirectionResult(QWidget):
    """One direction: the figure, and the bars of its terms."""

    def __init__(self, name: str, one: str, other: str) -> None:
        """Build it; `name` is the object name of the figure."""
        super().__init__()
        self.figure = label("", "figure", name=name)
        self.figure.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._unit = label("", "soft")
        self._why = sentence("hint", f"{name}_why")
        self._sum = label("", "hint", name=f"{name}_sum")
        self._sum.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bars = TermBars(one, other)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(f"KL({one} ‖ {other})", "title"))
        head.addWidget(self.figure)
        head.addWidget(self._unit)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._why)
        layout.addWidget(self.bars)
        layout.addWidget(self._sum)
        layout.addStretch(1)

    def show_terms(self, values: tuple[float, ...], why: str, unit: str) -> None:
        """Show these terms and their sum, and why that is infinite, if it is."""
        self.figure.setText(readout(values[-1]))
        self.figure.setToolTip(full(values[-1]))
        self._unit.setText(unit)
        say(self._why, why)
        self._sum.setText(_with_numbers(values))
        self.bars.show_terms(values)


def _with_numbers(values: tuple[float, ...]) -> str:
    """The formula with its numbers in place."""
    inside = " ".join(signed(2.0 * value).replace("−", "− ").replace("+", "+ ") for value in values[:-1])
    return f"½ ({inside.removeprefix('+ ')}) = {short(values[-1], 6)}"


class OtherResult(QWidget):
    """The figure of another divergence, with its name above."""

    def __init__(self, name: str) -> None:
        """Build it for the divergence of this name."""
        super().__init__()
        self._divergence = next(divergence for divergence in DIVERGENCES if divergence.name == name)
        self.figure = label("", "title", name=f"kl_{name}_figure")
        self.figure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(label(self._divergence.title, "small"))
        layout.addWidget(self.figure)
        self.setToolTip(f"{self._divergence.symbol} = {self._divergence.formula}\n{self._divergence.about}")

    def show_value(self, value: float, in_bits: bool) -> None:
        """Show this value, which is in the divergence's unit."""
        unit = self._divergence.unit
        shown = in_unit(value, unit, in_bits)
        name = unit_name(in_bits) if unit == "nats" else unit
        self.figure.setText(" ".join(filter(None, [short(shown, 6), name])))
        self.figure.setToolTip(full(shown))


def action_button(name: str, text: str, tip: str, act: object) -> QPushButton:
    """A small button that does this."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.clicked.connect(act)
    return button
