"""The state of the window and the verbs that change it. QtCore only, no widgets."""

from lds_gui.session.session import Session
from lds_gui.session.state import (
    MODEL_START,
    Data,
    GaussianPair,
    Learning,
    Run,
    RunStatus,
    Simulation,
    State,
)
from lds_gui.session.view import View, derive_view

__all__ = [
    "MODEL_START",
    "Data",
    "GaussianPair",
    "Learning",
    "Run",
    "RunStatus",
    "Session",
    "Simulation",
    "State",
    "View",
    "derive_view",
]
