"""Judging a run: real samples it never saw, its own samples, their features, and a table of metrics with a floor."""
