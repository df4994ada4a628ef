"""The window: the only place for widgets and plots."""
