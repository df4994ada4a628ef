"""The state of the window and the verbs that change it. QtCore only, no widgets."""

from lds_gui.session.breakpoints import RADIUS, Breakpoints, Watched
from lds_gui.session.gauge import LENSES, Lens
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.gaussian_sources import GAUSSIAN_SOURCES
from lds_gui.session.history import History
from lds_gui.session.laboratory import MOST_SAMPLES, Laboratory
from lds_gui.session.preparation import COMPILING
from lds_gui.session.runs import Difference, differences, matched_iteration
from lds_gui.session.session import Session
from lds_gui.session.starts import (
    KEPT_START,
    LAST_START,
    MODEL_START,
    PERTURBED_START,
    START_CHOICES,
    StartChoice,
    start_problem,
)
from lds_gui.session.state import (
    Data,
    Learning,
    Restarts,
    Run,
    RunStatus,
    State,
    mean_powers,
)
from lds_gui.session.surprise import Surprise, surprise_grid
from lds_gui.session.view import Residuals, View, derive_view

__all__ = [
    "COMPILING",
    "GAUSSIAN_SOURCES",
    "KEPT_START",
    "LAST_START",
    "LENSES",
    "MODEL_START",
    "MOST_SAMPLES",
    "PERTURBED_START",
    "RADIUS",
    "START_CHOICES",
    "Breakpoints",
    "Data",
    "Difference",
    "GaussianPair",
    "History",
    "Laboratory",
    "Learning",
    "Lens",
    "Residuals",
    "Restarts",
    "Run",
    "RunStatus",
    "Session",
    "StartChoice",
    "State",
    "Surprise",
    "View",
    "Watched",
    "derive_view",
    "differences",
    "matched_iteration",
    "mean_powers",
    "start_problem",
    "surprise_grid",
]
