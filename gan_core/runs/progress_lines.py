"""How far a training is, in lines, where there is no terminal for a bar: pipes, the logs of jobs."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from gan_core.experiments.experiment import Experiment
from gan_core.live_lines import duration
from gan_core.printing import Tell, say
from gan_core.specs.interval import Interval, read_interval
from gan_core.specs.spec import PositiveFloat, PositiveInt
from gan_core.training.events import Event, RunEnded, RunStarted, RunStopped, ScalarsLogged, ScalarsRead, StepEnded
from gan_core.training.timetable import Timetable

FIRST_SECONDS = 10.0  # a training that is over sooner says nothing
EVERY_SECONDS = 30.0
NEVER = 1e9  # seconds


class Ticker:
    """Says a line now and then, from a thread, while its block runs: first after `first` seconds, then every `every`.

    line: called for each line; None says nothing. first, every: seconds. tell: is told the line. A thread does it,
    since a step may take minutes (the first one is compiled).
    """

    def __init__(
        self,
        line: Callable[[], str | None],
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
            if (line := self.line()) is not None:
                self.tell(line)
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


class PrintInterval(Interval, frozen=True, kw_only=True):
    """How often the losses are printed."""

    every_steps: PositiveInt | None = None
    every_epochs: PositiveFloat | None = None

    @classmethod
    def of(cls, word: str | int | None) -> "PrintInterval | None":
        """Return the interval that a word means: 50 (steps), ``5epochs``; None for None. Raises `UsageError`."""
        return None if word is None else cls(**read_interval(word, "print_every"))  # type: ignore[arg-type]  # the spec checks it


class ProgressLines:
    """The losses as they tick: a line per logged step, with epoch and batch; where steps are slow, one now and then.

    printing: how often a line is said, in place of each logged step; the trainer must have the same as its `reading`.
    first, every: seconds of silence after which a line says how far the training is.
    """

    def __init__(
        self,
        experiment: Experiment,
        title: str,
        first: float = FIRST_SECONDS,
        every: float = EVERY_SECONDS,
        tell: Tell = say,
        printing: PrintInterval | None = None,
    ) -> None:
        self.experiment, self.title, self.tell, self.printing = experiment, title, tell, printing
        self.scalars: dict[str, float] = {}
        self.step = self.said_step = 0
        self.said_at = self.started = time.monotonic()
        self.timetable: Timetable | None = None  # once the data are known
        self.every = every
        self.ticker = Ticker(self._after_silence, first, every, tell)
        self.running = False

    def __call__(self, event: Event) -> None:
        """Take note of what an event tells, and say what is to be said of it."""
        match event:
            case RunStarted():
                self.step = self.said_step = event.first_step
                self.timetable = Timetable(self.experiment, len(event.dataset))
                self.said_at = self.started = time.monotonic()
                self.running = True
                self.ticker.__enter__()
            case StepEnded():
                self.step = event.step
            case ScalarsLogged() | ScalarsRead():
                self.step = event.step
                self.scalars = self.scalars | dict(event.scalars)  # a new one: the other thread may be reading
                if isinstance(event, ScalarsRead) or self.printing is None:
                    self.tell(self.tick())
            case RunEnded() | RunStopped():
                self.close()

    def close(self) -> None:
        """Say no more."""
        if self.running:
            self.running = False
            self.ticker.__exit__(None, None, None)

    def tick(self) -> str:
        """Return the line of a step: ``[epoch 1/25] [batch 50/6375] discriminator/loss 0.41  generator/loss 2.1``."""
        times = self.timetable
        if times is not None and times.has_epochs:
            epoch, batch = times.epoch_and_batch(self.step)
            head = f"[epoch {epoch:,}/{times.epochs:,}] [batch {batch:,}/{times.batches_per_epoch:,}]"
        else:
            head = f"[step {self.step:,}/{self.experiment.training.steps:,}]"
        shown = "  ".join(f"{name} {value:.4g}" for name, value in self.scalars.items())
        pace = self._pace()
        return f"{head} {shown}" + (f"  ({pace})" if pace else "")

    def line(self) -> str:
        """Return the line of now; speed and the time left are those since the line before."""
        step, steps = self.step, self.experiment.training.steps
        epoch = self.timetable.epoch(step) if self.timetable else 0.0
        head = f"gan: {self.title}: step {step:,} of {steps:,} ({100 * step / steps:.3g}%), epoch {epoch:.1f}"
        shown = "".join(f", {name} {value:.3g}" for name, value in self.scalars.items())
        silence = time.monotonic() - self.said_at
        if pace := self._pace():
            return f"{head}{shown}; {pace}"
        first = " (the first step is being compiled)" if not self.scalars else ""
        return f"{head}{shown}; no step in the last {duration(silence)}{first}"

    def _after_silence(self) -> str | None:
        """The line of now, unless a line was said a moment ago."""
        silence = time.monotonic() - self.said_at
        return self.line() if self.said_at == self.started or silence >= self.every / 2 else None

    def _pace(self) -> str:
        """Speed and the time left, since the line before, which this one now is; "" where no step ended meanwhile."""
        now, steps = time.monotonic(), self.experiment.training.steps
        seconds, done = max(1e-9, now - self.said_at), self.step - self.said_step
        self.said_at, self.said_step = now, self.step
        if done == 0:
            return ""
        rate = f"{done / seconds:.3g} steps a second" if done > seconds else f"{seconds / done:.3g} s a step"
        return f"{rate}, {duration((steps - self.step) * seconds / done)} left"
