"""How far a training is, shown where it runs: on a terminal, in a notebook, or in lines."""

from pathlib import Path

from gan_core.experiments.experiment import Experiment
from gan_core.live_lines import has_live_terminal
from gan_core.runs.notebook_view import NotebookView, in_notebook
from gan_core.runs.progress_bar import BarAndLines, ProgressBar
from gan_core.runs.progress_lines import NEVER, PrintInterval, ProgressLines

Progress = ProgressBar | ProgressLines | BarAndLines | NotebookView


def progress_of(
    experiment: Experiment, title: str, printing: PrintInterval | None = None, run: Path | None = None
) -> Progress:
    """Return a bar for a terminal, a view for a notebook, and lines for anything else.

    printing: how often a line with the losses is said, on a terminal too; None: on a terminal and in a notebook never,
    elsewhere at each logged step. run: the folder whose sheets a notebook shows.
    """
    if not has_live_terminal() and in_notebook() and printing is None:
        return NotebookView(experiment, title, run)
    if not has_live_terminal():
        return ProgressLines(experiment, title, printing=printing)
    bar = ProgressBar(experiment, title)
    if printing is None:
        return bar
    return BarAndLines(bar, ProgressLines(experiment, title, first=NEVER, printing=printing))
