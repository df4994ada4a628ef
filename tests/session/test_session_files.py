"""Saving, opening, and keeping a session by itself."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.files import atomic, preset, sample
from lds_gui.lds import EMOptions
from lds_gui.session import Recovery, RunStatus, Session, State, load_session
from lds_gui.ui.app import wait_for
from tests.situations import new_session


def settled(session: Session) -> State:
    return wait_for(session, lambda state: not state.document.busy and not state.busy)


def simulated(session: Session) -> State:
    session.simulate()
    return wait_for(session, lambda state: state.data is not None)


def ended(session: Session) -> State:
    return wait_for(session, lambda state: state.run is not None and not state.run.status.is_live)


@pytest.fixture
def fresh(qapp: object) -> Iterator[Session]:
    """A session in which nobody has changed anything."""
    session = new_session()
    yield session
    session.close()


def test_that_a_new_session_has_nothing_to_lose(fresh: Session):
    assert not simulated(fresh).document.is_changed


def test_that_data_from_a_file_are_not_lost_when_the_window_closes(fresh: Session):
    fresh.open_data(sample("nile").path)
    assert not wait_for(fresh, lambda state: state.data is not None).document.is_changed


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.set_parameter("A", 0.5 * np.eye(2)),
        lambda session: session.use_preset(preset("two_oscillators")),
        lambda session: session.set_learning(replace(session.state.learning, seed=7)),
        lambda session: session.paste_data("a,b\n1,2\n2,3\n4,1\n"),
        lambda session: session.lab.swap(),
        lambda session: session.run(),
    ],
    ids=["model", "preset", "learning", "pasted data", "Gaussians", "run"],
)
def test_that_a_change_is_noticed_and_saved(session: Session, tmp_path: Path, change: Callable):
    simulated(session)
    change(session)
    settled(session)
    assert session.state.document.is_changed
    session.pause()
    session.files.save(tmp_path / "some")
    document = settled(session).document
    assert (document.path, document.is_changed) == (str(tmp_path / "some.ldsession"), False)


def test_that_a_change_during_saving_is_still_one_afterwards(session: Session, tmp_path: Path):
    simulated(session)
    session.files.save(tmp_path / "some.ldsession")
    session.set_parameter("mu0", [3.0, 4.0])
    assert settled(session).document.is_changed


def test_that_the_previous_file_is_kept(session: Session, tmp_path: Path):
    path = tmp_path / "some.ldsession"
    for mean in ([1.0, 1.0], [2.0, 2.0], [3.0, 3.0]):
        session.set_parameter("mu0", mean)
        session.files.save(path)
        settled(session)
    assert load_session(path).state.model.mu0.tolist() == [3.0, 3.0]
    assert load_session(tmp_path / "some.ldsession.bak").state.model.mu0.tolist() == [2.0, 2.0]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["some.ldsession", "some.ldsession.bak"]


def test_that_a_full_disk_leaves_the_old_file_and_says_so(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "some.ldsession"
    session.files.save(path)
    settled(session)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    session.set_parameter("mu0", [3.0, 4.0])
    session.files.save(path)
    document = settled(session).document
    assert "no space left on device" in document.problem
    assert document.is_changed
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["some.ldsession"]


def test_that_a_file_that_is_none_leaves_the_session_as_it_was(session: Session, tmp_path: Path):
    path = tmp_path / "some.ldsession"
    path.write_text("hello")
    before = simulated(session)
    session.files.open(path)
    after = settled(session)
    assert "no session file" in after.document.problem
    assert (after.model, after.data) == (before.model, before.data)
    session.files.refuse("")
    assert session.state.document.problem == ""


def test_that_a_paused_run_goes_on_after_it_was_read(session: Session, tmp_path: Path):
    session.set_learning(replace(session.state.learning, options=EMOptions(max_iter=20, tol=0.0)))
    session.run()
    whole = ended(session).run
    session.reset()
    session.step()
    for _ in range(5):
        wait_for(session, lambda state: state.run is not None and state.run.n_recorded >= 2)
        session.step()
    wait_for(session, lambda state: state.run.n_recorded == 7)
    session.files.save(tmp_path / "some.ldsession")
    settled(session)
    other = new_session()
    other.files.open(tmp_path / "some.ldsession")
    read = wait_for(other, lambda state: state.run is not None)
    assert (read.run.status, read.run.n_recorded) == (RunStatus.PAUSED, 7)
    other.run()
    run = ended(other).run
    assert (run.n_recorded, run.seams) == (21, (6,))
    np.testing.assert_array_equal(run.log_likelihoods[:7], whole.log_likelihoods[:7])
    np.testing.assert_allclose(run.log_likelihoods, whole.log_likelihoods, rtol=1e-12)
    assert run.reason == whole.reason
    other.close()


def test_that_beginning_anew_forgets_everything(session: Session, tmp_path: Path):
    session.run()
    ended(session)
    session.files.save(tmp_path / "some.ldsession")
    settled(session)
    session.begin_anew()
    state = wait_for(session, lambda state: state.data is not None)
    assert (state.run, state.runs, state.document.path, state.to_undo) == (None, (), "", "")
    assert not state.document.is_changed


def test_that_a_change_is_kept_by_itself_and_offered_and_taken_over(tmp_path: Path, qtbot: QtBot):
    root, found = tmp_path / "recovery", []
    one, other = new_session(), new_session()
    one.files.keep_for_recovery(Recovery(root), 0.01)
    one.set_parameter("mu0", [3.0, 4.0])
    qtbot.waitUntil(lambda: len(list(root.glob("*/session.ldsession"))) == 1, timeout=30_000)
    one.files._recovery._lock.release()  # as the system does where a process is killed
    one.files._recovery = None
    one.close()
    other.files.keep_for_recovery(Recovery(root), 0.01)
    other.files.look_for_lost(found.extend)
    qtbot.waitUntil(lambda: bool(found), timeout=30_000)
    other.files.open(found[0].path, recovered=True)
    state = wait_for(other, lambda state: state.model.mu0.tolist() == [3.0, 4.0])
    assert state.document.is_changed
    qtbot.waitUntil(lambda: not found[0].path.parent.exists(), timeout=30_000)
    assert len(list(root.glob("*/session.ldsession"))) == 1
    other.close()
    assert not root.exists()


def test_that_saving_takes_what_was_kept_away(tmp_path: Path, qtbot: QtBot):
    root = tmp_path / "recovery"
    session = new_session()
    session.files.keep_for_recovery(Recovery(root), 0.01)
    session.set_parameter("mu0", [3.0, 4.0])
    qtbot.waitUntil(lambda: len(list(root.glob("*/session.ldsession"))) == 1, timeout=30_000)
    qtbot.waitUntil(lambda: session.files._autosaved is not None, timeout=30_000)
    session.files.save(tmp_path / "some.ldsession")
    settled(session)
    qtbot.waitUntil(lambda: not list(root.glob("*/session.ldsession")), timeout=30_000)
    session.close()
