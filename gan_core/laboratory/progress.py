"""How far the laboratory is: a bar for all trials and one for each that runs, where standard error is a terminal."""

from pathlib import Path
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gan_core.laboratory.runner import Laboratory, finished
from gan_core.laboratory.trial import FOLDER, Trial
from gan_core.printing import console


class TrialBars:
    """A listener of `run_laboratory` that shows bars in a terminal, and elsewhere a line for each trial that ends.

    It is called with a trial, its step and whether it has ended, from any thread.
    """

    def __init__(self, laboratory: Laboratory, out: Path) -> None:
        self.console = console(highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bars = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.steps = {trial: experiment.training.steps for trial, experiment in laboratory.planned.items()}
        results = [finished(trial, experiment, out / FOLDER) for trial, experiment in laboratory.planned.items()]
        self.ended = len(results) - results.count(None)
        self.all = self.bars.add_task("trials", total=len(results), completed=self.ended)
        self.tasks: dict[Trial, TaskID] = {}

    def __enter__(self) -> "TrialBars":
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def __call__(self, trial: Trial, step: int, ended: bool) -> None:
        """Show how far a trial is."""
        if trial not in self.tasks:
            self.tasks[trial] = self.bars.add_task(trial.name, total=self.steps[trial])
        self.bars.update(self.tasks[trial], completed=step)
        if ended:
            self.bars.remove_task(self.tasks[trial])
            self.bars.advance(self.all)
            self.ended += 1
            if not self.console.is_terminal:
                self.console.print(f"{trial.name} ({self.ended} of {len(self.steps)})")
