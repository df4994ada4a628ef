"""Replays a notebook in the window: each line becomes the verb of the session that it was written for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from PySide6.QtCore import QObject, QTimer, Slot

from lds_gui.files import AS_FOUND, DataFile, FileFormatError, preset
from lds_gui.lds import LDSParams, ParameterError
from lds_gui.script import Call, ScriptError, Statement, load_script
from lds_gui.script.language import dotted, evaluate
from lds_gui.script.replay import functions_in
from lds_gui.session.gauge import LENSES
from lds_gui.session.gaussian_pair import GaussianPair
from lds_gui.session.starts import KEPT_START, PERTURBED_START, START_CHOICES
from lds_gui.session.state import Lesson, Run, RunStatus, State

if TYPE_CHECKING:
    from lds_gui.session.session import Session

_POLL_MS = 15
_TABLE_STARTS = {f"{choice.name}_start": choice.name for choice in START_CHOICES}


class _Origin(NamedTuple):
    """Where a branch begins: a run's number, and an iteration of it."""

    number: int
    iteration: int


class Player(QObject):
    """The verbs of replaying; a part of the session, which it steers as a person would."""

    def __init__(self, session: Session) -> None:
        """Replay nothing yet."""
        super().__init__(session)
        self._session = session
        self._statements: tuple[Statement, ...] = ()
        self._folder = Path()  # that paths of data begin from
        self._functions = functions_in(self._folder)
        self._start: LDSParams | None = None  # what the name `start` stands for, where it is a value
        self._origin: _Origin | None = None
        self._numbers: dict[str, int] = {}  # of runs, by what the notebook calls them
        self._awaited: Statement | None = None  # whose run is still being computed
        self._wanted: int | None = None  # how many steps it is to have; None for all
        self._before: Run | None = None
        self._carry_out_by_target: dict[str, Callable[[Statement], None]] = {
            "model": self._set_model,
            "simulation": self._set_simulation,
            "data": self._set_data,
            "options": self._set_options,
            "start": self._set_start,
            "shown": self._show,
            "other": self._compare,
            "lens": self._set_lens,
            "p": self._set_pair,
            "sampled": self._sample,
            "fitted": self._fit,
            "restarts": self._restart,
        }
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    @property
    def _lesson(self) -> Lesson | None:
        return self._session.state.lesson

    def open(self, path: Path, pause: float = 1.0) -> None:
        """Read a notebook, and replay it in a session that is begun anew; what is wrong with it is said.

        `pause`: the seconds between two lines.
        """
        try:
            statements = load_script(path)
        except FileFormatError as error:
            self._session.files.refuse(str(error))
        else:
            self._begin(path, statements, pause)

    def _begin(self, path: Path, statements: tuple[Statement, ...], pause: float) -> None:
        self.close()
        self._statements, self._folder = statements, path.parent
        self._functions = functions_in(path.parent)
        self._start, self._origin, self._awaited, self._numbers = None, None, None, {}
        self._session.begin_anew()
        texts = tuple(statement.text.strip() for statement in statements)
        self._session.set_lesson(Lesson(path.name, texts, pause=pause))
        self._timer.start(_POLL_MS)

    def play(self) -> None:
        """Let the lines follow by themselves."""
        self._change(plays=True, problem="")
        self._timer.start(_POLL_MS)

    def pause(self) -> None:
        """Stay at this line."""
        self._change(plays=False)

    def step(self) -> None:
        """Carry the next line out, as soon as the one before is done, and stay there."""
        self._change(plays=False, problem="")
        if self._is_ready:
            self._next()

    def set_pause(self, seconds: float) -> None:
        """Have so many seconds between two lines."""
        self._change(pause=seconds)

    def end(self) -> None:
        """Replay no more; what was done so far stays."""
        self.close()
        self._session.set_lesson(None)

    def close(self) -> None:
        """Carry nothing more out."""
        self._timer.stop()
        self._awaited = None

    def _change(self, **changes: Any) -> None:
        if self._lesson is not None:
            self._session.set_lesson(replace(self._lesson, **changes))

    @Slot()
    def _go_on(self) -> None:
        lesson = self._lesson
        if lesson is None:
            return
        if not self._is_ready:
            self._timer.start(_POLL_MS)
        elif lesson.is_over:
            self._change(plays=False)
        elif lesson.plays:
            self._next()

    @property
    def _is_ready(self) -> bool:
        """Whether what the lines so far have begun is done."""
        state = self._session.state
        if state.busy or state.document.busy or self._session.awaits_data:
            return False
        if self._awaited is not None:
            return self._has_come(state, self._awaited)
        laboratory = state.laboratory
        return not (laboratory.is_sampling or laboratory.is_fitting)

    def _has_come(self, state: State, statement: Statement) -> bool:
        """Whether the run of this line is there; then its figure is compared with what the line says."""
        run = state.run
        if run is None or (self._before is not None and run.history is self._before.history and not statement.adds):
            return False
        if run.status.is_live and (self._wanted is None or run.n_recorded < self._wanted):
            return False
        self._awaited = None
        self._numbers[statement.targets[0]] = run.number
        self._compare_with_record(statement, run)
        return True

    def _compare_with_record(self, statement: Statement, run: Run) -> None:
        lesson, recorded = self._lesson, statement.recorded
        if lesson is None or recorded is None or not run.n_recorded:
            return
        difference = float(run.log_likelihoods[-1]) - recorded
        if difference != 0.0:
            note = f"Line {statement.line}: log p(x) differs by {difference:.3g} nats from what was recorded."
            self._change(notes=(*lesson.notes, note))

    def _next(self) -> None:
        lesson = self._lesson
        if lesson is None or lesson.is_over:
            return
        statement = self._statements[lesson.place]
        try:
            self._carry_out(statement)
        except (ScriptError, ParameterError) as error:
            words = str(error) if isinstance(error, ScriptError) else f"Line {statement.line}: {error}"
            self._change(problem=words, plays=False)
            return
        remark = statement.comment if not statement.targets else lesson.remark
        self._change(place=lesson.place + 1, remark=remark)
        self._timer.start(max(round(1e3 * lesson.pause), _POLL_MS))

    def _carry_out(self, statement: Statement) -> None:
        if not statement.targets:
            return
        target = statement.targets[0]
        if statement.is_deletion:
            self._session.delete_run(self._number(target, statement))
        elif target.startswith("run"):
            self._run(statement)
        elif target in self._carry_out_by_target:
            self._carry_out_by_target[target](statement)
        else:
            raise ScriptError(statement.line, f"The name '{target}' means nothing in the window.")

    def _value(self, node: ast.expr | None) -> Any:
        assert node is not None
        state = self._session.state
        names: dict[str, Any] = {
            "model": state.model,
            "simulation": state.simulation,
            "options": state.learning.options,
            "p": state.gaussians.p,
            "q": state.gaussians.q,
        }
        if state.data is not None:
            names["data"] = state.data.dataset
        if self._start is not None:
            names["start"] = self._start
        numbers = {number: name for name, number in self._numbers.items()}
        names |= {numbers[run.number]: run.history for run in state.all_runs if run.number in numbers}
        return evaluate(node, names, self._functions)

    def _typed(self, statement: Statement, kind: type[Any]) -> Any:
        value = self._value(statement.value)
        if not isinstance(value, kind):
            name = statement.targets[0]
            raise ScriptError(statement.line, f"'{name}' must be {kind.__name__}, but is {type(value).__name__}.")
        return value

    def _number(self, name: str, statement: Statement) -> int:
        if name not in self._numbers:
            raise ScriptError(statement.line, f"There is no run '{name}'.")
        return self._numbers[name]

    def _set_model(self, statement: Statement) -> None:
        node = statement.value
        call = Call.of(node.value) if isinstance(node, ast.Attribute) and node.attr == "params" else None
        if call is not None and call.name == "preset" and len(call.arguments) == 1:
            self._session.use_preset(preset(self._value(call.arguments[0])))
        else:
            self._session.set_model(self._typed(statement, LDSParams), "change of the model")

    def _set_simulation(self, statement: Statement) -> None:
        simulation = self._typed(statement, type(self._session.state.simulation))
        if simulation != self._session.state.simulation:
            self._session.set_simulation(simulation)

    def _set_data(self, statement: Statement) -> None:
        call = statement.call()
        if call is not None and call.name == "drawn" and len(call.arguments) == 2:
            model, simulation = (self._value(argument) for argument in call.arguments)
            if model is not self._session.state.model:
                self._session.set_model(model, "change of the model")
            if simulation != self._session.state.simulation:
                self._session.set_simulation(simulation)
            self._session.simulate()
            return
        node, standardise = statement.value, False
        if isinstance(node, ast.Subscript):
            outer = Call.of(node.value)
            if outer is not None and outer.name == "standardised" and outer.arguments:
                node, standardise = outer.arguments[0], True
        inner = Call.of(node.value) if isinstance(node, ast.Attribute) and node.attr == "dataset" else None
        if inner is not None and inner.name == "load_data" and inner.arguments:
            path = Path(self._value(inner.arguments[0]))
            options = self._value(inner.arguments[1]) if len(inner.arguments) > 1 else AS_FOUND
            self._session.open_data(self._folder / path, options, standardise=standardise)
        else:
            dataset = self._value(statement.value)
            self._session.use_data(DataFile.of(dataset, "Notebook"))

    def _set_options(self, statement: Statement) -> None:
        learning = self._session.state.learning
        options = self._typed(statement, type(learning.options))
        if options != learning.options:
            self._session.set_learning(replace(learning, options=options))

    def _set_start(self, statement: Statement) -> None:
        """Choose the start that a call makes; whatever else is given is kept as one to start from."""
        call, learning = statement.call(), self._session.state.learning
        if call is not None and call.name in _TABLE_STARTS:
            self._start, self._origin = None, None
            seed = self._seed(call.arguments[2]) if len(call.arguments) > 2 else learning.seed
            chosen = replace(learning, start=_TABLE_STARTS[call.name], seed=seed, separate_initial=False)
        elif call is not None and call.name == "perturbed" and len(call.arguments) == 3:
            self._start, self._origin = None, None
            amount, seed = self._value(call.arguments[1]), self._seed(call.arguments[2])
            chosen = replace(learning, start=PERTURBED_START, amount=amount, seed=seed, separate_initial=False)
        elif call is not None and self._start is None and _is_about_initial(call):
            chosen = replace(learning, separate_initial=not isinstance(call.named["Sigma0"], ast.Constant))
        else:
            params: LDSParams = self._typed(statement, LDSParams)
            self._start, self._origin = params, self._branched_off(statement.value)
            chosen = replace(learning, start=KEPT_START, kept=params, separate_initial=not params.is_tied)
        self._session.set_learning(chosen)

    def _seed(self, node: ast.expr) -> int:
        call = Call.of(node)
        seed = self._value(call.arguments[0]) if call is not None and call.arguments else None
        if not isinstance(seed, int):
            raise ScriptError(node.lineno, "A random start needs np.random.default_rng(seed), with a whole number.")
        return seed

    def _branched_off(self, node: ast.expr | None) -> _Origin | None:
        """Where the start is that of a run's iteration, changed or not: that run, and the iteration."""
        call = Call.of(node)
        if call is not None and call.name == "replace" and call.arguments:
            node = call.arguments[0]
        if isinstance(node, ast.Attribute) and node.attr == "params" and isinstance(node.value, ast.Subscript):
            name, place = dotted(node.value.value), self._value(node.value.slice)
            if name in self._numbers and isinstance(place, int) and place >= 0:
                return _Origin(self._numbers[name], place)
        return None

    def _run(self, statement: Statement) -> None:
        """Run EM as far as the line does."""
        node = statement.value
        inner = Call.of(node.value) if isinstance(node, ast.Subscript) else statement.call()
        if inner is None or inner.name != "list" or not inner.arguments:
            raise ScriptError(statement.line, "A run is written as list(em(…)), or list(islice(em(…), number)).")
        steps = Call.of(inner.arguments[0])
        wanted: int | None = None
        if steps is not None and steps.name == "islice" and len(steps.arguments) == 2:
            wanted = cast(int, self._value(steps.arguments[1]))
            steps = Call.of(steps.arguments[0])
        if steps is None or steps.name != "em" or len(steps.arguments) < 2:
            raise ScriptError(statement.line, "A run is written as list(em(…)), or list(islice(em(…), number)).")
        session, state = self._session, self._session.state
        if statement.adds and wanted is not None and len(steps.arguments) > 3:
            wanted += cast(int, self._value(steps.arguments[3]))
        self._awaited, self._wanted, self._before = statement, wanted, state.run
        learning = state.learning
        if len(steps.arguments) > 2:
            learning = replace(learning, options=self._value(steps.arguments[2]))
        if statement.adds:
            session.run_for(wanted)
            return
        if state.run is not None and state.run.status.is_live:
            session.stop()
        if self._origin is not None:
            session.branch(self._start, self._origin, learning, wanted)
        else:
            if learning.options is not state.learning.options:
                session.set_learning(learning)
            session.run_for(wanted)
        run = session.state.run
        if run is not None and run.status is RunStatus.FAILED and not run.n_recorded:
            self._awaited = None
            raise ScriptError(statement.line, run.reason)

    def _show(self, statement: Statement) -> None:
        node = statement.value
        first = node.elts[0] if isinstance(node, ast.Tuple) else node
        if not isinstance(first, ast.Subscript):
            raise ScriptError(statement.line, "What is shown is written as run_1[12].")
        number = self._number(dotted(first.value), statement)
        if self._session.state.run is None or self._session.state.run.number != number:
            self._session.show_run(number)
        run = self._session.state.run
        place = self._value(first.slice)
        if run is not None and isinstance(place, int):
            iteration = place if place >= 0 else run.n_recorded + place
            self._session.show_iteration(iteration, before_e=len(statement.targets) == 2)

    def _compare(self, statement: Statement) -> None:
        name = dotted(statement.value) if statement.value is not None else ""
        self._session.compare(self._number(name, statement) if name else None)

    def _set_lens(self, statement: Statement) -> None:
        lens = self._value(statement.value)
        if lens not in [known.name for known in LENSES]:
            raise ScriptError(statement.line, f"There is no lens {lens!r}.")
        self._session.set_lens(lens)

    def _set_pair(self, statement: Statement) -> None:
        p, q = self._typed(statement, tuple)
        self._session.lab.set_pair(GaussianPair(p, q))

    def _sample(self, statement: Statement) -> None:
        call = statement.call()
        inner = Call.of(call.arguments[0]) if call is not None and call.arguments else None
        if inner is not None and len(inner.arguments) == 4:
            self._session.lab.set_n_samples(self._value(inner.arguments[3]))
        self._session.lab.sample()

    def _fit(self, statement: Statement) -> None:
        call = statement.call()
        inner = Call.of(call.arguments[0]) if call is not None and call.arguments else None
        if inner is not None and len(inner.arguments) == 4:
            family, objective = (self._value(argument) for argument in inner.arguments[1:3])
            self._session.lab.set_fit(family, objective)
        self._session.lab.fit_q()

    def _restart(self, statement: Statement) -> None:
        node = statement.value
        if not isinstance(node, ast.ListComp):
            raise ScriptError(statement.line, "Restarts are written as [fit(…) for seed in range(0, 8)].")
        seeds = self._value(node.generators[0].iter)
        call = Call.of(node.elt)
        start = Call.of(call.arguments[0]) if call is not None and call.arguments else None
        name = "perturbed" if start is not None and start.name == "perturbed" else "random"
        learning = self._session.state.learning
        self._session.set_learning(replace(learning, start=name, seed=seeds[0]))
        self._session.restart(len(seeds))


def _is_about_initial(call: Call) -> bool:
    """Whether a call only gives `start` a Σ₀ of its own, or takes it away."""
    return call.name == "replace" and "Sigma0" in call.named and dotted(call.arguments[0]) == "start"
