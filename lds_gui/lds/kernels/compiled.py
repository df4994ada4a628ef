"""How the kernels are compiled: once per machine and version, without the interpreter's lock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numba.core.config
import numba.extending
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
Function = TypeVar("Function", bound=Callable[..., Any])

_settings = cast(Any, numba.core.config)
_njit = cast(Any, numba.njit)
_intrinsic = cast(Any, numba.extending.intrinsic)

# Sums may be reordered and fused, so that they fill the processor's registers; NaN and infinity keep their meaning.
_REORDER = {"contract", "reassoc", "nsz"}


def _cache_folder() -> Path | None:
    """A folder of this user for the compiled code, or None where none can be written.

    numba recognises that a function has changed, but not that one of those that it calls has, in another file: the
    folder is named after the text of all of them.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    folder = (
        Path(os.environ.get("NUMBA_CACHE_DIR") or user_cache_path("lds-gui")) / f"kernels-{digest.hexdigest()[:16]}"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


CACHE_FOLDER = _cache_folder()


# The types of arguments: declared, so that a function is compiled once, not for each constant that it is called with.
_types = cast(Any, numba.types)
VOID, INT, FLOAT, FLAG = _types.void, _types.int64, _types.float64, _types.boolean
STACK, ROWS, FLOATS = FLOAT[:, :, ::1], FLOAT[:, ::1], FLOAT[::1]
INDICES, FLAGS = INT[::1], FLAG[::1]
type_of = cast(Any, numba).typeof  # of a tuple of arrays, by an example


# Two and four latents, the commonest, have loops of their own, of fixed length: they fill the registers if statements
# side by side are vectorised, which numba leaves off.
_settings.SLP_VECTORIZE = 1


def inlined(function: Function) -> Function:
    """Put a function's text in the place of each call, so that a size that is a constant there shapes its loops."""
    return cast(Function, _njit(inline="always")(function))


@_intrinsic
def borrowed(_: Any, array: Any) -> Any:
    """The same array, without counting references to it: for arrays that the caller keeps alive.

    numba counts at many a call and branch, atomically; where matrices are small that takes longer than the arithmetic.
    """

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = target.make_array(signature.args[0])(target, builder, arguments[0])
        view.meminfo = view.meminfo.type(None)
        view.parent = view.parent.type(None)
        return view._getvalue()

    return array(array), generate


def compiled(*arguments: Any, returns: Any = VOID, entry: bool = False) -> Callable[[Function], Function]:
    """Compile a function of arrays and numbers when it is defined, or load it from disk where it is kept.

    Only an `entry` can be called from Python: what it takes to unpack arguments is a good part of the compiling.
    """

    def decorate(function: Function) -> Function:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(CACHE_FOLDER or "")
        try:
            dispatcher = _njit(
                returns(*arguments),
                cache=CACHE_FOLDER is not None,
                nogil=True,
                error_model="numpy",
                fastmath=_REORDER,
                no_cpython_wrapper=not entry,
                no_cfunc_wrapper=True,
            )(function)
        finally:
            _settings.CACHE_DIR = before
        return cast(Function, dispatcher)

    return decorate
