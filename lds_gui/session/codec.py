"""Frozen values as trees of JSON and a list of arrays, and back again, by the types of their fields.

What is read is checked against those types, and every value is made by its own constructor, which checks the rest: a
file can say which values there are, and never what is done.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from lds_gui.lds import Array, LDSParams, Stop
from lds_gui.session.history import History

_ARRAY, _SHARED, _FLOAT = "array", "shared", "float"
_LEFT_OUT = {  # fields that are made anew, or belong to the window that is open
    "Data": {"power"},
    "State": {
        *("view", "surprise", "view_problem", "wants_view", "wants_residuals", "busy", "data_error", "preparing"),
        *("own_presets", "preset_error", "to_undo", "to_redo", "document", "plays", "lesson"),
    },
}
_INFINITE = {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}
_MOST_LATENTS = 10_000
_LARGEST_WHOLE = 10**300


class CodecError(ValueError):
    """A tree that is not that of such a value, in a sentence without its subject."""


class Encoder:
    """Takes values apart. The same parameters or array, met again, are written once.

    Attributes:
        arrays: what the trees speak of by its number.
    """

    def __init__(self) -> None:
        """Begin without anything."""
        self.arrays: list[Array] = []
        self._known: dict[int, tuple[object, int]] = {}  # with the object, which must not be freed meanwhile
        self.shared: list[Any] = []

    def tree(self, value: Any) -> Any:
        """Give the tree of a value."""
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if np.isfinite(value) else {_FLOAT: repr(float(value))}
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, np.ndarray):
            array = cast(Array, value)
            return {_ARRAY: self._number(array, lambda: self._with_array(array))}
        if isinstance(value, LDSParams):
            return {_SHARED: self._number(value, lambda: self._with_params(value))}
        if isinstance(value, Mapping):
            return {str(key): self.tree(item) for key, item in cast("Mapping[str, Any]", value).items()}
        if isinstance(value, frozenset):
            return [self.tree(item) for item in sorted(cast("frozenset[str]", value))]
        if isinstance(value, tuple) and not hasattr(cast(Any, value), "_fields"):
            return [self.tree(item) for item in cast("tuple[Any, ...]", value)]
        return self._fields(cast(Any, value))

    def _fields(self, value: Any) -> dict[str, Any]:
        kind = cast("type[Any]", type(value))
        left_out = _LEFT_OUT.get(kind.__name__, set[str]())
        entries = {name: getattr(value, name) for name in hints(kind) if name not in left_out}
        if "history" in entries:
            entries["history"] = self.history(value.history, value.n_recorded)
            return {name: item if name == "history" else self.tree(item) for name, item in entries.items()}
        return {name: self.tree(item) for name, item in entries.items()}

    def history(self, history: History, n_recorded: int) -> Any:
        """Give the tree of a run's first steps."""
        figures, params, shape, stop = history.packed(n_recorded)
        return {
            "figures": self.tree(figures),
            "params": self.tree(params),
            "shape": self.tree(shape),
            "stop": self.tree(stop),
        }

    def _number(self, value: object, add: Any) -> int:
        if id(value) not in self._known:
            self._known[id(value)] = value, add()
        return self._known[id(value)][1]

    def _with_array(self, array: Array) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1

    def _with_params(self, params: LDSParams) -> int:
        tree = {field.name: self.tree(getattr(params, field.name)) for field in fields(params)}
        self.shared.append(tree)
        return len(self.shared) - 1


class Decoder:
    """Puts values together from trees. Raises CodecError, or the constructors' ParameterError."""

    def __init__(self, arrays: Sequence[Array], shared: object) -> None:
        """Take what the trees speak of by its number."""
        self._arrays = arrays
        self._shared = cast("list[Any]", shared) if isinstance(shared, list) else []
        self._made: dict[int, LDSParams] = {}

    def value(self, hint: Any, tree: Any, where: str) -> Any:
        """Make the value of this type; `where` names it in a sentence."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._union(arguments, tree, where)
        if hint is Any or hint is object:
            raise CodecError(f"{where} cannot be read")
        if origin is np.ndarray:
            return self._array(tree, where)
        if origin is tuple:
            return self._tuple(arguments, tree, where)
        if origin is frozenset:
            return frozenset(self._items(arguments[0], tree, where))
        if origin is not None and issubclass(origin, Mapping):
            entries = _mapping(tree, where)
            return {name: self.value(arguments[1], item, f"{where}.{name}") for name, item in entries.items()}
        if hint is LDSParams:
            return self._params(tree, where)
        if hint is History:
            return self._history(tree, where)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._enum(hint, tree, where)
        kind = cast(Any, hint)
        if is_dataclass(cast(object, hint)) or hasattr(kind, "_fields"):
            return self._record(kind, tree, where)
        return self._plain(kind, tree, where)

    def _plain(self, hint: Any, tree: Any, where: str) -> Any:
        if hint is float:
            if isinstance(tree, float) or (type(tree) is int and abs(tree) <= _LARGEST_WHOLE):
                return float(tree)
            entries = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
            if list(entries) == [_FLOAT] and str(entries[_FLOAT]) in _INFINITE:
                return _INFINITE[str(entries[_FLOAT])]
        elif hint is int and isinstance(tree, bool):
            pass
        elif isinstance(tree, hint):
            return tree
        raise CodecError(f"{where} must be {hint.__name__}, but is {_shown(cast(object, tree))}")

    def _union(self, options: tuple[Any, ...], tree: Any, where: str) -> Any:
        if tree is None and type(None) in options:
            return None
        problem: CodecError | None = None
        for option in options:
            if option is not type(None):
                try:
                    return self.value(option, tree, where)
                except CodecError as error:
                    problem = error
        raise problem or CodecError(f"{where} is empty")

    def _items(self, hint: Any, tree: Any, where: str) -> list[Any]:
        if not isinstance(tree, list):
            raise CodecError(f"{where} must be a list, but is {_shown(tree)}")
        items = cast("list[Any]", tree)
        return [self.value(hint, item, f"{where}[{place}]") for place, item in enumerate(items)]

    def _tuple(self, hints_of_items: tuple[Any, ...], tree: Any, where: str) -> tuple[Any, ...]:
        if len(hints_of_items) == 2 and hints_of_items[1] is Ellipsis:
            return tuple(self._items(hints_of_items[0], tree, where))
        items = cast("list[Any]", tree) if isinstance(tree, list) else []
        if not isinstance(tree, list) or len(items) != len(hints_of_items):
            raise CodecError(f"{where} must have {len(hints_of_items)} entries")
        pairs = zip(hints_of_items, items, strict=True)
        return tuple(self.value(hint, item, f"{where}[{place}]") for place, (hint, item) in enumerate(pairs))

    def _enum(self, hint: type[Enum], tree: Any, where: str) -> Enum:
        found = next((member for member in hint if member.value == tree), None)
        if found is None:
            raise CodecError(f"{where} must be one of {', '.join(str(member.value) for member in hint)}")
        return found

    def _record(self, kind: type[Any], tree: Any, where: str) -> Any:
        entries, known = _mapping(tree, where), hints(kind)
        unknown = next((name for name in entries if name not in known), None)
        if unknown is not None:
            raise CodecError(f"{where} has the unknown entry {_shown(unknown)}")
        values = {name: self.value(known[name], item, f"{where}.{name}") for name, item in entries.items()}
        missing = next((name for name in known if name not in values and _is_needed(kind, name)), None)
        if missing is not None:
            raise CodecError(f"{where} lacks the entry '{missing}'")
        return kind(**values)

    def _array(self, tree: Any, where: str) -> Array:
        number = self._reference(tree, _ARRAY, len(self._arrays), where)
        return self._arrays[number]

    def _reference(self, tree: Any, kind: str, count: int, where: str) -> int:
        entries = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
        number = entries.get(kind)
        if len(entries) != 1 or type(number) is not int or not 0 <= number < count:
            said = _shown(cast(object, tree))
            raise CodecError(f"{where} must refer to one of {count} entries ({kind}), but is {said}")
        return number

    def _params(self, tree: Any, where: str) -> LDSParams:
        """Make parameters: an estimate at the edge of rounding is not judged twice, its shape and symmetry are."""
        number = self._reference(tree, _SHARED, len(self._shared), where)
        if number not in self._made:
            entries = _mapping(self._shared[number], where)
            if not entries.keys() <= hints(LDSParams).keys():
                raise CodecError(f"{where} has unknown entries")
            arrays = {name: self._array(item, f"{where}.{name}") for name, item in entries.items() if item is not None}
            self._made[number] = checked_params(arrays, where)
        return self._made[number]

    def _history(self, tree: Any, where: str) -> History:
        entries = _mapping(tree, where)
        figures, params = (self._array(entries.get(name), f"{where}.{name}") for name in ("figures", "params"))
        shape = self.value(tuple[int, int, bool], entries.get("shape"), f"{where}.shape")
        stop = self.value(Stop | None, entries.get("stop"), f"{where}.stop")
        try:
            return History.unpacked(figures, params, shape, stop)
        except ValueError as error:
            raise CodecError(f"{where}: {error}") from error


def checked_params(arrays: Mapping[str, Array], where: str) -> LDSParams:
    """Make parameters of arrays that fit each other, are finite, and symmetric where they must be; CodecError else."""
    needed = ("A", "B", "Sigma", "Gamma", "mu0")
    if any(name not in arrays for name in needed):
        raise CodecError(f"{where} lacks a matrix")
    n, m = len(arrays["mu0"]), len(arrays["B"])
    shapes = {"A": (n, n), "B": (m, n), "Sigma": (n, n), "Gamma": (m, m), "mu0": (n,), "Sigma0": (n, n)}
    for name, array in arrays.items():
        if array.shape != shapes[name] or not array.size or n > _MOST_LATENTS:
            raise CodecError(f"{where}.{name} has the shape {array.shape}, which does not fit")
        if not np.isfinite(array).all():
            raise CodecError(f"{where}.{name} is not finite")
        if name in ("Sigma", "Gamma", "Sigma0") and not np.array_equal(array, array.T):
            raise CodecError(f"{where}.{name} is not symmetric")
    A, B, Sigma, Gamma, mu0 = (arrays[name] for name in needed)
    return LDSParams.made(A, B, Sigma, Gamma, mu0, arrays.get("Sigma0"))


@cache
def hints(kind: type[Any]) -> dict[str, Any]:
    """The types of a value's fields by name, in order."""
    found = get_type_hints(kind, vars(sys.modules[kind.__module__]))
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(cast(Any, kind)._fields)
    return {name: found[name] for name in names}


def _is_needed(kind: type[Any], name: str) -> bool:
    if not is_dataclass(kind):
        return True
    field = next(field for field in fields(kind) if field.name == name)
    return field.default is MISSING and field.default_factory is MISSING


def _mapping(tree: Any, where: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise CodecError(f"{where} must have named entries, but is {_shown(tree)}")
    return cast("dict[str, Any]", tree)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
