"""The two equations of the model, typeset, with the current dimensions; they stand above everything that scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from lds_gui.session import State
from lds_gui.ui.cards import label
from lds_gui.ui.layouts import COLUMN_WIDTH

_EQUATIONS = (
    "<span style='font-family: serif; font-size: 15px'>"
    "<i>z<sub>t</sub></i> = <i>A z</i><sub><i>t</i>−1</sub> + <i>ε<sub>t</sub></i>,&nbsp; "
    "<i>ε<sub>t</sub></i> ~ N(0, Σ)<br>"
    "<i>x<sub>t</sub></i> = <i>B z<sub>t</sub></i> + <i>η<sub>t</sub></i>,&nbsp; <i>η<sub>t</sub></i> ~ N(0, Γ)<br>"
    "<i>z</i><sub>1</sub> ~ N(<i>μ</i><sub>0</sub>, {initial})</span>"
)
_SIZES = "<i>z<sub>t</sub></i> ∈ ℝ<sup>{n}</sup><br><i>x<sub>t</sub></i> ∈ ℝ<sup>{m}</sup>"


class Equations(QFrame):
    """What A, B, Σ, Γ and μ₀ are the parameters of."""

    def __init__(self) -> None:
        """Build the frame."""
        super().__init__()
        self.setObjectName("card")
        self.setFixedWidth(COLUMN_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        self._equations, self._sizes = label(), label()
        for part in (self._equations, self._sizes):
            part.setTextFormat(Qt.TextFormat.RichText)
        self._sizes.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._equations, 1)
        layout.addWidget(self._sizes)
        self._shown: tuple[object, ...] = ()

    def draw(self, state: State) -> None:
        """Show the equations of the model."""
        model = state.model
        shown = model.latent_dim, model.obs_dim, model.is_tied
        if shown == self._shown:
            return
        self._shown = shown
        n, m, is_tied = shown
        self._equations.setText(_EQUATIONS.format(initial="Σ" if is_tied else "Σ<sub>0</sub>"))
        sizes = _SIZES.format(n=n, m=m)
        self._sizes.setText(f"<span style='font-family: serif; font-size: 15px'>{sizes}</span>")
        self.setAccessibleName(
            "z t = A z t minus 1 + noise with covariance Sigma; x t = B z t + noise with covariance Gamma; "
            f"{n} latent and {m} observed dimensions"
        )
