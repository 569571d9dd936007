"""What can be said of any framework's array: whether it is one, its shape and its dtype, in words for errors."""

from typing import Any


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Return an array's shape, or None for what is no array (a number, None, a tuple)."""
    shape = getattr(value, "shape", None)
    return None if shape is None else tuple(shape)


def dtype_of(value: Any) -> str:
    """Return the name of an array's dtype, ``float32``, whatever the framework calls it."""
    dtype = getattr(value, "dtype", None)
    return str(getattr(dtype, "name", dtype)).rpartition(".")[2].lower()


def described(value: Any) -> str:
    """Return "an array [16, 3] of float32", or what else it is."""
    shape = shape_of(value)
    if shape is None:
        return "None" if value is None else f"a value of the type {type(value).__name__}"
    return f"an array {list(shape)} of {dtype_of(value)}"
