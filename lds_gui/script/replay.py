"""Replaying a script without a window: its statements one after the other, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lds_gui.files import AS_FOUND, DataFile, FileFormatError, ReadOptions, load_data, load_params
from lds_gui.lds import EMStep, LDSParams
from lds_gui.script.language import Functions, ScriptError, Statement, evaluate, parse
from lds_gui.script.names import CALLABLE

_LARGEST = 20_000_000  # bytes


@dataclass(frozen=True)
class Outcome:
    """What a statement came to.

    Attributes:
        statement: the line.
        log_likelihood: log p(x) of the run that it made, at its last iteration, in nats; None for other lines.
        iteration: that iteration.
        difference: how far log p(x) is from what the line's comment says came of it; None if it says nothing.
    """

    statement: Statement
    log_likelihood: float | None = None
    iteration: int | None = None
    difference: float | None = None


def load_script(path: Path) -> tuple[Statement, ...]:
    """Read a script. Raises FileFormatError, also where a line is no part of the language."""
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8-sig") if size <= _LARGEST else None
    except OSError as error:
        raise FileFormatError(path, f"The file cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(path, f"The byte at position {error.start} is not UTF-8 text.") from error
    if text is None:
        raise FileFormatError(path, f"The file has {size / 1e6:.0f} MB; a notebook has up to {_LARGEST / 1e6:.0f}.")
    try:
        return parse(text)
    except ScriptError as error:
        raise FileFormatError(path, str(error)) from error


def replay(
    statements: Iterable[Statement], folder: Path, tell: Callable[[Statement], object] = lambda _: None
) -> Iterator[Outcome]:
    """Carry a script out; yields what came of each statement and remark, in turn. `tell` is told before each.

    Paths of data are those from `folder`. Raises ScriptError.
    """
    names: dict[str, Any] = {}
    functions = functions_in(folder)
    for statement in statements:
        tell(statement)
        yield _carry_out(statement, names, functions)


def functions_in(folder: Path) -> Functions:
    """Give the functions of scripts, with paths from this folder."""

    def data(path: str, options: ReadOptions = AS_FOUND) -> DataFile:
        return load_data(folder / path, options)

    def params(path: str) -> LDSParams:
        return load_params(folder / path)

    return {**CALLABLE, "load_data": data, "load_params": params}


def _carry_out(statement: Statement, names: dict[str, Any], functions: Functions) -> Outcome:
    if statement.is_deletion:
        for name in statement.targets:
            if name not in names:
                raise ScriptError(statement.line, f"The name '{name}' has not been assigned before.")
            del names[name]
        return Outcome(statement)
    if statement.value is None:
        return Outcome(statement)
    value = evaluate(statement.value, names, functions)
    if statement.adds:
        old = names.get(statement.targets[0])
        if not isinstance(old, list) or not isinstance(value, list):
            raise ScriptError(statement.line, "Only a list can be added, and to a list.")
        value = [*cast("list[Any]", old), *cast("list[Any]", value)]
    parts = (value,) if len(statement.targets) == 1 else value
    if not isinstance(parts, tuple) or len(cast("tuple[Any, ...]", parts)) != len(statement.targets):
        raise ScriptError(statement.line, f"There must be {len(statement.targets)} values for as many names.")
    names.update(zip(statement.targets, cast("tuple[Any, ...]", parts), strict=True))
    return _outcome(statement, value)


def _outcome(statement: Statement, value: Any) -> Outcome:
    steps = cast("list[Any]", value) if isinstance(value, list) else []
    last = steps[-1] if steps else None
    if not isinstance(last, EMStep):
        return Outcome(statement)
    recorded = statement.recorded
    difference = None if recorded is None else last.log_likelihood - recorded
    return Outcome(statement, last.log_likelihood, last.iteration, difference)
