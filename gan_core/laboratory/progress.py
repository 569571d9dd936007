"""How far the laboratory is: a bar for all trials and one for each that runs, where standard error is a terminal."""

from pathlib import Path

from gan_core.cells.progress import CellBars
from gan_core.laboratory.runner import Laboratory, finished
from gan_core.laboratory.trial import FOLDER, Line, Trial


class TrialBars(CellBars):
    """A listener of `run_laboratory` that shows bars in a terminal, and elsewhere a line for each trial that ends.

    Five times in a trial it prints a line of its losses, which for 500 epochs is every hundredth. It is called with a
    trial, its step, whether it has ended and a line of losses, from any thread.
    """

    def __init__(self, laboratory: Laboratory, out: Path) -> None:
        results = [finished(trial, experiment, out / FOLDER) for trial, experiment in laboratory.planned.items()]
        steps = {trial.name: experiment.training.steps for trial, experiment in laboratory.planned.items()}
        super().__init__(steps, len(results) - results.count(None), "trials")

    def __call__(self, trial: Trial, step: int, ended: bool, line: Line | None) -> None:
        """Show how far a trial is."""
        self.show(trial.name, step, ended, line)
