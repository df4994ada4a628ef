from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lds_gui.files import preset
from lds_gui.lds import LDSParams, ParameterError, modes, smallest_eigenvalue
from lds_gui.session import Session
from lds_gui.ui.cards import PAD
from lds_gui.ui.layouts import COLUMN_WIDTH
from lds_gui.ui.learn.handles_card import HandlesCard
from lds_gui.ui.theme import DARK, LIGHT, Theme, stylesheet
from tests.situations import new_session

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
KINDS = {"A": 0, "Sigma": 1, "Gamma": 2, "initial": 3}
MODEL = LDSParams(  # three latents whose noises are correlated, and one observed variable
    A=[[0.9, 0.2, 0.0], [-0.2, 0.9, 0.0], [0.0, 0.0, 0.5]],
    B=[[1.0, 0.3, 0.2]],
    Sigma=[[1.0, 0.4, 0.3], [0.4, 0.8, -0.2], [0.3, -0.2, 0.5]],
    Gamma=[[0.25]],
    mu0=[1.0, 0.0, -1.0],
)


@pytest.fixture(autouse=True, scope="session")
def with_compiled_engine() -> None:
    """Nothing here needs the engine."""


class Bench:
    """A card on a session, and a user with mouse and keyboard."""

    def __init__(self, qtbot: QtBot) -> None:
        self.session: Session = new_session()
        self.card = HandlesCard(self.session)
        self.before, self.after = QLineEdit(), QLineEdit()
        self.page = QWidget()
        layout = QVBoxLayout(self.page)
        for part in (self.before, self.card, self.after):
            layout.addWidget(part)
        self.card.setFixedWidth(COLUMN_WIDTH)
        self.card.restyle(LIGHT)
        self.session.changed.connect(self.card.draw)
        self.card.draw(self.session.state)
        qtbot.addWidget(self.page)
        self.page.show()
        self.page.activateWindow()
        qtbot.waitExposed(self.page)
        self.picture = self.card.picture

    @property
    def model(self) -> LDSParams:
        return self.session.state.model

    @property
    def places(self) -> list[complex]:
        return [handle.at for handle in self.picture.scene.handles]

    def use(self, kind: str, model: LDSParams | None = None, dimensions: tuple[int, int] | None = None) -> None:
        if model is not None:
            self.session.set_model(model, "test")
        self.card.kind.setCurrentIndex(KINDS[kind])
        if dimensions is not None:
            for choice, index in zip(self.card.choices, dimensions, strict=True):
                choice.setCurrentIndex(index)

    def pixel(self, point: complex) -> QPoint:
        return self.picture.view.pixel(point).toPoint()

    def value(self, pixel: QPoint) -> complex:
        view = self.picture.view
        offset = QPointF(pixel) - view.area.center()
        return view.range.centre + complex(offset.x(), -offset.y()) / view.scale

    def drag(
        self, handle: int, *stations: complex | QPoint, modifiers: Qt.KeyboardModifier = NONE, release: bool = True
    ) -> None:
        start = self.pixel(self.places[handle])
        pixels = [station if isinstance(station, QPoint) else self.pixel(station) for station in stations]
        QTest.mousePress(self.picture, LEFT, modifiers, start)
        for pixel in pixels:
            self.move_to(pixel, modifiers)
        if release:
            QTest.mouseRelease(self.picture, LEFT, modifiers, pixels[-1])

    def move_to(self, pixel: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        everywhere = QPointF(self.picture.mapToGlobal(pixel))
        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(pixel), everywhere, LEFT, LEFT, modifiers)
        QApplication.sendEvent(self.picture, event)

    def press(self, key: Qt.Key, times: int = 1, modifiers: Qt.KeyboardModifier = NONE) -> None:
        for _ in range(times):
            QTest.keyClick(self.picture, key, modifiers)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def spectrum(model: LDSParams) -> list[complex]:
    return [mode.eigenvalue for mode in modes(model.A)]


def test_that_dragging_an_eigenvalue_moves_its_conjugate_and_is_undone_at_once(bench: Bench) -> None:
    before = bench.model
    bench.drag(0, 0.8 + 0.3j, 0.6 + 0.4j, 0.5 + 0.5j)
    reached = 0.5 + 0.5j
    np.testing.assert_allclose(spectrum(bench.model), [reached, reached.conjugate()], atol=0.015)
    np.testing.assert_allclose(bench.places, spectrum(bench.model))
    assert bench.picture.current == 0
    bench.session.undo()
    assert bench.model is before
    assert not bench.session.state.to_undo
    np.testing.assert_allclose(bench.places, spectrum(before))


def test_that_a_press_without_a_drag_changes_nothing(bench: Bench) -> None:
    before = bench.model
    start = bench.pixel(bench.places[1])
    bench.drag(1, start + QPoint(1, 1))
    assert bench.model is before
    assert bench.picture.current == 1


def test_that_two_drags_are_two_changes(bench: Bench) -> None:
    bench.drag(0, 0.5 + 0.5j)
    between = bench.model
    bench.drag(0, 0.2 + 0.5j)
    bench.session.undo()
    assert bench.model is between


def test_that_a_pair_falls_onto_the_real_axis_and_can_be_split_there(bench: Bench) -> None:
    bench.drag(0, 0.7 + 0.2j, 0.6 + 0.04j)
    values = spectrum(bench.model)
    assert [value.imag for value in values] == [0.0, 0.0]
    np.testing.assert_allclose(values, [0.6, 0.6], atol=0.015)
    double = values[0].real
    bench.drag(0, 0.2 + 0j)
    np.testing.assert_allclose(spectrum(bench.model), [double, 0.2], atol=0.015)
    bench.drag(0, 0.4 + 0.6j)
    np.testing.assert_allclose(spectrum(bench.model), [0.4 + 0.6j, 0.4 - 0.6j], atol=0.015)


@pytest.mark.parametrize("name", ["ar2_companion", "two_oscillators", "damped_oscillator"])
def test_that_a_pair_merged_by_keys_goes_apart_by_keys(bench: Bench, name: str) -> None:
    bench.use("A", preset(name).params)
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    at = bench.places[0]
    for _ in range(100):
        if bench.places[bench.picture.current].imag:
            bench.press(Qt.Key.Key_Down)
    assert bench.places[bench.picture.current] == pytest.approx(at.real)
    bench.press(Qt.Key.Key_Left, 3)
    real = sorted(value.real for value in spectrum(bench.model) if not value.imag)
    np.testing.assert_allclose(real, [at.real - 0.03, at.real], atol=1e-9)
    bench.session.undo()
    np.testing.assert_array_equal(bench.model.A, preset(name).params.A)


def test_that_arrow_keys_move_the_chosen_eigenvalue_in_three_step_sizes(bench: Bench) -> None:
    before = bench.model
    at = bench.places[0]
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    for modifiers, step in ((NONE, 0.01), (SHIFT, 0.1), (CONTROL, 0.001)):
        bench.press(Qt.Key.Key_Left, modifiers=modifiers)
        bench.press(Qt.Key.Key_Up, modifiers=modifiers)
        at += complex(-step, step)
        np.testing.assert_allclose(spectrum(bench.model), [at, at.conjugate()])
    bench.session.undo()
    assert bench.model is before, "keys pressed one after the other are one change"


def test_that_keys_on_another_handle_are_another_change(bench: Bench) -> None:
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    bench.press(Qt.Key.Key_Left)
    between = bench.model
    bench.press(Qt.Key.Key_Tab)
    bench.press(Qt.Key.Key_Left)
    bench.session.undo()
    assert bench.model is between


def test_that_tab_goes_through_the_handles_and_then_on(bench: Bench) -> None:
    bench.card.kind.setFocus()
    QTest.keyClick(bench.card.kind, Qt.Key.Key_Tab)
    seen = []
    while bench.picture.hasFocus():
        seen.append(bench.picture.current)
        bench.press(Qt.Key.Key_Tab)
    assert seen == [0, 1]
    assert bench.after.hasFocus()
    QTest.keyClick(bench.after, Qt.Key.Key_Backtab)
    assert bench.picture.hasFocus()
    assert bench.picture.current == 1


def test_that_a_lonely_real_eigenvalue_stays_on_the_axis_and_says_so(bench: Bench) -> None:
    bench.use("A", MODEL)
    lonely = bench.places.index(0.5)
    bench.drag(lonely, 0.85 + 0.15j)  # which is nearer to one of the pair than to where it can go
    values = spectrum(bench.model)
    assert [value.imag for value in values].count(0.0) == 1
    assert bench.places[bench.picture.current] == pytest.approx(0.85, abs=0.015)
    assert "only two together" in bench.card.note.text()
    bench.press(Qt.Key.Key_Left)
    assert bench.places[bench.picture.current] == pytest.approx(0.84, abs=0.015)
    assert not bench.card.note.isVisible()


def test_that_zeros_of_a_stay_zeros(bench: Bench) -> None:
    bench.use("A", preset("two_oscillators").params)
    bench.drag(0, 0.5 + 0.5j)
    np.testing.assert_array_equal(bench.model.A[:2, 2:], 0.0)
    bench.drag(0, 0.4 + 0j)
    np.testing.assert_array_equal(bench.model.A[:2, 2:], 0.0)


def test_that_shift_keeps_the_modulus_and_control_the_angle(bench: Bench) -> None:
    modulus, angle = abs(bench.places[0]), np.angle(bench.places[0])
    bench.drag(0, 0.3 + 0.9j, modifiers=SHIFT)
    assert abs(bench.places[0]) == pytest.approx(modulus)
    assert np.angle(bench.places[0]) == pytest.approx(np.angle(0.3 + 0.9j), abs=0.02)
    bench.session.undo()
    bench.drag(0, 0.3 + 0.2j, modifiers=CONTROL)
    assert np.angle(bench.places[0]) == pytest.approx(angle)
    assert abs(bench.places[0]) < 0.5


def test_that_the_reading_tells_period_and_decay(bench: Bench) -> None:
    idle = bench.card.reading.text()
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    assert bench.card.reading.text() == "|λ| = 0.985, angle 16.4°\nperiod 22 steps, falls to 1/e in 66.4 steps"
    assert bench.picture.accessibleDescription() == bench.card.reading.text()
    assert bench.card.reading.toolTip() == "λ = 0.945 + 0.278i"
    bench.after.setFocus()
    assert bench.card.reading.text() == idle
    room = bench.card.reading.height()
    bench.use("A", preset("unstable").params)
    QTest.mouseMove(bench.picture, bench.pixel(bench.places[0]))
    assert "grows by e in" in bench.card.reading.text()
    assert bench.card.reading.height() == room
    bench.use("A", replace(MODEL, A=np.diag([0.5, 0.0, -0.5])))
    texts = [bench.card._handles.reading(bench.model, i) for i in range(3)]
    assert texts[0].endswith("no oscillation, falls to 1/e in 1.44 steps")
    assert "period 2 steps" in texts[1]
    assert texts[2].endswith("gone after 1 step")


def test_that_what_is_in_view_stays_during_a_drag_and_fits_afterwards(bench: Bench) -> None:
    shown = bench.picture.view.range
    outside = QPoint(bench.picture.width() - 4, 3)
    bench.drag(0, 0.5 + 0.5j, release=False)
    assert bench.picture.view.range == shown
    bench.move_to(outside)
    grown = bench.picture.view.range
    assert grown.half > shown.half
    place = bench.places[0]
    bench.move_to(outside)
    assert bench.places[0] == place, "a mouse that rests must not move a handle further and further"
    QTest.mouseRelease(bench.picture, LEFT, NONE, outside)
    assert bench.picture.view.range == bench.picture.scene.range
    bench.use("A", replace(bench.model, A=3.0 * np.eye(2)))
    assert all(bench.picture.view.holds(at) for at in bench.places)


def test_that_drawing_during_a_drag_does_not_disturb_it(bench: Bench) -> None:
    before = bench.model
    bench.drag(0, 0.7 + 0.4j, release=False)
    for _ in range(3):
        bench.card.draw(replace(bench.session.state, busy="EM"))
    assert bench.picture.is_dragging
    bench.move_to(bench.pixel(0.5 + 0.5j))
    np.testing.assert_allclose(bench.places[0], 0.5 + 0.5j, atol=0.015)
    QTest.mouseRelease(bench.picture, LEFT, NONE, bench.pixel(0.5 + 0.5j))
    bench.session.undo()
    assert bench.model is before


def test_that_a_model_from_elsewhere_ends_a_drag(bench: Bench) -> None:
    bench.drag(0, 0.7 + 0.4j, release=False)
    bench.session.set_model(MODEL, "another")
    bench.move_to(bench.pixel(0.1 + 0.1j))
    assert bench.model is MODEL
    assert not bench.picture.is_dragging


def test_that_a_refused_move_says_why_and_loses_nothing(bench: Bench) -> None:
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    fragile = Q @ (0.5 * np.eye(3) + np.eye(3, k=1)) @ Q.T  # three eigenvalues, and one eigenvector for them all
    bench.use("A", replace(MODEL, A=fragile))
    before = bench.model
    bench.drag(0, 0.5 + 0.5j)
    assert bench.model is before
    assert bench.card.error.isVisible()
    assert "cannot be moved" in bench.card.error.text()
    bench.use("A", MODEL)
    assert not bench.card.error.isVisible()


def test_that_a_refused_covariance_leaves_the_ellipse_as_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.use("Sigma")
    places = bench.places

    def refuse(name: str, value: object, gesture: str = "") -> None:
        raise ParameterError("Sigma", "Σ is not positive semi-definite.")

    with monkeypatch.context() as context:
        context.setattr(bench.session, "set_parameter", refuse)
        bench.drag(0, 0.2 + 0.2j)
    assert bench.places == places
    assert bench.card.error.text() == "Σ is not positive semi-definite."
    bench.drag(0, 0.2 + 0.2j)
    assert not bench.card.error.isVisible()
    assert bench.places != places


def test_that_an_ellipse_is_turned_and_lengthened_by_its_axis(bench: Bench) -> None:
    bench.use("Sigma", MODEL, (0, 1))
    longest = max(range(2), key=lambda i: abs(bench.places[i]))
    other = abs(bench.places[1 - longest])
    bench.drag(longest, 1.0 + 1.0j, -0.5 + 1.5j)
    end, rest = bench.places[longest], bench.places[1 - longest]
    np.testing.assert_allclose(end, -0.5 + 1.5j, atol=0.03)
    assert abs(rest) == pytest.approx(other)
    assert (end.conjugate() * rest).real == pytest.approx(0.0, abs=1e-9), "the axes stay at right angles"
    axes = np.array([[end.real, rest.real], [end.imag, rest.imag]]) / 2.0
    np.testing.assert_allclose(bench.model.Sigma[:2, :2], axes @ axes.T, atol=1e-12)
    assert bench.model.Sigma[2, 2] == MODEL.Sigma[2, 2]
    assert smallest_eigenvalue(bench.model.Sigma) > 0.0
    bench.session.undo()
    assert bench.model is MODEL


def test_that_a_detour_within_a_drag_loses_nothing(bench: Bench) -> None:
    bench.use("Sigma", MODEL, (0, 1))
    start = bench.pixel(bench.places[0])
    bench.drag(0, 0.5 + 0.5j, 0j, start)
    np.testing.assert_allclose(bench.model.Sigma, MODEL.Sigma)
    bench.use("A", preset("two_oscillators").params)
    before = sorted(spectrum(bench.model)[2:], key=lambda value: value.imag)
    bench.drag(0, 0.7 + 0.6j, 0.3 + 0.7j, 0.2 + 0.3j)  # past the other pair, whose modulus is the larger one then
    assert bench.places[bench.picture.current] == pytest.approx(0.2 + 0.3j, abs=0.015)
    np.testing.assert_allclose(sorted(spectrum(bench.model)[:2], key=lambda value: value.imag), before)


@pytest.mark.parametrize("target", [0.2 + 0.1j, 1.9 + 0.1j, -1.0 + 1.8j])
def test_that_strong_correlations_with_other_dimensions_stay_valid(bench: Bench, target: complex) -> None:
    root = np.array([[1.0, 0.0, 0.0], [0.99, 0.1, 0.0], [0.7, 0.7, 0.05]])
    bench.use("Sigma", replace(MODEL, Sigma=root @ root.T), (0, 2))
    bench.drag(0, target)
    assert not bench.card.error.isVisible()
    np.testing.assert_allclose(bench.places[0], target, atol=0.05)
    assert smallest_eigenvalue(bench.model.Sigma) > 0.0
    assert bench.model.Sigma[1, 1] == root[1] @ root[1]


def test_that_an_axis_of_sigma_can_vanish_and_come_back(bench: Bench) -> None:
    bench.use("Sigma", replace(MODEL, Sigma=np.diag([1.0, 0.5, 0.3])), (0, 1))
    bench.drag(1, 0.3j, 0.02j)
    assert bench.model.Sigma[1, 1] == 0.0
    assert "rank Σ 2 of 3" in badge_texts(bench)
    assert "one of the two has no variance" in bench.card.reading.text()
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    bench.press(Qt.Key.Key_Tab)
    bench.press(Qt.Key.Key_Up, 5, SHIFT)
    np.testing.assert_allclose(np.sqrt(bench.model.Sigma[1, 1]), abs(bench.places[1]) / 2.0)
    assert bench.model.Sigma[1, 1] > 0.0


def test_that_gamma_stays_definite(bench: Bench) -> None:
    bench.use("Gamma", preset("damped_oscillator").params)
    bench.drag(1, 0j)
    assert not bench.card.error.isVisible()
    assert 0.0 < smallest_eigenvalue(bench.model.Gamma) < 1e-5


def test_that_a_singular_block_stays_valid_when_it_is_opened(bench: Bench) -> None:
    bench.use("Sigma", preset("constant_velocity").params)
    bench.drag(1, -0.2 + 0.1j)
    assert not bench.card.error.isVisible()
    assert smallest_eigenvalue(bench.model.Sigma) > 0.0


def test_that_the_mean_is_dragged_and_moved_by_keys(bench: Bench) -> None:
    bench.use("initial", MODEL, (0, 2))
    assert bench.places[0] == 1 - 1j
    bench.drag(0, 1.5 - 0.5j)
    np.testing.assert_allclose(bench.model.mu0, [1.5, 0.0, -0.5], atol=0.05)
    np.testing.assert_array_equal(bench.model.Sigma, MODEL.Sigma)
    at = bench.places[0]
    bench.press(Qt.Key.Key_Left, 2)
    np.testing.assert_allclose(bench.places[0], at - 2 * bench.picture.scene.step)
    assert bench.card.reading.text().startswith("mean μ₀: z₁ =")


def test_that_the_initial_ellipse_changes_what_it_is_tied_to(bench: Bench) -> None:
    bench.use("initial", MODEL, (0, 1))
    assert bench.card.note.isVisible()
    assert "Tied to Σ" in bench.card.note.text()
    bench.drag(1, 2.5 + 0j)
    assert not np.array_equal(bench.model.Sigma, MODEL.Sigma)
    assert bench.model.is_tied
    separate = replace(MODEL, Sigma0=np.eye(3))
    bench.use("initial", separate)
    assert not bench.card.note.isVisible()
    bench.drag(1, 2.5 + 0j)
    np.testing.assert_array_equal(bench.model.Sigma, separate.Sigma)
    assert bench.model.Sigma0 is not None
    assert not np.array_equal(bench.model.Sigma0, np.eye(3))


def test_that_one_dimension_is_an_interval(bench: Bench) -> None:
    bench.use("Gamma", MODEL)
    assert bench.places == [1 + 0j]
    assert not any(choice.isVisible() for choice in bench.card.choices)
    bench.drag(0, bench.pixel(0.5 + 0j) + QPoint(0, 30))
    assert np.sqrt(bench.model.Gamma[0, 0]) == pytest.approx(0.25, abs=0.01)
    assert bench.card.reading.text().startswith("sd 0.2")
    bench.use("initial", preset("local_level").params)
    bench.drag(0, 0.5 + 0j)
    assert bench.model.mu0[0] == pytest.approx(0.5, abs=0.01)
    bench.use("Sigma")
    bench.drag(0, bench.pixel(0j))
    assert bench.model.Sigma[0, 0] == 0.0


def test_that_both_dimensions_stay_different(bench: Bench) -> None:
    bench.use("Sigma", MODEL, (0, 1))
    bench.card.choices[1].setCurrentIndex(0)
    assert bench.card.choices[0].chosen != bench.card.choices[1].chosen
    assert bench.picture.scene.titles == ("z₂", "z₁")


def badge_texts(bench: Bench) -> list[str]:
    return [badge.text() for badge in bench.card.badges.findChildren(QLabel)]


def bad_badges(bench: Bench) -> list[str]:
    return [badge.text() for badge in bench.card.badges.findChildren(QLabel) if badge.property("bad")]


@pytest.mark.parametrize(
    ("changes", "bad", "other"),
    [
        ({}, [], "stable, ρ = 0.922"),
        ({"A": 1.1 * np.eye(3)}, ["not stable, ρ = 1.1", "not observable: rank 1 of 3"], "controllable"),
        ({"A": np.diag([0.9999, 0.5, 0.2])}, [], "stable, ρ = 0.9999"),
        ({"B": [[0.0, 0.0, 1.0]]}, ["not observable: rank 1 of 3"], "rank Σ 3 of 3"),
        ({"Sigma": np.diag([0.0, 0.0, 1.0])}, ["not controllable: rank 1 of 3"], "rank Σ 1 of 3"),
        ({"Sigma": np.diag([1.0, 0.0, 1.0])}, [], "rank Σ 2 of 3"),
    ],
)
def test_that_the_badges_say_what_holds(bench: Bench, changes: dict, bad: list[str], other: str) -> None:
    bench.use("A", replace(MODEL, **changes))
    assert bad_badges(bench) == bad
    assert other in badge_texts(bench)
    assert all(badge.toolTip().endswith(".") for badge in bench.card.badges.findChildren(QLabel))


def test_that_nothing_is_computed_while_the_model_is_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(model: LDSParams) -> None:
        raise AssertionError

    monkeypatch.setattr(bench.card.badges, "show_model", fail)
    bench.card.draw(replace(bench.session.state, busy="EM"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("kind", KINDS)
def test_that_every_kind_fits_the_column_for_20_dimensions(bench: Bench, kind: str, theme: Theme) -> None:
    bench.page.setStyleSheet(stylesheet(theme))
    bench.card.restyle(theme)
    rng = np.random.default_rng(3)
    model = LDSParams(0.2 * rng.standard_normal((20, 20)), np.eye(20), np.eye(20), 1e-6 * np.eye(20), np.zeros(20))
    bench.use(kind, model)
    assert bench.card.width() == COLUMN_WIDTH
    assert bench.card.minimumSizeHint().width() <= COLUMN_WIDTH
    assert bench.picture.width() == COLUMN_WIDTH - 2 * PAD - 2  # and the frame's line
    assert all(bench.picture.view.holds(at) for at in bench.places)
    picture = bench.picture.grab().toImage()
    middle = bench.pixel(bench.places[0])
    assert QColor(picture.pixel(middle)).name().upper() == theme.truth


def test_that_the_view_grows_when_keys_move_a_handle_out_of_it(bench: Bench) -> None:
    bench.picture.setFocus(Qt.FocusReason.TabFocusReason)
    half = bench.picture.view.range.half
    bench.press(Qt.Key.Key_Up, 3, SHIFT)
    assert bench.picture.view.range.half == half
    bench.press(Qt.Key.Key_Up, 7, SHIFT)
    assert bench.picture.view.range.half > half
    assert bench.picture.view.holds(bench.places[bench.picture.current])
