"""Divergences in nats or in bits."""

from __future__ import annotations

import numpy as np

from lds_gui.lds import KLTerms

BITS_PER_NAT = 1.0 / float(np.log(2.0))


def unit_name(in_bits: bool) -> str:
    """The unit's name."""
    return "bits" if in_bits else "nats"


def in_unit(value: float, unit: str, in_bits: bool) -> float:
    """A number that is in nats if `unit` says so, in the unit that was chosen."""
    return value * BITS_PER_NAT if in_bits and unit == "nats" else value


def terms_in_unit(terms: KLTerms, in_bits: bool) -> tuple[float, ...]:
    """The terms as they add up, each with its ½: log-determinants, trace, Mahalanobis, −n; and the total."""
    values = (terms.log_det / 2, terms.trace / 2, terms.mahalanobis / 2, -terms.dim / 2, terms.total)
    return tuple(value * BITS_PER_NAT for value in values) if in_bits else values


def infinite(terms: KLTerms, one: str, other: str) -> str:
    """Say why KL(one ‖ other) is infinite; empty if it is not."""
    if not terms.reason:
        return ""
    words = terms.reason
    if (one, other) == ("Q", "P"):
        swap = str.maketrans("PQ", "QP")
        words = words.translate(swap)
    return f"Infinite: {words[0].lower() + words[1:] if words.startswith('It ') else words}."
