"""One check, as data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
