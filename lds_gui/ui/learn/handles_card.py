"""The card *Handles*: the model's eigenvalues, covariances and initial state, to be dragged in a picture."""

from __future__ import annotations

from itertools import count

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from lds_gui.lds import LDSParams, ParameterError
from lds_gui.session import Session, State
from lds_gui.ui.cards import Card, label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.changes import Handles
from lds_gui.ui.editors.eigenvalue_handles import EigenvalueHandles
from lds_gui.ui.editors.ellipse_handles import EllipseHandles
from lds_gui.ui.editors.plane import Move
from lds_gui.ui.editors.plane_picture import PlanePicture
from lds_gui.ui.learn.model_badges import ModelBadges
from lds_gui.ui.theme import Theme

_gestures = count(1)


class HandlesCard(Card):
    """Shows one parameter of the model as handles in a plane, and writes to the session where they are moved to."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Handles", section=True)
        self._session = session
        self._kinds: dict[str, Handles] = {
            "Eigenvalues of A": EigenvalueHandles(),
            "Σ": EllipseHandles("Sigma", "z"),
            "Γ": EllipseHandles("Gamma", "x", definite=True),
            "Initial state": EllipseHandles("Sigma0", "z", has_mean=True),
        }
        self._shown: LDSParams | None = None
        self._before: LDSParams | None = None  # the model with which the gesture began
        self._gesture = ""
        self._landing: complex | None = None  # where the handle will be that is being moved right now
        self.kind = QComboBox()
        self.kind.setAccessibleName("What the handles move")
        self.kind.setObjectName("handles_kind")
        self.kind.setToolTip("What the handles in the picture move")
        self.kind.addItems(list(self._kinds))
        self.kind.currentIndexChanged.connect(self._use_kind)
        self.add_at_end_of_header(self.kind)
        self.choices = tuple(CompactChoice(f"Dimension on the {axis} axis") for axis in ("horizontal", "vertical"))
        for choice, name in zip(self.choices, ("handles_across", "handles_up"), strict=True):
            choice.setObjectName(name)
            choice.setToolTip(f"{choice.accessibleName()} of the picture")
            choice.currentIndexChanged.connect(self._choose)
        self._dimensions = self._dimension_row()
        self.picture = PlanePicture()
        self.picture.setObjectName("handles_picture")
        self.picture.began.connect(self._begin)
        self.picture.moved.connect(self._move)
        self.picture.pointed.connect(self._read)
        self.reading = label("", "hint", wrap=True, name="handles_reading")
        self.reading.setAccessibleName("What the handle says")
        self.reading.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reading.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.note = sentence("hint", "handles_note")
        self.error = sentence("error", "handles_error")
        self.badges = ModelBadges()
        for part in (self._dimensions, self.picture, self.reading, self.note, self.error, self.badges):
            self.body.addWidget(part)

    def draw(self, state: State) -> None:
        """Show the model."""
        if state.model is self._shown:  # EM draws often, and never changes it
            return
        self._shown = state.model
        if self._landing is None:  # changed by something else, with which a drag under way does not go together
            self.picture.cancel()
        say(self.error, "")
        self._show_model(state.model)
        self.badges.show_model(state.model)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.picture.restyle(theme)
        self.reading.ensurePolished()
        self.reading.setMinimumHeight(2 * self.reading.fontMetrics().lineSpacing())

    @property
    def _handles(self) -> Handles:
        return list(self._kinds.values())[self.kind.currentIndex()]

    def _dimension_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for text, choice in zip(("ellipse in", "and"), self.choices, strict=True):
            layout.addWidget(label(text, "small"))
            layout.addWidget(choice)
        layout.addStretch(1)
        return row

    @Slot()
    def _use_kind(self) -> None:
        self.picture.cancel()
        self._forget_places()

    @Slot()
    def _choose(self) -> None:
        self._keep_apart(self.choices[1] if self.sender() is self.choices[0] else self.choices[0])
        self.picture.cancel()
        self._forget_places()

    def _forget_places(self) -> None:
        """Show the same model in another way, so that handles need not stay near where they were."""
        say(self.error, "")
        if self._shown is not None:
            self._offer_dimensions(self._shown)
            self.picture.show_scene(self._handles.scene(self._shown), 0)
            self._read()

    def _show_model(self, model: LDSParams) -> None:
        before = self.picture.scene
        self._offer_dimensions(model)
        near = [handle.at for handle in before.handles]
        if self._landing is not None and near:
            near[self.picture.current] = self._landing
        scene = self._handles.scene(model)
        if scene.titles == before.titles and len(scene.handles) == len(near):
            scene = self._handles.scene(model, near)
        landing, current = self._landing, self.picture.current
        if landing is not None and not (current < len(scene.handles) and scene.handles[current].at == landing):
            distances = [abs(handle.at - landing) for handle in scene.handles]
            current = distances.index(min(distances))
        self.picture.show_scene(scene, current)
        self._read()

    def _offer_dimensions(self, model: LDSParams) -> None:
        """Offer a pair of dimensions where there is more than one pair."""
        handles = self._handles
        names = handles.names(model) if isinstance(handles, EllipseHandles) else []
        self._dimensions.setVisible(len(names) > 2)
        if not isinstance(handles, EllipseHandles):
            say(self.note, "")
            return
        for choice in self.choices:
            choice.offer(names)
        if len(names) > 1:
            self._keep_apart(self.choices[1])
        handles.dimensions = tuple(choice.chosen for choice in self.choices)[: len(names)]
        say(self.note, handles.note(model))

    def _keep_apart(self, other: CompactChoice) -> None:
        """Have the other choice make way if both are of the same dimension."""
        first, second = (choice.chosen for choice in self.choices)
        if first == second:
            with QSignalBlocker(other):
                other.setCurrentIndex((first + 1) % other.count())

    @Slot()
    def _begin(self) -> None:
        self._before = self._session.state.model
        self._gesture = f"handle {next(_gestures)}"

    @Slot(object)
    def _move(self, move: Move) -> None:
        """Take the move to the session, from where it began if it is dragged; a refusal changes nothing."""
        model = self._before if move.per_pixel else self._session.state.model
        if model is None:
            return
        try:
            change = self._handles.changed(model, move)
            self._landing = change.at
            if not np.array_equal(change.value, getattr(self._session.state.model, change.name)):
                self._session.set_parameter(change.name, change.value, self._gesture)
                self.draw(self._session.state)
            if change.remark:
                say(self.note, change.remark)
        except ParameterError as error:
            say(self.error, str(error))
        finally:
            self._landing = None

    @Slot()
    def _read(self) -> None:
        """Say what the handle means that is pointed at; or how handles are used."""
        index, model = self.picture.pointed_at, self._shown
        if model is None:
            return
        kind = self.kind.currentText()
        if index is None or index >= len(self.picture.scene.handles):
            text, exactly, name = self._handles.hint, "", f"{kind}: handles"
        else:
            text, exactly = self._handles.reading(model, index), self._handles.exactly(model, index)
            name = f"{kind}: {self.picture.scene.handles[index].name}"
        if self.reading.text() != text:
            self.reading.setText(text)
        self.reading.setToolTip(exactly)
        self.picture.setAccessibleName(name)
        self.picture.setAccessibleDescription(text)
