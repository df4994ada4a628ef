"""The card *Model*: preset, equations, dimensions, and the editors of the parameters that simulate."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QSpinBox, QWidget

from lds_gui.files import Preset, presets
from lds_gui.lds import COVARIANCES, PARAMETERS, LDSParams
from lds_gui.session import Session, State
from lds_gui.ui.cards import Card, say, sentence
from lds_gui.ui.dialogs import MAX_LATENT_DIM, MAX_OBS_DIM
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.layouts import field_row
from lds_gui.ui.theme import Theme

_MOST_TYPED = 999_999
_MAX_DIM_ABREAST = 2  # with more latents, the editors of two matrices no longer fit side by side
Place = tuple[int, int, int, int]  # row, column, and how many of each
_ABREAST: dict[str, Place] = {
    "A": (0, 0, 1, 1),
    "Sigma": (0, 1, 1, 1),
    "B": (1, 0, 1, 1),
    "mu0": (1, 1, 1, 1),
    "Gamma": (2, 0, 1, 2),
    "Sigma0": (3, 0, 1, 2),
}
_STACKED: dict[str, Place] = {
    name: (row, 0, 1, 2) for row, name in enumerate(("A", "B", "Sigma", "Gamma", "mu0", "Sigma0"))
}


class ModelCard(Card):
    """The true model: what is simulated from."""

    def __init__(self, session: Session) -> None:
        """Build the card; it writes to this session."""
        super().__init__("Model", section=True)
        self._session = session
        self._presets: tuple[Preset, ...] = ()
        self.preset = QComboBox()
        self.preset.setObjectName("preset")
        self.preset.setAccessibleName("Preset")
        self.preset.currentIndexChanged.connect(self._use_preset)
        self.preset.setToolTip("A ready-made model; choosing one simulates from it")
        self.add_at_end_of_header(self.preset)
        self.about = sentence("hint")
        self.preset_error = sentence("error", "preset_error")
        self._dims_error = sentence("error", "dimensions_error")
        self._about_toggle = QPushButton("What it shows, and what to try")
        self._about_toggle.setProperty("flat_link", True)
        self._about_toggle.setCheckable(True)
        self._about_toggle.setToolTip("Show or hide what the preset shows, and what to try with it")
        self._about_toggle.toggled.connect(self.about.setVisible)
        self.latent_dim = _dimension_box("latent_dim", MAX_LATENT_DIM, "Latent dimensions n; what fits is kept")
        self.obs_dim = _dimension_box("obs_dim", MAX_OBS_DIM, "Observed dimensions m; what fits is kept")
        for box in (self.latent_dim, self.obs_dim):
            box.valueChanged.connect(partial(self._set_dimension, box))
        self.editors = {
            info.name: MatrixEditor(
                info.symbol,
                info.title,
                f"truth_{info.name}",
                partial(session.set_parameter, info.name),
                symmetric=info.name in COVARIANCES,
            )
            for info in PARAMETERS
            if info.name in _STACKED
        }
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1)
        self._places: dict[str, Place] = {}
        self._shown: LDSParams | None = None
        self.body.addWidget(self._about_toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.preset_error)
        self.body.addWidget(self.about)
        self.body.addLayout(field_row(("Latent n", self.latent_dim), ("Observed m", self.obs_dim)))
        self.body.addWidget(self._dims_error)
        self.body.addLayout(self._grid)
        self._set_tab_order()

    def _set_tab_order(self) -> None:
        """Have Tab go from the dimensions through the matrices, wherever their editors are placed."""
        self._place_editors(_ABREAST)  # only what lies in one window has an order
        before: QWidget = self.obs_dim
        for name in _STACKED:
            for part in (self.editors[name].form, self.editors[name].table):
                QWidget.setTabOrder(before, part)
                before = part

    def draw(self, state: State) -> None:
        """Show the model."""
        model = state.model
        self._offer((*presets(), *state.own_presets))
        unchanged = model is state.preset.params and state.preset in self._presets
        with QSignalBlocker(self.preset):
            same = model is state.preset.params
            self.preset.setPlaceholderText(state.preset.title if same else f"{state.preset.title}, changed")
            self.preset.setCurrentIndex(self._presets.index(state.preset) if unchanged else -1)
        about = f"{state.preset.about} {state.preset.try_this}".strip()
        self.about.setText(about)
        self._about_toggle.setVisible(bool(about))
        self.about.setVisible(bool(about) and self._about_toggle.isChecked())
        say(self.preset_error, state.preset_error)
        self._place_editors(_ABREAST if model.latent_dim <= _MAX_DIM_ABREAST else _STACKED)
        for box, value in ((self.latent_dim, model.latent_dim), (self.obs_dim, model.obs_dim)):
            with QSignalBlocker(box):
                box.setValue(value)
        if model is not self._shown:  # EM draws often, and never changes it
            self._shown = model
            for name, editor in self.editors.items():
                values = getattr(model, name)
                editor.setVisible(values is not None)  # Σ₀ has one where it is not tied to Σ
                if values is not None:
                    editor.show_values(values)

    def restyle(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for editor in self.editors.values():
            editor.restyle(theme)

    def _offer(self, offered: tuple[Preset, ...]) -> None:
        """List these presets, with the user's own after a line."""
        if offered == self._presets:
            return
        self._presets = offered
        with QSignalBlocker(self.preset):
            self.preset.clear()
            for preset in offered:
                self.preset.addItem(f"{preset.title} (own)" if preset.is_own else preset.title)

    def _place_editors(self, places: dict[str, Place]) -> None:
        if places is not self._places:
            self._places = places
            for name, place in places.items():
                self._grid.addWidget(self.editors[name], *place, Qt.AlignmentFlag.AlignTop)

    @property
    def has_problem(self) -> bool:
        """Say whether an entry is not part of the model, because it was refused."""
        return any(editor.has_problem for editor in self.editors.values())

    def _use_preset(self, index: int) -> None:
        for editor in self.editors.values():
            editor.model.restore()
        self._session.use_preset(self._presets[index])

    def _set_dimension(self, box: QSpinBox, value: int) -> None:
        model = self._session.state.model
        is_latent = box is self.latent_dim
        now, largest = (model.latent_dim, MAX_LATENT_DIM) if is_latent else (model.obs_dim, MAX_OBS_DIM)
        if value > max(largest, now):
            what = "latent" if is_latent else "observed"
            say(self._dims_error, f"{value} {what} dimensions are too many for this window: {largest} at most.")
            with QSignalBlocker(box):
                box.setValue(now)
            return
        say(self._dims_error, "")
        self._session.set_dimensions(*((value, model.obs_dim) if is_latent else (model.latent_dim, value)))


def _dimension_box(name: str, largest: int, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(1, _MOST_TYPED)  # more than `largest` is refused in words, and not a digit at a time
    box.setMaximumWidth(90)
    box.setKeyboardTracking(False)
    box.setMinimumWidth(56)
    box.setToolTip(f"{tip}; {largest} at most")
    return box
