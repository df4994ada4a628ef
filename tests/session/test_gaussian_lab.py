from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lds_gui.lds import FORWARD, GAUSSIAN_PRESETS, REVERSE, Gaussian, ParameterError, kl_divergence, smooth
from lds_gui.session import GAUSSIAN_SOURCES, GaussianPair, Session
from lds_gui.session.gaussian_sources import take_gaussians
from tests.situations import new_session, oscillator, random_model

PATIENCE = 60_000


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    session = new_session()
    yield session
    session.close()


def sampled(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.state.laboratory.is_sampling, timeout=PATIENCE)


def test_that_samples_are_drawn_with_their_seed_and_again_for_another_pair(qtbot: QtBot, session: Session) -> None:
    session.lab.set_n_samples(5000)
    session.lab.sample()
    sampled(qtbot, session)
    first = session.state.laboratory.estimates
    assert first[-1].n_samples == 5000
    session.lab.sample()
    sampled(qtbot, session)
    assert session.state.laboratory.estimates == first
    session.lab.swap()
    assert session.state.laboratory.is_sampling
    sampled(qtbot, session)
    exact = kl_divergence(session.state.gaussians.p, session.state.gaussians.q).total
    last = session.state.laboratory.estimates[-1].kl_pq
    assert abs(last.value - exact) < 5 * last.error


def test_that_sampling_can_be_stopped(qtbot: QtBot, session: Session) -> None:
    session.lab.set_n_samples(10_000_000)
    session.lab.sample()
    qtbot.waitUntil(lambda: len(session.state.laboratory.estimates) > 3, timeout=PATIENCE)
    session.lab.stop_sampling()
    sampled(qtbot, session)
    assert session.state.laboratory.estimates[-1].n_samples < 10_000_000


def test_that_what_cannot_be_sampled_or_fitted_is_said(qtbot: QtBot, session: Session) -> None:
    flat = Gaussian([0, 0], np.ones((2, 2)))
    session.lab.set_pair(GaussianPair(flat, session.state.gaussians.q))
    session.lab.sample()
    assert "P has no density" in session.state.laboratory.problem
    assert not session.state.laboratory.is_sampling
    session.lab.fit_q()
    assert "without a density" in session.state.laboratory.problem
    session.lab.swap()
    assert session.state.laboratory.problem == ""
    with pytest.raises(ParameterError, match="between 2 and"):
        session.lab.set_n_samples(1)


@pytest.mark.parametrize("objective", [FORWARD, REVERSE])
def test_that_a_fit_is_played_to_its_end_and_can_be_kept(qtbot: QtBot, session: Session, objective: str) -> None:
    session.lab.use_preset(GAUSSIAN_PRESETS[-1])
    session.lab.set_fit("isotropic", objective)
    session.lab.fit_q()
    qtbot.waitUntil(lambda: bool(session.state.laboratory.fit), timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: not (session.state.laboratory.is_fitting or session.state.laboratory.plays_fit), timeout=PATIENCE
    )
    laboratory = session.state.laboratory
    assert laboratory.shown_step == len(laboratory.fit) - 1
    session.lab.show_step(0)
    assert session.state.laboratory.step is laboratory.fit[0]
    session.lab.play_fit()
    session.lab.pause_fit()
    assert not session.state.laboratory.plays_fit
    session.lab.show_step(len(laboratory.fit) - 1)
    session.lab.keep_fit()
    assert session.state.gaussians.q is laboratory.fit[-1].q
    assert session.state.laboratory.families[1] == "isotropic"
    assert session.state.laboratory.fit == ()
    session.undo()
    assert session.state.gaussians.q is not laboratory.fit[-1].q


def test_that_a_family_is_kept_until_another_is_chosen(session: Session) -> None:
    session.lab.set_pair(GaussianPair(*(Gaussian([0, 0], [[2.0, 0.3], [0.3, 1.0]]) for _ in range(2))))
    session.lab.set_family("p", "diagonal")
    np.testing.assert_array_equal(session.state.gaussians.p.cov, np.diag([2.0, 1.0]))
    before = session.state.gaussians
    with pytest.raises(ParameterError, match=r"the entry in row 1, column 2 must be 0, but is 0\.5"):
        session.lab.set_gaussian("p", cov=[[1.0, 0.5], [0.5, 1.0]])
    assert session.state.gaussians is before
    session.lab.set_family("q", "isotropic")
    with pytest.raises(ParameterError, match="all variances must be the same"):
        session.lab.set_gaussian("q", cov=np.diag([1.0, 2.0]))
    session.lab.swap()
    assert session.state.laboratory.families == ("isotropic", "diagonal")
    session.lab.randomise(5)
    np.testing.assert_array_equal(session.state.gaussians.p.cov, np.eye(2) * session.state.gaussians.p.cov[0, 0])
    session.lab.use_preset(GAUSSIAN_PRESETS[1])
    assert session.state.laboratory.families == ("full", "full")
    session.undo()
    assert session.state.laboratory.families == ("isotropic", "diagonal")


def test_that_undo_gives_the_pair_back_and_leaves_unit_and_order_as_they_are(qtbot: QtBot, session: Session) -> None:
    before = session.state.gaussians
    session.lab.set_n_samples(3000)
    session.lab.sample()
    sampled(qtbot, session)
    session.lab.swap()
    session.lab.set_in_bits(True)
    session.lab.set_order(0.25)
    session.undo()
    laboratory = session.state.laboratory
    assert session.state.gaussians is before
    assert (laboratory.in_bits, laboratory.order, laboratory.is_sampling) == (True, 0.25, False)
    assert laboratory.estimates[-1].n_samples == 3000, "they were of this pair"


def test_that_a_seed_gives_the_same_pair(session: Session) -> None:
    session.lab.randomise(7)
    one = session.state.gaussians
    session.lab.randomise()
    assert not np.array_equal(session.state.gaussians.p.cov, one.p.cov)
    session.lab.randomise(7)
    np.testing.assert_array_equal(session.state.gaussians.p.cov, one.p.cov)


@pytest.mark.parametrize("source", GAUSSIAN_SOURCES, ids=lambda source: source.name)
def test_that_every_gaussian_of_learn_is_what_it_says(source) -> None:
    params, dataset = oscillator()
    estimate = random_model(params.latent_dim, params.obs_dim)
    for t in (0, 1, 7):
        one, other = take_gaussians(dataset, estimate, params, (source.name, source.name), t)
        posterior = smooth(params if source.name == "predicted_by_truth" else estimate, dataset.sequences[0])
        np.testing.assert_array_equal(one.mean, other.mean)
        if source.name == "prior":
            mean, cov = estimate.mu0, estimate.initial_cov
            for _ in range(t):
                mean, cov = estimate.A @ mean, estimate.A @ cov @ estimate.A.T + estimate.Sigma
            wanted = mean, cov
        elif source.name in ("filtered", "smoothed"):
            wanted = getattr(posterior, f"{source.name}_means")[t], getattr(posterior, f"{source.name}_covs")[t]
        else:
            used = params if source.name == "predicted_by_truth" else estimate
            wanted = (
                used.B @ posterior.predicted_means[t],
                used.B @ posterior.predicted_covs[t] @ used.B.T + used.Gamma,
            )
        np.testing.assert_allclose(one.mean, wanted[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(one.cov, wanted[1], rtol=1e-10, atol=1e-12)


def test_that_what_cannot_be_taken_is_refused() -> None:
    params, dataset = oscillator()
    names = ("smoothed", "predicted")
    model = random_model(params.latent_dim, params.obs_dim)
    with pytest.raises(ParameterError, match="between 1 and"):
        take_gaussians(dataset, model, None, names, 10**6)
    with pytest.raises(ParameterError, match="No truth is known"):
        take_gaussians(dataset, model, None, ("predicted_by_truth", "predicted"), 0)
    if params.latent_dim != params.obs_dim:
        with pytest.raises(ParameterError, match="both of the same kind"):
            take_gaussians(dataset, model, None, names, 0)


@pytest.mark.usefixtures("with_compiled_engine")
def test_that_gaussians_are_taken_from_learn_as_one_change(qtbot: QtBot, session: Session) -> None:
    session.lab.take(("filtered", "smoothed"), 3)
    assert "no data yet" in session.state.laboratory.problem
    session.simulate()
    qtbot.waitUntil(lambda: session.state.data is not None, timeout=PATIENCE)
    before = session.state.gaussians
    session.lab.take(("filtered", "smoothed"), 3)
    qtbot.waitUntil(lambda: session.state.gaussians is not before, timeout=PATIENCE)
    posterior = smooth(session.state.model, session.state.data.dataset.sequences[0])
    np.testing.assert_allclose(session.state.gaussians.p.mean, posterior.filtered_means[3])
    np.testing.assert_allclose(session.state.gaussians.q.cov, posterior.smoothed_covs[3])
    assert "t = 4, the model" in session.state.laboratory.origin
    session.lab.take(("filtered", "smoothed"), 10**6)
    qtbot.waitUntil(lambda: bool(session.state.laboratory.problem), timeout=PATIENCE)
    assert "The time step must be between" in session.state.laboratory.problem
    session.undo()
    assert session.state.gaussians is before
