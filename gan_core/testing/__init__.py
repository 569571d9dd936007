"""Proof of a backend — references in NumPy, and `check_backend`, the suite that any backend can be held against."""

from gan_core.testing.conformance import PARTS, check_backend

__all__ = ["PARTS", "check_backend"]
