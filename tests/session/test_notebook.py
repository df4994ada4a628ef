"""Whatever is done is written down, and what is written down does it again: here, in the window, and by Python."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lds_gui.files import ReadOptions, Role, preset, sample
from lds_gui.lds import EMOptions, Simulation, Spoiling
from lds_gui.script import parse, replay, with_imports
from lds_gui.session import GaussianPair, Session, State, script_of
from lds_gui.ui.app import wait_for
from tests.situations import new_session


def simulated(session: Session) -> State:
    session.simulate()
    return wait_for(session, lambda state: state.data is not None and not session.awaits_data)


def ended(session: Session) -> State:
    return wait_for(session, lambda state: state.run is not None and not state.run.status.is_live)


def limited(session: Session, **options: object) -> None:
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=6, tol=0.0), **options))


def texts(state: State) -> list[str]:
    return [line.text for line in state.notebook]


def run_all(session: Session) -> None:
    session.run()
    ended(session)


def stepped(session: Session) -> None:
    for count in (2, 3, 4):
        session.step()
        wait_for(session, lambda state, count=count: state.run is not None and state.run.n_recorded == count)
    session.stop()


def opened(session: Session) -> None:
    session.open_data(sample("us_macro").path, ReadOptions(), standardise=True)
    wait_for(session, lambda state: state.data is not None and state.data.truth is None)
    run_all(session)


def pasted(session: Session) -> None:
    roles = Role.TIME, Role.OBSERVED, Role.OBSERVED
    session.paste_data("t,a,b\n1,2,\n2,2,3\n3,4,1\n4,1,1\n5,2,2\n", ReadOptions(roles=roles))
    wait_for(session, lambda state: state.data is not None and state.data.truth is None)
    run_all(session)


def branched(session: Session) -> None:
    run_all(session)
    params = session.state.run.history[3].params
    session.branch(replace(params, A=params.A * 0.9), (1, 3))
    wait_for(session, lambda state: state.run.number == 2 and not state.run.status.is_live)


def kept(session: Session) -> None:
    run_all(session)
    session.show_iteration(2)
    session.keep_estimate()
    run_all(session)
    wait_for(session, lambda state: state.run.number == 2 and not state.run.status.is_live)


def last_again(session: Session) -> None:
    run_all(session)
    limited(session, start="last")
    session.run()
    wait_for(session, lambda state: state.run.number == 2 and not state.run.status.is_live)


def with_choice(**choice: object) -> Callable[[Session], None]:
    def act(session: Session) -> None:
        limited(session, **choice)
        run_all(session)

    return act


def spoilt(session: Session) -> None:
    session.set_simulation(Simulation(30, 9, 2, 4, Spoiling(missing=0.2)))
    simulated(session)
    run_all(session)


def edited(session: Session) -> None:
    session.use_preset(preset("two_oscillators"))
    session.set_parameter("mu0", np.arange(4.0))
    session.set_dimensions(3, 4)
    simulated(session)
    run_all(session)


ACTS = {
    "a whole run": run_all,
    "single steps": stepped,
    "data from a file, standardised": opened,
    "pasted data with a gap": pasted,
    "a branch": branched,
    "a kept estimate": kept,
    "the last estimate": last_again,
    "a random start": with_choice(start="random", seed=5),
    "the perturbed truth": with_choice(start="perturbed", seed=2, amount=0.2),
    "a start by hand": with_choice(start="model"),
    "an initial covariance of its own": with_choice(separate_initial=True),
    "factor analysis": with_choice(start="factor_analysis"),
    "spoilt data": spoilt,
    "another model": edited,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_that_script_and_notebook_compute_the_run_again_to_the_last_bit(session: Session, act: Callable):
    limited(session)
    simulated(session)
    act(session)
    run = session.state.run
    for lines in (script_of(session.state), texts(session.state)):
        outcomes = list(replay(parse(with_imports(lines, "Title")), Path()))
        last = [outcome for outcome in outcomes if outcome.log_likelihood is not None][-1]
        assert last.log_likelihood == run.log_likelihoods[-1]
        assert last.iteration == run.last_iteration
        assert all(outcome.difference == 0.0 for outcome in outcomes if outcome.difference is not None)
        assert last.difference == 0.0


@pytest.mark.parametrize("act", [run_all, stepped, pasted, branched, opened], ids=lambda act: act.__name__)
def test_that_a_replay_in_the_window_does_the_same(session: Session, act: Callable, tmp_path: Path):
    limited(session)
    simulated(session)
    act(session)
    path = tmp_path / "notebook.py"
    path.write_text(with_imports(["# Look here.", *texts(session.state)], "Lesson"), encoding="utf-8")
    other = new_session()
    other.player.open(path)
    other.player.set_pause(0.0)
    state = wait_for(other, lambda state: not state.lesson.plays)
    assert (state.lesson.problem, state.lesson.notes) == ("", ())
    assert state.lesson.remark == "Look here."
    for run, its in zip(state.all_runs, session.state.all_runs, strict=True):
        np.testing.assert_array_equal(run.log_likelihoods, its.log_likelihoods[: run.n_recorded])
    assert texts(state)[-1] == texts(session.state)[-1]
    other.close()


def test_that_a_drag_is_one_line(session: Session):
    simulated(session)
    for value in (0.1, 0.2, 0.3):
        session.set_parameter("mu0", [value, 0.0], gesture="drag 1")
    session.set_parameter("mu0", [0.5, 0.0], gesture="drag 2")
    assert [text for text in texts(session.state) if "mu0" in text] == [
        "model = replace(model, mu0=[0.3, 0.0])",
        "model = replace(model, mu0=[0.5, 0.0])",
    ]


def test_that_undoing_is_written_down_too(session: Session):
    simulated(session)
    session.set_parameter("mu0", [0.1, 0.0])
    session.undo()
    assert texts(session.state)[-2:] == [
        "model = replace(model, mu0=[0.1, 0.0])",
        'model = preset("damped_oscillator").params',
    ] or texts(session.state)[-1].startswith(("model = replace(model, mu0=[2.0", "data = "))


def test_that_what_is_shown_compared_and_deleted_is_written_down(session: Session):
    limited(session)
    simulated(session)
    branched(session)
    session.show_iteration(3)
    session.show_iteration(4, before_e=True)
    session.compare(1)
    session.set_lens("signs")
    session.delete_run(1)
    pair = session.state.gaussians
    session.lab.set_pair(GaussianPair(pair.q, pair.p))
    end = texts(session.state)[-5:]
    assert end[0] == "shown, before = run_2[4], run_2[3]  # between the half-steps"
    assert end[1:4] == ["other = run_1", 'lens = "signs"', "del run_1"]
    assert end[4].startswith("p, q = Gaussian(mean=[1.0, -0.5]")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "means nothing in the window"),
        ("shown = run_7[3]", "no run 'run_7'"),
        ("model = 3", "must be LDSParams"),
        ('lens = "rosy"', "no lens"),
        ("run_1 = [1]", "A run is written as"),
        ("options = EMOptions(tol=-1.0)", "tolerance"),
        ('data = load_data("nowhere.csv").dataset', ""),
    ],
)
def test_that_a_line_that_cannot_be_done_is_named_and_the_rest_waits(
    session: Session, tmp_path: Path, text: str, words: str
):
    path = tmp_path / "notebook.py"
    path.write_text(f"# A remark\n{text}\noptions = EMOptions(max_iter=3)\n")
    session.player.open(path)
    session.player.set_pause(0.0)
    if not words:  # data are read beside the window, and their error is said where data are
        state = wait_for(session, lambda state: bool(state.data_error))
        assert "no such file" in state.data_error
        return
    state = wait_for(session, lambda state: bool(state.lesson.problem))
    assert words in state.lesson.problem
    assert "Line 2" in state.lesson.problem
    assert (state.lesson.place, state.lesson.plays) == (1, False)
    session.player.end()
    assert session.state.lesson is None


def test_that_lines_can_be_stepped_through(session: Session, tmp_path: Path):
    path = tmp_path / "notebook.py"
    path.write_text("# One\n# Two\n# Three\n")
    simulated(session)
    session.player.open(path)
    session.player.pause()
    simulated(session)
    for place in (1, 2):
        session.player.step()
        assert session.state.lesson.place == place
    assert session.state.lesson.remark == "Two"


def test_that_a_replay_says_where_a_figure_differs(session: Session, tmp_path: Path):
    path = tmp_path / "notebook.py"
    lines = ["options = EMOptions(max_iter=3)", "start = pca_start(data, 2)"]
    lines += ["run_1 = list(em(start, data, options))  # iteration 3: log p(x) = -1.5"]
    path.write_text("\n".join(lines))
    session.player.open(path)
    session.player.set_pause(0.0)
    state = wait_for(session, lambda state: bool(state.lesson.notes) or bool(state.lesson.problem))
    assert "differs by" in state.lesson.notes[0]


def test_that_a_file_that_is_none_begins_nothing(session: Session, tmp_path: Path):
    path = tmp_path / "notebook.py"
    path.write_text("import os\n")
    session.player.open(path)
    assert "not there for scripts" in session.state.document.problem
    assert session.state.lesson is None
