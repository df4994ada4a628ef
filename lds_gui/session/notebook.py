"""What was done in the window, written down as it happens: lines of Python that do the same again.

A line is written from two states, before and after: whatever changed a state, and how, the line says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

from lds_gui.lds import Dataset, EMOptions, LDSParams
from lds_gui.script import source
from lds_gui.script.writing import array, changed, data_path, preset_named, quoted, same_params
from lds_gui.session.starts import LAST_START, PERTURBED_START, RANDOM_START
from lds_gui.session.state import Data, Learning, Line, Run, RunStatus, State

_MOST_LITERAL = 5_000  # numbers of data that are written into a line
_MERGED = frozenset({"model", "simulation", "data", "p, q", "options"})  # of one gesture, the last line is enough


def opening(state: State) -> tuple[Line, ...]:
    """The lines that a notebook begins with, in this state."""
    return (
        Line(f"model = {_model(state)}", "model"),
        Line(f"simulation = {_simulation(state)}", "simulation"),
        Line(f"options = {_options(state.learning.options)}", "options"),
    )


def written(before: State, after: State, change: int) -> tuple[Line, ...]:
    """The notebook after a change of the state; `change` is its number."""
    new = list(_new_lines(before, after))
    if not new and all(one is other for one, other in zip_longest(before.all_runs, after.all_runs)):
        return after.notebook
    lines = list(after.notebook)
    for target, text in new:
        if target == "data" and _is_still_true(lines, text):
            continue
        if target in _MERGED:
            lines = [line for line in lines if not (line.change == change > 0 and line.target == target)]
        elif target == "shown" and lines and lines[-1].target == "shown":
            lines.pop()
        lines.append(Line(text, target, change))
    _bring_up_to_date(lines, before, after)
    return tuple(lines)


def _is_still_true(lines: list[Line], text: str) -> bool:
    """Say whether the same data were drawn before, and nothing that they depend on has changed since."""
    for line in reversed(lines):
        if line.target in ("model", "simulation", "data"):
            return line.text == text
    return False


def _new_lines(before: State, after: State) -> Iterator[tuple[str, str]]:
    """Give what is new, each with what it assigns to."""
    if after.model is not before.model and not same_params(after.model, before.model):
        takes_preset = after.model is after.preset.params and after.preset is not before.preset
        yield "model", f"model = {_model(after) if takes_preset else changed('model', before.model, after.model)}"
    if after.simulation != before.simulation:
        yield "simulation", f"simulation = {_simulation(after)}"
    if after.data is not before.data and after.data is not None:
        yield "data", f"data = {_data(after.data, after)}"
    if after.learning.options != before.learning.options:
        yield "options", f"options = {_options(after.learning.options)}"
    yield from _runs(before, after)
    yield from _restarts(before, after)
    yield from _shown(before, after)
    yield from _gaussians(before, after)


def _model(state: State) -> str:
    name = preset_named(state.model)
    return f"preset({quoted(name)}).params" if name else source(state.model)


def _simulation(state: State) -> str:
    preset = state.preset
    if state.simulation == preset.simulation and preset.name and not preset.is_own:
        return f"preset({quoted(preset.name)}).simulation"
    return source(state.simulation)


def _options(options: EMOptions) -> str:
    return source(replace(options, structure=options.structure))


def _data(data: Data, state: State | None) -> str:
    """The expression for data; with a state, drawn from what its names stand for."""
    if data.truth is not None and data.simulation is not None:
        is_model = state is not None and same_params(state.model, data.truth)
        is_simulation = state is not None and state.simulation == data.simulation
        model = "model" if is_model else source(data.truth)
        return f"drawn({model}, {'simulation' if is_simulation else source(data.simulation)})"
    if data.source is None:
        return _literal_data(data.dataset)
    options = source(data.source.options)
    arguments = data_path(data.source.path) + (f", {options}" if options != "ReadOptions()" else "")
    read = f"load_data({arguments}).dataset"
    return f"standardised({read})[0]" if data.source.standardise else read


def _literal_data(dataset: Dataset) -> str:
    if dataset.n_steps * dataset.obs_dim > _MOST_LITERAL:
        return 'load_data("data.npz").dataset  # they were pasted: File › Export › Data… saves them under this name'
    sequences = [array(sequence) for sequence in dataset.sequences]
    return f"Dataset({sequences[0] if len(sequences) == 1 else '[' + ', '.join(sequences) + ']'})"


def run_name(run: Run) -> str:
    """What a run is called in the notebook."""
    return f"run_{run.number}"


def _runs(before: State, after: State) -> Iterator[tuple[str, str]]:
    """Write down runs that have begun, gone on from a file, or were deleted."""
    known = {id(run.history): run for run in before.all_runs}
    for run in after.all_runs:
        old = known.get(id(run.history))
        name = run_name(run)
        if run.n_recorded and (old is None or not old.n_recorded):
            is_new = old is not None or not before.all_runs or run.number > max(its.number for its in before.all_runs)
            for text in start_lines(run, after) if is_new else [f"start = {source(run.history[0].params)}"]:
                yield "start", text
            yield name, _run_text(run, after, 0)
        elif old is not None and len(run.seams) > len(old.seams):
            yield name, _run_text(run, after, len(run.seams))
        elif run.status is RunStatus.FAILED and not run.n_recorded and (old is None or old.status != run.status):
            yield "", f"# The run could not begin: {run.reason}"
    if after.data is before.data:
        still = {id(run.history) for run in after.all_runs}
        for run in before.all_runs:
            if id(run.history) not in still and run.n_recorded:
                yield run_name(run), f"del {run_name(run)}"


def _bring_up_to_date(lines: list[Line], before: State, after: State) -> None:
    """Say of each run how far it is by now, in its last line."""
    known = {id(run.history): run for run in before.all_runs}
    for run in after.all_runs:
        if run.n_recorded and known.get(id(run.history)) is not run:
            place = next((i for i in reversed(range(len(lines))) if lines[i].target == run_name(run)), None)
            if place is not None and not lines[place].text.startswith("del "):
                lines[place] = replace(lines[place], text=_run_text(run, after, len(run.seams)))


def _run_text(run: Run, state: State, part: int, name: str = "") -> str:
    """The line that computes a run, or its part after so many seams, and what came of it."""
    name = name or run_name(run)
    options = "options" if run.learning.options == state.learning.options else _options(run.learning.options)
    end = run.seams[part] + 1 if part < len(run.seams) else run.n_recorded
    is_whole = part == len(run.seams) and run.status is RunStatus.FINISHED
    if part == 0:
        steps, count = f"em(start, data, {options})", end
    else:
        done = run.seams[part - 1]
        steps, count = f"em({name}[{done}].params, data, {options}, {done})", end - done
    text = f"list({steps})" if is_whole else f"list(islice({steps}, {count}))"
    last = end - 1
    level = float(run.history.log_likelihoods[last])
    words = "running" if run.status is RunStatus.RUNNING else f"iteration {last}: log p(x) = {level!r}"
    failed = f"; {run.reason}" if run.status is RunStatus.FAILED else ""
    return f"{name} {'=' if part == 0 else '+='} {text}{'' if part == 0 else '[1:]'}  # {words}{failed}"


def start_lines(run: Run, state: State, names: Callable[[Run], str] = run_name) -> Iterator[str]:
    """The lines that make the start of a run, the last of which is what `start` stands for."""
    params, learning = run.history[0].params, run.learning
    expression = None if run.parent is not None else start_expression(learning, params.latent_dim, state)
    if expression is None:
        yield f"start = {_given_start(run, params, state, names)}"
        return
    yield f"start = {expression}"
    if learning.separate_initial:
        yield "start = replace(start, Sigma0=start.initial_cov)"
    elif learning.start == PERTURBED_START and params.is_tied and not _truth_is_tied(state):
        yield "start = replace(start, Sigma0=None)"


def _truth_is_tied(state: State) -> bool:
    return state.data is None or state.data.truth is None or state.data.truth.is_tied


def start_expression(learning: Learning, n: int, state: State, seed: str = "") -> str | None:
    """The call that makes a start from the data; None for one that is given."""
    rng = f"np.random.default_rng({seed or learning.seed})"
    if learning.start == RANDOM_START:
        return f"random_start(data, {n}, {rng})"
    if learning.start in ("pca", "factor_analysis", "subspace"):
        return f"{learning.start}_start(data, {n})"
    truth = None if state.data is None else state.data.truth
    if learning.start == PERTURBED_START and truth is not None:
        model = "model" if same_params(truth, state.model) else source(truth)
        return f"perturbed({model}, {learning.amount!r}, {rng})"
    return None


def _given_start(run: Run, params: LDSParams, state: State, names: Callable[[Run], str]) -> str:
    """The expression for a start that was there before."""
    if same_params(params, state.model):
        return "model"
    others = [its for its in state.all_runs if its is not run and its.n_recorded]
    if run.parent is not None:
        number, iteration = run.parent
        origin = next((its for its in others if its.number == number), None)
        if origin is not None and iteration < origin.n_recorded:
            return changed(f"{names(origin)}[{iteration}].params", origin.history[iteration].params, params)
    if run.learning.start == LAST_START:
        for its in others:
            if same_params(its.history[its.last_iteration].params, params):
                return f"{names(its)}[{its.last_iteration}].params"
    return source(params)


def _restarts(before: State, after: State) -> Iterator[tuple[str, str]]:
    now, then = after.restarts, before.restarts
    if now is None or now is then or now.ended or not now.is_running or (then is not None and not then.ended):
        return
    learning = after.learning
    if learning.start not in (RANDOM_START, PERTURBED_START):
        learning = replace(learning, start=RANDOM_START)
    expression = start_expression(learning, after.model.latent_dim, after, "seed")
    seeds = f"range({learning.seed}, {learning.seed + now.n_wanted})"
    yield "restarts", f"restarts = [fit({expression}, data, options) for seed in {seeds}]"


def _shown(before: State, after: State) -> Iterator[tuple[str, str]]:
    run = after.run
    if run is not None and run.n_recorded and not after.plays:
        was = None if before.run is None else before.run.number
        chosen = (after.shown_iteration, after.before_e, run.number)
        if chosen != (before.shown_iteration, before.before_e, was) and (was is not None or after.shown_iteration):
            name, place = run_name(run), -1 if after.shown_iteration is None else after.shown_iteration
            if after.before_e:
                yield "shown", f"shown, before = {name}[{place}], {name}[{place - 1}]  # between the half-steps"
            else:
                yield "shown", f"shown = {name}[{place}]"
    if after.compared != before.compared and (after.compared is None or after.other is not None):
        yield "other", f"other = {None if after.other is None else run_name(after.other)}"
    if after.lens != before.lens:
        yield "lens", f"lens = {quoted(after.lens)}"


def _gaussians(before: State, after: State) -> Iterator[tuple[str, str]]:
    pair, laboratory = after.gaussians, after.laboratory
    if pair is not before.gaussians:
        yield "p, q", f"p, q = {source(pair.p)}, {source(pair.q)}"
    if laboratory.is_sampling and not before.laboratory.is_sampling:
        rng = f"np.random.default_rng({laboratory.seed})"
        yield "sampled", f"sampled = list(estimates(p, q, {rng}, {laboratory.n_samples}))"
    if laboratory.fit_pair is not before.laboratory.fit_pair and laboratory.fit_pair is not None:
        family, objective = laboratory.fit_family, laboratory.fit_objective
        yield "fitted", f"fitted = list(fit_gaussian(p, {quoted(family)}, {quoted(objective)}, q))"


def script_of(state: State) -> list[str]:
    """The lines that compute the current run again, to the last bit; none without a run."""
    run, data = state.run, state.data
    if run is None or data is None or not run.n_recorded:
        return []
    lines: list[str] = []
    if data.truth is not None and data.simulation is not None:
        name = preset_named(data.truth)
        lines.append(f"model = {f'preset({quoted(name)}).params' if name else source(data.truth)}")
        lines.append(f"simulation = {source(data.simulation)}")
        state = replace(state, model=data.truth, simulation=data.simulation)
    lines.append(f"data = {_data(data, state)}")
    lines.append(f"options = {_options(run.learning.options)}")
    state = replace(state, learning=replace(state.learning, options=run.learning.options), runs=())
    if run.parent is None:
        lines += start_lines(run, state)
    else:
        lines.append(f"start = {source(run.history[0].params)}  # {run.origin}")
    lines += [_run_text(run, state, part, "run") for part in range(len(run.seams) + 1)]
    return lines
