"""How far a training is, on a terminal: a bar, and the losses below it."""

from typing import TYPE_CHECKING

from gan_core.experiments.experiment import Experiment
from gan_core.live_lines import LiveLines, bar_line, fitting
from gan_core.runs.progress_lines import ProgressLines
from gan_core.runs.training_news import TrainingNews
from gan_core.training.events import Event, RunEnded, RunStarted, RunStopped

if TYPE_CHECKING:
    from rich.text import Text


class ProgressBar:
    """Two lines at the foot of a terminal: how far, how fast and how long still; the losses and the last scores."""

    def __init__(self, experiment: Experiment, title: str) -> None:
        self.title, self.news = title, TrainingNews(experiment)
        self.lines = LiveLines(self.drawn)

    def __call__(self, event: Event) -> None:
        """Show what an event tells."""
        self.news(event)
        if isinstance(event, RunStarted):
            self.lines.start()
        elif isinstance(event, RunEnded | RunStopped):
            self.close()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.lines.stop()

    def drawn(self, width: int) -> "list[Text]":
        """Return the two lines; losses that have no room are left out, the last ones first."""
        from rich.text import Text

        news = self.news
        if not news.begun:
            return [bar_line(width, self.title, news.pace, "steps"), Text("the first step is being prepared", "dim")]
        return [bar_line(width, self.title, news.pace, "steps"), Text(fitting(width, news.losses(width)))]


class BarAndLines:
    """A bar or a notebook's view, and above it the losses as they tick."""

    def __init__(self, bar: ProgressBar, lines: ProgressLines) -> None:
        self.bar, self.lines = bar, lines

    def __call__(self, event: Event) -> None:
        """Show what an event tells."""
        self.bar(event)
        self.lines(event)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.lines.close()
        self.bar.close()
