"""How far the cells of a study are: a bar for all and one for each that runs, where standard error is a terminal."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gan_core.printing import console

TOLD = 5  # lines of losses in a cell
Line = Mapping[str, Any]  # of losses: step, epoch, and every scalar as ``phase/name``


def losses_in_words(line: Line) -> str:
    """Return a line of losses in words, as ``epoch 100: discriminator/loss 1.386, generator/loss 0.693``."""
    losses = ", ".join(f"{name} {value:.4g}" for name, value in line.items() if "/" in name)
    return f"epoch {line['epoch']:g}: {losses}"


class CellBars:
    """Bars in a terminal, and elsewhere a line for each cell that ends.

    steps: of each cell, by name. ended: how many have ended before. called: what the cells are called together. Five
    times in a cell it prints a line of its losses. It is called from any thread.
    """

    def __init__(self, steps: Mapping[str, int], ended: int, called: str) -> None:
        self.console = console(highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bars = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.steps, self.ended = dict(steps), ended
        self.all = self.bars.add_task(called, total=len(self.steps), completed=ended)
        self.tasks: dict[str, TaskID] = {}
        self.told: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def show(self, name: str, step: int, ended: bool, line: Line | None) -> None:
        """Show how far a cell is: its step, whether it has ended, and a line of losses where there is one."""
        if line is not None and (part := TOLD * step // self.steps[name]) > self.told.get(name, 0):
            self.told[name] = part
            self.console.print(f"{name}, {losses_in_words(line)}")
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=self.steps[name])
        self.bars.update(self.tasks[name], completed=step)
        if ended:
            self.bars.remove_task(self.tasks[name])
            self.bars.advance(self.all)
            self.ended += 1
            if not self.console.is_terminal:
                self.console.print(f"{name} ({self.ended} of {len(self.steps)})")
