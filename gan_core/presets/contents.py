"""What an experiment is made of, as the words of its file: for a search among presets."""

from collections.abc import Iterator
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.specs.spec import to_builtins


def contents(experiment: Experiment) -> set[str]:
    """Return the words that an experiment's file uses: types of layers, objectives and their like, losses, choices."""
    plain = to_builtins(experiment)
    return {word for key in ("data", "networks", "players", "phases") for word in _texts(plain[key])}


def _texts(plain: Any) -> Iterator[str]:
    """Yield every text among the values of tables and lists."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        for value in plain.values():
            yield from _texts(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from _texts(value)
