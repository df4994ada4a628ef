"""What the model could not predict: whether it looks like white noise."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from lds_gui.lds import Array, TestResult, WhiteNoiseTests
from lds_gui.session import State
from lds_gui.ui.cards import say, sentence
from lds_gui.ui.learn.panels.panel import ChoicePanel, Table, column_names, sequences_note, step_axis, view_note
from lds_gui.ui.numbers import grouped, short
from lds_gui.ui.plots import Plot, line_pen
from lds_gui.ui.theme import Theme

_MOST_QUANTILES = 500
_REACH = 4.0  # standard deviations that the histogram covers
_MOST_CLASSES = 40
_DOUBTFUL = 0.05  # p-value


class ResidualsPanel(ChoicePanel):
    """Shows the standardised innovations of one column: over time, histogram, quantiles, and autocorrelation."""

    name = "residuals"
    title = "Residuals"
    empty_text = "Run EM to see what the model could not predict"
    explanation = (
        "Each observation less what the model predicted from those before it, in units of the predicted standard "
        "deviation. If the model is right, these are independent draws from N(0, 1).",
        "Over time: stretches on one side, or a changing width. Quantiles off the diagonal: outliers. Autocorrelations "
        "beyond the dashed limits: something that could be predicted, and is not; more latents may help.",
    )
    legend = (("innovations", "data", "dot"), ("if the model is right", "truth", "dashed"))
    what = "Column"
    shows_view = True

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel, with a line for the tests."""
        super().__init__(parent)
        self.tests = sentence("small", "residual_tests")
        self.body.addWidget(self.tests)

    def make_picture(self) -> QWidget:
        self._over_time, self.classes_plot = Plot("time t", "σ", left_width=40), Plot("σ", "density", left_width=58)
        self.quantiles_plot = Plot("N(0, 1) quantile", "σ", left_width=40)
        self.lags_plot = Plot("lag in steps", "autocorrelation", left_width=58)
        self._four_plots = self._over_time, self.classes_plot, self.quantiles_plot, self.lags_plot
        self.time_plot = self._over_time
        self._dots = self._over_time.dots("data")
        self._over_time.crosshair.reader.add("innovation", self._dots)
        self._classes = pg.BarGraphItem(x=[], height=[], width=1.0)
        self.classes_plot.addItem(self._classes)
        self._quantiles = self.quantiles_plot.plot(pen=None, symbol="o", symbolSize=3)
        self._stems = self.lags_plot.plot(connect="pairs")
        x = np.linspace(-_REACH, _REACH, 121)
        self._expected = [
            self.classes_plot.plot(x, np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi)),
            self.quantiles_plot.plot([-_REACH, _REACH], [-_REACH, _REACH]),
        ]
        self._limits = [self._limit(self._over_time, value) for value in (-2.0, 2.0)]
        self._lag_limits = [self._limit(self.lags_plot, value) for value in (-1.0, 1.0)]
        picture = QWidget()
        grid = QGridLayout(picture)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for index, plot in enumerate(self._four_plots):
            plot.setMinimumSize(90, 60)
            grid.addWidget(plot, index // 2, index % 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        return picture

    def _limit(self, plot: Plot, value: float) -> pg.InfiniteLine:
        line = pg.InfiniteLine(pos=value, angle=0, movable=False)
        plot.addItem(line, ignoreBounds=True)  # pyright: ignore[reportCallIssue]
        return line

    @property
    def plots(self) -> tuple[Plot, ...]:
        return self._four_plots

    def restyle(self, theme: Theme) -> None:
        super().restyle(theme)
        expected = line_pen(theme.color("truth"), Qt.PenStyle.DashLine)
        for item in (*self._expected, *self._limits, *self._lag_limits):
            item.setPen(expected)
        self._classes.setOpts(brush=theme.color("data", 0.5), pen=pg.mkPen(theme.card))
        self._quantiles.setSymbolBrush(theme.color("data"))
        self._quantiles.setSymbolPen(None)
        self._stems.setPen(pg.mkPen(theme.color("data"), width=2))

    def has_picture(self, state: State) -> bool:
        return state.view is not None and state.view.residuals is not None

    def choices(self, state: State) -> tuple[str, ...]:
        return column_names(state)

    def draw(self, state: State) -> None:
        super().draw(state)
        if not self.has_picture(state):
            say(self.tests, "")

    def draw_picture(self, state: State) -> None:
        assert state.data is not None
        assert state.view is not None
        assert state.view.residuals is not None
        dimension = self.choice.chosen
        values = state.view.residuals.standardised[:, dimension]
        tests = state.view.residuals.tests[dimension]
        there = np.isfinite(values)
        self._over_time.expect_steps(len(values))
        self._dots.setData(step_axis(len(values))[there], values[there])
        self._over_time.set_title("bottom", state.data.time_name)
        self._over_time.bottom.set_step_labels(state.data.time_labels)
        self._draw_classes(values[there])
        self._quantiles.setData(*quantiles(values[there]))
        lags = np.arange(1.0, len(tests.autocorrelation) + 1)
        stems = np.column_stack([np.zeros_like(lags), tests.autocorrelation]).ravel()
        self._stems.setData(np.repeat(lags, 2), stems)
        for sign, line in zip((-1.0, 1.0), self._lag_limits, strict=True):
            line.setVisible(bool(np.isfinite(tests.limit)))
            line.setValue(sign * tests.limit if np.isfinite(tests.limit) else 0.0)
        reach = 1.2 * max(np.nan_to_num(tests.limit), float(np.abs(tests.autocorrelation).max(initial=0.1)))
        self.lags_plot.getViewBox().setYRange(-reach, reach, padding=0)
        n_beyond = int((np.abs(values[there]) > _REACH).sum())
        beyond = f"{grouped(n_beyond)} beyond ±{_REACH:.0f} σ, in the last classes" if n_beyond else ""
        self.note.setText(", ".join(filter(None, [view_note(state, ""), beyond, sequences_note(state)])))
        say(self.tests, _in_words(tests))

    def _draw_classes(self, values: Array) -> None:
        n_classes = int(np.clip(np.sqrt(values.size), 4, _MOST_CLASSES))
        counts, edges = np.histogram(np.clip(values, -_REACH, _REACH), n_classes, (-_REACH, _REACH))
        width = float(edges[1] - edges[0])
        density = counts / max(values.size * width, 1e-300)
        self._classes.setOpts(x=0.5 * (edges[1:] + edges[:-1]), height=density, width=width)

    def table(self, state: State) -> Table:
        assert state.data is not None
        assert state.view is not None
        assert state.view.residuals is not None
        residuals = state.view.residuals
        columns = zip(state.data.columns, residuals.standardised.T, strict=True)
        return {
            "t": step_axis(len(residuals.standardised)),
            **{f"innovation_{name}": column for name, column in columns},
            "log_density": residuals.log_densities,
            **{
                f"autocorrelation_{name}": test.autocorrelation
                for name, test in zip(state.data.columns, residuals.tests, strict=True)
            },
        }


def quantiles(values: Array) -> tuple[Array, Array]:
    """Give where the sorted values (N,) would lie under N(0, 1), and the values; some hundred where there are many."""
    n = values.size
    ranks = np.unique(np.linspace(0, max(n - 1, 0), min(n, _MOST_QUANTILES)).astype(np.intp))
    normal = NormalDist()
    expected = np.array([normal.inv_cdf((rank + 0.5) / n) for rank in ranks]) if n else np.empty(0)
    return expected, np.sort(values)[ranks] if n else np.empty(0)


def _in_words(tests: WhiteNoiseTests) -> str:
    if tests.n_values == 0:
        return "Nothing was observed in this column"
    parts = [
        f"{tests.n_values} values, mean {short(tests.mean)}, standard deviation {short(tests.sd)}",
        _verdict("Ljung–Box", tests.ljung_box, "white", "something is left to predict"),
        _verdict("Jarque–Bera", tests.normality, "Gaussian", "not Gaussian"),
    ]
    return " · ".join(parts)


def _verdict(name: str, test: TestResult, good: str, doubtful: str) -> str:
    if not np.isfinite(test.p_value):
        return f"{name}: too few values"
    sign, words = ("✕", doubtful) if test.p_value < _DOUBTFUL else ("✓", good)
    return f"{sign} {name} {short(test.statistic)} ({test.dof}), p = {short(test.p_value, 2)}: {words}"
