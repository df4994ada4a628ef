"""The readable version of the engine, in NumPy and step by step: what the compiled kernels are held against."""

from tests.twin.elbo import elbo
from tests.twin.em import em, m_step
from tests.twin.smoother import Posterior, smooth
from tests.twin.statistics import Statistics, expected_statistics

__all__ = ["Posterior", "Statistics", "elbo", "em", "expected_statistics", "m_step", "smooth"]
