"""What the user can do with the two Gaussians: change, sample, fit, and take them from the tab *Learn*."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from lds_gui.lds import (
    FAMILIES,
    Estimate,
    FitStep,
    Gaussian,
    GaussianPreset,
    NumericalError,
    ParameterError,
    check_order,
    estimates,
    fit_gaussian,
    random_gaussian,
    restricted,
)
from lds_gui.session.engine_room import EngineRoom
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.gaussian_sources import GAUSSIAN_SOURCES, take_gaussians
from lds_gui.session.laboratory import Laboratory, check_n_samples
from lds_gui.session.state import State
from lds_gui.session.stream import Stream
from lds_gui.session.worker_process import WorkerDiedError

_POLL_MS = 33
_FRAME_MS = 40
_MOST_FRAMES = 150  # of a fit that is played
_PAIR = frozenset({"gaussians", "laboratory"})
_WISHES = "in_bits", "order", "n_samples"  # which belong to no pair
_NOTHING_TRIED: dict[str, Any] = {
    "estimates": (),
    "is_sampling": False,
    "problem": "",
    "fit": (),
    "fit_pair": None,
    "is_fitting": False,
    "shown_step": 0,
    "plays_fit": False,
}


class GaussianLab(QObject):
    """The verbs of the tab *Gaussians*; a part of the session, whose state it changes.

    Samples are drawn, and fits are made, in threads: the state takes up what they have come to 30 times a second.
    """

    def __init__(
        self,
        engine_room: EngineRoom,
        state: Callable[[], State],
        replace_state: Callable[..., None],
        record: Callable[[str, frozenset[str], str], None],
        failed: Callable[[Exception], None],
        parent: QObject,
    ) -> None:
        """Do nothing yet. `record` notes a change that can be undone, `failed` is told of what nobody expects."""
        super().__init__(parent)
        self._engine_room, self._state, self._replace_state = engine_room, state, replace_state
        self._record, self._failed = record, failed
        self._samples: Stream[Estimate] | None = None
        self._fit: Stream[FitStep] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._clock = QTimer(self)
        self._clock.setInterval(_FRAME_MS)
        self._clock.timeout.connect(self._play_on)

    @property
    def _laboratory(self) -> Laboratory:
        return self._state().laboratory

    def _change(self, **changes: Any) -> None:
        self._replace_state(laboratory=replace(self._laboratory, **changes))

    def close(self) -> None:
        """End everything."""
        for stream in (self._samples, self._fit):
            if stream is not None:
                stream.stop()
        self._timer.stop()
        self._clock.stop()

    def set_pair(self, pair: GaussianPair, title: str = "change of the Gaussians", gesture: str = "") -> None:
        """Change the two Gaussians; samples and fits of the former ones are forgotten, and drawn anew if they ran."""
        self._set_pair(pair, title, gesture)

    def set_gaussian(self, name: str, *, mean: object = None, cov: object = None, gesture: str = "") -> None:
        """Change mean or covariance of "p" or "q". Raises ParameterError if it does not stay one of its family."""
        arrays = {key: None if value is None else np.asarray(value) for key, value in (("mean", mean), ("cov", cov))}
        self._set_pair(self._state().gaussians.changed(name, **arrays, family=self._family(name)), gesture=gesture)

    def _family(self, name: str) -> str:
        return self._laboratory.families["pq".index(name)]

    def _set_pair(
        self, pair: GaussianPair, title: str = "change of the Gaussians", gesture: str = "", **changes: Any
    ) -> None:
        self._record(title, _PAIR, gesture)
        before = self._laboratory
        self.close()
        self._samples = self._fit = None
        laboratory = replace(before, **_NOTHING_TRIED, **{"origin": "", **changes})
        if before.estimates or before.is_sampling:
            laboratory = self._with_samples(pair, laboratory)
        self._replace_state(gaussians=pair, laboratory=laboratory)

    def return_to(self, laboratory: Laboratory) -> Laboratory:
        """End what is under way, and give this earlier laboratory as it is now: nothing runs, and the wishes stay."""
        self.close()
        self._samples = self._fit = None
        wishes = {name: getattr(self._laboratory, name) for name in _WISHES}
        return replace(laboratory, is_sampling=False, is_fitting=False, plays_fit=False, **wishes)

    def set_family(self, name: str, family: str) -> None:
        """Make "p" or "q" one of this family, and keep it one. Raises ParameterError for another name."""
        families = [self._family(letter) for letter in "pq"]
        families["pq".index(name)] = family
        pair = self._state().gaussians.restricted(name, family)
        self._set_pair(pair, f"choice of “{family}”", families=tuple(families))

    def use_preset(self, preset: GaussianPreset) -> None:
        """Take the preset's pair, in the present dimension."""
        pair = GaussianPair(*preset.make(self._state().gaussians.dim))
        self._set_pair(pair, f"choice of “{preset.title}”", families=self._fitting_families(pair))

    def _fitting_families(self, pair: GaussianPair) -> tuple[str, str]:
        """Keep a family that fits the pair, and else allow any covariance."""
        laboratory = self._laboratory
        both = zip((pair.p, pair.q), laboratory.families, strict=True)
        one, other = (
            family if np.array_equal(restricted(gaussian.cov, family), gaussian.cov) else "full"
            for gaussian, family in both
        )
        return one, other

    def swap(self) -> None:
        """Exchange P and Q."""
        one, other = self._laboratory.families
        self._set_pair(self._state().gaussians.swapped(), "swap of P and Q", families=(other, one))

    def randomise(self, seed: int | None = None) -> None:
        """Draw both, of their families; `seed`: None for a new one."""
        seed = secrets.randbelow(10**6) if seed is None else seed
        rng, dim = np.random.default_rng(seed), self._state().gaussians.dim
        one, other = (random_gaussian(dim, rng, family) for family in self._laboratory.families)
        self._set_pair(GaussianPair(one, other), "random Gaussians", seed=seed)

    def set_order(self, order: float) -> None:
        """Change α of Rényi's divergence. Raises ParameterError if there is none of this order."""
        check_order(order)
        self._change(order=order)

    def set_in_bits(self, in_bits: bool) -> None:
        """Tell divergences in bits, or in nats."""
        self._change(in_bits=in_bits)

    def set_n_samples(self, count: int) -> None:
        """Change how many samples are drawn. Raises ParameterError if that cannot be."""
        check_n_samples(count)
        self._change(n_samples=count)

    def sample(self) -> None:
        """Estimate the divergences from samples of P and of Q, beginning anew."""
        if self._samples is not None:
            self._samples.stop()
            self._samples = None
        self._replace_state(laboratory=self._with_samples(self._state().gaussians, self._laboratory))

    def _with_samples(self, pair: GaussianPair, laboratory: Laboratory) -> Laboratory:
        """Begin to draw samples of the pair."""
        rng = np.random.default_rng(laboratory.seed)
        try:
            items = estimates(pair.p, pair.q, rng, laboratory.n_samples)
        except ParameterError as error:
            return replace(laboratory, estimates=(), is_sampling=False, problem=str(error))
        self._samples = Stream(items, "samples")
        self._timer.start()
        return replace(laboratory, estimates=(), is_sampling=True, problem="")

    def stop_sampling(self) -> None:
        """Draw no more samples; what they have told stays."""
        if self._samples is not None:
            self._samples.stop()

    def set_fit(self, family: str, objective: str) -> None:
        """Change what Q is to be fitted as, and by which direction of the divergence."""
        self._stop_fit()
        self._change(fit_family=family, fit_objective=objective, fit=(), fit_pair=None, shown_step=0)

    def fit_q(self) -> None:
        """Fit Q to P by gradient descent from where Q is, and show it step by step."""
        self._stop_fit()
        pair, laboratory = self._state().gaussians, self._laboratory
        try:
            items = fit_gaussian(pair.p, laboratory.fit_family, laboratory.fit_objective, pair.q)
        except ParameterError as error:
            self._change(fit=(), fit_pair=None, problem=str(error))
            return
        self._fit = Stream(items, "fit")
        self._change(fit=(), fit_pair=pair, is_fitting=True, shown_step=0, plays_fit=True, problem="")
        self._timer.start()
        self._clock.start()

    def _stop_fit(self) -> None:
        if self._fit is not None:
            self._fit.stop()
            self._fit = None
        self._clock.stop()
        if self._laboratory.is_fitting or self._laboratory.plays_fit:
            self._change(is_fitting=False, plays_fit=False)

    def show_step(self, step: int) -> None:
        """Show this step of the fit, and stay there."""
        self._clock.stop()
        if 0 <= step < len(self._laboratory.fit):
            self._change(shown_step=step, plays_fit=False)

    def play_fit(self) -> None:
        """Show the steps one after the other, from the shown one on, or from the start if that is the last."""
        laboratory = self._laboratory
        if laboratory.fit:
            at_end = laboratory.shown_step >= len(laboratory.fit) - 1
            self._change(shown_step=0 if at_end else laboratory.shown_step, plays_fit=True)
            self._clock.start()

    def pause_fit(self) -> None:
        """Stay at the shown step."""
        self._clock.stop()
        self._change(plays_fit=False)

    def keep_fit(self) -> None:
        """Make the shown step's Gaussian Q."""
        step = self._laboratory.step
        if step is not None:
            families = self._laboratory.families[0], self._laboratory.fit_family
            self._set_pair(replace(self._state().gaussians, q=step.q), "fitted Q", families=families)

    def take(self, names: tuple[str, str], t: int) -> None:
        """Take P and Q from the tab *Learn*: two of GAUSSIAN_SOURCES, at time step t, counted from 0.

        In the basis in which the estimate is shown; without a run, the model in the editors is taken for it.
        """
        state = self._state()
        if state.data is None:
            self._change(problem="There are no data yet to take Gaussians from: simulate or open some in Learn.")
            return
        params, truth = state.model, state.data.truth
        if state.step is not None:
            shown = state.view if state.view_is_current else None
            params = state.step.params if shown is None else shown.shown_params
            truth = truth if shown is None else shown.true_params
        titles = {source.name: source.title for source in GAUSSIAN_SOURCES}
        iteration = "the model" if state.iteration is None else f"iteration {state.iteration}"
        words = f"P: {titles[names[0]]}; Q: {titles[names[1]]}; t = {t + 1}, {iteration}"
        self._engine_room.compute_gaussians(
            *(take_gaussians, state.data.dataset, params, truth, names, t),
            take=partial(self._take, words),
            failed=self._refuse,
        )
        self._change(is_taking=True, problem="")

    def _take(self, words: str, found: tuple[Gaussian, Gaussian]) -> None:
        families = FAMILIES[0], FAMILIES[0]
        self._set_pair(GaussianPair(*found), "Gaussians from Learn", families=families, origin=words, is_taking=False)

    def _refuse(self, error: Exception) -> None:
        self._change(is_taking=False, problem=str(error))
        if not isinstance(error, (ParameterError, NumericalError, WorkerDiedError)):
            self._failed(error)

    @Slot()
    def _poll(self) -> None:
        samples, fit, laboratory = self._samples, self._fit, self._laboratory
        changes: dict[str, Any] = {}
        if samples is not None:
            ended = samples.has_ended  # asked first: what came before is counted
            if len(samples.items) != len(laboratory.estimates) or ended:
                changes |= {"estimates": samples.items, "is_sampling": not ended}
            self._samples = None if ended else samples
        if fit is not None:
            ended = fit.has_ended
            if len(fit.items) != len(laboratory.fit) or ended:
                changes |= {"fit": fit.items, "is_fitting": not ended}
            self._fit = None if ended else fit
        for stream in (samples, fit):
            if stream is not None and stream.error is not None:
                changes["problem"] = str(stream.error)
                if not isinstance(stream.error, (ParameterError, NumericalError)):
                    self._failed(stream.error)
        if changes:
            self._change(**changes)
        if self._samples is None and self._fit is None:
            self._timer.stop()

    @Slot()
    def _play_on(self) -> None:
        laboratory = self._laboratory
        last = len(laboratory.fit) - 1
        if laboratory.shown_step < last:
            stride = max(last // _MOST_FRAMES, 1)
            self._change(shown_step=min(laboratory.shown_step + stride, last))
        elif not laboratory.is_fitting:
            self._clock.stop()
            self._change(plays_fit=False)
