"""Cells of a study: trainings that know nothing of each other, each in a process of its own, here or elsewhere."""
