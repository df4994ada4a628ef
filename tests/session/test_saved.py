"""A session comes back from its file as it was; what does not fit together is refused in a sentence."""

import copy
import random
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject

from lds_gui.files import AS_FOUND, FileFormatError, sample
from lds_gui.files.bundle import Bundle, read_bundle, write_bundle
from lds_gui.lds import FORWARD, EMOptions, Simulation, Spoiling
from lds_gui.session import Breakpoints, RunStatus, Session, State, WindowLayout, load_session, save_session
from lds_gui.session.codec import _LEFT_OUT, Encoder
from lds_gui.ui.app import wait_for
from tests.situations import new_session

LAYOUT = WindowLayout(1, "AAAA", {"latents 0": "x₂"}, ("BREAKPOINTS",), {"elbo 0": (0.0, 1.0, -2.0, 3.5)})


def test_that_an_empty_session_comes_back(session: Session, tmp_path: Path):
    assert_same(session.state, round_trip(session.state, tmp_path))


@pytest.fixture(scope="module")
def rich(qapp: object) -> State:
    """A session with two runs, one of them a branch, restarts, samples, a fit and a gap in its data."""
    session = new_session()
    session.set_simulation(Simulation(25, 4, 2, 3, Spoiling(missing=0.1)))
    options = EMOptions(max_iter=6, tol=0.0)
    session.set_learning(replace(session.state.learning, options=options, separate_initial=True))
    session.run()
    wait_for(session, lambda state: state.run is not None and not state.run.status.is_live)
    session.rename_run(1, "first")
    session.branch(origin=(1, 3))
    wait_for(session, lambda state: state.run.number == 2 and not state.run.status.is_live)
    session.compare(1)
    session.show_iteration(2, before_e=True)
    session.keep_estimate()
    session.set_breakpoints(Breakpoints(on_fall=True, condition=np.inf, iteration=3))
    session.restart(2)
    wait_for(session, lambda state: not state.restarts.is_running)
    session.lab.set_n_samples(200)
    session.lab.sample()
    session.lab.set_fit("diagonal", FORWARD)
    session.lab.fit_q()
    wait_for(session, lambda state: not (state.laboratory.is_sampling or state.laboratory.is_fitting))
    session.lab.pause_fit()
    session.close()
    return session.state


def polled(session: Session) -> bool:
    session._poll()
    session.lab._poll()
    return True


def round_trip(state: State, folder: Path) -> State:
    path = folder / "some.ldsession"
    save_session(path, state, LAYOUT)
    saved = load_session(path)
    assert saved.layout == LAYOUT
    return saved.state


def assert_same(state: State, back: State) -> None:
    """Compare everything that a file holds: values to the last bit, and which parameters are the same object."""
    at_rest = replace(
        state,
        runs=tuple(run.ended() for run in state.runs),
        laboratory=replace(state.laboratory, plays_fit=False),
    )
    one, other = Encoder(), Encoder()
    tree, its = one.tree(at_rest), other.tree(back)
    assert resolved(tree, one.arrays) == resolved(its, other.arrays)
    assert resolved(one.shared, one.arrays) == resolved(other.shared, other.arrays)


def resolved(tree: object, arrays: list) -> object:
    """The tree with the bits and the shape of each array in its place."""
    if isinstance(tree, dict):
        if set(tree) == {"array"}:
            array = arrays[tree["array"]]
            return array.tobytes(), array.shape
        return {name: resolved(item, arrays) for name, item in tree.items()}
    return [resolved(item, arrays) for item in tree] if isinstance(tree, list) else tree


def test_that_everything_comes_back(rich: State, tmp_path: Path):
    back = round_trip(rich, tmp_path)
    assert_same(rich, back)
    assert back.runs[0].title == "first"
    assert back.run.parent == (1, 3)
    assert back.model is back.preset.params
    assert back.data.power is not None
    assert len(back.laboratory.fit) == len(rich.laboratory.fit) > 1


def test_that_every_field_of_a_state_is_kept_or_left_out_on_purpose(rich: State):
    tree = Encoder().tree(rich)
    assert set(tree) == {field.name for field in fields(State)} - _LEFT_OUT["State"]


def test_that_a_run_under_way_comes_back_paused(session: Session, wait_until: Callable, tmp_path: Path):
    session.simulate()
    session.step()
    wait_until(lambda: polled(session) and session.state.run is not None and session.state.run.n_recorded == 2)
    running = replace(session.state, run=replace(session.state.run, status=RunStatus.RUNNING))
    assert round_trip(running, tmp_path).run.status is RunStatus.PAUSED


def test_that_data_know_their_file(session: Session, wait_until: Callable, tmp_path: Path):
    session.open_data(sample("nile").path, AS_FOUND, standardise=True)
    wait_until(lambda: polled(session) and session.state.data is not None)
    back = round_trip(session.state, tmp_path)
    assert_same(session.state, back)
    assert back.data.source.standardise
    assert back.data.scale.sd.tobytes() == session.state.data.scale.sd.tobytes()


def changed(path: Path, change: Callable[[dict], object]) -> None:
    """Write the file again with another document, and the digest that belongs to it."""
    bundle = read_bundle(path, "session", 1, "session file")
    change(bundle.document)
    with path.open("wb") as file:
        write_bundle(file, Bundle(bundle.kind, bundle.version, bundle.document, bundle.arrays))


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("state", "shown_iteration"), 99, "shown iteration 99"),
        (("state", "compared"), 7, "compared run"),
        (("state", "lens"), "rosy", "lens"),
        (("state", "speed"), -1.0, "speed"),
        (("state", "simulation", "n_steps"), "many", "n_steps must be int"),
        (("state", "simulation", "n_steps"), -1, "number of steps"),
        (("state", "run", "n_recorded"), 3, "iterations"),
        (("state", "run", "status"), "asleep", "must be one of"),
        (("state", "data"), None, "no data"),
        (("state", "model"), {"shared": 99}, "refer to one of"),
        (("state", "colour"), "red", "unknown entry"),
        (("state", "learning", "start"), "magic", "start is unknown"),
        (("layout", "tab"), None, "tab must be int"),
        (("time",), "noon", "when it was written"),
    ],
)
def test_that_what_does_not_fit_is_named(rich: State, tmp_path: Path, place, value, words):
    path = tmp_path / "some.ldsession"
    save_session(path, rich, LAYOUT)

    def change(document: dict) -> None:
        at = document
        for name in place[:-1]:
            at = at[name]
        at[place[-1]] = value

    changed(path, change)
    with pytest.raises(FileFormatError, match=words):
        load_session(path)


def test_that_a_document_changed_at_random_is_read_or_refused_and_nothing_else(rich: State, tmp_path: Path):
    path, chance = tmp_path / "some.ldsession", random.Random(0)
    save_session(path, rich, LAYOUT)
    bundle = read_bundle(path, "session", 1, "session file")
    refused = 0
    for _ in range(400):
        document = copy.deepcopy(bundle.document)
        spoil(document, chance)
        with path.open("wb") as file:
            write_bundle(file, Bundle("session", 1, document, bundle.arrays))
        try:
            load_session(path)
        except FileFormatError:
            refused += 1
    assert refused > 200


OTHERS = [None, 0, -1, 10**400, 2.5, "", "x", True, [], {}, [[1]], {"array": 0}, {"shared": 1}]


def spoil(tree: dict | list, chance: random.Random) -> None:
    """Put something else in the place of one entry, anywhere."""
    places = list(range(len(tree))) if isinstance(tree, list) else list(tree)
    place = chance.choice(places)
    if isinstance(tree[place], dict | list) and tree[place] and chance.random() < 0.85:
        spoil(tree[place], chance)
    else:
        tree[place] = chance.choice(
            [None, 0, -1, 10**400, 2.5, "", "x", True, [], {}, [[1]], {"array": 0}, {"shared": 1}]
        )


def test_that_an_array_which_is_not_symmetric_is_refused(rich: State, tmp_path: Path):
    path = tmp_path / "some.ldsession"
    save_session(path, rich, LAYOUT)
    bundle = read_bundle(path, "session", 1, "session file")
    number = bundle.document["shared"][0]["Sigma"]["array"]
    arrays = list(bundle.arrays)
    arrays[number] = np.array([[1.0, 0.5], [0.4, 1.0]])
    with path.open("wb") as file:
        write_bundle(file, Bundle("session", 1, bundle.document, arrays))
    with pytest.raises(FileFormatError, match="not symmetric"):
        load_session(path)


def test_that_a_reopened_session_has_nothing_that_would_be_lost(rich: State, tmp_path: Path, qtbot):
    path = tmp_path / "some.ldsession"
    save_session(path, rich, LAYOUT)
    owner = QObject()
    session = Session(rich.preset, owner)
    session.files.open(path)
    qtbot.waitUntil(lambda: session.state.run is not None, timeout=30_000)
    assert session.state.document.path == str(path)
    assert not session.state.document.is_changed
    session.close()
