"""The tab *Learn*: model, data and learning at the left, panels at the right, time below."""
