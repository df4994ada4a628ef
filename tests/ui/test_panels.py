import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from lds_gui.lds import standardised
from lds_gui.session import RunStatus, State
from lds_gui.ui.learn.panels import PANELS, Panel, TimePanel
from lds_gui.ui.learn.panels.matrices import MatricesPanel
from lds_gui.ui.theme import THEMES
from tests.situations import states

STATES = states()


@pytest.fixture(params=PANELS, ids=lambda kind: kind.name)
def panel(request: pytest.FixtureRequest, qtbot: QtBot) -> Panel:
    panel = request.param()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    panel.resize(420, 260)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def picture(panel: Panel) -> np.ndarray:
    QGuiApplication.processEvents()
    image = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), -1)


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_that_every_panel_draws_every_state(panel: Panel, name: str, theme) -> None:
    panel.restyle(theme)
    panel.draw(STATES[name])
    assert len(np.unique(picture(panel))) > 2, "the panel is blank"


@pytest.mark.parametrize("name", STATES)
def test_that_what_a_panel_copies_are_the_figures_behind_its_picture(panel: Panel, name: str) -> None:
    QGuiApplication.clipboard().setText("untouched")
    state = STATES[name]
    panel.draw(state)
    panel.copy_data()
    copied = QGuiApplication.clipboard().text()
    if not panel.has_picture(state):
        assert copied == "untouched"
        return
    head, *rows = copied.rstrip("\n").split("\n")
    table = panel.table(state)
    assert head.split("\t") == list(table)
    for j, column in enumerate(table.values()):
        cells = [row.split("\t")[j] for row in rows][: len(column)]
        np.testing.assert_array_equal(np.array(cells, dtype=float), column)


def test_that_an_empty_panel_says_what_will_appear_and_how(panel: Panel) -> None:
    panel.draw(STATES["nothing yet"])
    assert panel._stack.currentWidget().text() == panel.empty_text
    assert panel.empty_text[0].isupper()
    assert not panel.empty_text.endswith((".", "!"))


def test_that_an_empty_panel_says_when_something_is_being_computed(panel: Panel) -> None:
    starting = replace(STATES["just started"], data=None)
    panel.draw(starting)
    assert panel._stack.currentWidget().text() == "Computing the start …"
    panel.draw(replace(starting, run=replace(starting.run, status=RunStatus.FAILED)))
    assert panel._stack.currentWidget().text() == panel.empty_text


def test_that_a_panel_goes_back_to_its_words_after_a_reset(panel: Panel) -> None:
    for name in ("finished", "nothing yet"):
        panel.draw(STATES[name])
    assert panel._stack.currentWidget() is not panel.picture


def test_that_drawing_never_changes_the_state(panel: Panel) -> None:
    state = STATES["finished"]
    history = list(state.run.history)
    arrays = [state.view.latent_means, state.view.fitted_sds, *state.data.dataset.sequences]
    copies = [array.copy() for array in arrays]
    panel.draw(state)
    panel.table(state)
    picture(panel)
    assert state.run.history[:] == history
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("kind", [panel for panel in PANELS if panel.name in ("latents", "matrices", "observations")])
def test_that_a_view_of_another_iteration_is_named(qtbot: QtBot, kind: type[Panel]) -> None:
    panel = kind()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    panel.draw(STATES["finished"])
    assert "iteration" not in panel.note.text()
    panel.draw(replace(STATES["finished"], shown_iteration=1))
    assert "iteration 4" in panel.note.text()


@pytest.mark.parametrize("kind", [panel for panel in PANELS if issubclass(panel, TimePanel)])
def test_that_several_sequences_are_said_to_be_there(qtbot: QtBot, kind: type[Panel]) -> None:
    panel = kind()
    qtbot.addWidget(panel)
    panel.restyle(THEMES[0])
    panel.draw(STATES["several sequences"])
    assert "sequence 1 of 3" in panel.note.text()


def test_that_the_picture_changes_with_the_shown_iteration(panel: Panel) -> None:
    if panel.name in ("runs", "restarts", "notebook"):
        pytest.skip("lists all there is, whichever iteration is shown")
    panel.draw(STATES["finished"])
    finished = picture(panel)
    panel.draw(STATES["start only"])
    assert not np.array_equal(finished, picture(panel))


def test_that_names_and_titles_of_panels_are_all_different() -> None:
    assert len({panel.name for panel in PANELS}) == len(PANELS)
    assert len({panel.title for panel in PANELS}) == len(PANELS)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is not counted from Python 3.12 on")
def test_that_redrawing_does_not_drop_references_to_none(panel: Panel) -> None:
    """PySide6 6.12.0 drops one with every void call, and the process dies after some 200 redraws."""
    both: tuple[State, State] = (STATES["finished"], STATES["running"])
    panel.draw(both[0])
    picture(panel)
    before = sys.getrefcount(None)
    for count in range(200):
        panel.draw(both[count % 2])
        QGuiApplication.processEvents()
    assert sys.getrefcount(None) > before - 100


def test_that_matrices_of_standardised_data_are_also_shown_in_the_datas_units(qtbot: QtBot) -> None:
    state = states()["finished"]
    dataset, scale = standardised(state.data.dataset)
    state = replace(state, data=replace(state.data, dataset=dataset, scale=scale, truth=None))
    panel = MatricesPanel()
    qtbot.addWidget(panel)
    panel.draw(state)
    as_learned = panel.table(state)
    panel.choice.setCurrentIndex(1)
    in_units, sd = panel.table(state), scale.sd
    n = state.step.params.latent_dim
    np.testing.assert_allclose(in_units["estimate_B"], as_learned["estimate_B"] * np.repeat(sd, n))
    np.testing.assert_allclose(in_units["estimate_Gamma"], as_learned["estimate_Gamma"] * np.outer(sd, sd).ravel())
    np.testing.assert_array_equal(in_units["estimate_A"], as_learned["estimate_A"])
    panel.draw(states()["finished"])
    assert panel.choice.isHidden()
