"""Pickles as plain data: dictionaries, lists, numbers and words; nothing else that they would create is created.

A pickle is a program that calls what it names. Here every call becomes a `PickledCall`, which holds the name and the
arguments, so nothing is looked up, imported or run. Bytes stay in the file until somebody asks for them. The work and
the memory are bounded by `MOST_OPERATIONS`, whatever sizes the program states. The operations are those of Python's
``pickletools`` (protocols 0 to 5).
"""

import struct
from collections.abc import Callable
from typing import Any

from gan_core.errors import DamagedError
from gan_core.files.file_parts import FilePart

MOST_OPERATIONS = 1_000_000
LONGEST_WORD = 4096
LONGEST_LINE = 1000
_MARK = object()


class PickledCall:
    """A call that a pickle would make: of `name` ("collections.OrderedDict") with the arguments `args`.

    items: the keys and values that the pickle would set in the result. state: what it would set as its attributes.
    """

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        self.name, self.args = name, args
        self.items: dict[Any, Any] = {}
        self.state: Any = None


class CallableName(str):
    """The name of something that a pickle could call, with its module."""

    __slots__ = ()


class PersistentId:
    """The object outside the pickle that a persistent id stands for; key: that id, a plain value."""

    def __init__(self, key: Any) -> None:
        self.key = key


def load_pickle(part: FilePart, start: int = 0) -> tuple[Any, int, list[Any]]:
    """Return the value of the pickle at a place of a file, the place behind it, and the persistent ids in it.

    Bytes, and words of more than `LONGEST_WORD` bytes, are `FilePart`s. Raises `DamagedError` for what is no pickle.
    """
    machine = _Machine(part, start)
    try:
        return machine.run(), machine.place, machine.persistent_ids
    except (LookupError, TypeError, AttributeError, ValueError, struct.error, OverflowError) as error:
        raise DamagedError(f"{part.path} is no whole pickle ({type(error).__name__})") from None


class _Machine:
    """The stack machine that a pickle is a program for."""

    def __init__(self, part: FilePart, start: int) -> None:
        self.part, self.place = part, start
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.persistent_ids: list[Any] = []

    def run(self) -> Any:
        for _ in range(MOST_OPERATIONS):
            code = self.take(1)
            if code == b".":
                return self.stack.pop()
            if code not in _OPERATIONS:
                raise DamagedError(f"{self.part.path} is no pickle: operation {code!r}")
            _OPERATIONS[code](self)
        raise DamagedError(f"{self.part.path} is a pickle of more than {MOST_OPERATIONS} operations")

    def take(self, count: int) -> bytes:
        raw = self.part.read(self.place, count)
        self.place += count
        return raw

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def line(self) -> str:
        raw = self.part.read(self.place, min(LONGEST_LINE, self.part.length - self.place))
        text, end, _ = raw.partition(b"\n")
        if not end:
            raise ValueError("a line without end")
        self.place += len(text) + 1
        return text.decode("latin-1")

    def chunk(self, size_bytes: int) -> FilePart:
        """Return bytes whose length comes before them, unread."""
        length = self.number(size_bytes)
        part = self.part.part(self.place, length)
        self.place += length
        return part

    def word(self, size_bytes: int) -> Any:
        part = self.chunk(size_bytes)
        return part if part.length > LONGEST_WORD else part.read(0, part.length).decode("utf-8", "replace")

    def pop_to_mark(self) -> list[Any]:
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                items = self.stack[index + 1 :]
                del self.stack[index:]
                return items
        raise LookupError("no mark")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def call(self) -> None:
        args, name = self.stack.pop(), self.stack.pop()
        known = str(name) if isinstance(name, CallableName) else ""
        self.push(PickledCall(known, args if isinstance(args, tuple) else ()))

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        table = target.items if isinstance(target, PickledCall) else target
        if not isinstance(table, dict):
            raise TypeError("no table")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if isinstance(key, str | int | float) or key is None:  # no tuples: hashing those can take for ever
                table[key] = value

    def append(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def refer(self, key: Any) -> None:
        self.persistent_ids.append(key)
        self.push(PersistentId(key))

    def build(self) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], PickledCall):
            self.stack[-1].state = state

    def new(self) -> None:
        keywords, args, name = self.stack.pop(), self.stack.pop(), self.stack.pop()
        del keywords
        self.stack += [name, args]
        self.call()

    def dictionary(self, items: list[Any]) -> None:
        self.push({})
        self.set_items(items)

    def instance(self, name: str, args: list[Any]) -> None:
        self.push(PickledCall(name, tuple(args)))

    def object(self) -> None:
        name, *args = self.pop_to_mark()
        self.instance(str(name), args)


def _long(machine: _Machine, size_bytes: int) -> None:
    length = machine.number(size_bytes)
    if length > 16:
        raise ValueError("a number of more than 16 bytes")
    machine.push(machine.number(length, signed=True))


def _named(machine: _Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.push(CallableName(f"{module}.{name}" if isinstance(name, str) and isinstance(module, str) else ""))


def _integer(machine: _Machine) -> None:
    text = machine.line()
    machine.push(text == "01" if text in ("00", "01") else int(text.rstrip("L")))


_OPERATIONS: dict[bytes, Callable[[_Machine], Any]] = {
    b"\x80": lambda m: m.take(1),  # the protocol
    b"\x95": lambda m: m.take(8),  # a frame
    b"(": lambda m: m.push(_MARK),
    b"0": lambda m: m.stack.pop(),
    b"1": lambda m: m.pop_to_mark(),
    b"2": lambda m: m.push(m.stack[-1]),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": _integer,
    b"J": lambda m: m.push(m.number(4, signed=True)),
    b"K": lambda m: m.push(m.number(1)),
    b"M": lambda m: m.push(m.number(2)),
    b"L": _integer,
    b"\x8a": lambda m: _long(m, 1),
    b"\x8b": lambda m: _long(m, 4),
    b"F": lambda m: m.push(float(m.line())),
    b"G": lambda m: m.push(struct.unpack(">d", m.take(8))[0]),
    b"S": lambda m: m.push(m.line()[1:-1]),
    b"V": lambda m: m.push(m.line()),
    b"T": lambda m: m.push(m.word(4)),
    b"U": lambda m: m.push(m.word(1)),
    b"X": lambda m: m.push(m.word(4)),
    b"\x8c": lambda m: m.push(m.word(1)),
    b"\x8d": lambda m: m.push(m.word(8)),
    b"B": lambda m: m.push(m.chunk(4)),
    b"C": lambda m: m.push(m.chunk(1)),
    b"\x8e": lambda m: m.push(m.chunk(8)),
    b"\x96": lambda m: m.push(m.chunk(8)),
    b"}": lambda m: m.push({}),
    b"d": lambda m: m.dictionary(m.pop_to_mark()),
    b"s": lambda m: m.set_items([m.stack.pop(-2), m.stack.pop()]),
    b"u": lambda m: m.set_items(m.pop_to_mark()),
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.pop_to_mark()),
    b"a": lambda m: m.append([m.stack.pop()]),
    b"e": lambda m: m.append(m.pop_to_mark()),
    b")": lambda m: m.push(()),
    b"t": lambda m: m.push(tuple(m.pop_to_mark())),
    b"\x85": lambda m: m.push((m.stack.pop(),)),
    b"\x86": lambda m: m.push((m.stack.pop(-2), m.stack.pop())),
    b"\x87": lambda m: m.push((m.stack.pop(-3), m.stack.pop(-2), m.stack.pop())),
    b"\x8f": lambda m: m.push(None),  # a set: no array is in one
    b"\x90": lambda m: m.pop_to_mark(),
    b"\x91": lambda m: m.push(m.pop_to_mark() and None),
    b"c": lambda m: m.push(CallableName(f"{m.line()}.{m.line()}")),
    b"\x93": _named,
    b"R": lambda m: m.call(),
    b"\x81": lambda m: m.call(),
    b"\x92": lambda m: m.new(),
    b"b": lambda m: m.build(),
    b"o": lambda m: m.object(),
    b"i": lambda m: m.instance(f"{m.line()}.{m.line()}", m.pop_to_mark()),
    b"Q": lambda m: m.refer(m.stack.pop()),
    b"P": lambda m: m.refer(m.line()),
    b"g": lambda m: m.push(m.memo[int(m.line())]),
    b"h": lambda m: m.push(m.memo[m.number(1)]),
    b"j": lambda m: m.push(m.memo[m.number(4)]),
    b"p": lambda m: m.memo.__setitem__(int(m.line()), m.stack[-1]),
    b"q": lambda m: m.memo.__setitem__(m.number(1), m.stack[-1]),
    b"r": lambda m: m.memo.__setitem__(m.number(4), m.stack[-1]),
    b"\x94": lambda m: m.memo.__setitem__(len(m.memo), m.stack[-1]),
}
