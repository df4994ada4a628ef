import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.ui.learn.panels.paths import PathsPanel, named_together
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATES = states()
STATE = STATES["finished"]


@pytest.fixture
def panel(qtbot: QtBot) -> PathsPanel:
    panel = PathsPanel()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    return panel


def choose(panel: PathsPanel, text: str) -> dict[str, np.ndarray]:
    panel.draw(STATE)
    panel.choice.setCurrentIndex(panel.choice.findText(text))
    return panel.table(STATE)


def test_that_entries_are_those_of_every_iteration_in_the_shown_basis(panel: PathsPanel) -> None:
    table = choose(panel, "B")
    for k, step in enumerate(STATE.run.steps):
        B = STATE.view.shown(step.params).B
        assert table["B₂₁"][k] == pytest.approx(B[1, 0], rel=1e-12)
    assert len(table) == 1 + B.size


def test_that_norms_eigenvalues_and_distances_are_what_they_say(panel: PathsPanel) -> None:
    params, truth = STATE.step.params, STATE.data.truth
    assert choose(panel, "norms")["|A|"][-1] == pytest.approx(np.linalg.norm(params.A))
    assert choose(panel, "|λ|")["|λ₁|"][-1] == pytest.approx(np.abs(np.linalg.eigvals(params.A)).max())
    shown = STATE.view.shown_params
    expected = np.linalg.norm(shown.Gamma - truth.Gamma) / np.linalg.norm(truth.Gamma)
    assert choose(panel, "distance")["Γ"][-1] == pytest.approx(expected)


@pytest.mark.parametrize("name", ["no truth known", "another n than the truth's"])
def test_that_there_is_no_distance_without_a_truth_of_the_same_shape(panel: PathsPanel, name: str) -> None:
    panel.draw(STATES[name])
    assert panel.choice.findText("distance") == -1


def test_that_of_many_entries_those_that_move_most_are_drawn_and_that_is_said(panel: PathsPanel) -> None:
    state = STATES["n = 6"]
    panel.draw(state)
    panel.choice.setCurrentIndex(panel.choice.findText("B"))
    assert panel.note.text() == "the 36 that move most, of 48"
    assert all(line.getData()[0] is not None for line in panel._lines)


def test_that_names_of_lines_that_end_together_stand_in_one_line() -> None:
    assert named_together({"a": 1.0, "b": 5.0, "c": 1.1}, 0.2) == [("a, c", 1.1), ("b", 5.0)]
