"""The evaluation of a run: real samples that it never saw, generated ones, their features, and a table of metrics."""
