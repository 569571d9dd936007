"""Runs one ONNX file in a separate process: the memory and the time that a stranger's file asks for are this one's.

A script, started by `onnx_session`, that knows nothing of the library. It reads requests from standard input and
answers on standard output. A message is the length of its head (8 bytes), the head (JSON), and the bytes of the arrays
that the head lists as [dtype, shape].
"""

import contextlib
import json
import os
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

import numpy as np

METADATA = ("value_range", "layout", "resize", "size", "mean", "deviation", "output", "token")
LARGEST_HEAD = 2**20  # bytes
MOST_VALUES = 2**16  # of one sample in one output

Arrays = list[np.ndarray]


def send(stream: BinaryIO, head: dict[str, Any], arrays: Arrays) -> None:
    """Write a message: its head and its arrays."""
    described = json.dumps(head | {"arrays": [[array.dtype.str, array.shape] for array in arrays]}).encode()
    stream.write(struct.pack("<Q", len(described)) + described)
    for array in arrays:
        stream.write(np.ascontiguousarray(array).data)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], Arrays]:
    """Return the head and the arrays of a message. Raises `EOFError` if the sender has ended, or sends no message."""
    (length,) = struct.unpack("<Q", _exactly(stream, 8))
    if length > LARGEST_HEAD:
        raise EOFError
    head = json.loads(_exactly(stream, length))
    arrays = []
    for code, shape in head.pop("arrays"):
        count = int(np.prod(shape, dtype=object))
        arrays.append(np.frombuffer(_exactly(stream, count * np.dtype(code).itemsize), code).reshape(shape))
    return head, arrays


def _exactly(stream: BinaryIO, count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EOFError
    return content


def _limit(memory: int) -> None:
    """Bound this process's memory, in bytes, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _limit_time(seconds: int) -> None:
    """Bound the processor time from here on: the starter does so too, but it may have ended."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + 2 * seconds, hard))


def _opened(path: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # it would print the error that is raised anyway
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _described(session: Any) -> dict[str, Any]:
    stated = session.get_modelmeta().custom_metadata_map
    return {
        "inputs": [[value.name, value.type, value.shape] for value in session.get_inputs()],
        "outputs": [[value.name, value.type, value.shape] for value in session.get_outputs()],
        "metadata": {key: stated[key] for key in METADATA if key in stated},
    }


def _token(name: str, value: np.ndarray, token: int) -> np.ndarray:
    """Return one token [N, D] of an output [N, tokens, D]; any other output as it is."""
    if value.ndim != 3:
        return value
    if token >= value.shape[1]:
        raise ValueError(f"output '{name}' has the shape {list(value.shape)}: no token {token}")
    return value[:, token]


def _run(session: Any, request: dict[str, Any], samples: np.ndarray) -> tuple[dict[str, Any], Arrays]:
    outputs = request["outputs"]
    values = [np.asarray(value) for value in session.run(outputs, {session.get_inputs()[0].name: samples})]
    if (token := request["token"]) is not None:
        values[0] = _token(outputs[0], values[0], token)
    for name, value in zip(outputs, values, strict=True):
        if value.size > MOST_VALUES * len(samples):
            raise ValueError(f"output '{name}' has the shape {list(value.shape)}: too large for features")
    return {}, values


def _answered(answers: BinaryIO, work: Callable[[], tuple[dict[str, Any], Arrays]]) -> bool:
    """Send the result of a piece of work, or its error; return whether it succeeded."""
    try:
        head, arrays = work()
    except Exception as error:  # noqa: BLE001  onnxruntime raises its own kinds, which differ between versions
        head, arrays = {"error": str(error) or type(error).__name__}, []
    send(answers, head, arrays)
    return "error" not in head


def main(path: str, memory: int, seconds: int) -> None:
    """Open the file at `path`, describe it, and run it on all samples that arrive until standard input ends.

    memory: the bound in bytes. seconds: the processor time for opening the file, and for a run beside 1 s a sample.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    _limit(memory)
    _limit_time(seconds)
    session: Any = None

    def opened() -> tuple[dict[str, Any], Arrays]:
        nonlocal session
        session = _opened(path)
        return _described(session), []

    going_on = _answered(answers, opened)
    while going_on:
        try:
            request, arrays = receive(sys.stdin.buffer)
        except EOFError:
            return
        _limit_time(seconds + len(arrays[0]))
        _answered(answers, partial(_run, session, request, arrays[0]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
