"""Data sets: specs that say what to load, arrays once loaded, and the batches a seed makes of them."""
