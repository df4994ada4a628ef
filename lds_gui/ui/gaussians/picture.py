"""The picture of P and Q, whose figures are dragged: densities in one dimension, ellipses in two, cuts of more."""

from __future__ import annotations

from itertools import count

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QSizePolicy

from lds_gui.lds import ParameterError
from lds_gui.session import GaussianPair, Laboratory, Session
from lds_gui.ui.cards import Card, LegendKey, label, say, sentence
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.editors.plane import Move
from lds_gui.ui.editors.plane_picture import PlanePicture
from lds_gui.ui.gaussians.pair_handles import Cut, PairHandles
from lds_gui.ui.numbers import subscript
from lds_gui.ui.theme import Theme

_gestures = count(1)
_HINTS = {
    1: "Drag a peak or a width; or Tab and arrow keys.",
    2: "Drag means and axes (Shift keeps length, Ctrl angle); or Tab and arrows.",
}
_KINDS = ("marginal", "conditional")


class GaussiansPicture(Card):
    """Shows P and Q, and writes to the session where they are dragged to.

    Signals:
        cut_changed(): other dimensions are shown.
    """

    cut_changed = Signal()

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("P and Q")
        self._session = session
        self._handles = PairHandles()
        self._pair: GaussianPair | None = None
        self._families = session.state.laboratory.families
        self._before: GaussianPair | None = None  # the pair with which the gesture began
        self._gesture = ""
        self._landing: complex | None = None  # where the handle will be that is being moved right now
        self._keys = (LegendKey("P", "p", "solid"), LegendKey("Q", "q", "dashed"))
        for key in self._keys:
            self.add_to_header(key)
        self._note = label("", "small")
        self.add_to_header(self._note)
        self.kind = CompactChoice("What is shown of the other dimensions: marginal or conditional")
        self.kind.setObjectName("kl_cut")
        self.kind.setToolTip("Of the other dimensions: anything (marginal), or each at its mean (conditional)")
        self.kind.offer(_KINDS)
        self.choices = tuple(CompactChoice(f"Dimension on the {axis} axis") for axis in ("horizontal", "vertical"))
        self.kind.currentIndexChanged.connect(self._choose)
        self.add_at_end_of_header(self.kind)
        for choice, name in zip(self.choices, ("kl_across", "kl_up"), strict=True):
            choice.setObjectName(name)
            choice.setToolTip(choice.accessibleName())
            choice.currentIndexChanged.connect(self._choose)
            self.add_at_end_of_header(choice)
        self.picture = PlanePicture()
        self.picture.setObjectName("kl_picture")
        self.picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.picture.began.connect(self._begin)
        self.picture.moved.connect(self._move)
        self.picture.pointed.connect(self._read)
        self.reading = label("", "hint", wrap=True, name="kl_reading")
        self.error = sentence("error", "kl_picture_error")
        self.body.addWidget(self.picture, 1)
        self.body.addWidget(self.reading)
        self.body.addWidget(self.error)

    @property
    def cut(self) -> Cut:
        """Which dimensions are shown."""
        dim = 1 if self._pair is None else self._pair.dim
        if dim <= 2:
            return Cut(tuple(range(dim)))
        return Cut(tuple(choice.chosen for choice in self.choices), bool(self.kind.chosen))

    def draw(self, pair: GaussianPair, laboratory: Laboratory) -> None:
        """Show this pair."""
        if pair is self._pair and laboratory.families == self._families:
            return
        before, self._pair, self._families = self._pair, pair, laboratory.families
        self._offer_dimensions(pair.dim)
        say(self.error, "")
        if self._landing is None:
            self.picture.cancel()
        keeps_places = before is not None and before.dim == pair.dim
        self._show(keeps_places=keeps_places)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.picture.restyle(theme)
        for key in self._keys:
            key.restyle(theme)

    def _show(self, *, keeps_places: bool) -> None:
        assert self._pair is not None
        before = self.picture.scene
        near = [handle.at for handle in before.handles] if keeps_places else []
        current = self.picture.current
        if self._landing is not None and near:
            near[current] = self._landing
        self.picture.show_scene(self._handles.scene(self._pair, self._families, self.cut, near), current)
        self._read()

    def _offer_dimensions(self, dim: int) -> None:
        """Offer a pair of dimensions where there is more than one pair."""
        names = [f"x{subscript(i + 1)}" for i in range(dim)]
        for choice in self.choices:
            choice.offer(names)
            choice.setVisible(dim > 2)
        self.kind.setVisible(dim > 2)
        self._note.setText("1σ and 2σ" if dim > 1 else "densities")
        if dim > 1:
            self._keep_apart(self.choices[1])

    def _keep_apart(self, other: CompactChoice) -> None:
        """Have the other choice make way if both are of the same dimension."""
        first, second = (choice.chosen for choice in self.choices)
        if first == second:
            with QSignalBlocker(other):
                other.setCurrentIndex((first + 1) % other.count())

    @Slot()
    def _choose(self) -> None:
        if self._pair is None:
            return
        if self._pair.dim > 1:
            self._keep_apart(self.choices[1] if self.sender() is self.choices[0] else self.choices[0])
        self.picture.cancel()
        self._show(keeps_places=False)
        self.cut_changed.emit()

    @Slot()
    def _begin(self) -> None:
        self._before = self._session.state.gaussians
        self._gesture = f"Gaussian handle {next(_gestures)}"

    @Slot(object)
    def _move(self, move: Move) -> None:
        """Take the move to the session, from where it began if it is dragged; a refusal changes nothing."""
        pair = self._before if move.per_pixel else self._session.state.gaussians
        if pair is None:
            return
        try:
            moved = self._handles.changed(pair, self._families, self.cut, self.picture.scene, move)
            self._landing = moved.at
            self._session.lab.set_gaussian(moved.name, mean=moved.mean, cov=moved.cov, gesture=self._gesture)
            self.draw(self._session.state.gaussians, self._session.state.laboratory)
        except ParameterError as error:
            say(self.error, str(error))
        finally:
            self._landing = None

    @Slot()
    def _read(self) -> None:
        """Say what the handle means that is pointed at; or how handles are used."""
        index, pair = self.picture.pointed_at, self._pair
        if pair is None:
            return
        text = _HINTS[min(pair.dim, 2)]
        if index is not None and index < len(self.picture.scene.handles):
            text = self._handles.reading(pair, self.cut, self.picture.scene, index)
        if self.reading.text() != text:
            self.reading.setText(text)
        self.picture.setAccessibleName("P and Q")
        self.picture.setAccessibleDescription(text)


def shown_pair(pair: GaussianPair, cut: Cut) -> GaussianPair:
    """Both as they are seen in the shown dimensions."""
    return GaussianPair(cut.of(pair.p), cut.of(pair.q))
