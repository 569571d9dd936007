"""Functions over operations that frameworks may have a name for, kept whole where a formula is recorded."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Result = TypeVar("Result")


def whole(function: Callable[..., Result]) -> Callable[..., Result]:
    """Have a function of (ops, …) be one operation, by its own name, for `Ops` that record what runs on them.

    Everywhere else it runs as it stands. The other arguments are arrays and numbers, passed by position.
    """

    @wraps(function)
    def called(ops: Any, *arguments: Any) -> Result:
        kept: Callable[..., Result] | None = getattr(ops, "whole", None)
        return function(ops, *arguments) if kept is None else kept(function.__name__, function, arguments)

    return called
