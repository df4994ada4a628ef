"""The panels of the tab *Learn*. They don't know each other; `PANELS` is the table of all of them."""

from lds_gui.ui.learn.panels.eigenvalues import EigenvaluesPanel
from lds_gui.ui.learn.panels.elbo import ElboPanel
from lds_gui.ui.learn.panels.gains import GainsPanel
from lds_gui.ui.learn.panels.latents import LatentsPanel
from lds_gui.ui.learn.panels.matrices import MatricesPanel
from lds_gui.ui.learn.panels.notebook import NotebookPanel
from lds_gui.ui.learn.panels.observations import ObservationsPanel
from lds_gui.ui.learn.panels.panel import Panel, TimePanel
from lds_gui.ui.learn.panels.paths import PathsPanel
from lds_gui.ui.learn.panels.phase import PhasePanel
from lds_gui.ui.learn.panels.rate import RatePanel
from lds_gui.ui.learn.panels.residuals import ResidualsPanel
from lds_gui.ui.learn.panels.restarts import RestartsPanel
from lds_gui.ui.learn.panels.runs import RunsPanel
from lds_gui.ui.learn.panels.spectrum import SpectrumPanel
from lds_gui.ui.learn.panels.surprise import SurprisePanel

PANELS: tuple[type[Panel], ...] = (
    ElboPanel,
    EigenvaluesPanel,
    MatricesPanel,
    LatentsPanel,
    ObservationsPanel,
    GainsPanel,
    RatePanel,
    PathsPanel,
    PhasePanel,
    ResidualsPanel,
    SurprisePanel,
    SpectrumPanel,
    RunsPanel,
    RestartsPanel,
    NotebookPanel,
)

__all__ = [
    "PANELS",
    "LatentsPanel",
    "NotebookPanel",
    "Panel",
    "RestartsPanel",
    "RunsPanel",
    "SurprisePanel",
    "TimePanel",
]
