"""Gaussians: how far one is from another, and how much of that comes from where."""
