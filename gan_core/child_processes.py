"""Child processes, which run one framework each: how they are started, say what went wrong, and are read."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from gan_core.errors import GanError, UsageError, one_line
from gan_core.printing import Tell, child_environment, protected_output, say, silent

MARK = "gan: "
WITHOUT_THE_LIBRARY = re.compile(r"No module named '?gan_core\b")
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
    backend: str | None = None,
    limit: float | None = None,
    held: Callable[[subprocess.Popen[str]], object] | None = None,
    starter: Callable[[Path], Sequence[str]] | None = None,
) -> Iterator[Ended]:
    """Run ``python -m MODULE REQUEST`` to its end, and give what it left; its folder is removed after the block.

    module: ends in `answer_request`. write_experiment: writes ``experiment.toml``, and the modules it imports, into
    the child's temporary folder; the request tells its path as ``experiment``. heard: is told each line of the child's
    standard output as it comes.
    environment: variables in place of this process's. backend: the one that the child runs, by whose interpreter it is
    started (see `interpreter_of`). limit: seconds after which it is ended. Raises `UsageError` for an interpreter that
    cannot be used, and `GanError` past the limit. held: is told the process when it has begun; its standard input is
    then a pipe, whose end says that this process is gone, or wants it to stop. starter: the command that starts several
    processes, in place of the interpreter; it is given the child's folder.
    """
    interpreter = interpreter_of(backend)
    with tempfile.TemporaryDirectory(prefix=f"{module}-") as name:
        folder = Path(name)
        file, complaint = folder / "experiment.toml", folder / "stderr"
        write_experiment(folder)
        first = [interpreter] if starter is None else starter(folder)
        command = [*first, "-m", module, json.dumps({**request, "experiment": str(file)})]
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
            _ended_after(limit, child, module),
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
        said = complaint.read_text(encoding="utf-8", errors="replace")
        if status and interpreter != sys.executable and WITHOUT_THE_LIBRARY.search(said):
            raise UsageError(
                f"{interpreter_variable(backend or '')}={interpreter}: it has no gan_core; install it there"
            )
        yield Ended(folder=folder, status=status, complaint=said)


def interpreter_variable(backend: str) -> str:
    """Return the name of the variable that holds a backend's interpreter: GAN_PYTHON_ and the name in capitals."""
    return "GAN_PYTHON_" + re.sub(r"[^A-Z0-9]", "_", backend.upper())


def interpreter_of(backend: str | None) -> str:
    """Return the interpreter that child processes of a backend are started with: its variable's, else our own.

    So each framework may be installed in an environment of its own. Raises `UsageError` for what is no program.
    """
    chosen = os.environ.get(interpreter_variable(backend)) if backend else None
    if not chosen:
        return sys.executable
    if shutil.which(chosen) is None or os.path.dirname(chosen) == "":
        raise UsageError(
            f"{interpreter_variable(backend or '')}={chosen}: expected the path of a Python interpreter, as "
            "/envs/mine/bin/python; correct it or unset it"
        )
    return chosen


@contextmanager
def _ended_after(limit: float | None, child: subprocess.Popen[str], module: str) -> Iterator[None]:
    """End the child where the block takes longer than `limit` seconds, and raise `GanError` then."""
    if limit is None:
        yield
        return
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(limit, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        raise GanError(f"{module} gave no answer within {limit:g} seconds and was ended")


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
