"""As printed, and right: the mistakes of the worked solution at the current Gaussians."""

from __future__ import annotations

from PySide6.QtGui import QColor

from lds_gui.lds import ERRATA, check_erratum
from lds_gui.session import Session
from lds_gui.ui.cards import label
from lds_gui.ui.gaussians.figure_table import Entry, FigureTable, with_indices
from lds_gui.ui.gaussians.page import Page, Shown
from lds_gui.ui.gaussians.units import in_unit
from lds_gui.ui.numbers import full, short
from lds_gui.ui.theme import Theme


class ErrataPage(Page):
    """A table of the printed formulas: what each gives, what is right, and what is wrong with it."""

    name = "errata"
    title = "As printed, and right"
    tip = "The exercise’s printed divergences at these two Gaussians, and what is wrong with them"

    def __init__(self, session: Session) -> None:
        """Build the page."""
        super().__init__(session)
        self._colors: dict[str, QColor] = {}
        self._are_parts = False
        heads = ("", "as printed", "gives", "right", "what breaks")
        self.table = FigureTable("kl_errata", heads, figures=frozenset({2, 3}), elastic=4)
        self.table.currentCellChanged.connect(lambda *_: self._explain())
        self.note = label("", "hint", wrap=True, name="kl_errata_note")
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.note)

    def draw(self, shown: Shown) -> None:
        rows: list[list[Entry]] = []
        notes: set[str] = set()
        for erratum in ERRATA:
            check = check_erratum(erratum, shown.pair.p, shown.pair.q)
            printed, right = (
                in_unit(value, "nats", shown.laboratory.in_bits) for value in (check.printed, check.right)
            )
            breaks = "; ".join(check.breaks)
            notes |= {check.note} - {""}
            rows.append(
                [
                    Entry(erratum.place),
                    Entry(erratum.printed, is_formula=True),
                    Entry(short(printed, 6), full(printed), "wrong", is_struck=True),
                    Entry(short(right, 6), full(right), "good"),
                    Entry(breaks, breaks, "soft"),
                ]
            )
        self.table.show_rows(rows, self._colors)
        self._are_parts = bool(notes)
        if self.table.currentRow() < 0:
            self.table.setCurrentCell(0, 0)
        self._explain()

    def _explain(self) -> None:
        """Say where the formula of the chosen row went wrong."""
        erratum = ERRATA[max(self.table.currentRow(), 0)]
        parts = " Rows of Task 1.2 are of the diagonal parts of P and Q." if self._are_parts else ""
        words = f"{erratum.place}. {erratum.went_wrong} Right: {erratum.right}."
        self.note.setText(f"{with_indices(words)}{parts}")

    def restyle(self, theme: Theme) -> None:
        self._colors = {role: theme.color(role) for role in ("soft", "wrong", "good")}
