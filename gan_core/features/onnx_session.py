"""An ONNX file opened in a process of its own, within bounds on memory and time, and errors as one line."""

import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from gan_core.errors import UsageError
from gan_core.features import onnx_worker

MEMORY = 2**31  # bytes, beside three times the file, whose weights are read, converted and laid out anew
SECONDS = 20  # of processor time for opening the file, and for a run, beside one for each sample
PATIENCE = 10  # times as long on the clock, for a machine that does much else
POLL_SECONDS = 0.1
Shape = list[int | str | None]


class LimitError(UsageError):
    """A run took more memory or time than it may: fewer samples at once may do."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """An input or output of a file.

    type: onnxruntime's name of the type. shape: the length of each axis; free axes are None or a name.
    """

    name: str
    type: str
    shape: Shape


class OnnxSession:
    """An open ONNX file, in a process that ends with the session or with the program.

    inputs, outputs: what the file has. metadata: what the file states, of `onnx_worker.METADATA`. Raises `UsageError`
    for a file that cannot be opened or run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not _installed("onnxruntime"):
            raise UsageError(
                "features from an ONNX file need onnxruntime, which is not installed: run  pip install 'gan-core[onnx]'"
            )
        self._process = self._started()

    def run(self, outputs: list[str], samples: np.ndarray, token: int | None = None) -> list[np.ndarray]:
        """Return the named outputs for samples [N, …] of the only input. Raises `LimitError` beyond the bounds.

        token: of the first output, where that is [N, tokens, D], this one alone; None for all of it.
        """
        if self._process.poll() is not None:
            self._process = self._started()
        _, arrays = self._answer(
            {"outputs": outputs, "token": token}, samples, f"{self.path} failed on {list(samples.shape)}"
        )
        return arrays

    def _started(self) -> "subprocess.Popen[bytes]":
        size = sum(file.stat().st_size for file in files_of(self.path))
        memory = MEMORY + 3 * size + 2**24 * (os.cpu_count() or 1)
        command = [sys.executable, "-P", onnx_worker.__file__, str(self.path.resolve()), str(memory), str(SECONDS)]
        paths = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(  # noqa: S603  our own script, under the interpreter that runs this
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths, "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,  # Ctrl-C is for the program, which ends this
        )
        self._memory = memory
        weakref.finalize(self, _end, self._process)
        head, _ = self._answer(None, None, f"{self.path} cannot be read as an ONNX file")
        self.inputs, self.outputs = ([Value(name=n, type=t, shape=s) for n, t, s in head[key]] for key in _SIDES)
        self.metadata: dict[str, str] = head["metadata"]
        return self._process

    def _answer(
        self, head: dict[str, Any] | None, samples: np.ndarray | None, failed: str
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send a request, if there is one, and return the answer; failed: how the line of an error begins."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        seconds = SECONDS + (0 if samples is None else len(samples))
        with _Watch(process, self._memory, seconds) as watch:
            try:
                if head is not None and samples is not None:
                    onnx_worker.send(process.stdin, head, [samples])  # type: ignore[arg-type]  # a binary stream
                answer, arrays = onnx_worker.receive(process.stdout)  # type: ignore[arg-type]
            except (EOFError, OSError, ValueError):
                answer, arrays = {"error": ""}, []
        if "error" not in answer:
            return answer, arrays
        reason = watch.exceeded or (_as_line(answer["error"]) if answer["error"] else None)
        kind = LimitError if watch.exceeded or reason is None or _is_memory(reason) else UsageError
        if answer["error"] == "":
            _end(process)
            reason = reason or f"its process ended with status {process.returncode}"
        if kind is LimitError and not watch.exceeded:
            reason = f"{reason}; it may use {self._memory / 2**30:.1f} GiB"
        raise kind(f"{failed}: {reason}")


class _Watch:
    """Ends a process that exceeds its bounds while its answer is waited for; `exceeded` says which bound, or None."""

    def __init__(self, process: "subprocess.Popen[bytes]", memory: int, seconds: int) -> None:
        self.process, self.memory, self.seconds = process, memory, seconds
        self.exceeded: str | None = None
        self._answered = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._answered.set()
        self._thread.join()

    def _look(self) -> None:
        try:
            watched = psutil.Process(self.process.pid)
            start, used = time.monotonic(), sum(watched.cpu_times()[:2])
            while not self._answered.wait(POLL_SECONDS):
                if watched.memory_info().rss > self.memory:
                    self.exceeded = f"it needs more than {self.memory / 2**30:.1f} GiB of memory"
                busy, waited = sum(watched.cpu_times()[:2]) - used, time.monotonic() - start
                if busy > self.seconds or waited > PATIENCE * self.seconds:
                    self.exceeded = f"it was not done after {self.seconds} s of processor time"
                if self.exceeded:
                    self.process.kill()
                    return
        except psutil.Error:
            return  # it has ended by itself


_SIDES = ("inputs", "outputs")


def files_of(path: Path) -> list[Path]:
    """Return an ONNX file and the files beside it that exporters put large weights into."""
    return [path, *(beside for end in (".data", "_data") if (beside := path.with_name(path.name + end)).is_file())]


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:
        return False


def _is_memory(reason: str) -> bool:
    return bool(re.search(r"alloc|memory", reason, re.IGNORECASE))


def _as_line(text: str) -> str:
    """Return an error of onnxruntime's as one line, without C++ places; its end, where the reason stands, is whole."""
    text = text if len(text) <= 4000 else f"{text[:2000]} … {text[-2000:]}"
    line = " ".join(_without_places(text.split()))
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= 400 else f"{line[:150]} … {line[-240:]}"


def _without_places(words: list[str]) -> list[str]:
    """Return words without ``/path/file.cc:12`` and the signature of a function after it."""
    remaining, position = [], 0
    while position < len(words):
        place, _, number = words[position].rpartition(":")
        remaining.append(words[position])
        position += 1
        if "/" in place and place.endswith((".cc", ".h", ".cpp")) and number.isdigit():
            remaining[-1] = place.partition("/")[0]
            ends = (i + 1 for i in range(position, min(position + 30, len(words))) if words[i].endswith(")"))
            position = next(ends, position)
    return [word for word in remaining if word]


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # what was still to be sent has no reader
