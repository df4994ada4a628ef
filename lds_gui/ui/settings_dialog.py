"""The dialog *Settings*."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from lds_gui.ui import settings
from lds_gui.ui.cards import label


class SettingsDialog(QDialog):
    """Offers every setting of the table; what is chosen holds at once, or from the next start on, as its tip says."""

    def __init__(self, apply: Callable[[str, str], object], parent: QWidget | None = None) -> None:
        """Show what is chosen now; `apply` is called with the name and the value of what is chosen anew."""
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setWindowTitle("Settings")
        self.setMinimumWidth(480)
        self._apply = apply
        self._boxes: dict[str, QComboBox] = {}
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for setting in settings.SETTINGS:
            box = QComboBox()
            box.setObjectName(f"setting_{setting.name}")
            box.setAccessibleName(setting.title)
            box.setToolTip(setting.tip)
            for value, words in setting.choices:
                box.addItem(words, value)
            box.activated.connect(lambda _, name=setting.name: self._choose(name))
            self._boxes[setting.name] = box
            form.addRow(setting.title, box)
            form.addRow("", label(setting.tip, "hint", wrap=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = buttons.addButton("Reset all", QDialogButtonBox.ButtonRole.ResetRole)
        reset.setObjectName("reset_settings")
        reset.setToolTip("Forget everything that was chosen, the window's size and place, recent files and folders")
        reset.clicked.connect(self._reset)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self._show()

    def _show(self) -> None:
        for name, box in self._boxes.items():
            box.setCurrentIndex(box.findData(settings.chosen(name)))

    def _choose(self, name: str) -> None:
        value = self._boxes[name].currentData()
        settings.choose(name, value)
        self._apply(name, value)

    def _reset(self) -> None:
        settings.reset_all()
        self._show()
        for setting in settings.SETTINGS:
            self._apply(setting.name, settings.chosen(setting.name))
