"""The parameter matrices: true, at the start, estimated, and how far the estimate is off."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, Array, LDSParams, ParameterError, Scale, on_original_scale
from lds_gui.session import State
from lds_gui.ui.entry_trace import EntryTrace, Trace
from lds_gui.ui.heatmap import Cell, HeatMap, MatrixBlock
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table, view_note
from lds_gui.ui.theme import Theme

_MOST_POINTS = 400  # iterations of a trace; a longer history is thinned evenly


class MatricesPanel(ChoicePanel):
    """Shows every parameter as a heat map with numbers: truth, start, estimate and difference (or change).

    All are in the latent basis of the gauge lens; the note says which. Where the data were standardised, the parameters
    are shown as they are or, by choice, in the units that the data had.
    """

    name = "matrices"
    title = "Matrices"
    empty_text = "Simulate or run EM to see the matrices"
    explanation = (
        "All parameters as numbers, with one colour scale per parameter, symmetric about zero: the truth, "
        "where EM started, where it is, and the difference.",
        "Latents have no basis of their own, so the estimate is first brought to the truth through the gauge "
        "lens, and the start by the same map, so that it moves with the estimate. What stays different afterwards is "
        "real: too few data, or not yet converged.",
    )
    shows_view = True
    what = "Scale"

    def make_picture(self) -> QWidget:
        self.heat_map = HeatMap()
        self._trace = EntryTrace(self.heat_map)
        self._cell: Cell | None = None  # that the pointer is on
        self.heat_map.pointed_at.connect(self._point_at)
        self._is_beyond = False  # what 64 bits can hold, in the data's units
        return self.heat_map

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self.heat_map.restyle(theme)
        self._trace.restyle(theme)

    def has_picture(self, state: State) -> bool:
        return _truth(state) is not None or state.view is not None

    def choices(self, state: State) -> tuple[str, ...]:
        return () if _scale(state) is None else ("standardised", "in the data's units")

    def draw_picture(self, state: State) -> None:
        versions = self._versions(state)
        blocks = []
        for parameter in PARAMETERS:
            matrices = {name: _matrix(params, parameter.name) for name, params in versions.items()}
            if any(matrix is not None for matrix in matrices.values()):
                blocks.append(MatrixBlock(parameter.symbol, matrices | _difference(matrices)))
        self.heat_map.show_blocks(blocks)
        notes = [] if state.view is None else [view_note(state, state.view.gauge.matrices_note)]
        if self._is_beyond:
            notes.append("beyond 64 bits in the data's units: standardised")
        self.note.setText(", ".join(filter(None, notes)))
        self._tell(state)

    @Slot(object)
    def _point_at(self, cell: Cell | None) -> None:
        self._cell = cell
        if self._state is not None:
            self._tell(self._state)

    def _tell(self, state: State) -> None:
        """Show the way of the entry under the pointer; nothing is computed while there is none."""
        is_scaled = _scale(state) is not None and self.choice.chosen != 0
        trace = None if self._cell is None or is_scaled else entry_trace(state, self._cell)
        self.heat_map.is_told_elsewhere = trace is not None
        if trace is None or self._cell is None:
            self._trace.hide()
        else:
            self._trace.show_beside(self._cell.rect, trace)

    def table(self, state: State) -> Table:
        result: Table = {}
        versions = self._versions(state)
        for parameter in PARAMETERS:
            matrices = {name: _matrix(params, parameter.name) for name, params in versions.items()}
            shown = matrices | _difference(matrices)
            result |= {f"{name}_{parameter.name}": m.ravel() for name, m in shown.items() if m is not None}
        return result

    def _versions(self, state: State) -> dict[str, LDSParams | None]:
        versions, scale = _versions(state), _scale(state)
        self._is_beyond = False
        if scale is None or self.choice.chosen == 0:
            return versions
        try:
            return {name: params and on_original_scale(params, scale)[0] for name, params in versions.items()}
        except ParameterError:
            self._is_beyond = True
            return versions


def entry_trace(state: State, cell: Cell) -> Trace | None:
    """Give an estimated entry's values over the iterations, in the shown basis; None of another version or no run."""
    run, view = state.run, state.view
    if cell.version != "estimate" or run is None or view is None or view.iteration >= run.n_recorded:
        return None
    kept = np.linspace(0, run.last_iteration, min(run.n_recorded, _MOST_POINTS)).astype(np.intp)
    kept = np.union1d(kept, [view.iteration])
    name = next(parameter.name for parameter in PARAMETERS if parameter.symbol == cell.symbol)
    stack = view.shown_stacks(run.history.stacked(kept.tolist())).get(name)
    if stack is None:
        return None
    values = stack.reshape(len(kept), -1, stack.shape[-1])
    if cell.row >= values.shape[1] or cell.column >= values.shape[2]:  # of another run than when it was pointed at
        return None
    true = _matrix(view.true_params, name)
    truth = None if true is None or true.shape != values.shape[1:] else float(true[cell.row, cell.column])
    title = f"{cell.symbol}[{cell.row + 1}, {cell.column + 1}] over {run.last_iteration} iterations"
    return Trace(title, kept.astype(np.float64), values[:, cell.row, cell.column], view.iteration, truth)


def _scale(state: State) -> Scale | None:
    return None if state.data is None else state.data.scale


def _truth(state: State) -> LDSParams | None:
    return None if state.data is None else state.data.truth


def _versions(state: State) -> dict[str, LDSParams | None]:
    """Give the parameter sets to compare: the truth where there is one, the start, and the estimate.

    All are in the basis of the gauge lens; the start is brought there by the estimate's change of basis.
    """
    truth, view = _truth(state), state.view
    if view is None:
        return {"true": truth}
    start = None if state.run is None else view.shown(state.run.history[0].params)
    learned = {"start": start, "estimate": view.shown_params}
    return learned if truth is None else {"true": view.true_params, **learned}


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
