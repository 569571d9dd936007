"""How far the laboratory is: a bar of all cells and one a running cell, where standard error is a terminal."""

from pathlib import Path
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gan_core.laboratory.cell import Cell
from gan_core.laboratory.runner import Laboratory, finished
from gan_core.printing import console


class CellBars:
    """Called with a cell, its step and whether it has ended, from any thread. Elsewhere a line an ended cell."""

    def __init__(self, laboratory: Laboratory, out: Path) -> None:
        self.console = console(highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bars = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.steps = {cell: experiment.training.steps for cell, experiment in laboratory.planned.items()}
        found = [finished(cell, experiment, out / "cells") for cell, experiment in laboratory.planned.items()]
        self.ended = len(found) - found.count(None)
        self.all = self.bars.add_task("cells", total=len(found), completed=self.ended)
        self.tasks: dict[Cell, TaskID] = {}

    def __enter__(self) -> "CellBars":
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def __call__(self, cell: Cell, step: int, ended: bool) -> None:
        """Show where a cell stands."""
        if cell not in self.tasks:
            self.tasks[cell] = self.bars.add_task(cell.name, total=self.steps[cell])
        self.bars.update(self.tasks[cell], completed=step)
        if ended:
            self.bars.remove_task(self.tasks[cell])
            self.bars.advance(self.all)
            self.ended += 1
            if not self.console.is_terminal:
                self.console.print(f"{cell.name} ({self.ended} of {len(self.steps)})")
