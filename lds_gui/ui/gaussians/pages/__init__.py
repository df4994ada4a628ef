"""The pages of details, one a module."""
