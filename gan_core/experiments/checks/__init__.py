"""What an experiment should be asked before it is trained: mistakes that train without a word, each with its remedy.

A check looks at an experiment, or at it and its data, and yields a line for each thing it finds. Findings are notes,
except where nothing good can come of it. A file silences a check by name: ``silenced = ["unbounded-critic"]``.
"""

from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.errors import SpecError
from gan_core.experiments.check import CHECKS
from gan_core.experiments.checks import data, games, networks  # noqa: F401  (their checks join the table)
from gan_core.experiments.experiment import Experiment

__all__ = ["CHECKS", "data_notes", "notes"]


def notes(experiment: Experiment) -> list[str]:
    """Return what an experiment's checks say, a line each, as ``NAME: FINDING``. Raises `SpecError` for an error."""
    found = _findings(experiment, False, (experiment,))
    for name, line in found:
        if CHECKS[name].error:
            raise SpecError(f'{name}: {line}; if it is meant, say so:  silenced = ["{name}"]')
    return [f"{name}: {line}" for name, line in found]


def data_notes(experiment: Experiment, dataset: Dataset) -> list[str]:
    """Return what the checks say of an experiment and the data that were read for it, as ``NAME: FINDING``."""
    return [f"{name}: {line}" for name, line in _findings(experiment, True, (experiment, dataset))]


def _findings(experiment: Experiment, of_data: bool, given: tuple[Any, ...]) -> list[tuple[str, str]]:
    return [
        (name, line)
        for name, one in CHECKS.items()
        if one.of_data == of_data and name not in experiment.silenced
        for line in one.look(*given)
    ]
