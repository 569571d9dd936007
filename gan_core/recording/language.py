"""A language: how a framework writes a program. Each backend has one; what they share stands here."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from gan_core.plans.plans import Node
from gan_core.recording.expressions import Word
from gan_core.recording.program_parts import Drawn, Line, NetworkPart, ProgramParts, Section
from gan_core.recording.steps import StepFunction


class Said(NamedTuple):
    """How a layer is said.

    made: the expression that makes its module, or "" where it has none. call: the expression of its output, with the
    inputs as {0}, {1} …, and the module as {module}. note: what is to be said beside the line that makes it, or "".
    helper: the name of a piece of text that the program needs besides, or "". twice: how it is said in a network whose
    gradients are differentiated again, where that differs. once: whether the framework cannot do that with it.
    definition: a text that the program needs besides, of a layer that the library or its user defines by operations.
    """

    made: str
    call: str
    note: str = ""
    helper: str = ""
    twice: "Said | None" = None
    once: bool = False
    definition: str = ""


COMMON_HELPERS = {
    "pool_decisions": '''def pool_decisions(count, size, seen):
    """Return for each new sample, of which `seen` came before, which old one is shown and where the new one is kept.

    While the pool fills, every sample is shown and kept; then, half the time, it changes places with an old one.
    """
    decisions = np.zeros((count, 2, size), np.float32)
    for index in range(count):
        if seen + index < size:
            decisions[index, 1, seen + index] = 1
        elif np.random.random() < 0.5:
            decisions[index, :, np.random.randint(size)] = 1
    return decisions
''',
}


class Language(ABC):
    """How a framework writes a program.

    framework: its name in messages. suffix: of checkpoints. words: operations on arrays. channels_last: the order of
    axes of its pictures. transpose: the text that orders axes anew, {0} the array, {1} the order.
    helpers: name → the text of what the framework lacks and programs define.
    """

    framework: ClassVar[str]
    words: ClassVar[Mapping[str, Word]]
    helpers: ClassVar[Mapping[str, str]] = {}
    channels_last: ClassVar[bool] = False
    transpose: ClassVar[str] = ""

    # --- what each framework says

    @abstractmethod
    def imports(self, parts: ProgramParts) -> Sequence[str]:
        """Return the lines that import the framework."""

    @abstractmethod
    def layer(self, node: Node) -> Said:
        """Return how a layer is said. Raises `BackendError`, naming it, where it cannot be."""

    @abstractmethod
    def network(self, part: NetworkPart) -> Sequence[Line]:
        """Return the lines that define a network."""

    @abstractmethod
    def gan(self, parts: ProgramParts) -> Sequence[Line]:
        """Return the lines of the class of networks and optimizers up to its step functions."""

    @abstractmethod
    def step(self, function: StepFunction, parts: ProgramParts) -> Sequence[Line]:
        """Return the lines of a step function, a method of that class."""

    @abstractmethod
    def drawn(self, drawn: Drawn, count: str) -> str:
        """Return the expression of an array that is drawn for `count` samples."""

    @abstractmethod
    def batches(self, parts: ProgramParts) -> Sequence[str]:
        """Return the lines of ``batches_of(arrays, batch_size)``, which yields batches for ever."""

    def changing(self, parts: ProgramParts) -> Sequence[str]:
        """Return the attributes that a checkpoint holds."""
        return parts.changing

    @abstractmethod
    def running(self, parts: ProgramParts) -> Mapping[str, str]:
        """Return the pieces of `main` that a framework has its own words for: see `gan_core.programs.main_text`."""


def section(topic: str, lines: Sequence[Line | str]) -> Section:
    """Return a section; plain texts are lines without a key."""
    return Section(topic=topic, lines=tuple(Line(text=one) if isinstance(one, str) else one for one in lines))


def indented(lines: Sequence[Line], by: int = 1) -> list[Line]:
    """Return lines moved to the right by levels."""
    return [Line(text=f"{'    ' * by}{line.text}" if line.text else "", key=line.key) for line in lines]
