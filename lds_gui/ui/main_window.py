"""The main window: tabs, menus, the error panel, and where the state is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QGuiApplication,
    QKeySequence,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QMainWindow,
    QMenu,
    QMenuBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lds_gui.files import FORMATS, samples
from lds_gui.lds import empty_model
from lds_gui.resources import resource_path
from lds_gui.session import SUFFIX, RunStatus, Session, State, WindowLayout
from lds_gui.ui import settings
from lds_gui.ui.actions import ACTIONS, enable_actions, make_actions
from lds_gui.ui.choice import CompactChoice
from lds_gui.ui.dialogs import DeletionDialog, PresetDialog, RandomModelDialog
from lds_gui.ui.documents import Documents
from lds_gui.ui.drops import DropTarget, RefusalError, clipboard_source
from lds_gui.ui.editors.matrix_editor import MatrixEditor
from lds_gui.ui.editors.number_fields import NumberField
from lds_gui.ui.errors import ErrorPanel
from lds_gui.ui.export.exports import Exports
from lds_gui.ui.gaussians.tab import GaussiansTab
from lds_gui.ui.help_dialog import HelpDialog
from lds_gui.ui.import_dialog import ImportDialog
from lds_gui.ui.keys import commit_typed, let_undo_through
from lds_gui.ui.learn.panels import NotebookPanel
from lds_gui.ui.learn.tab import LearnTab
from lds_gui.ui.notebooks import Notebooks
from lds_gui.ui.settings_dialog import SettingsDialog
from lds_gui.ui.tabs import QuietTabs
from lds_gui.ui.theme import SYSTEM, THEMES, Theme, palette, stylesheet, theme_named
from lds_gui.ui.wheel import guard_from_wheel

MINIMUM_SIZE = (1200, 660)
_PANEL_KEYS = "1234567890-=[];"


class MainWindow(QMainWindow):
    """The window. It draws the session's state, and every action is a verb of the session.

    Signals:
        painted: the window has been painted for the first time.
    """

    painted = Signal()

    def __init__(self, session: Session, theme_name: str) -> None:
        """Build the window on this session; it takes the session over, and ends it when it is closed."""
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle("LDS GUI")
        self.setMinimumSize(*MINIMUM_SIZE)
        self._session = session
        self._is_painted = False
        session.setParent(self)
        self.actions_by_name = make_actions(
            self,
            commit_typed,
            {
                "new_session": lambda: self.documents.begin_anew(),
                "open_data": self._ask_for_data,
                "save": lambda: self.documents.save(),
                "save_as": lambda: self.documents.save_as(),
                "copy_script": lambda: self.notebooks.copy_script(),
                "save_notebook": lambda: self.notebooks.ask_where_to_save(),
                "replay_notebook": lambda: self.notebooks.ask_what_to_replay(),
                "quit": self.close,
                "paste_data": self._paste_data,
                "cancel_data": session.cancel_data,
                "undo": self._undo,
                "redo": partial(self._return, session.redo),
                "simulate": session.simulate,
                "dice": session.dice,
                "new_model": partial(session.new_model, empty_model(), "Empty model"),
                "random_model": self._ask_for_random_model,
                "save_preset": self._ask_for_preset,
                "delete_preset": self._ask_for_deletion,
                "copy_estimate": session.copy_estimate,
                "keep_estimate": session.keep_estimate,
                "branch": lambda: self.learn.ask_for_branch(),
                "blink": session.blink,
                "run": session.run,
                "pause": session.pause,
                "play_back": session.play_back,
                "step": session.step,
                "half_step": session.half_step,
                "half_step_back": session.half_step_back,
                "stop": session.stop,
                "reset": session.reset,
                "swap": self._swap,
                "reset_views": self._reset_views,
                "reset_layout": self._reset_layout,
                "show_learn": partial(self._show_tab, 0),
                "show_gaussians": partial(self._show_tab, 1),
                "export_picture": lambda: self.exports.ask_for_picture(),
                "export_animation": lambda: self.exports.ask_for_animation(),
                "export_report": lambda: self.exports.ask_for_report(),
                "export_results": lambda: self.exports.ask_for_results(),
                "export_figures": lambda: self.exports.ask_for_figures(),
                "export_data": lambda: self.exports.ask_for_data(),
                "settings": self._show_settings,
                "lesson": self._begin_lesson,
                "help": self._show_help,
            },
        )
        self.learn = LearnTab(session, self.actions_by_name)
        self.gaussians = GaussiansTab(session)
        self.exports = Exports(session, self.learn, self)
        self.tabs = QuietTabs()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.learn, "Learn")
        self.tabs.addTab(self.gaussians, "Gaussians")
        guard_from_wheel(self.tabs, QSpinBox, QComboBox)
        for box in self.tabs.findChildren(QSpinBox):
            let_undo_through(box.lineEdit(), box)
        self.error_panel = ErrorPanel()
        self.error_panel.notebook = lambda: "\n".join(line.text for line in session.state.notebook)
        self.documents = Documents(session, self)
        page = QWidget()
        page.setObjectName("page")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.error_panel)
        layout.addWidget(self.documents.bar)
        panel = self.learn.panels["notebook"]
        assert isinstance(panel, NotebookPanel)
        self.notebooks = Notebooks(session, self.documents, panel, self)
        layout.addWidget(self.tabs, 1)
        self.setCentralWidget(page)
        self._theme_actions = QActionGroup(self)
        self._menu_bar = QMenuBar()  # in the line of the tabs, since height is what pictures need
        self._menu_bar.setNativeMenuBar(False)
        self.tabs.setCornerWidget(self._menu_bar)
        self._make_menus()
        session.changed.connect(self._draw)
        session.failed.connect(self.error_panel.show_error)
        session.files.layout = self.layout_now
        session.files.opened.connect(self.take_layout)
        drops = DropTarget(self)
        drops.dropped.connect(self._look_at)
        drops.refused.connect(session.refuse_data)
        self.use_theme(theme_name)
        self.tabs.currentChanged.connect(self._draw_current)
        self._draw(session.state)

    @property
    def session(self) -> Session:
        """The session that this window shows."""
        return self._session

    def use_theme(self, name: str) -> None:
        """Show everything in the theme of this name, or in the desktop's."""
        theme = theme_named(name)
        QGuiApplication.setPalette(palette(theme))
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        sheet = stylesheet(theme)
        if application.styleSheet() != sheet:  # setting the same one again would polish every widget again
            application.setStyleSheet(sheet)
        self._restyle(theme)
        for action in self._theme_actions.actions():
            action.setChecked(action.data() == name)

    def layout_now(self) -> WindowLayout:
        """Give what the window looks like beside the state, for a session file."""
        panels = self.learn.panels.values()
        choices = {name: box.currentText() for name, box in self._choices() if box.count()}
        ranges = {
            f"{panel.name} {place}": stretch
            for panel in panels
            for place, plot in enumerate(panel.plots)
            if (stretch := plot.chosen_range) is not None
        }
        return WindowLayout(
            self.tabs.currentIndex(),
            bytes(self.learn.area.layout_state().toBase64().data()).decode(),
            choices,
            tuple(card.title_label.text() for card in self.learn.cards if card.is_folded),
            ranges,
        )

    @Slot(object)
    def take_layout(self, layout: WindowLayout) -> None:
        """Look like this, as far as it can be understood."""
        self.learn.area.restore_layout(QByteArray.fromBase64(layout.docks.encode()))
        self.tabs.setCurrentIndex(min(max(layout.tab, 0), self.tabs.count() - 1))
        for card in self.learn.cards:
            card.fold(card.title_label.text() in layout.folded)
        for name, box in self._choices():
            box.wish(layout.choices.get(name, ""))
        self._draw(self._session.state)
        self.learn.draw_now()
        for panel in self.learn.panels.values():
            for place, plot in enumerate(panel.plots):
                plot.choose_range(layout.ranges.get(f"{panel.name} {place}"))

    def _choices(self) -> list[tuple[str, CompactChoice]]:
        """What can be chosen in the panels, by the panel's name and the place of the choice in it."""
        return [
            (f"{panel.name} {place}", box)
            for panel in self.learn.panels.values()
            for place, box in enumerate(panel.all_choices)
        ]

    def picture(self) -> QPixmap:
        """Give a picture of the window with every panel up to date."""
        self.learn.draw_now()
        QGuiApplication.processEvents()
        return self.grab()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self._tell_painted)  # when what lies in it is painted too

    def _tell_painted(self) -> None:
        if self.isVisible():  # else it has been closed already
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.documents.must_ask:
            event.ignore()
            self.documents.unless_lost(self.close)
            return
        self._session.close()
        super().closeEvent(event)

    def _restyle(self, theme: Theme) -> None:
        self.learn.restyle(theme)
        self.gaussians.restyle(theme)

    @Slot(object)
    def _draw(self, state: State) -> None:
        enable_actions(self.actions_by_name, state)
        self.documents.draw(state.document)
        self.actions_by_name["run"].setText(_run_text(state))
        self.tabs.currentWidget().draw(state)  # type: ignore[attr-defined]

    @Slot()
    def _draw_current(self) -> None:
        self._draw(self._session.state)

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for info in ACTIONS:
            if info.menu not in menus:
                menus[info.menu] = self._menu_bar.addMenu(f"&{info.menu}")
                menus[info.menu].setToolTipsVisible(True)
            menus[info.menu].addAction(self.actions_by_name[info.name])
        menus["File"].insertMenu(self.actions_by_name["save"], self.documents.recent_menu)
        menus["File"].insertMenu(self.actions_by_name["save"], self._sample_menu())
        menus["File"].insertSeparator(self.actions_by_name["quit"])
        menus["Edit"].addMenu(self._copy_menu())
        menus["Export"].addMenu(self.exports.matrices_menu())
        menus["View"].addSeparator()
        menus["View"].addMenu(self._panel_menu())
        self._make_theme_menu(menus["View"])

    def _sample_menu(self) -> QMenu:
        menu = QMenu("Sample data", self)
        menu.setToolTipsVisible(True)
        for number, sample in enumerate(samples(), start=1):
            action = menu.addAction(sample.title)
            action.setObjectName(f"sample_{sample.name}")
            action.setShortcut(QKeySequence(f"Ctrl+Shift+{number}"))
            action.setToolTip(f"{sample.description} {sample.source} ({action.shortcut().toString()})")
            action.triggered.connect(partial(self._session.open_data, sample.path))
        return menu

    def _copy_menu(self) -> QMenu:
        """Offer what each panel's own menu has, too: the figures behind its picture."""
        menu = QMenu("Copy data of", self)
        menu.setToolTipsVisible(True)
        for key, panel in zip(_PANEL_KEYS, self.learn.panels.values(), strict=False):
            action = menu.addAction(panel.title)
            action.setObjectName(f"copy_{panel.name}")
            action.setShortcut(QKeySequence(f"Alt+Shift+{key}"))
            keys = action.shortcut().toString()
            action.setToolTip(f"Copy the figures behind the panel {panel.title}, at full precision ({keys})")
            action.triggered.connect(panel.copy_data)
        return menu

    def _panel_menu(self) -> QMenu:
        """Offer to bring each panel into sight, or to hide it."""
        menu = QMenu("Panels", self)
        menu.setToolTipsVisible(True)
        area = self.learn.area
        actions: dict[str, QAction] = {}
        for key, panel in zip(_PANEL_KEYS, self.learn.panels.values(), strict=False):
            action = actions[panel.name] = menu.addAction(panel.title)
            action.setObjectName(f"show_{panel.name}")
            action.setCheckable(True)
            action.setShortcut(QKeySequence(f"Alt+{key}"))
            keys = action.shortcut().toString()
            action.setToolTip(f"Bring the panel {panel.title} into sight, or hide it ({keys})")
            action.triggered.connect(partial(self._toggle_panel, panel.name))

        def mark() -> None:
            for name, action in actions.items():
                action.setChecked(not area.docks[name].isHidden())

        menu.aboutToShow.connect(mark)
        return menu

    def _toggle_panel(self, name: str) -> None:
        self.tabs.setCurrentIndex(0)
        self.learn.area.toggle(name)

    def _reset_layout(self) -> None:
        self.tabs.setCurrentIndex(0)
        self.learn.area.arrange()

    def _make_theme_menu(self, menu: QMenu) -> None:
        menu.addSeparator()
        titles = [(SYSTEM, "As the desktop"), *((theme.name, theme.title) for theme in THEMES)]
        for number, (name, title) in enumerate(titles, start=1):
            action = QAction(title, menu)
            action.setShortcut(QKeySequence(f"Ctrl+Alt+{number}"))
            action.setToolTip(f"Colours: {title[0].lower()}{title[1:]} ({action.shortcut().toString()})")
            action.setObjectName(f"theme_{name}")
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(partial(self._choose_theme, name))
            self._theme_actions.addAction(action)
            menu.addAction(action)

    def _undo(self) -> None:
        """Take a refused entry of this tab back, or else the newest change, and show where it was made."""
        page = self.tabs.currentWidget()
        fields = (*page.findChildren(MatrixEditor), *page.findChildren(NumberField))
        refused = [field for field in fields if field.has_problem]
        for field in refused:
            field.restore()
        if not refused:
            self._return(self._session.undo)

    def _return(self, go: Callable[[], None]) -> None:
        before = self._session.state
        go()
        after = self._session.state
        if after is not before:
            self.tabs.setCurrentIndex(int(after.gaussians is not before.gaussians))

    def _swap(self) -> None:
        self._session.lab.swap()

    def _reset_views(self) -> None:
        for panel in self.learn.panels.values():
            panel.reset_views()

    def _show_tab(self, index: int) -> None:
        self.tabs.setCurrentIndex(index)

    def _begin_lesson(self) -> None:
        self.learn.area.docks["notebook"].raise_()
        self.notebooks.replay(resource_path("lessons", "first_steps.py"), pause=4.0)

    def _show_settings(self) -> None:
        dialog = SettingsDialog(self._apply_setting, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _apply_setting(self, name: str, value: str) -> None:
        """Have a setting hold now, where it can."""
        if name == "theme":
            self.use_theme(value)
        elif name == "units":
            self._session.lab.set_in_bits(value == settings.BITS)
        elif name == "autosave":
            self._session.files.set_interval(float(value))

    def _show_help(self) -> None:
        dialog = HelpDialog([(info.menu, self.actions_by_name[info.name]) for info in ACTIONS], self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _choose_theme(self, name: str) -> None:
        self.use_theme(name)
        settings.remember_theme(name)

    def _ask_for_data(self) -> None:
        data = " ".join(f"*{suffix}" for form in FORMATS for suffix in form.suffixes)
        kinds = f"Data and sessions ({data} *{SUFFIX});;Sessions (*{SUFFIX});;Data ({data});;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "Open", str(settings.folder("open")), kinds)
        if path:
            settings.remember_file("open", Path(path))
            self._look_at(Path(path))

    def _paste_data(self) -> None:
        try:
            source = clipboard_source()
        except RefusalError as refusal:
            self._session.refuse_data(str(refusal))
        else:
            self._look_at(source)

    def _look_at(self, source: Path | str) -> None:
        """Open a session file; show another file, or a text, in a dialog that says how it will be read."""
        if isinstance(source, Path) and source.suffix.lower() == SUFFIX:
            self.documents.open(source)
            return
        if isinstance(source, Path) and source.suffix.lower() == ".py":
            self.notebooks.replay(source)
            return
        dialog = ImportDialog(source, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._read, dialog))
        dialog.open()

    def _read(self, dialog: ImportDialog) -> None:
        source, options, standardise = dialog.source, dialog.options, dialog.standardise
        if isinstance(source, str):
            self._session.paste_data(source, options, standardise=standardise)
        else:
            self._session.open_data(source, options, standardise=standardise)

    def _ask_for_random_model(self) -> None:
        dialog = RandomModelDialog(self._session.state.model, self)
        if dialog.exec() and dialog.model is not None:
            self._session.new_model(dialog.model, "Random model")
        dialog.deleteLater()

    def _ask_for_preset(self) -> None:
        state = self._session.state
        title = state.preset.title if state.model is state.preset.params else f"{state.preset.title}, changed"
        dialog = PresetDialog(title, [own.title for own in state.own_presets], self)
        if dialog.exec():
            self._session.save_preset(dialog.title, dialog.about)
        dialog.deleteLater()

    def _ask_for_deletion(self) -> None:
        dialog = DeletionDialog(self._session.state.preset.title, self)
        if dialog.exec():
            self._session.delete_preset()
        dialog.deleteLater()


def _run_text(state: State) -> str:
    """Say what Run does in this state: begin, go on, or begin again."""
    if state.run is None or state.is_running:
        return "Run"
    return "Resume" if state.run.status is RunStatus.PAUSED else "Run again"
