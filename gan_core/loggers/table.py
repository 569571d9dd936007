"""The words of ``logging.to``, and the loggers that they stand for: ours, a user module's, an installed package's."""

import contextlib
import importlib.util
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from gan_core.errors import GanError, UsageError, one_line
from gan_core.loggers.csv_table import CsvTable
from gan_core.loggers.logger import LoggedRun
from gan_core.loggers.tensorboard_files import TensorboardFiles
from gan_core.loggers.weights_and_biases import WeightsAndBiases
from gan_core.printing import Tell
from gan_core.runs.callbacks import Callback
from gan_core.specs.registry import Registry
from gan_core.training.events import Event

GROUP = "gan_core.callbacks"  # of entry points: a name, and what makes the callback of a run
MakeCallback = Callable[[LoggedRun], Callback]


@dataclass(frozen=True, kw_only=True)
class LoggerEntry:
    """What a word of ``logging.to`` stands for.

    make: (run) → a callback, told every event of the training; a method ``close()`` of it, where there is one, is
    called however the training ends. package: that must be installed, or "". extra: of ours, that installs it.
    """

    make: MakeCallback
    package: str = ""
    extra: str = ""

    def check(self, word: str) -> None:
        """Raise `UsageError`, with the command that mends it, where the package is not installed."""
        if self.package and importlib.util.find_spec(self.package) is None:
            wanted = f"'gan-core[{self.extra}]'" if self.extra else self.package
            raise UsageError(f"logging.to: '{word}' needs the package {self.package}: pip install {wanted}")


def _entry(make: MakeCallback, **settings: str) -> LoggerEntry:
    return LoggerEntry(make=make, **settings)


LOGGERS: Registry[LoggerEntry] = Registry("logger", _entry, in_files=True)
"""The loggers by their words; one of a user's joins as `@LOGGERS.register("name")` above a class or function."""
LOGGERS.register("csv")(CsvTable)
LOGGERS.register("tensorboard", package="tensorboard", extra="tensorboard")(TensorboardFiles)
LOGGERS.register("wandb", package="wandb", extra="wandb")(WeightsAndBiases)


def installed_loggers() -> dict[str, EntryPoint]:
    """Return the loggers that installed packages bring, by name; none of them is imported for it."""
    return {point.name: point for point in entry_points(group=GROUP)}


def checked_loggers(words: Sequence[str]) -> dict[str, MakeCallback]:
    """Return what makes the callback of each word. Raises `UsageError` for an unknown word or a missing package."""
    found: dict[str, MakeCallback] = {}
    installed = installed_loggers()
    for word in words:
        if word in LOGGERS:
            LOGGERS[word].check(word)
            found[word] = LOGGERS[word].make
        elif word in installed:
            found[word] = _loaded(installed[word])
        else:
            raise UsageError(f"logging.to: {_unknown(word, installed)}")
    return found


def _unknown(word: str, installed: Mapping[str, EntryPoint]) -> str:
    """A line on a word that means nothing, with the nearest one and all that there are."""
    text, names = LOGGERS.unknown(word, tuple(installed)), ", ".join(sorted({*LOGGERS, *installed}))
    return text if names in text else f"{text} (there are {names})"


def _loaded(point: EntryPoint) -> MakeCallback:
    try:
        make: MakeCallback = point.load()
    except Exception as error:
        raise UsageError(
            f"logging.to: '{point.name}' of {point.value} cannot be loaded: {type(error).__name__}: {one_line(error)}"
        ) from error
    return make


class Guarded:
    """A logger that cannot end a training: what fails is told in a line, and the logger is told no more.

    The files of the run, which hold all that a logger shows, are whole whatever it does.
    """

    def __init__(self, word: str, make: MakeCallback, run: LoggedRun, tell: Tell) -> None:
        self.word, self.run, self.tell = word, run, tell
        self.callback: Callback | None = None
        with self._guard("could not begin"):
            self.callback = make(run)

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        if (callback := self.callback) is not None:
            with self._guard(f"failed at {type(event).__name__}{_step(event)}"):
                callback(event)

    def close(self) -> None:
        """Close the logger where it can be."""
        if (close := getattr(self.callback, "close", None)) is not None:
            with self._guard("failed to close"):
                close()

    def _guard(self, what: str) -> "_Guard":
        return _Guard(self, what)


class _Guard:
    def __init__(self, logger: Guarded, what: str) -> None:
        self.logger, self.what = logger, what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False  # Ctrl-C is the training's
        failed, self.logger.callback = self.logger.callback, None
        with contextlib.suppress(Exception):  # it has failed already, and may yet let go of its files
            getattr(failed, "close", lambda: None)()
        if os.environ.get("GAN_DEBUG"):
            traceback.print_exception(error)
        reason = str(error) if isinstance(error, GanError) else f"{type(error).__name__}: {one_line(error)}"
        self.logger.tell(
            f"the logger '{self.logger.word}' {self.what} and logs no more; the training goes on: {reason}"
        )
        return True


def _step(event: Event) -> str:
    step = getattr(event, "step", None)
    return "" if step is None else f" of step {step}"


def loggers_of(makes: Mapping[str, MakeCallback], run: LoggedRun, tell: Tell) -> Iterator[Guarded]:
    """Yield the loggers of a run, guarded. makes: as `checked_loggers` returns them. tell: is told what fails."""
    for word, make in makes.items():
        yield Guarded(word, make, run, tell)
