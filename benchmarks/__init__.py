"""Benchmarks: agreement first, then medians and ratios. Run `python -m benchmarks.run --help`."""
