"""How far a training is, in lines, where there is no terminal for a bar: notebooks, pipes, the logs of jobs."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from gan_core.experiments.experiment import Experiment
from gan_core.printing import Tell, console, say
from gan_core.runs.callbacks import ProgressBar
from gan_core.training.events import Event, RunEnded, RunStarted, RunStopped, ScalarsLogged, StepEnded
from gan_core.training.timetable import Timetable

FIRST_SECONDS = 10.0  # a training that is over sooner says nothing
EVERY_SECONDS = 30.0


class Ticker:
    """Says a line now and then, from a thread, while its block runs: first after `first` seconds, then every `every`.

    line: called for each line. first, every: seconds. tell: is told the line. A thread does it, since a step may take
    minutes (the first one is compiled).
    """

    def __init__(
        self,
        line: Callable[[], str],
        first: float = FIRST_SECONDS,
        every: float = EVERY_SECONDS,
        tell: Tell = say,
    ) -> None:
        self.line, self.first, self.every, self.tell = line, first, every, tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="gan progress")

    def __enter__(self) -> "Ticker":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        wait = self.first
        while not self._ended.wait(wait):
            self.tell(self.line())
            wait = self.every


@contextlib.contextmanager
def announced(every: float = EVERY_SECONDS, tell: Tell = say) -> Iterator[Callable[[str], None]]:
    """Give a function to tell what is being done; where it takes long, `tell` is told that in a line now and then.

    every: seconds between two lines.
    """
    doing, start = ["starting"], time.monotonic()
    line = Ticker(lambda: f"gan: {doing[-1]}, after {duration(time.monotonic() - start)}", every, every, tell)
    with line:
        yield doing.append


class ProgressLines:
    """Step of steps, epoch, the last scalars, speed and the time that is left, in a line every so many seconds."""

    def __init__(
        self,
        experiment: Experiment,
        title: str,
        first: float = FIRST_SECONDS,
        every: float = EVERY_SECONDS,
        tell: Tell = say,
    ) -> None:
        self.experiment, self.title = experiment, title
        self.scalars: dict[str, float] = {}
        self.step = self.said_step = 0
        self.said_at = self.started = time.monotonic()
        self.timetable: Timetable | None = None  # once the data are known
        self.ticker = Ticker(self.line, first, every, tell)
        self.running = False

    def __call__(self, event: Event) -> None:
        """Take note of what an event tells."""
        match event:
            case RunStarted():
                self.step = self.said_step = event.first_step
                self.timetable = Timetable(self.experiment, len(event.dataset))
                self.said_at = self.started = time.monotonic()
                self.running = True
                self.ticker.__enter__()
            case StepEnded():
                self.step = event.step
            case ScalarsLogged():
                self.step = event.step
                self.scalars = self.scalars | dict(event.scalars)  # a new one: the other thread may be reading
            case RunEnded() | RunStopped():
                self.close()

    def close(self) -> None:
        """Say no more."""
        if self.running:
            self.running = False
            self.ticker.__exit__(None, None, None)

    def line(self) -> str:
        """Return the line of now; speed and the time left are those since the line before."""
        now, step, steps = time.monotonic(), self.step, self.experiment.training.steps
        seconds, done = max(1e-9, now - self.said_at), step - self.said_step
        self.said_at, self.said_step = now, step
        epoch = self.timetable.epoch(step) if self.timetable else 0.0
        head = f"gan: {self.title}: step {step:,} of {steps:,} ({100 * step / steps:.3g}%), epoch {epoch:.1f}"
        shown = "".join(f", {name} {value:.3g}" for name, value in self.scalars.items())
        if done == 0:
            first = " (the first step is being compiled)" if not self.scalars else ""
            return f"{head}{shown}; no step in the last {duration(seconds)}{first}"
        rate = f"{done / seconds:.3g} steps a second" if done > seconds else f"{seconds / done:.3g} s a step"
        return f"{head}{shown}; {rate}, {duration((steps - step) * seconds / done)} left"


Progress = ProgressBar | ProgressLines


def progress_of(experiment: Experiment, title: str) -> Progress:
    """Return a bar for a terminal, and lines for anything else (Rich's bars need more packages in a notebook)."""
    return ProgressBar(experiment, title) if console().is_terminal else ProgressLines(experiment, title)


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``42 s``, ``7 min``, ``3 h 20 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60:,} h {minutes % 60} min"
