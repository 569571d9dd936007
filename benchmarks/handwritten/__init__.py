"""Presets written by hand in each framework: as well as one can, and `mnist-mlp` as tutorials do, too."""
