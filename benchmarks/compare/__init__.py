"""The comparison of this program's EM with that of other libraries; `benchmarks/libraries.py` is its command."""
