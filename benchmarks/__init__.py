"""Figures of speed and size; `python -m benchmarks` prints each as one JSON line."""
