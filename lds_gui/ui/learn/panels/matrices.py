"""The parameter matrices: true, at the start, estimated, and how far the estimate is off."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, SYMBOLS, Array, LDSParams, on_original_scale
from lds_gui.session import State
from lds_gui.ui.heatmap import HeatMap, MatrixBlock
from lds_gui.ui.learn.panels.panel import Panel, Table, view_lags, view_note
from lds_gui.ui.theme import Theme

_SCALED = ("B", "Gamma")  # what depends on the scale of the data


class MatricesPanel(Panel):
    """Shows every parameter as a heat map with numbers: truth, start, estimate and difference (or change).

    The estimate is brought into the truth's latent basis where a truth is known; the note says so. Where the data were
    standardised, what depends on the scale, B and Γ, is also shown on the original one.
    """

    name = "matrices"
    title = "Matrices"
    empty_text = "Simulate or run EM to see the matrices"

    def make_picture(self) -> QWidget:
        self.heat_map = HeatMap()
        return self.heat_map

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self.heat_map.restyle(theme)

    def has_picture(self, state: State) -> bool:
        return _truth(state) is not None or state.view is not None

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.data, state.view, view_lags(state)

    def draw_picture(self, state: State) -> None:
        self.heat_map.show_blocks(
            [MatrixBlock(symbol, matrices | _difference(matrices)) for _, symbol, matrices in _rows(state)]
        )
        self.note.setText("" if state.view is None else view_note(state, state.view.matrices_note))

    def table(self, state: State) -> Table:
        return {
            f"{version}_{name}": matrix.ravel()
            for name, _, matrices in _rows(state)
            for version, matrix in matrices.items()
            if matrix is not None
        }


def _rows(state: State) -> list[tuple[str, str, dict[str, Array | None]]]:
    """Give name, symbol and versions of every parameter that one of them has."""
    versions = _versions(state)
    rows = [(info.name, info.symbol, versions) for info in PARAMETERS]
    scale = None if state.data is None else state.data.scale
    if scale is not None:
        original = {name: params and on_original_scale(params, scale)[0] for name, params in versions.items()}
        rows += [(f"original_{name}", f"{SYMBOLS[name]} (data)", original) for name in _SCALED]
    found = [
        (name, symbol, {version: _matrix(params, name.removeprefix("original_")) for version, params in sets.items()})
        for name, symbol, sets in rows
    ]
    return [row for row in found if any(matrix is not None for matrix in row[2].values())]


def _truth(state: State) -> LDSParams | None:
    return None if state.data is None else state.data.truth


def _versions(state: State) -> dict[str, LDSParams | None]:
    """Give the parameter sets to compare: the truth where there is one, the start, and the estimate.

    The estimate is in the truth's basis where there is one; the start is as it was.
    """
    truth, view = _truth(state), state.view
    if view is None:
        return {"true": truth}
    start = None if state.run is None else state.run.history[0].params
    if truth is None:
        return {"start": start, "estimate": view.params}
    return {"true": truth, "start": start, "estimate": view.aligned_params or view.params}


def _matrix(params: LDSParams | None, name: str) -> Array | None:
    value = None if params is None else getattr(params, name)
    return None if value is None else np.atleast_2d(value)


def _difference(matrices: dict[str, Array | None]) -> dict[str, Array | None]:
    """Give what the estimate has beyond the truth, or the start, where they can be compared, under a name that fits."""
    if "estimate" not in matrices:
        return {}
    name, from_where = ("difference", "true") if "true" in matrices else ("change", "start")
    first, last = matrices[from_where], matrices["estimate"]
    if first is None or last is None or first.shape != last.shape:
        return {name: None}
    return {name: last - first}
