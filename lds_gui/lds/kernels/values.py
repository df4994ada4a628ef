"""What the kernels are called with: tuples of arrays that are allocated once per run.

Matrices of one shape share a stack, in which names say where: an array more costs more than a small product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lds_gui.lds.arrays import Array
from lds_gui.lds.kernels.compiled import Flags, Indices, type_of

A, SIGMA, SIGMA0, F, F0 = range(5)  # in Theta.square
FIRST_RR, FIRST_N, FIRST_V, RR, RZ, ZZ, MM = range(7)  # in Sums.square
XM, EM = range(2)  # in Sums.tall
EE, EE_SPREAD = range(2)  # in Sums.wide
WHITE_SQUARES, LOSS, KNOWN_SQUARES, LOST = range(4)  # in Sums.scalars


class Theta(NamedTuple):
    """The parameters.

    `square` (5, n, n): A, Σ, the covariance Σ₀ of z_1 (tied or not), and factors F Fᵀ = Σ, F₀ F₀ᵀ = Σ₀, of which the
    first `ranks` (2,) columns count; `B` (1, m, n), `Gamma` (1, m, m), `mu0` (1, 1, n).
    """

    square: Array
    B: Array
    Gamma: Array
    mu0: Array
    ranks: Indices


class Patterns(NamedTuple):
    """The patterns of observed entries that occur, P of them.

    `observed` (P, m), `counts` (P,) of observed entries; `partial`: whether any is neither full nor empty. For the
    current parameters: `R` (2 P, n, n) R and Rᵀ of each in turn, `volumes` (P,) ½ log |Γ| over the observed entries,
    and `reader_back` (1, m, n) L⁻ᵀ Q of the full pattern (see `observations`).
    """

    observed: Flags
    counts: Indices
    partial: bool
    R: Array
    volumes: Array
    reader_back: Array


class Group(NamedTuple):
    """S sequences of T steps with the same patterns, so that they share all covariances.

    `x` (T · S, m), time first, NaN where an entry is missing; `which` (T,): the pattern of each step; `present` (K,):
    the patterns that occur; `order` (T,): the steps sorted by pattern, those of `present[k]` from `starts[k]` to
    `starts[k + 1]`.
    """

    x: Array
    which: Indices
    order: Indices
    present: Indices
    starts: Indices
    n_sequences: int


class Buffers(NamedTuple):
    """Memory for the E-step of a group, which may be larger than it needs.

    `means` and `white` (T · S, n): predicted, then smoothed means; C⁻¹ (v − R m⁻), or what `roots` has in its place.
    For a block of L steps: `slots` and `losses` as in `covariances`, `slot_of` (L,), `dual` ((L + 1) · S, n) the r_t,
    `drive` (L · S, n), `errors` (L · S, m). For each block its first predicted covariance and how far that had settled:
    `entries` (blocks, n, n), `watches` (blocks + 2, 2), the last two being those of the passes. `small` (SMALL, n, n):
    see `covariances`.
    """

    means: Array
    white: Array
    slots: Array
    losses: Array
    slot_of: Indices
    dual: Array
    drive: Array
    errors: Array
    entries: Array
    watches: Indices
    small: Array
    block: int


class Sums(NamedTuple):
    """What the E-step adds up over all groups, with r_t and N_t as in `covariances`.

    `first_r` (1, 1, n): Σ r_1. `square` (7, n, n): FIRST_RR Σ r_1 r_1ᵀ, FIRST_N Σ N_1, FIRST_V Σ Cov[z_1 | x]; over the
    transitions RR Σ (r_t r_tᵀ − N_t), RZ Σ E[r_t z_{t-1}ᵀ], ZZ Σ E[z_{t-1} z_{t-1}ᵀ]; over the rows with an observed
    entry, with m = E[z_t | x], MM Σ m mᵀ.
    `tall` (2, m, n): XM Σ x mᵀ; and of the errors e = x − B m, completed where entries are missing, EM Σ e mᵀ.
    `wide` (2, m, m): EE Σ e eᵀ; EE_SPREAD what the uncertainty of z and of missing entries adds to it.
    `spread` (P, n, n): Σ Cov[z_t | x] by pattern. `scalars` (4,): WHITE_SQUARES Σ |C⁻¹ (v − R m⁻)|²; LOSS Σ log |C|;
    KNOWN_SQUARES Σ |v − R m|² of partial data; LOST how often a variance has drowned, see `covariances`.
    """

    first_r: Array
    square: Array
    tall: Array
    wide: Array
    spread: Array
    scalars: Array


class Rules(NamedTuple):
    """What is learned (1) or held (0), FULL, DIAGONAL or ISOTROPIC, and the smallest variance allowed."""

    tied: int
    A: int
    B: int
    Sigma: int
    Gamma: int
    mu0: int
    Sigma0: int
    Sigma_structure: int
    Gamma_structure: int
    Sigma0_structure: int
    floor: float


class Counts(NamedTuple):
    """How many sequences, transitions, rows with an observed entry, and rows of each pattern (P,)."""

    sequences: int
    transitions: int
    rows: int
    by_pattern: Indices


class Work(NamedTuple):
    """Memory to work in: `square` (12, n, n), `tall` (3, m, n), `wide` (3, m, m)."""

    square: Array
    tall: Array
    wide: Array


class Outcome(NamedTuple):
    """The terms initial, transition, observation and entropy of the ELBO, in nats.

    `before` (4,) under the old parameters, `after` (4,) under the new ones; `floored` (3,): whether the floor raised
    Σ, Γ, Σ₀.
    """

    before: Array
    after: Array
    floored: Indices


def empty_theta(n: int, m: int) -> Theta:
    """Parameters of n latents and m observed variables, all zero."""
    return Theta(
        np.zeros((5, n, n)), np.zeros((1, m, n)), np.zeros((1, m, m)), np.zeros((1, 1, n)), np.zeros(2, dtype=np.int64)
    )


def empty_sums(n: int, m: int, n_patterns: int) -> Sums:
    """Sums, all zero."""
    shapes = ((1, 1, n), (7, n, n), (2, m, n), (2, m, m), (n_patterns, n, n), (4,))
    return Sums(*(np.zeros(shape) for shape in shapes))


def empty_work(n: int, m: int) -> Work:
    """Memory to work in."""
    return Work(np.zeros((12, n, n)), np.zeros((3, m, n)), np.zeros((3, m, m)))


_ONE = np.zeros(1, dtype=np.int64)
THETA, SUMS, WORK = type_of(empty_theta(1, 1)), type_of(empty_sums(1, 1, 1)), type_of(empty_work(1, 1))
PATTERNS = type_of(
    Patterns(np.zeros((1, 1), dtype=np.bool_), _ONE, False, np.zeros((2, 1, 1)), np.zeros(1), np.zeros((1, 1, 1)))
)
GROUP = type_of(Group(np.zeros((1, 1)), _ONE, _ONE, _ONE, _ONE, 1))
BUFFERS = type_of(
    Buffers(
        *(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1, 1)), np.zeros(1), _ONE),
        *(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1, 1)), np.zeros((1, 1), dtype=np.int64)),
        *(np.zeros((1, 1, 1)), 1),
    )
)
RULES = type_of(Rules(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0))
COUNTS = type_of(Counts(1, 1, 1, _ONE))
OUTCOME = type_of(Outcome(np.zeros(4), np.zeros(4), _ONE))
