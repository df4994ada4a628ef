"""Reading a script: Python's own parser cuts it into statements, of which few kinds are taken, and none is executed.

A statement assigns the value of an expression to a name, or deletes one. An expression is made of literals, names that
were assigned before, and calls of the functions in `names.CALLABLE`: whatever else Python can do, a script cannot.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lds_gui.lds import NumericalError, ParameterError
from lds_gui.script.names import ATTRIBUTES, CALLABLE, CONSTANTS, IMPORTS, ROLE

_LONGEST = 20_000_000  # characters
Functions = Mapping[str, Callable[..., Any]]
_MODULES = frozenset({*IMPORTS.values(), "numpy"})
_FIGURE = re.compile(r"log p\(x\) = (\S+)")


class ScriptError(ValueError):
    """What a script cannot say, or not so: the line, and a sentence."""

    def __init__(self, line: int, message: str) -> None:
        """Keep both."""
        super().__init__(line, message)
        self.line, self.message = line, message

    def __str__(self) -> str:
        """Say where, and what."""
        return f"Line {self.line}: {self.message}"


@dataclass(frozen=True)
class Statement:
    """A line of a script.

    Attributes:
        line: its number, from 1.
        text: as it stands there.
        targets: the names that it assigns to, or deletes; none for a remark.
        value: what is assigned; None for a remark, and where names are deleted.
        adds: whether it adds to a list instead.
        comment: the remark, or what stands behind the statement.
    """

    line: int
    text: str
    targets: tuple[str, ...] = ()
    value: ast.expr | None = None
    adds: bool = False
    comment: str = ""

    @property
    def is_deletion(self) -> bool:
        """Whether it deletes its targets."""
        return bool(self.targets) and self.value is None

    @property
    def recorded(self) -> float | None:
        """The log p(x) that the comment says came of it; None if it says nothing of it."""
        found = _FIGURE.search(self.comment)
        try:
            return float(found[1].rstrip(",;")) if found else None
        except ValueError:
            return None

    def call(self) -> Call | None:
        """The call that the value is; None where it is none."""
        return Call.of(self.value)


@dataclass(frozen=True)
class Call:
    """A call in an expression: its function's name, and its arguments, not yet evaluated."""

    name: str
    arguments: tuple[ast.expr, ...]
    named: Mapping[str, ast.expr]

    @classmethod
    def of(cls, node: ast.expr | None) -> Call | None:
        """Take a call apart; None for anything else."""
        if not isinstance(node, ast.Call):
            return None
        named = {str(keyword.arg): keyword.value for keyword in node.keywords}
        return cls(dotted(node.func), tuple(node.args), named)


def parse(text: str) -> tuple[Statement, ...]:
    """Cut a script into its statements and remarks. Raises ScriptError for what is no part of the language."""
    if len(text) > _LONGEST:
        raise ScriptError(1, f"The script has {len(text):,} characters; up to {_LONGEST:,} are read.")
    try:
        tree = ast.parse(text)
        comments = _comments(text)
    except SyntaxError as error:
        raise ScriptError(error.lineno or 1, f"This is no Python: {error.msg}.") from error
    except (ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise ScriptError(1, "The script cannot be read: it holds a zero byte, or is nested too deeply.") from error
    lines = text.splitlines()
    found: list[Statement] = []
    taken: set[int] = set()
    for node in tree.body:
        last = node.end_lineno or node.lineno
        taken.update(range(node.lineno, last + 1))
        if _is_frame(node):
            continue
        words = "\n".join(lines[node.lineno - 1 : last])
        found.append(_statement(node, words, comments.get(last, "")))
    remarks = [Statement(line, words, comment=words) for line, words in comments.items() if line not in taken]
    return tuple(sorted((*found, *remarks), key=lambda statement: statement.line))


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _is_frame(node: ast.stmt) -> bool:
    """Say whether this does nothing here: a docstring, a print, or an import of what scripts have anyway.

    Raises ScriptError for other imports.
    """
    if isinstance(node, ast.Expr):
        call = Call.of(node.value)
        return (call is not None and call.name == "print") or (
            isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
    if isinstance(node, ast.Import):
        names = [(alias.name, alias.asname) for alias in node.names]
        if names == [("numpy", "np")]:
            return True
        raise ScriptError(node.lineno, f"The module {names[0][0]!r} is not there for scripts; `numpy as np` is.")
    if isinstance(node, ast.ImportFrom):
        if node.module not in _MODULES or node.level:
            raise ScriptError(node.lineno, f"The module {node.module!r} is not there for scripts.")
        unknown = next((alias.name for alias in node.names if IMPORTS.get(alias.name) != node.module), None)
        if unknown is not None or any(alias.asname for alias in node.names):
            raise ScriptError(node.lineno, f"{unknown or 'Another name'!r} is not there for scripts.")
        return True
    return False


def _statement(node: ast.stmt, text: str, comment: str) -> Statement:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        if all(isinstance(part, ast.Name) for part in parts):
            names = tuple(cast(ast.Name, part).id for part in parts)
            return Statement(node.lineno, text, names, node.value, comment=comment)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
        return Statement(node.lineno, text, (node.target.id,), node.value, adds=True, comment=comment)
    if isinstance(node, ast.Delete) and all(isinstance(target, ast.Name) for target in node.targets):
        names = tuple(cast(ast.Name, target).id for target in node.targets)
        return Statement(node.lineno, text, names, comment=comment)
    raise ScriptError(node.lineno, "A line of a script is a remark, `name = value`, `name += value` or `del name`.")


def dotted(node: ast.expr) -> str:
    """Give a name with dots, such as np.random.default_rng; empty for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def evaluate(node: ast.expr, names: Mapping[str, Any], functions: Functions = CALLABLE) -> Any:
    """Give the value of an expression, in which these names have been assigned.

    Raises ScriptError for what is no part of the language, and for what a function refuses.
    """
    try:
        return _Evaluation(names, functions).value(node)
    except ScriptError:
        raise
    except (ParameterError, NumericalError) as error:
        raise ScriptError(node.lineno, str(error)) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, MemoryError) as error:
        raise ScriptError(node.lineno, f"This cannot be computed: {error}.") from error


class _Evaluation:
    """The names and functions that an expression may use."""

    def __init__(self, names: Mapping[str, Any], functions: Functions) -> None:
        """Take them."""
        self._names, self._functions = names, functions

    def value(self, node: ast.expr) -> Any:
        """Give the value of an expression, or of a part of it."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool | None):
            return node.value
        if isinstance(node, ast.List):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Tuple):
            return tuple(self.value(item) for item in node.elts)
        if isinstance(node, ast.Set):
            return frozenset(self.value(item) for item in node.elts)
        if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
            keys = [self.value(cast(ast.expr, key)) for key in node.keys]
            return dict(zip(keys, (self.value(item) for item in node.values), strict=True))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._number(self.value(node.operand), node)
        if isinstance(node, ast.Name):
            if node.id in self._names:
                return self._names[node.id]
            raise ScriptError(node.lineno, f"The name '{node.id}' has not been assigned before.")
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript):
            return self._part(self.value(node.value), node.slice)
        if isinstance(node, ast.ListComp):
            return self._comprehension(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        raise ScriptError(node.lineno, "Only literals, names, and calls of this program's functions can stand here.")

    @staticmethod
    def _number(value: Any, node: ast.expr) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        raise ScriptError(node.lineno, "A minus sign stands before numbers only.")

    def _attribute(self, node: ast.Attribute) -> Any:
        name = dotted(node)
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name.startswith("Role.") and node.attr in ATTRIBUTES:
            return ROLE[node.attr]
        if node.attr not in ATTRIBUTES:
            raise ScriptError(node.lineno, f"The attribute '{node.attr}' is not there for scripts.")
        return getattr(self.value(node.value), node.attr)

    def _part(self, whole: Any, place: ast.expr) -> Any:
        if not isinstance(whole, Sequence) or isinstance(whole, str):
            raise ScriptError(place.lineno, "Only lists have parts here.")
        items = cast("Sequence[Any]", whole)
        if isinstance(place, ast.Slice):
            ends = [None if end is None else self.value(end) for end in (place.lower, place.upper, place.step)]
            return items[slice(*ends)]
        return items[self.value(place)]

    def _comprehension(self, node: ast.ListComp) -> list[Any]:
        loop = node.generators[0]
        if len(node.generators) > 1 or loop.ifs or loop.is_async or not isinstance(loop.target, ast.Name):
            raise ScriptError(node.lineno, "Such a list is made of one loop over a range.")
        items = self.value(loop.iter)
        if not isinstance(items, range):
            raise ScriptError(node.lineno, "Such a list is made of one loop over a range.")
        inner = [_Evaluation({**self._names, loop.target.id: item}, self._functions) for item in items]
        return [its.value(node.elt) for its in inner]

    def _called(self, node: ast.Call) -> Any:
        name = dotted(node.func)
        if name not in self._functions or name.partition(".")[0] in self._names:
            raise ScriptError(node.lineno, f"The function '{name or '…'}' is not there for scripts.")
        starred = [argument for argument in node.args if isinstance(argument, ast.Starred)]
        if starred or any(keyword.arg is None for keyword in node.keywords):
            raise ScriptError(node.lineno, "Arguments are given one by one.")
        arguments = [self.value(argument) for argument in node.args]
        named = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        return self._functions[name](*arguments, **named)
