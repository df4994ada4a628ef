"""Random models for the tests of the mathematics, the same ones in every run."""

from hypothesis import settings

settings.register_profile("lds", deadline=None, derandomize=True, max_examples=40, database=None)
settings.load_profile("lds")
