"""All divergences, distances and entropies."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from lds_gui.lds import DIVERGENCES, ParameterError
from lds_gui.session import Session
from lds_gui.ui.cards import label
from lds_gui.ui.editors.number_fields import NumberField, ProblemPlace, read_positive
from lds_gui.ui.gaussians.figure_table import Entry, FigureTable
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.units import in_unit, unit_name
from lds_gui.ui.numbers import full, readout, short
from lds_gui.ui.theme import Theme


class AllDivergencesPage(Page):
    """A table of every divergence, with its formula; α of Rényi's can be chosen."""

    name = "all"
    title = "All divergences"
    tip = "Every divergence, distance and entropy of P and Q"

    def __init__(self, session: Session) -> None:
        """Build the page."""
        super().__init__(session)
        self._colors: dict[str, QColor] = {}
        self.table = FigureTable(
            "kl_divergences", ("", "symbol", "value", "unit", "formula"), figures=frozenset({2}), elastic=4
        )
        problem = ProblemPlace("kl_order_error")
        self.order = NumberField("kl_order", read_positive, problem)
        self.order.setFixedWidth(64)
        self.order.setToolTip("The order α of Rényi’s divergence: above 0, at most 1000; 1 is Kullback–Leibler")
        self._problem = problem
        self.order.committed.connect(self._set_order)
        caption = label("Order α of Rényi’s", "soft")
        caption.setBuddy(self.order)
        problem.setFixedWidth(150)
        right = QVBoxLayout()
        right.setSpacing(6)
        for part in (caption, self.order, problem):
            right.addWidget(part)
        right.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.table, 1)
        line.addLayout(right)
        self.body.addLayout(line, 1)

    def draw(self, shown: Shown) -> None:
        self.order.show_value(shown.laboratory.order)
        in_bits = shown.laboratory.in_bits
        rows: list[list[Entry]] = []
        for divergence in DIVERGENCES:
            value = in_unit(shown.values[divergence.name], divergence.unit, in_bits)
            unit = unit_name(in_bits) if divergence.unit == "nats" else divergence.unit
            symbol = divergence.symbol.replace("α", short(shown.laboratory.order))
            rows.append(
                [
                    Entry(divergence.title, divergence.about),
                    Entry(symbol, "symmetric" if divergence.is_symmetric else "not symmetric"),
                    Entry(readout(value), full(value)),
                    Entry(unit, role="soft"),
                    Entry(divergence.formula, is_formula=True),
                ]
            )
        self.table.show_rows(rows, self._colors)

    def restyle(self, theme: Theme) -> None:
        self._colors = {"soft": theme.color("soft")}

    def _set_order(self, order: object) -> None:
        assert isinstance(order, float)
        try:
            self._session.lab.set_order(order)
        except ParameterError as error:
            self._problem.tell("kl_order", str(error))
