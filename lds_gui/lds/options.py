"""How EM is to run: what it learns, under which restrictions, and when it stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import cast

import numpy as np

from lds_gui.lds.arrays import Array, check_whole
from lds_gui.lds.errors import ParameterError
from lds_gui.lds.linalg import smallest_eigenvalue
from lds_gui.lds.params import SYMBOLS, LDSParams

DEFAULT_LEARN = frozenset({"A", "B", "Sigma", "Gamma", "mu0"})
COVARIANCES = ("Sigma", "Gamma", "Sigma0")
STRUCTURES = ("full", "diagonal", "isotropic")


def _no_structure() -> Mapping[str, str]:
    return {}


class Frozen(dict[str, str]):
    """A dictionary that nobody changes, so that what was checked stays so."""

    def __setitem__(self, key: str, value: str) -> None:
        """Refuse."""
        raise TypeError("This is part of a frozen value; make another one with dataclasses.replace.")

    def __reduce__(self) -> tuple[type[Frozen], tuple[dict[str, str]]]:
        """Travel between processes as a whole."""
        return type(self), (dict(self),)

    def __hash__(self) -> int:  # type: ignore[override]
        """Hash the entries."""
        return hash(frozenset(self.items()))


@dataclass(frozen=True)
class EMOptions:
    """When to stop, what to learn, and how covariances are restricted. Raises ParameterError.

    EM has converged when the log-likelihood changes from one iteration to the next by less than `tol` nats, or by less
    than `rtol` nats per observed entry, or when no parameter changes by more than `param_tol` times its largest entry;
    0 switches a criterion off. It stops after `max_iter` iterations in any case.

    What is not in `learn` keeps the start's value; "Sigma0" may be learned where it is separate. `structure` restricts
    a learned "Sigma", "Gamma" or "Sigma0" to be "diagonal" or "isotropic" instead of "full", from the first M-step on;
    the start is taken as it is. `floor`: no learned covariance gets a variance (an eigenvalue) below it; a singular Σ
    stays as it is.
    """

    max_iter: int = 200
    tol: float = 1e-6
    learn: frozenset[str] = DEFAULT_LEARN
    structure: Mapping[str, str] = field(default_factory=_no_structure)
    rtol: float = 0.0
    param_tol: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        """Check."""
        check_whole(self.max_iter, "max_iter", "The iteration limit", least=0)
        check_at_least_zero(self.tol, "tol", "The tolerance must be 0 or more nats")
        check_at_least_zero(self.rtol, "rtol", "The relative tolerance must be 0 or more nats per observed entry")
        check_at_least_zero(self.param_tol, "param_tol", "The tolerance of the parameters must be 0 or more")
        check_at_least_zero(self.floor, "floor", "The smallest variance must be 0 or more")
        object.__setattr__(self, "learn", _checked_learn(self.learn))
        object.__setattr__(self, "structure", _checked_structure(self.structure))

    def tolerance(self, n_observed: int) -> float:
        """The change of the log-likelihood, in nats, below which EM has converged on data of so many entries."""
        return max(self.tol, self.rtol * n_observed)


def check_at_least_zero(value: object, name: str, demand: str) -> None:
    """Raise ParameterError, the sentence beginning with `demand`, unless this is a number that is 0 or more."""
    if not isinstance(value, bool) and isinstance(value, Real):
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        if 0.0 <= number < np.inf:
            return
    raise ParameterError(name, f"{demand}, but is {value}.")


def _checked_learn(given: object) -> frozenset[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ParameterError("learn", f"What to learn must be a set of names, but is {given!r}.")
    names = list(cast("Iterable[str]", given))
    unknown = next((name for name in names if name not in list(SYMBOLS)), None)
    if unknown is not None:
        raise ParameterError("learn", f"'{unknown}' is no parameter: one can learn {', '.join(SYMBOLS)}.")
    return frozenset(names)


def _checked_structure(given: object) -> Mapping[str, str]:
    if not isinstance(given, Mapping):
        raise ParameterError("structure", f"The structure must map names of covariances to kinds, but is {given!r}.")
    structure = dict(cast("Mapping[str, str]", given))
    for name, kind in structure.items():
        if name not in COVARIANCES:
            raise ParameterError("structure", f"'{name}' is no covariance: these are {', '.join(COVARIANCES)}.")
        if not isinstance(kind, str) or kind not in STRUCTURES:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(
                "structure",
                f"{SYMBOLS[name]} can be {', '.join(STRUCTURES[:-1])} or {STRUCTURES[-1]}, but not '{kind}'.",
            )
    return Frozen(structure)


def breaks_rules(params: LDSParams, options: EMOptions) -> bool:
    """Whether a learned covariance isn't yet as its restriction and the floor want it: its first M-step may fall."""
    return any(
        cov is not None
        and name in options.learn
        and (not _has_structure(cov, options.structure.get(name, "full")) or smallest_eigenvalue(cov) < options.floor)
        for name, cov in ((name, getattr(params, name)) for name in COVARIANCES)
    )


def _has_structure(cov: Array, kind: str) -> bool:
    if kind == "full":
        return True
    diagonal = np.diagonal(cov)
    allowed = np.diag(diagonal) if kind == "diagonal" else diagonal.mean() * np.eye(len(cov))
    return bool(np.allclose(cov, allowed, rtol=0.0, atol=1e-12 * float(np.abs(diagonal).max(initial=0.0))))
