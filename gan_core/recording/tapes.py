"""Tapes: which statements of a step function stand within which, for frameworks that differentiate what a tape records.

Statements through which gradients of the same updates pass share a block. One through which none passes stands before
the block where that is possible, so that nobody records it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gan_core.recording.expressions import ATOM, Text, Word, Writer
from gan_core.recording.language import indented
from gan_core.recording.program_parts import Line
from gan_core.recording.steps import Define, Let, Statement, StepFunction, Update
from gan_core.recording.values import Value, values_in


@dataclass(kw_only=True)
class TapeWriter(Writer):
    """A writer that knows the tapes. inner: of gradients within a step, the tape that each comes from."""

    inner: dict[Value, str] = field(default_factory=dict)

    def named_in(self, value: Value) -> Iterator[Value]:
        """Yield the values with names that an expression is made of, itself if it has one."""
        if value in self.names:
            yield value
        else:
            for part in values_in(value.operands):
                yield from self.named_in(part)


@dataclass(frozen=True, kw_only=True)
class TapeWords:
    """What a framework says of tapes.

    tape: the expression that makes one. watched: (tape, arrays) → the statement that has it follow arrays that are no
    weights. moved: (statement, tape, writer) → the statements of what follows from a loss that the tape recorded.
    """

    tape: str
    watched: Callable[[str, str], str]
    moved: Callable[[Statement, str, TapeWriter], Sequence[str]]


@dataclass
class _Block:
    """Statements under the same tapes. defined: the names that it gives. called: the networks that it calls."""

    tapes: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)
    inner: str = ""  # the tape within which the last lines stand
    defined: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)


class TapedBody:
    """The statements of a step function on their way into blocks."""

    def __init__(self, function: StepFunction, writer: TapeWriter, words: TapeWords) -> None:
        self.function, self.writer, self.words = function, writer, words
        alone = len(function.phases) == 1
        self.tapes = {phase: "tape" if alone else f"{phase}_tape".replace(".", "_") for phase in function.phases}
        self.recorded: dict[str, set[Value]] = {}
        self.found: list[_Block] = [_Block(())]

    def lines(self) -> list[Line]:
        """Return its lines."""
        for number, statement in enumerate(self.function.statements):
            key = f"{self.function.name}.{number}"
            if isinstance(statement, Let):
                self._let(statement, key)
                continue
            if isinstance(statement, Define):
                self._define(statement, key)
                continue
            tape = self.tapes[statement.phase] if isinstance(statement, Update) else ""
            self.writer.attached = frozenset()
            texts = self.words.moved(statement, tape, self.writer)
            self._block(()).lines += [Line(text=text, key=key) for text in texts]
        made: set[str] = set()
        return [line for block in self.found for line in self._lines(block, made)]

    def _lines(self, block: _Block, made: set[str]) -> list[Line]:
        if not block.tapes:
            return block.lines
        entered = [tape if tape in made else f"{self.words.tape} as {tape}" for tape in block.tapes]
        made.update(block.tapes)
        return [Line(text=f"with {', '.join(entered)}:", key=block.lines[0].key), *indented(block.lines)]

    def _block(self, tapes: tuple[str, ...]) -> _Block:
        """The last block if it has these tapes, else a new one."""
        if self.found[-1].tapes != tapes:
            self.found.append(_Block(tapes))
        return self.found[-1]

    def _let(self, let: Let, key: str) -> None:
        tapes = tuple(self.tapes[phase] for phase in self.function.phases if phase in let.flows)
        block = self._block(tapes) if tapes or let.inner is not None else self._free(let)
        inner = self._inner_tape(let, block, key)
        recording = [*block.tapes, *([inner] if inner else [])]
        self.writer.attached = frozenset(value for tape in recording for value in self.recorded.get(tape, ()))
        line = Line(text=f"{', '.join(let.names)} = {self.writer.defining(let.value)}", key=key)
        block.lines += indented([line]) if inner else [line]
        block.defined.update(let.names)
        block.called.update(_calls(let.value))
        for tape in recording:
            self.recorded.setdefault(tape, set()).update(self._named(let))

    def _define(self, definition: Define, key: str) -> None:
        """A function within the step, which the tapes record wherever it is called."""
        self.writer.attached = frozenset(self.function.names)
        body = [f"{', '.join(let.names)} = {self.writer.defining(let.value)}" for let in definition.lets]
        body.append(f"return {self.writer.defining(definition.result)}")
        head = f"def {definition.name}({definition.parameter}):"
        lines = [Line(text=""), Line(text=head, key=key), *indented([Line(text=text, key=key) for text in body])]
        self.found[-1].inner = ""
        self.found[-1].lines += [*lines, Line(text="")]

    def _free(self, let: Let) -> _Block:
        """The block of a statement that no gradient passes through: before the tapes, if it may stand there."""
        last = self.found[-1]
        if not last.tapes:
            return last
        reads = {self.function.names[part] for part in self._read(let.value)}
        if reads & last.defined or set(_calls(let.value)) & last.called:
            return last
        if len(self.found) == 1 or self.found[-2].tapes:
            self.found.insert(-1, _Block(()))
        return self.found[-2]

    def _inner_tape(self, let: Let, block: _Block, key: str) -> str:
        """The tape of the gradients within whose computation a statement stands, entered if need be."""
        if let.inner is None:
            block.inner = ""
            return ""
        names = self.writer.inner
        again = let.inner in names
        name = names.setdefault(let.inner, "inner_tape" if not names else f"inner_tape_{len(names) + 1}")
        if block.inner != name:
            block.inner = name
            _, inputs, _ = let.inner.operands
            own = [part for part in inputs if part.word != "head"]  # a network's output is made as the tape looks on
            at = ", ".join(self.writer.text(part) for part in own)
            entered = name if again else f"{self.words.tape} as {name}"
            block.lines.append(Line(text=f"with {entered}:", key=key))
            if own and not again:
                watched = self.words.watched(name, at if len(own) == 1 else f"[{at}]")
                block.lines += indented([Line(text=watched, key=key)])
        return name

    def _read(self, value: Value) -> Iterator[Value]:
        for part in values_in(value.operands):
            yield from self.writer.named_in(part)

    def _named(self, let: Let) -> list[Value]:
        """The values that a statement gives names."""
        return [one for one in self.function.names if any(part is let.value for part in (one, *one.operands))]


def _calls(value: Value) -> list[str]:
    return [value.operands[0]] if value.word == "call" else []


def recorded(writer: Writer, value: Value) -> bool:
    """Whether a tape that a statement stands under has recorded what an expression is made of."""
    return isinstance(writer, TapeWriter) and any(part in writer.attached for part in writer.named_in(value))


def stopped(call: str) -> Word:
    """Return the writer of a constant. call: what stops gradients, {0} the value; left out where none would pass."""

    def write(writer: Writer, value: Value) -> Text:
        (inner,) = value.operands
        text = writer.text(inner, ATOM)
        return Text(call.format(writer.text(inner))) if recorded(writer, inner) else Text(text)

    return write
