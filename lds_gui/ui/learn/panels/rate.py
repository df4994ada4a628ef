"""Why EM is slow: how fast the rest shrinks, and which parameters it is in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from lds_gui.lds import PARAMETERS, Array, ConvergenceRate, LDSParams, convergence_rate
from lds_gui.session import Run, State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.learn.panels.panel import Panel, Table
from lds_gui.ui.numbers import grouped, rounded, short, signed, subscript
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import SERIES, Theme

_TELLING = 8  # the newest log-likelihoods, which tell how EM converges
_MOST_POINTS = 2000
_AHEAD = 0.25  # of the iterations so far: how far the line goes on
_N_NAMED = 3  # entries
_SMALLEST_SHARE = 0.05


class RatePanel(Panel):
    """Shows the distance of log p(x) from where it is going, with the fitted rate, and the slowest direction."""

    name = "rate"
    title = "Why slow"
    empty_text = "Run EM for some iterations to see how fast it converges"
    explanation = (
        "How far log p(x) still is from its limit, on a scale where equal steps down mean equal factors. Near the end "
        "EM shrinks the rest by the same factor in each iteration: a straight line, whose slope is the rate.",
        "A rate near 1 means many iterations for each further digit: the data say little about some direction of the "
        "parameters. The last line names it. Holding those parameters, or more data, makes EM faster.",
    )
    legend = (("rest", "good", "circle"), ("fitted rate", SERIES[0], "dashed"))

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with lines for the rate and for the slowest direction."""
        super().__init__(parent)
        self.outlook, self.direction = sentence("small", "rate_outlook"), sentence("small", "rate_direction")
        self.body.addWidget(self.outlook)
        self.body.addWidget(self.direction)

    def make_picture(self) -> QWidget:
        self.plot = Plot("iteration", "log₁₀ of the rest in nats", left_width=62)
        self._rest = self.plot.plot(symbol="o", symbolSize=4)
        self._fit = self.plot.plot()
        self.plot.crosshair.reader.add("left to gain", self._rest)
        self.plot.crosshair.reader.add("fitted", self._fit)
        return self.plot

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        self._rest.setPen(line_pen(theme.color("good")))
        self._rest.setSymbolBrush(theme.color("good"))
        self._rest.setSymbolPen(None)
        self._fit.setPen(line_pen(theme.color(SERIES[0]), Qt.PenStyle.DashLine))

    def has_picture(self, state: State) -> bool:
        return state.iteration is not None and state.iteration >= 1

    def inputs(self, state: State) -> tuple[object, ...]:
        return (None,) if state.run is None else (state.run.history, state.iteration)

    def draw(self, state: State) -> None:
        super().draw(state)
        if not self.has_picture(state):
            say(self.outlook, "")
            say(self.direction, "")

    def draw_picture(self, state: State) -> None:
        run = state.run
        assert run is not None
        assert state.iteration is not None
        slowness = _slowness(state, run, state.iteration)
        self._rest.setData(slowness.iterations, slowness.rests)
        self._rest.setSymbol("o" if slowness.iterations.size <= 120 else None)  # pyright: ignore[reportArgumentType]
        self._fit.setData(*_line(slowness))
        self.keys[1].setVisible(slowness.rate.rate is not None)
        self.note.setText("" if slowness.rate.rate is None else f"rate {short(slowness.rate.rate, 4)}")
        say(self.outlook, _outlook(slowness.rate))
        say(self.direction, _direction_words(run, state.iteration))

    def table(self, state: State) -> Table:
        assert state.run is not None
        assert state.iteration is not None
        slowness = _slowness(state, state.run, state.iteration)
        return {"iteration": slowness.iterations, "log10_rest": slowness.rests}


class _Slowness(NamedTuple):
    """The iterations whose rest is known, its decimal logarithm in nats, and the rate at the last one."""

    iterations: Array
    rests: Array
    rate: ConvergenceRate


def _slowness(state: State, run: Run, shown: int) -> _Slowness:
    """Say how far each iteration up to the shown one was from the limit, as far as it can be known by then."""
    values = run.log_likelihoods[: shown + 1]
    assert state.data is not None
    tolerance = run.learning.options.tolerance(state.data.dataset.n_observed)
    rate = convergence_rate(values[-_TELLING:], tolerance)
    limit = float(values.max() if rate.remaining_gain is None else values[-1] + rate.remaining_gain)
    rests = limit - values
    iterations, rests = np.flatnonzero(rests > 0.0), rests[rests > 0.0]
    kept = np.unique(np.linspace(0, max(len(rests) - 1, 0), min(len(rests), _MOST_POINTS)).astype(np.intp))
    return _Slowness(iterations[kept].astype(np.float64), np.log10(rests[kept]), rate)


def _line(slowness: _Slowness) -> tuple[Array, Array]:
    """Give the ends of the straight line that the rate predicts, from some iterations back to some ahead."""
    rate = slowness.rate
    if not rate.rate or not rate.remaining_gain or not slowness.iterations.size:
        return np.empty(0), np.empty(0)
    last = float(slowness.iterations[-1])
    x = np.array([max(last - _TELLING, 0.0), last + max(_AHEAD * last, 2.0)])
    return x, np.log10(rate.remaining_gain) + np.log10(rate.rate) * (x - last)


def _outlook(rate: ConvergenceRate) -> str:
    if rate.remaining_iterations == 0 and rate.remaining_gain == 0.0:
        return "What is left is below the rounding of log p(x)"
    if rate.rate is None:
        return "No steady rate yet: the gains do not shrink evenly, and the rest is counted from the best so far"
    per_digit = -1.0 / np.log10(rate.rate)
    count = "about 1 iteration" if per_digit < 1.5 else f"about {short(per_digit, 3)} iterations"
    words = f"Rate {short(rate.rate, 4)}: {count} for each further digit"
    if rate.remaining_gain is not None:
        words += f"; {short(rate.remaining_gain)} nats are left"
    if rate.remaining_iterations:
        words += f", about {grouped(rounded(rate.remaining_iterations))} iterations until the tolerance"
    return words


def slowest_direction(before: LDSParams, after: LDSParams) -> dict[str, Array]:
    """What the last iteration still moved, each parameter relative to its own size, together of length 1.

    Successive steps of EM turn towards the slowest direction, the eigenvector of its Jacobian with the largest
    eigenvalue, as in power iteration. Empty if nothing has moved.
    """
    moved: dict[str, Array] = {}
    for parameter in PARAMETERS:
        old, new = getattr(before, parameter.name), getattr(after, parameter.name)
        if old is not None and new is not None:
            size = float(np.linalg.norm(new))
            moved[parameter.name] = (new - old) / (size if size > 0.0 else 1.0)
    length = float(np.sqrt(sum(float((change**2).sum()) for change in moved.values())))
    return {name: change / length for name, change in moved.items()} if length > 0.0 else {}


def _direction_words(run: Run, shown: int) -> str:
    """Name the parameters that still move, by their share, and the entries that move most."""
    direction = slowest_direction(run.history[shown - 1].params, run.history[shown].params)
    if not direction:
        return "No parameter moves any more"
    symbols = {parameter.name: parameter.symbol for parameter in PARAMETERS}
    shares = sorted(((float((change**2).sum()), name) for name, change in direction.items()), reverse=True)
    blocks = [f"{symbols[name]} {100 * share:.0f} %" for share, name in shares if share >= _SMALLEST_SHARE]
    entries: list[tuple[float, str]] = []
    for name, change in direction.items():
        for index, value in np.ndenumerate(change):
            if change.ndim == 1 or index[0] <= index[1] or name in ("A", "B"):
                figures = (
                    ",".join(subscript(i + 1) for i in index)
                    if max(index) > 8
                    else "".join(subscript(i + 1) for i in index)
                )
                entries.append((float(value), f"{symbols[name]}{figures}"))
    entries.sort(key=lambda entry: -abs(entry[0]))
    named = ", ".join(f"{name} ({signed(value, 2)})" for value, name in entries[:_N_NAMED])
    return f"Slowest direction: {', '.join(blocks)}; most of all {named}"
