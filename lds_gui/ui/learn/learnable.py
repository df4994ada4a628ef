"""The switch of one parameter: whether it is learned, and a covariance's restriction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from lds_gui.lds import COVARIANCES, PARAMETERS, STRUCTURES
from lds_gui.session import Learning

_MEANINGS = {
    "full": "any covariance",
    "diagonal": "no correlations: 0 beside the diagonal",
    "isotropic": "one variance for all, times the identity",
}


class Learnable(QWidget):
    """A box to tick and, for a covariance, a choice of how it is restricted while it is learned."""

    def __init__(self, name: str, learning: Callable[[], Learning], set_learning: Callable[[Learning], None]) -> None:
        """Build the switch of the parameter of this name; `learning` gives the settings that it changes."""
        super().__init__()
        self._name, self._learning, self._give = name, learning, set_learning
        info = next(parameter for parameter in PARAMETERS if parameter.name == name)
        self.box = QCheckBox(info.symbol)
        self.box.setObjectName(f"learn_{name}")
        self.box.setToolTip(f"Learn the {info.title}; otherwise it keeps its start value")
        self.box.toggled.connect(self._set_learned)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.box)
        self.structure: QComboBox | None = None
        if name in COVARIANCES:
            self.structure = QComboBox()
            self.structure.setObjectName(f"structure_{name}")
            self.structure.setAccessibleName(f"Restriction of the {info.title}")
            self.structure.addItems(STRUCTURES)
            lines = [f"{kind}: {meaning}" for kind, meaning in _MEANINGS.items()]
            self.structure.setToolTip("\n".join([f"What {info.symbol} may be", *lines]))
            self.structure.currentIndexChanged.connect(self._set_structure)
            layout.addWidget(self.structure, 1)

    def draw(self, learning: Learning) -> None:
        """Show whether it is learned, and how; Σ₀ only where it is separate."""
        options = learning.options
        self.setVisible(self._name != "Sigma0" or learning.separate_initial)
        with QSignalBlocker(self.box):
            self.box.setChecked(self._name in options.learn)
        if self.structure is not None:
            with QSignalBlocker(self.structure):
                self.structure.setCurrentIndex(STRUCTURES.index(options.structure.get(self._name, "full")))
            self.structure.setEnabled(self._name in options.learn)

    def _set_learned(self, learned: bool) -> None:
        learning = self._learning()
        learn = learning.options.learn | {self._name} if learned else learning.options.learn - {self._name}
        self._give(replace(learning, options=replace(learning.options, learn=learn)))

    def _set_structure(self, index: int) -> None:
        learning = self._learning()
        structure = {**learning.options.structure, self._name: STRUCTURES[index]}
        self._give(replace(learning, options=replace(learning.options, structure=structure)))
