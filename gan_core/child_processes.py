"""Child processes, which run one framework each: how they are started, say what went wrong, and are read."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from gan_core.errors import GanError, UsageError, one_line
from gan_core.printing import Tell, child_environment, protected_output, say, silent

MARK = "gan: "
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A child process that has ended.

    folder: its temporary folder, with what it wrote there. status: 0 if all went well, −N if signal N killed it.
    complaint: all that it wrote to standard error.
    """

    folder: Path
    status: int
    complaint: str


@contextmanager
def ended_child(
    module: str,
    write_experiment: Callable[[Path], object],
    request: Mapping[str, Any],
    *,
    heard: Tell = silent,
    environment: Mapping[str, str] = NOTHING,
    held: Callable[[subprocess.Popen[str]], object] | None = None,
) -> Iterator[Ended]:
    """Run ``python -m MODULE REQUEST`` to its end, and give what it left; its folder is removed after the block.

    module: ends in `answer_request`. write_experiment: writes ``experiment.toml``, and the modules it imports, into
    the child's temporary folder; the request tells its path as ``experiment``. heard: is told each line of the child's
    standard output as it comes.
    environment: variables in place of this process's. held: is told the process when it has begun; its standard input
    is then a pipe, whose end says that this process is gone, or wants it to stop.
    """
    with tempfile.TemporaryDirectory(prefix=f"{module}-") as name:
        folder = Path(name)
        file, complaint = folder / "experiment.toml", folder / "stderr"
        write_experiment(folder)
        command = [sys.executable, "-m", module, json.dumps({**request, "experiment": str(file)})]
        with (
            complaint.open("wb") as errors,
            subprocess.Popen(  # noqa: S603  (our own interpreter)
                command,
                stdin=subprocess.DEVNULL if held is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
                env=child_environment(**environment),
            ) as child,
        ):
            try:
                if held is not None:
                    held(child)
                assert child.stdout is not None
                for line in child.stdout:
                    heard(line)
                status = child.wait()
            except BaseException:
                child.kill()
                raise
        yield Ended(folder=folder, status=status, complaint=complaint.read_text(encoding="utf-8", errors="replace"))


def answer_request(module: str, work: Callable[[dict[str, Any]], object], instead: str) -> NoReturn:
    """Do the work that the process's only argument requests, and end the process; an error is one line on stderr.

    module: the module that was started. instead: the command to name to a person who started it by hand.
    """
    with protected_output(), ended_in_a_line():
        work(_request(module, instead))
    sys.exit(0)


@contextmanager
def ended_in_a_line() -> Iterator[None]:
    """Let an error that the block raises end the process, with one marked line on standard error.

    The exit status says what kind of error it was. The traceback stands above the line where GAN_DEBUG is set.
    """
    try:
        yield
    except MemoryError as error:
        _end(f"this needs more memory than there is ({one_line(error)})", 1)
    except GanError as error:
        _end(str(error), error.exit_status)
    except Exception as error:  # noqa: BLE001  (the last stop of a process)
        _end(f"{type(error).__name__}: {one_line(error)}", 1)


def _end(line: str, status: int) -> None:
    if os.environ.get("GAN_DEBUG"):
        traceback.print_exc()
    say(f"{MARK}{line}")
    sys.exit(status)


def why_it_ended(status: int, complaint: str) -> str:
    """Return why a process ended with a status other than 0; complaint: what it wrote to standard error.

    It is the signal that killed the process, else the line that it marked, else its last line.
    """
    lines = [line for line in complaint.strip().splitlines() if line.strip()]
    marked = next((line.removeprefix(MARK) for line in reversed(lines) if line.startswith(MARK)), None)
    if status < 0:
        last = f"; it said last: {one_line(lines[-1])}" if lines else ""
        hint = ", most likely for want of memory" if -status == signal.SIGKILL else ""
        return f"killed by {_signal_name(-status)}{hint}{last}"
    if marked is not None:
        return marked
    return one_line(lines[-1]) if lines else f"the process ended with status {status}"


def error_of(name: str, status: int, complaint: str) -> GanError:
    """Return the error to raise for a process that failed: a `UsageError`, or the failure of what `name` names."""
    reason = why_it_ended(status, complaint)
    return UsageError(reason) if status == UsageError.exit_status else GanError(f"{name} failed: {reason}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _request(module: str, instead: str) -> dict[str, Any]:
    try:
        (text,) = sys.argv[1:]
        request = json.loads(text)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise UsageError(f"python -m {module} is a part of  {instead}, which starts it: use that")
    return request
