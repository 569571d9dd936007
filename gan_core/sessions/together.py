"""A training on several processes of this machine, started here by the framework's own launcher and waited for.

Each process runs `gan_core.sessions.worker`. They tell of themselves in a folder: what each came to, what the first one
says, and what it tells.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.contract.launched import Launched
from gan_core.contract.launches import launched, launcher
from gan_core.data.places import data_folder
from gan_core.errors import GanError, StoppedError, TrainingError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes, write_with_modules
from gan_core.loggers.table import checked_loggers
from gan_core.operations.workers import Workers
from gan_core.presets.loading import logging_changes, training_changes
from gan_core.printing import Tell, child_environment, say
from gan_core.runs.callbacks import Callback
from gan_core.sessions.run import Run
from gan_core.sessions.stopping import told_of_signals
from gan_core.sessions.worker_words import LOST, OUTCOME, SAID, TOLD, Came, error_of
from gan_core.training.sharing import check_shareable

RELAYED_EVERY = 0.2  # seconds
MODULE = "gan_core.sessions.worker"


@dataclass(frozen=True, kw_only=True)
class Crew:
    """The workers that are to be started: how many, and on what; the fields are those of `train`."""

    backend: str
    count: int
    device: str
    deterministic: bool | None
    data_dir: str | Path | None
    allow_imports: bool

    def request(self) -> dict[str, Any]:
        """Return what each worker is told of it."""
        folder = data_folder(self.data_dir)
        return {
            "backend": self.backend,
            "device": self.device,
            "deterministic": self.deterministic,
            "data_dir": str(folder.resolve()) if folder else None,
            "allow_imports": self.allow_imports,
        }


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown of a training while it runs; the fields are those of `train`."""

    callbacks: Sequence[Callback]
    progress: bool
    print_every: str | int | None
    tell: Tell


def to_be_started(workers: int) -> bool:
    """Whether so many workers are to be started here; not for one, nor in a process that a launcher started itself.

    Raises `UsageError` for a number below 1.
    """
    if workers < 1:
        raise UsageError(f"workers={workers}: expected 1 or more processes")
    return workers > 1 and launched() is None


def trained_together(
    made: Experiment, crew: Crew, shown: Shown, *, samples: int, out: str | Path | None, from_run: str | Path | None
) -> Run:
    """Train an experiment on several workers and return its run; the arguments are those of `train`, and so are errors.

    samples: how many its data hold. All that can be checked is checked before a process starts.
    """
    _check(made, crew, shown, samples)
    request = {"out": str(out) if out else None, "from_run": str(from_run) if from_run else None}
    return _run("train", crew, shown, request, lambda folder: write_with_modules(made, folder))


def resumed_together(opened: Run | Any, crew: Crew, shown: Shown, asked: Mapping[str, Any]) -> Run:
    """Go on with a run on several workers and return it; asked: steps, checkpoint and log_to of `resume`."""
    changes = training_changes(steps=asked["steps"]) | logging_changes(asked["log_to"])
    experiment = with_changes(opened.experiment, changes)
    checked_loggers(experiment.logging.to)
    _check(experiment, crew, shown, opened.timetable.samples)
    return _run("resume", crew, shown, {"run": str(opened.path), **asked}, lambda _: None)


def _check(experiment: Experiment, crew: Crew, shown: Shown, samples: int) -> None:
    if shown.callbacks:
        raise UsageError(
            f"callbacks: they would have to run in other processes; leave workers={crew.count} out, or start the "
            "program itself by the framework's launcher"
        )
    Launched(backend=crew.backend, rank=0, count=crew.count, local_rank=0).device(crew.device)
    check_shareable(experiment, Workers(count=crew.count), samples)


def _run(call: str, crew: Crew, shown: Shown, more: Mapping[str, Any], write: Callable[[Path], object]) -> Run:
    """Start the workers for a call of `train` or `resume`, wait for them, and return or raise what it came to."""
    with tempfile.TemporaryDirectory(prefix="gan-workers-") as name:
        folder = Path(name)
        write(folder)
        seen = {"progress": shown.progress, "print_every": shown.print_every, "terminal": _terminal()}
        request = {
            "call": call,
            "folder": name,
            "cwd": str(Path.cwd()),
            "parent": os.getpid(),
            **crew.request(),
            **seen,
            **more,
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        command = [*launcher(crew.backend, crew.count, folder / "logs"), "-m", MODULE, str(folder / "request.json")]
        number = _waited(command, crew.count, folder, shown.tell)
        return _result(folder, crew.count, number)


def _terminal() -> str | None:
    """The name of the terminal that standard error is, on which the first worker shows its bar."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.ttyname(sys.stderr.fileno())
    return None


def _waited(command: Sequence[str], count: int, folder: Path, tell: Tell) -> int | None:
    """Run the launcher to its end; return the number of a signal that came here meanwhile, or None.

    A first one is passed on, for the workers to stop with a checkpoint; a second ends them at once.
    """
    heard: list[int] = []
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(threads_each(count))}
    with (
        (folder / "launcher.log").open("wb") as log,
        subprocess.Popen(  # noqa: S603  (our own interpreter)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=child_environment(**threads, PYTHONWARNINGS="ignore"),
            start_new_session=True,  # so that Ctrl-C reaches this process alone, which passes it on once
        ) as process,
    ):

        def stop(number: int) -> None:
            heard.append(number)
            process.terminate()

        try:
            with told_of_signals(stop), _relayed(folder, tell):
                process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if heard:
                raise StoppedError("stopped at once, without a checkpoint of the last steps", heard[0]) from None
            raise
    if os.environ.get("GAN_DEBUG"):
        say((folder / "launcher.log").read_text(encoding="utf-8", errors="replace"))
    return heard[0] if heard else None


def threads_each(count: int) -> int:
    """Return the threads of each of `count` workers: the cores of this machine, shared, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // count)


@contextlib.contextmanager
def _relayed(folder: Path, tell: Tell) -> Iterator[None]:
    """Pass on what the first worker says, as it comes, while the block runs."""
    ended = threading.Event()

    def relay() -> None:
        said = told = 0
        last = False
        while not last:
            last = ended.wait(RELAYED_EVERY)
            text, said = _new(folder / SAID, said)
            if text:
                say(text.removesuffix("\n"))
            lines, told = _new(folder / TOLD, told)
            for line in lines.splitlines():
                tell(json.loads(line))

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)


def _new(path: Path, start: int) -> tuple[str, int]:
    """What stands in a file after a place, up to its last whole line, and the place after that."""
    if not path.is_file():
        return "", start
    content = path.read_bytes()[start:]
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace"), start + len(whole)


def _result(folder: Path, count: int, signalled: int | None) -> Run:
    """Return the run, or raise the error that best says why there is none to its end."""
    came = {rank: Came.read(path) for rank in range(count) if (path := folder / OUTCOME.format(rank)).is_file()}
    if came.get(0) is not None and not came[0].error and came[0].run:
        return Run(came[0].run, allow_imports=came[0].allow_imports)
    died = [rank for rank in range(count) if rank not in came]
    told = next((one for one in sorted(came.values(), key=Came.tells_little) if one.error), None)
    if told is None:
        log = (folder / "launcher.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise GanError(f"no worker began: {log[-1] if log else 'the launcher ended without a word'}")
    error = error_of(told, signalled)
    if died and LOST in told.error:
        who = f"worker {died[0]} of {count} died" if len(died) == 1 else f"{len(died)} of {count} workers died"
        error = TrainingError(f"{who}, and the others have ended: {told.error}")
    if told.run and Path(told.run, "experiment.toml").is_file():
        error.run = Run(told.run, allow_imports=told.allow_imports)
    raise error
