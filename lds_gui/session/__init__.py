"""The state of the window and the verbs that change it. QtCore only, no widgets."""

from lds_gui.session.breakpoints import RADIUS, Breakpoints, Watched
from lds_gui.session.gauge import LENSES, Lens
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.gaussian_sources import GAUSSIAN_SOURCES
from lds_gui.session.history import History
from lds_gui.session.laboratory import MOST_SAMPLES, Laboratory
from lds_gui.session.notebook import script_of
from lds_gui.session.preparation import COMPILING
from lds_gui.session.recovery import Lost, Recovery, recovery_folder
from lds_gui.session.restarts import WorkerExecutor
from lds_gui.session.runs import Difference, differences, matched_iteration
from lds_gui.session.saved import SUFFIX, Saved, WindowLayout, load_session, save_session
from lds_gui.session.session import Session
from lds_gui.session.session_files import AUTOSAVE_SECONDS
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
    Document,
    Learning,
    Lesson,
    Line,
    Restarts,
    Run,
    RunStatus,
    Source,
    State,
    mean_powers,
)
from lds_gui.session.surprise import Surprise, surprise_grid
from lds_gui.session.view import Residuals, View, derive_view

__all__ = [
    "AUTOSAVE_SECONDS",
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
    "SUFFIX",
    "Breakpoints",
    "Data",
    "Difference",
    "Document",
    "GaussianPair",
    "History",
    "Laboratory",
    "Learning",
    "Lens",
    "Lesson",
    "Line",
    "Lost",
    "Recovery",
    "Residuals",
    "Restarts",
    "Run",
    "RunStatus",
    "Saved",
    "Session",
    "Source",
    "StartChoice",
    "State",
    "Surprise",
    "View",
    "Watched",
    "WindowLayout",
    "WorkerExecutor",
    "derive_view",
    "differences",
    "load_session",
    "matched_iteration",
    "mean_powers",
    "recovery_folder",
    "save_session",
    "script_of",
    "start_problem",
    "surprise_grid",
]
