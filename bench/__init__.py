"""Benchmarks: the engine under real limits, beside what one would write without it. `python -m bench --help`."""
