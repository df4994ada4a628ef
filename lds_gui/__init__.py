"""LDS GUI: a workbench to see expectation-maximisation learn a linear dynamical system."""

__version__ = "0.1.0"
