"""All text for a terminal, a pipe or a shell's file passes through here, so that no output can end a command.

A letter that the stream's encoding lacks gets a stand-in (``−`` is ``-``, ``σ`` is ``sigma``); what a stream will not
take (a full disk, a closed pipe) is dropped, and the first reason is kept for the end of the command.
"""

import codecs
import contextlib
import errno
import io
import os
import select
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Tell = Callable[[str], object]  # who is told, a line at a time, what is being done or is not as usual
HANDLER = "gan-stand-in"
STAND_INS = {
    "−": "-", "–": "-", "—": "-", "×": "x", "·": "*", "…": "...", "→": "->", "←": "<-", "±": "+/-", "√": "sqrt",
    "∇": "grad ", "∂": "d", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "∞": "inf", "‖": "||", "′": "'", "ı": "i",
    "⁄": "/", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "■": "#", "★": "*", "⊙": "*", "⌊": "floor(", "⌋": ")",
    "°": " degrees",
}  # fmt: skip


def stand_in(letter: str) -> str:
    """Return ASCII for a letter: from the table, its plain form (``²`` is ``2``), a Greek letter's name, or ``?``."""
    if letter in STAND_INS:
        return STAND_INS[letter]
    plain = "".join(STAND_INS.get(part, part) for part in unicodedata.normalize("NFKD", letter))
    plain = "".join(part for part in plain if part.isascii())
    if plain or unicodedata.combining(letter):
        return plain
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK"):
        word = name.split(" LETTER ")[-1].split()[0]
        return word.capitalize() if "CAPITAL" in name else word.lower()
    if name.startswith("BOX DRAWINGS"):
        return {"HORIZONTAL": "-", "VERTICAL": "|"}.get(name.split()[-1], "+")
    return "?"


def _encoded_otherwise(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for the letters that an encoding lacks, and where to go on: a handler of `codecs`.

    The raw bytes of a file name stay as they are.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if "\udc80" <= letter <= "\udcff" and error.encoding in ("utf-8", "ascii"):
        return bytes([ord(letter) - 0xDC00]), error.start + 1
    return "".join(stand_in(letter) for letter in error.object[error.start : error.end]), error.end


codecs.register_error(HANDLER, _encoded_otherwise)


class Tolerant(io.RawIOBase):
    """The raw end of a stream that never fails. failure: the first reason why something was dropped, or None."""

    def __init__(self, below: io.RawIOBase | None) -> None:
        self.below = below
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Return True, as every stream for output does."""
        return True

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self.below is not None and self.below.isatty()

    def fileno(self) -> int:
        """Return the descriptor, where there is one."""
        if self.below is None:
            raise io.UnsupportedOperation("fileno")
        return self.below.fileno()

    def write(self, data: Any, /) -> int:
        """Write what the stream will take; report all of it as written."""
        if self.below is None:
            self.failure = OSError(errno.EBADF, "it is closed")
        while self.failure is None and self.below is not None:
            try:
                written = self.below.write(data)
            except OSError as error:
                self.failure = error
            else:
                if written is not None:
                    return int(written)
                select.select([], [self.below.fileno()], [])  # a pipe that somebody made non-blocking is full
        return memoryview(data).nbytes


@dataclass
class Output:
    """What became of the output of a command.

    raw: standard output's raw end, or None where it is somebody else's stream. answers: whether the output is what the
    command is for, so that losing it is a failure.
    """

    raw: Tolerant | None = None
    answers: bool = True

    def status(self, status: int) -> int:
        """Return a command's exit status; if its output was lost, say so in a line.

        A reader that closed its pipe has read enough: nothing is said then. Lost output that was the command's answer
        turns the status 0 into 1.
        """
        failure = self.raw.failure if self.raw else None
        if failure is None or failure.errno in (errno.EPIPE, errno.ECONNRESET):
            return status
        say(f"gan: standard output could not be written: {failure.strerror or failure}")
        return status or int(self.answers)


OUTPUT = Output()  # of this process's command line


@contextlib.contextmanager
def protected_output() -> Iterator[Output]:
    """Let standard output and error never fail while the block runs: prints, tables, bars, warnings, tracebacks."""
    _fill_closed_descriptors()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _protected(sys.stdout), _protected(sys.stderr)
    OUTPUT.raw, OUTPUT.answers = _raw(sys.stdout), True
    try:
        yield OUTPUT
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        sys.stdout, sys.stderr = before


def _fill_closed_descriptors() -> None:
    """Give closed standard descriptors to the null device: a file of the run must not be opened as number 1 or 2."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)


def _protected(stream: TextIO | None) -> TextIO:
    if stream is None:  # it was closed before Python began
        return _text(Tolerant(None), "utf-8", False)
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.RawIOBase) or not isinstance(stream, io.TextIOWrapper):  # a test's, an editor's
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    return _text(Tolerant(raw), stream.encoding, stream.line_buffering)


def _text(raw: Tolerant, encoding: str, line_buffering: bool) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, HANDLER, line_buffering=line_buffering)


def _raw(stream: TextIO) -> Tolerant | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, Tolerant) else None


class Stream(io.TextIOBase):
    """A text stream over a stream of somebody else's (a notebook's, a user's), which never fails."""

    def __init__(self, below: TextIO | None) -> None:
        self.below = below

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream below."""
        return getattr(self.below, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        try:
            return self.below is not None and self.below.isatty()
        except ValueError:  # closed
            return False

    def fileno(self) -> int:
        """Return the descriptor, where there is one."""
        if self.below is None:
            raise io.UnsupportedOperation("fileno")
        return self.below.fileno()

    def write(self, text: str, /) -> int:
        """Write what the stream will take; report all of it as written."""
        if self.below is not None:
            with contextlib.suppress(OSError, ValueError):  # ValueError: closed, or letters with no stand-in
                self.below.write(text.encode(self.encoding, HANDLER).decode(self.encoding, "surrogateescape"))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        if self.below is not None:
            with contextlib.suppress(OSError, ValueError):
                self.below.flush()


def silent(text: str) -> None:
    """Tell nobody."""


def say(text: str) -> None:
    """Print a line to standard error; where that is closed or full, nothing happens."""
    stream = Stream(sys.stderr)
    stream.write(text + "\n")
    stream.flush()


def console(**options: Any) -> "Console":
    """Return a Rich console on standard error that never fails. options: Rich's own."""
    from rich.console import Console

    return Console(file=Stream(sys.stderr), **options)  # type: ignore[arg-type]  # all that Rich asks of a file


@contextlib.contextmanager
def nothing_said_below_python() -> Iterator[None]:
    """Drop what libraries write to standard error below Python while the block runs."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def child_environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process whose output this one reads, as UTF-8; more: further variables."""
    return {**os.environ, **more, "PYTHONIOENCODING": "utf-8:backslashreplace"}
