"""Values as Python text that makes them again, to the last bit."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, cast

import numpy as np

from lds_gui.files import Role, presets, samples
from lds_gui.lds import PARAMETERS, Array, LDSParams
from lds_gui.script.names import IMPORTS

_IS_NUMPY = "np."


def quoted(text: str) -> str:
    """A text as a literal, between double quotes."""
    return json.dumps(text, ensure_ascii=False)


def array(values: Array) -> str:
    """Nested lists of numbers that read back as the same float64."""
    return "np.nan".join(repr(values.tolist()).split("nan"))


def source(value: Any) -> str:
    """Give the expression that makes this value again."""
    if isinstance(value, np.ndarray):
        return array(cast(Array, value))
    if isinstance(value, LDSParams):
        return _call("LDSParams", **dict(_matrices(value)))
    if isinstance(value, Role):
        return f"Role.{value.name}"
    if isinstance(value, float):
        return {np.inf: "np.inf", -np.inf: "-np.inf"}.get(value, "np.nan" if np.isnan(value) else repr(float(value)))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, frozenset):
        items = ", ".join(quoted(item) for item in sorted(cast("frozenset[str]", value)))
        return f"{{{items}}}" if items else "frozenset()"
    if isinstance(value, tuple):
        items = ", ".join(source(item) for item in cast("tuple[Any, ...]", value))
        return f"({items},)" if len(cast("tuple[Any, ...]", value)) == 1 else f"({items})"
    if isinstance(value, dict):
        entries = cast("dict[str, str]", value).items()
        return f"{{{', '.join(f'{quoted(key)}: {quoted(item)}' for key, item in entries)}}}"
    if hasattr(value, "__dataclass_fields__"):
        return record(value)
    return repr(value)


def _matrices(params: LDSParams) -> Iterable[tuple[str, str]]:
    for name, _, _ in PARAMETERS:
        value: Array | None = getattr(params, name)
        if value is not None:
            yield name, array(value)


def record(value: Any) -> str:
    """Give the call that makes this dataclass again; what is as it is by default is left out."""
    given: dict[str, str] = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if not _is_default(field, item):
            given[field.name] = source(item)
    return _call(type(value).__name__, **given)


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default is not MISSING:
        return type(field.default) is type(value) and field.default == value
    return field.default_factory is not MISSING and field.default_factory() == value


def _call(name: str, **named: str) -> str:
    return f"{name}({', '.join(f'{key}={text}' for key, text in named.items())})"


def changed(name: str, before: LDSParams, after: LDSParams) -> str:
    """Give the expression that makes `after` of `before`, which this name has; the shorter of two ways."""
    whole = source(after)
    if (before.latent_dim, before.obs_dim) != (after.latent_dim, after.obs_dim):
        return whole
    differing: dict[str, str] = {}
    for key, _, _ in PARAMETERS:
        old, new = getattr(before, key), getattr(after, key)
        if (old is None) != (new is None) or (new is not None and not np.array_equal(old, new)):
            differing[key] = "None" if new is None else array(new)
    text = f"replace({name}, {', '.join(f'{key}={value}' for key, value in differing.items())})"
    return name if not differing else text if len(text) < len(whole) else whole


def same_params(one: LDSParams | None, other: LDSParams | None) -> bool:
    """Say whether two models have the same numbers."""
    if one is None or other is None:
        return one is other
    return one is other or all(
        np.array_equal(getattr(one, name), getattr(other, name))
        if getattr(one, name) is not None and getattr(other, name) is not None
        else getattr(one, name) is getattr(other, name)
        for name, _, _ in PARAMETERS
    )


def preset_named(params: LDSParams) -> str:
    """Give the name of the program's preset that has these parameters; empty if none has."""
    return next((preset.name for preset in presets() if same_params(preset.params, params)), "")


def data_path(path: str) -> str:
    """Give the expression for the path of a data file: one that comes with the program is called by its name."""
    known = next((sample.name for sample in samples() if Path(sample.path) == Path(path)), None)
    return quoted(path) if known is None else f"sample({quoted(known)}).path"


def with_imports(lines: Iterable[str], title: str) -> str:
    """Give a whole script: a title, imports of what the lines use, and the lines."""
    body = "\n".join(lines)
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    imports: dict[str, list[str]] = {}
    for name in sorted(used & IMPORTS.keys()):
        imports.setdefault(IMPORTS[name], []).append(name)
    heads = [f"from {module} import {', '.join(names)}" for module, names in imports.items()]
    standard = [head for head in heads if "lds_gui" not in head]
    own = sorted(head for head in heads if "lds_gui" in head)
    blocks = [sorted(standard), ["import numpy as np"] if "np" in used else [], own]
    text = "\n\n".join("\n".join(block) for block in blocks if block)
    return f'"""{title}"""\n\n{text}\n\n{body}\n'
