"""Small dialogs of the menu Model: a random model, and a preset of one's own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lds_gui.lds import LDSParams, ParameterError, random_model
from lds_gui.ui.cards import label, say, sentence
from lds_gui.ui.editors.number_fields import read_positive, read_seed, whole_reader
from lds_gui.ui.numbers import NumberError, parse_number

T = TypeVar("T")

MAX_LATENT_DIM = 20
MAX_OBS_DIM = 50
_WIDTH = 380


class FormDialog(QDialog):
    """A dialog of captioned fields, with the sentence about a wrong one."""

    def __init__(self, title: str, explanation: str, confirm: str, parent: QWidget | None = None) -> None:
        """Build the dialog; `confirm` is what its main button says."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.error = sentence("error", "dialog_error")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.confirm = QPushButton(confirm)
        self.confirm.setObjectName("confirm")
        self.confirm.setProperty("primary", True)
        self._buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.accepted.connect(self._try)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(explanation, "hint", wrap=True))
        layout.addLayout(self.form)
        layout.addWidget(self.error)
        layout.addWidget(self._buttons)

    def add(self, caption: str, name: str, text: str, tip: str) -> QLineEdit:
        """Add a field."""
        field = QLineEdit(text)
        field.setObjectName(name)
        field.setAccessibleName(caption)
        field.setToolTip(tip)
        self.form.addRow(caption, field)
        return field

    def showEvent(self, arg__1: QShowEvent) -> None:
        super().showEvent(arg__1)
        first = self.findChild(QLineEdit)
        if first is not None:
            first.setFocus()
            first.selectAll()

    def take(self) -> None:
        """Take what was entered. Raises NumberError or ParameterError with the sentence to show."""
        raise NotImplementedError

    def _try(self) -> None:
        try:
            self.take()
        except (NumberError, ParameterError) as error:
            say(self.error, str(error))
            return
        self.accept()


class RandomModelDialog(FormDialog):
    """Asks for the properties of a random model; `model` is the one that was made."""

    def __init__(self, now: LDSParams, parent: QWidget | None = None) -> None:
        """Begin with the dimensions of the present model."""
        explanation = "A stable model by chance. Moduli and periods may stay empty: then they are drawn, too."
        super().__init__("Random model", explanation, "Make it", parent)
        self.model: LDSParams | None = None
        self._latent_dim = self.add("Latent n", "random_n", str(now.latent_dim), f"1 to {MAX_LATENT_DIM}")
        self._obs_dim = self.add("Observed m", "random_m", str(now.obs_dim), f"1 to {MAX_OBS_DIM}")
        self._moduli = self.add(
            "Moduli of A's eigenvalues", "random_moduli", "", "Such as 0.98; 0.9: one for each period, below 1"
        )
        self._periods = self.add(
            "Periods in steps", "random_periods", "", "Such as 20; 7; -: each takes two latents, and - takes one"
        )
        self._noise = self.add("Observation noise", "random_noise", "1", "The mean variance of the noise of x")
        self._seed = self.add("Seed", "random_seed", "0", "The same seed makes the same model")

    def take(self) -> None:
        n = whole_reader("number of latents", 1, MAX_LATENT_DIM)(self._latent_dim.text())
        m = whole_reader("number of observed variables", 1, MAX_OBS_DIM)(self._obs_dim.text())
        self.model = random_model(
            n,
            m,
            np.random.default_rng(read_seed(self._seed.text())),
            moduli=_list(self._moduli.text(), parse_number),
            periods=_list(self._periods.text(), _period),
            noise=read_positive(self._noise.text()),
        )


def _period(text: str) -> float | None:
    return None if text in ("-", "−", "∞", "inf") else parse_number(text)


def _list(text: str, read: Callable[[str], T]) -> list[T] | None:
    """Read figures between semicolons or blanks; None where there is none."""
    parts = text.replace(";", " ").split()
    return [read(part.rstrip(",")) for part in parts] or None


class PresetDialog(FormDialog):
    """Asks for the title and the description of a preset of one's own."""

    def __init__(self, title: str, own_titles: Collection[str], parent: QWidget | None = None) -> None:
        """Propose a title; one of a preset of one's own is asked about."""
        explanation = "Keeps the model and how it is simulated."
        super().__init__("Save as preset", explanation, "Save", parent)
        self._own_titles = own_titles
        self._asked_about = ""
        self._title = self.add("Title", "preset_title", title, "The name in the list of presets")
        self._about = self.add("What it shows", "preset_about", "", "A sentence or two; may stay empty")

    @property
    def title(self) -> str:
        """The title that was entered."""
        return self._title.text().strip()

    @property
    def about(self) -> str:
        """The description that was entered."""
        return self._about.text().strip()

    def take(self) -> None:
        if not self.title:
            raise NumberError("The preset needs a title, under which it will be listed")
        if self.title in self._own_titles and self.title != self._asked_about:
            self._asked_about = self.title
            raise NumberError(f"You have a preset “{self.title}”; press Save once more to replace it")


class DeletionDialog(FormDialog):
    """Asks whether a preset of one's own is to be deleted."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        """Name the preset."""
        explanation = f"“{title}” will be deleted for good. The model stays as it is."
        super().__init__("Delete preset", explanation, "Delete", parent)

    def take(self) -> None:
        """There is nothing to take."""
