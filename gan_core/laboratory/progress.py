"""How far the laboratory is: a bar for all trials and one for each that runs, where standard error is a terminal."""

from pathlib import Path
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gan_core.laboratory.runner import Laboratory, finished
from gan_core.laboratory.trial import FOLDER, Line, Trial
from gan_core.printing import console

TOLD = 5  # lines of losses in a trial


def losses_in_words(line: Line) -> str:
    """Return a line of losses in words, as ``epoch 100: discriminator/loss 1.386, generator/loss 0.693``."""
    losses = ", ".join(f"{name} {value:.4g}" for name, value in line.items() if "/" in name)
    return f"epoch {line['epoch']:g}: {losses}"


class TrialBars:
    """A listener of `run_laboratory` that shows bars in a terminal, and elsewhere a line for each trial that ends.

    Five times in a trial it prints a line of its losses, which for 500 epochs is every hundredth. It is called with a
    trial, its step, whether it has ended and a line of losses, from any thread.
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
        self.told: dict[Trial, int] = {}

    def __enter__(self) -> "TrialBars":
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def __call__(self, trial: Trial, step: int, ended: bool, line: Line | None) -> None:
        """Show how far a trial is."""
        if line is not None and (part := TOLD * step // self.steps[trial]) > self.told.get(trial, 0):
            self.told[trial] = part
            self.console.print(f"{trial.name}, {losses_in_words(line)}")
        if trial not in self.tasks:
            self.tasks[trial] = self.bars.add_task(trial.name, total=self.steps[trial])
        self.bars.update(self.tasks[trial], completed=step)
        if ended:
            self.bars.remove_task(self.tasks[trial])
            self.bars.advance(self.all)
            self.ended += 1
            if not self.console.is_terminal:
                self.console.print(f"{trial.name} ({self.ended} of {len(self.steps)})")
