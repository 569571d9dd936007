"""One check of an experiment, as data, and the table of all of them, which the modules of `checks` fill."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from gan_core.specs.registry import Registry

Findings = Iterator[str]
Look = TypeVar("Look", bound=Callable[..., Findings])


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of an experiment.

    sentence: what it finds. look: (experiment) or, if of_data, (experiment, dataset) → what it found, a line each: the
    figure behind it, and the remedy. error: whether a finding is refused.
    """

    sentence: str
    look: Callable[..., Findings]
    of_data: bool = False
    error: bool = False


CHECKS: Registry[Check] = Registry("check")


def check(name: str, *, of_data: bool = False, error: bool = False) -> Callable[[Look], Look]:
    """Return a decorator that adds a function to the checks; the first line of its docstring says what it finds."""

    def added(look: Look) -> Look:
        sentence = (inspect.getdoc(look) or "").partition("\n")[0]
        CHECKS.add(name, Check(sentence=sentence, look=look, of_data=of_data, error=error))
        return look

    return added
