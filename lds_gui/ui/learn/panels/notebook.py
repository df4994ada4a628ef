"""What was done so far, as lines of Python; and the notebook that is being replayed, line by line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from lds_gui.session import Lesson, Line, State
from lds_gui.ui.cards import ElidedLabel, label, say, sentence
from lds_gui.ui.learn.panels.panel import Panel, Table

_PAUSES = (("as fast as it goes", 0.0), ("2 lines a second", 0.5), ("1 line a second", 1.0), ("a line in 4 s", 4.0))


class NotebookPanel(Panel):
    """Writes down what is done, in the language in which it can be done again.

    Signals:
        save_wanted(), replay_wanted(): of a notebook in a file.
        script_wanted(): the current run as a short script, on the clipboard.
        play_wanted(), pause_wanted(), step_wanted(), end_wanted(): of the notebook that is being replayed.
        pace_wanted(float): so many seconds between its lines.
    """

    save_wanted = Signal()
    replay_wanted = Signal()
    script_wanted = Signal()
    play_wanted = Signal()
    pause_wanted = Signal()
    step_wanted = Signal()
    end_wanted = Signal()
    pace_wanted = Signal(float)

    name = "notebook"
    title = "Notebook"
    empty_text = "Every action is written down here, as a line of Python that does the same"
    explanation = (
        "Each action is written down as it happens, as a line of Python on lds_gui.lds: what you see is a script. "
        "Saved, it can be replayed here at any pace, by lds-gui replay without a window, or by Python itself.",
        "A lesson is such a file with remarks between the lines: each is shown while it is replayed. Behind each run "
        "stands the log p(x) that it reached; where a replay reaches another one, that is said.",
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the panel; the line about a lesson shows only while there is one."""
        super().__init__(parent)
        self._shown: tuple[Line, ...] = ()

    def make_picture(self) -> QWidget:
        self.text = QPlainTextEdit()
        self.text.setObjectName("notebook_text")
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Notebook")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for text, name, tip, signal in (
            ("Copy as Python", "copy_script", "A short script that computes the shown run again", self.script_wanted),
            ("Save…", "save_notebook_here", "Save all these lines as a Python file", self.save_wanted),
            ("Replay…", "replay_notebook_here", "Begin anew, and carry a saved notebook out", self.replay_wanted),
        ):
            buttons.addWidget(_button(text, name, tip, signal))
        buttons.addStretch(1)
        picture = QWidget()
        layout = QVBoxLayout(picture)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._lesson_row())
        layout.addWidget(self.text, 1)
        layout.addLayout(buttons)
        return picture

    def _lesson_row(self) -> QWidget:
        """What is said of the notebook that is being replayed, and how it is steered."""
        self.lesson = QWidget()
        self.remark = label("", "title", wrap=True)
        self.remark.setObjectName("lesson_remark")
        self.place = ElidedLabel("", "small")
        self.problem = sentence("error", "lesson_problem")
        self.play = _button("Pause", "lesson_play", "Go on by itself, or stay at this line")
        self.play.clicked.connect(self._play_or_pause)
        self.step = _button("Next line", "lesson_step", "Carry the next line out, and stay there", self.step_wanted)
        self.end = _button("End", "lesson_end", "Replay no more; what was done stays", self.end_wanted)
        self.pace = QComboBox()
        self.pace.setObjectName("lesson_pace")
        self.pace.setAccessibleName("Pace of the replay")
        for text, seconds in _PAUSES:
            self.pace.addItem(text, seconds)
        self.pace.activated.connect(lambda _: self.pace_wanted.emit(self.pace.currentData()))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.place, 1)
        for part in (self.play, self.step, self.end, self.pace):
            row.addWidget(part)
        layout = QVBoxLayout(self.lesson)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.remark, self.problem):
            layout.addWidget(part)
        layout.addLayout(row)
        self.lesson.hide()
        return self.lesson

    def has_picture(self, state: State) -> bool:
        return bool(state.notebook)

    def inputs(self, state: State) -> tuple[object, ...]:
        return state.notebook, state.lesson

    def draw_picture(self, state: State) -> None:
        self._show_lines(state.notebook)
        self._show_lesson(state.lesson)
        self.note.setText(f"{len(state.notebook)} lines")

    def _show_lines(self, lines: tuple[Line, ...]) -> None:
        """Write what has changed, from the first line that is not as it was; and stay at the end, if that was shown."""
        pairs = enumerate(zip(lines, self._shown, strict=False))
        n_common = min(len(lines), len(self._shown))
        same = next((place for place, (one, other) in pairs if one.text != other.text), n_common)
        if same == len(lines) == len(self._shown):
            return
        bar = self.text.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 1
        cursor = QTextCursor(self.text.document())
        if same == 0:
            self.text.setPlainText("\n".join(line.text for line in lines))
        else:
            cursor.setPosition(self.text.document().findBlockByNumber(same - 1).position())
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"\n{line.text}" for line in lines[same:]))
        self._shown = lines
        if was_at_end:
            bar.setValue(bar.maximum())

    def _show_lesson(self, lesson: Lesson | None) -> None:
        self.lesson.setVisible(lesson is not None)
        if lesson is None:
            return
        say(self.problem, " ".join(filter(None, [lesson.problem, *lesson.notes])))
        self.remark.setText(lesson.remark)
        self.remark.setVisible(bool(lesson.remark))
        words = "done" if lesson.is_over else f"next: {lesson.lines[lesson.place][:60]}"
        self.place.setText(f"{lesson.place} of {len(lesson.lines)} lines; {words} ({lesson.title})")
        self.play.setText("Pause" if lesson.plays else "Play")
        self.play.setEnabled(not lesson.is_over)
        self.step.setEnabled(not lesson.is_over)
        place = self.pace.findData(lesson.pause)
        if place >= 0:
            self.pace.setCurrentIndex(place)

    def _play_or_pause(self) -> None:
        lesson = None if self._state is None else self._state.lesson
        if lesson is not None:
            (self.pause_wanted if lesson.plays else self.play_wanted).emit()

    def table(self, state: State) -> Table:
        return {"line": np.arange(1.0, len(state.notebook) + 1.0)}

    def copy_data(self) -> None:
        """Put the lines on the clipboard."""
        if self._state is not None and self._state.notebook:
            QGuiApplication.clipboard().setText("\n".join(line.text for line in self._state.notebook) + "\n")


def _button(text: str, name: str, tip: str, signal: object = None) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setProperty("small", True)
    if signal is not None:
        button.clicked.connect(signal)
    return button
