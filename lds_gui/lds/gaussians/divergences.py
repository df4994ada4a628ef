"""How far one Gaussian is from another, in all the usual ways."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb

from lds_gui.lds.errors import NumericalError, ParameterError
from lds_gui.lds.gaussians.balls import certified
from lds_gui.lds.gaussians.gaussian import Gaussian
from lds_gui.lds.gaussians.kl import KLTerms, exact_terms, kl, kl_divergence, made_terms
from lds_gui.lds.gaussians.pair import ExactPair, Support, are_equal, check_same_dimension
from lds_gui.lds.gaussians.wasserstein import squared_wasserstein, squared_wasserstein_of_singular

MOST_ORDER = 1000.0


@dataclass(frozen=True, eq=False)
class Divergence:
    """A number that says how far Q is from P, or how wide one of them is.

    Attributes:
        name: its key.
        title, symbol: what it is called, and how it is written.
        formula: in one line, Δ = μ_P − μ_Q.
        about: what it says, in a sentence.
        unit: "nats", "units of x", or empty for a pure number.
        is_symmetric: whether swapping P and Q leaves it as it is.
        exact: its value from definite covariances, and the order of Rényi's.
        if_apart: its value where P and Q have their mass in different places, so that no density compares them.
    """

    name: str
    title: str
    symbol: str
    formula: str
    about: str
    unit: str
    is_symmetric: bool
    exact: Callable[[ExactPair, arb], arb]
    if_apart: float = np.inf


def _bhattacharyya(pair: ExactPair, _order: arb) -> arb:
    log_det, quadratic = pair.mixed(arb(0.5))
    return quadratic / 8 + (log_det - (pair.log_det_a + pair.log_det_b) / 2) / 2


def _hellinger(pair: ExactPair, order: arb) -> arb:
    return (-(-_bhattacharyya(pair, order)).expm1()).sqrt()


def _renyi(pair: ExactPair, order: arb) -> arb:
    """D_α = α/2 Δᵀ M⁻¹ Δ + log(|M| / (|Σ_a|^(1−α) |Σ_b|^α)) / (2 (1 − α)), M = (1 − α) Σ_a + α Σ_b; α = 1 is KL."""
    rest = 1 - order
    if rest.is_zero():
        return kl(pair)
    log_det, quadratic = pair.mixed(order)
    return order * quadratic / 2 + (log_det - rest * pair.log_det_a - order * pair.log_det_b) / (2 * rest)


def _entropy(pair: ExactPair, _order: arb) -> arb:
    return (pair.dim * (1 + (2 * arb.pi()).log()) + pair.log_det_a) / 2


def _cross_entropy(pair: ExactPair, _order: arb) -> arb:
    return (pair.dim * (2 * arb.pi()).log() + pair.log_det_b + pair.trace + pair.mahalanobis) / 2


DIVERGENCES: tuple[Divergence, ...] = (
    Divergence(
        "kl_pq",
        "Kullback–Leibler",
        "KL(P ‖ Q)",
        "½ [log(|Σ_Q| / |Σ_P|) + tr(Σ_Q⁻¹ Σ_P) + Δᵀ Σ_Q⁻¹ Δ − n]",
        "What is lost when samples of P are described by Q.",
        "nats",
        False,
        lambda pair, _order: kl(pair),
    ),
    Divergence(
        "kl_qp",
        "Kullback–Leibler, reverse",
        "KL(Q ‖ P)",
        "½ [log(|Σ_P| / |Σ_Q|) + tr(Σ_P⁻¹ Σ_Q) + Δᵀ Σ_P⁻¹ Δ − n]",
        "What is lost when samples of Q are described by P.",
        "nats",
        False,
        lambda pair, _order: kl(pair.swapped),
    ),
    Divergence(
        "jeffreys",
        "Jeffreys",
        "J(P, Q)",
        "KL(P ‖ Q) + KL(Q ‖ P)",
        "Both directions together.",
        "nats",
        True,
        lambda pair, _order: kl(pair) + kl(pair.swapped),
    ),
    Divergence(
        "bhattacharyya",
        "Bhattacharyya",
        "D_B(P, Q)",
        "⅛ Δᵀ M⁻¹ Δ + ½ log(|M| / √(|Σ_P| |Σ_Q|)), M = ½ (Σ_P + Σ_Q)",
        "−log of the overlap ∫ √(p q): how hard it is to tell which of the two a sample is from.",
        "nats",
        True,
        _bhattacharyya,
    ),
    Divergence(
        "hellinger",
        "Hellinger",
        "d_H(P, Q)",
        "√(1 − exp(−D_B))",
        "A distance between 0, for equal ones, and 1, for those that don't overlap.",
        "",
        True,
        _hellinger,
        1.0,
    ),
    Divergence(
        "wasserstein",
        "2-Wasserstein",
        "W₂(P, Q)",
        "√(|Δ|² + tr Σ_P + tr Σ_Q − 2 tr (Σ_P^½ Σ_Q Σ_P^½)^½)",
        "How far mass must travel to turn one into the other; finite even where they don't overlap.",
        "units of x",
        True,
        lambda pair, _order: squared_wasserstein(pair).sqrt(),
        np.nan,  # it is always defined, and taken from other factors then
    ),
    Divergence(
        "renyi",
        "Rényi of order α",
        "D_α(P ‖ Q)",
        "½ α Δᵀ M⁻¹ Δ + log(|M| / (|Σ_P|^(1−α) |Σ_Q|^α)) / (2 (1 − α)), M = (1 − α) Σ_P + α Σ_Q",
        "Kullback–Leibler's family: α → 1 is KL(P ‖ Q), α = ½ twice Bhattacharyya; large α looks at the worst ratio.",
        "nats",
        False,
        _renyi,
    ),
    Divergence(
        "cross_entropy",
        "Cross-entropy",
        "H(P, Q)",
        "½ [n log 2π + log |Σ_Q| + tr(Σ_Q⁻¹ Σ_P) + Δᵀ Σ_Q⁻¹ Δ]",
        "The mean of −log q over samples of P: H(P) + KL(P ‖ Q).",
        "nats",
        False,
        _cross_entropy,
    ),
    Divergence(
        "entropy_p",
        "Entropy of P",
        "H(P)",
        "½ log |2πe Σ_P|",
        "The mean of −log p over samples of P.",
        "nats",
        False,
        _entropy,
        -np.inf,
    ),
    Divergence(
        "entropy_q",
        "Entropy of Q",
        "H(Q)",
        "½ log |2πe Σ_Q|",
        "The mean of −log q over samples of Q.",
        "nats",
        False,
        lambda pair, order: _entropy(pair.swapped, order),
        -np.inf,
    ),
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """All there is to say of how far Q is from P: the terms of both directions, and every divergence by its name."""

    forwards: KLTerms
    backwards: KLTerms
    values: dict[str, float]


def compare(p: Gaussian, q: Gaussian, order: float = 2.0) -> Comparison:
    """Give the terms of KL(P‖Q) and of KL(Q‖P), and all `divergences`, at the price of the latter alone."""
    check_same_dimension(p, q)
    check_order(order)
    if p.rank < p.dim or q.rank < q.dim or are_equal(p, q):
        return Comparison(kl_divergence(p, q), kl_divergence(q, p), divergences(p, q, order))
    values, (forwards, backwards) = _of_definite(p, q, order)
    return Comparison(forwards, backwards, values)


def divergences(p: Gaussian, q: Gaussian, order: float = 2.0) -> dict[str, float]:
    """Give every divergence of DIVERGENCES by its name, each exact and rounded once; see `kl_divergence`.

    `order` is Rényi's α, above 0 and at most 1000. Where covariances are singular, densities exist on the supports
    alone: divergences are those there if both have the same one, and else infinite; an entropy is −∞. Raises
    ParameterError.
    """
    check_same_dimension(p, q)
    check_order(order)
    if p.rank == p.dim and q.rank == q.dim:
        return _of_definite(p, q, order)[0]
    found = {divergence.name: divergence.if_apart for divergence in DIVERGENCES}
    there = Support(p, q)
    if there.p is not None and there.q is not None and there.p.rank == there.p.dim:
        found |= _of_definite(there.p, there.q, order)[0]
    elif there.holds_p and there.is_point:
        found |= dict.fromkeys(found, 0.0)
    found |= {"kl_pq": kl_divergence(p, q).total, "kl_qp": kl_divergence(q, p).total}
    found["wasserstein"] = certified(lambda: [squared_wasserstein_of_singular(p, q).sqrt()], "W₂")[0]
    for name, gaussian in (("entropy_p", p), ("entropy_q", q)):
        found[name] = -np.inf if gaussian.rank < gaussian.dim else _entropy_of(gaussian)
    if q.rank == q.dim:
        found["cross_entropy"] = _cross_entropy_of_flat(p, q)
    elif there.holds_p:
        found["cross_entropy"] = -np.inf
    return found


def check_order(order: float) -> None:
    """Raise ParameterError unless a Rényi divergence of this order can be computed."""
    if not 0.0 < order <= MOST_ORDER:
        raise ParameterError("order", f"The order α must be above 0 and at most {MOST_ORDER:.0f}, but is {order:g}.")


def _of_definite(p: Gaussian, q: Gaussian, order: float) -> tuple[dict[str, float], tuple[KLTerms, KLTerms]]:
    of_one = ("entropy_p", "entropy_q", "cross_entropy")
    equal = {d.name: 0.0 for d in DIVERGENCES if d.name not in of_one} if are_equal(p, q) else {}
    wanted = [d for d in DIVERGENCES if d.name not in equal and d.name != "renyi"]

    def compute() -> list[arb]:
        pair = ExactPair(p, q)
        terms = [*exact_terms(pair), *exact_terms(pair.swapped)]
        return [*terms, *(divergence.exact(pair, arb(order)) for divergence in wanted)]

    values = certified(compute, "The divergence")
    found = dict(zip((divergence.name for divergence in wanted), values[8:], strict=True)) | equal
    if "renyi" not in found:
        found["renyi"] = _renyi_of(p, q, order)
    both = made_terms(values[:4], p.dim), made_terms(values[4:8], p.dim)
    return {divergence.name: found[divergence.name] for divergence in DIVERGENCES}, both


def _renyi_of(p: Gaussian, q: Gaussian, order: float) -> float:
    """Infinite where (1 − α) Σ_P + α Σ_Q is not definite: the integral of p^α q^(1−α) diverges."""
    if order > 1.0:
        mixture = (1.0 - order) * p.cov + order * q.cov
        values = np.linalg.eigvalsh(mixture)
        if values[0] <= 0.0 and values[0] < -1e-12 * float(np.abs(values).max()):
            return np.inf

    def compute() -> list[arb]:
        return [_renyi(ExactPair(p, q), arb(order))]

    try:
        return certified(compute, "D_α(P‖Q)")[0]
    except NumericalError:  # at its edge
        return np.inf


def _entropy_of(gaussian: Gaussian) -> float:
    return certified(lambda: [_entropy(ExactPair(gaussian, gaussian), arb(1))], "The entropy")[0]


def _cross_entropy_of_flat(p: Gaussian, q: Gaussian) -> float:
    """H(P, Q) of a singular P: finite, since q is."""
    terms = kl_divergence(p, q)
    return _entropy_of(q) + 0.5 * (terms.trace + terms.mahalanobis - q.dim)
