"""All text for a terminal, a pipe or a shell's file passes through here, so that no output can end a command.

A letter that the stream's encoding lacks gets a stand-in (``−`` is ``-``, ``σ`` is ``sigma``); what a stream will not
take (a full disk, a closed pipe) is dropped, and the first reason is kept for the end of the command.
"""

import codecs
import contextlib
import errno
import io
import json
import os
import select
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Tell = Callable[[str], object]  # who is told, a line at a time, what is being done or is not as usual
HANDLER = "gan-stand-in"
SHORT_CELL = 14  # columns that a cell takes to be read in one piece
PIPE_WIDTH = 200  # columns of a table in a file or a pipe, which gets whole lines
STAND_INS = {
    "−": "-", "–": "-", "—": "-", "×": "x", "·": "*", "…": "...", "→": "->", "←": "<-", "±": "+/-", "√": "sqrt",
    "∇": "grad ", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "∞": "inf", "‖": "||", "′": "'", "ı": "i", "⁄": "/",
    "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*",
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


def child_environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process whose output this one reads, as UTF-8; more: further variables."""
    return {**os.environ, **more, "PYTHONIOENCODING": "utf-8:backslashreplace"}


def print_json(content: Any) -> None:
    """Print plain data as JSON in ASCII, which every encoding holds and every reader reads."""
    OUTPUT.answers = True
    print(json.dumps(content, indent=2))


def print_file(text: str) -> None:
    r"""Print the text of a TOML or JSON file such that it reads back whatever the encoding of the stream.

    Outside UTF-8 a letter beyond ASCII becomes ``\u00d7``, which is the same letter to both formats.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    plain = codecs.lookup(encoding).name == "utf-8" and os.name != "nt"  # there a shell reads it anew, in its own
    print(text if plain else escaped(text), end="")


def escaped(text: str) -> str:
    r"""Return a TOML or JSON text, whose strings are the only place of other letters, in ASCII with ``\u`` escapes."""
    if text.startswith("{"):
        return json.dumps(json.loads(text), indent=2) + "\n"
    return "".join(letter if letter.isascii() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def print_table(rows: Sequence[Mapping[str, Any]], title: str | None = None, optional: Sequence[str] = ()) -> None:
    """Print a table; the names in the first column are never cut, and long cells take several lines.

    optional: columns that a narrow terminal goes without; the first of them is left out first.
    """
    from rich.console import Console

    screen = Console(highlight=False, markup=False, emoji=False)
    width = screen.width if screen.is_terminal else PIPE_WIDTH
    keys = list(rows[0])
    left_out = [key for key in optional if key in keys]
    while left_out and _least_width(rows, keys) > width:
        keys.remove(left_out.pop(0))
    Console(width=width, highlight=False, markup=False, emoji=False).print(_table(rows, keys, title))
    if missing := [key for key in rows[0] if key not in keys]:
        print(f"a wider terminal shows {', '.join(missing)} too")


def _table(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], title: str | None) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for key in keys:
        numeric = all(isinstance(row[key], int | float) for row in rows)
        widest = max(len(_cell(row[key])) for row in rows)
        whole = key == keys[0] or numeric or widest <= SHORT_CELL
        table.add_column(
            key, justify="right" if numeric else "left", overflow="fold", min_width=widest if whole else None
        )
    for row in rows:
        table.add_row(*(_cell(row[key]) for key in keys))
    return table


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _least_width(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> int:
    """Return the columns in which a table is pleasant to read: short cells whole, long ones in some 30."""
    return sum(2 + min(30, max(len(key), *(len(_cell(row[key])) for row in rows))) for key in keys)
