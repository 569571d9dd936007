"""One check of an experiment, as data, and the table of all of them, which the modules of `checks` fill."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gan_core.specs.registry import Registry

Findings = Iterator[str]


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


def _with_sentence(look: Callable[..., Findings], **settings: bool) -> Check:
    """Return the check of a function; the first line of its docstring says what it finds."""
    return Check(sentence=(inspect.getdoc(look) or "").partition("\n")[0], look=look, **settings)


CHECKS: Registry[Check] = Registry("check", _with_sentence, in_files=True)
"""The checks by their names; one of a user's joins as `@CHECKS.register("name")` above a function."""
