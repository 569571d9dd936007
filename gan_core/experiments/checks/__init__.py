"""The checks of an experiment before it is trained: for mistakes that would train without a word, each with a remedy.

A check looks at an experiment, or at the experiment and its data, and yields a line for each finding. Findings are
notes, except where nothing good can come of them. A file silences a check by name: ``silenced = ["unbounded-critic"]``.
"""

from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.errors import SpecError
from gan_core.experiments.check import CHECKS
from gan_core.experiments.checks import (  # noqa: F401  (their checks join the table)
    augmentations,
    data,
    games,
    networks,
    schedules,
)
from gan_core.experiments.experiment import Experiment

__all__ = ["CHECKS", "data_notes", "notes"]


def notes(experiment: Experiment) -> list[str]:
    """Return the findings of the checks that need no data, as ``NAME: FINDING``. Raises `SpecError` for an error."""
    findings = _findings(experiment, False, (experiment,))
    for name, line in findings:
        if CHECKS[name].error:
            raise SpecError(f'{name}: {line}; if it is meant, say so:  silenced = ["{name}"]')
    return [f"{name}: {line}" for name, line in findings]


def data_notes(experiment: Experiment, dataset: Dataset) -> list[str]:
    """Return the findings of the checks that compare an experiment with its data, as ``NAME: FINDING``."""
    return [f"{name}: {line}" for name, line in _findings(experiment, True, (experiment, dataset))]


def _findings(experiment: Experiment, of_data: bool, arguments: tuple[Any, ...]) -> list[tuple[str, str]]:
    return [
        (name, line)
        for name, check in CHECKS.items()
        if check.of_data == of_data and name not in experiment.silenced
        for line in check.look(*arguments)
    ]
