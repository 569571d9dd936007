"""A language: how a framework writes a program. Each backend has one; what they share stands here."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from gan_core.plans.plans import Node
from gan_core.recording.expressions import Word, Writer
from gan_core.recording.program_parts import Drawn, Line, NetworkPart, PlayerPart, ProgramParts, Section
from gan_core.recording.sizes import BATCH_SIZE
from gan_core.recording.steps import StepFunction
from gan_core.recording.values import Value

CALLED = "{module}({0})"  # of a layer that is called with what it reads


class Said(NamedTuple):
    """How a layer is said.

    made: the expression that makes its module, or "" where it has none. call: the expression of its output, with the
    inputs as {0}, {1} …, and the module as {module}. note: what is to be said beside the line that makes it, or "".
    twice: how it is said in a network whose gradients are differentiated again, where that differs. once: whether the
    framework cannot do that with it.
    definition: a text that the program needs besides, of a layer that the library or its user defines by operations.
    """

    made: str
    call: str
    note: str = ""
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
    helpers: name → the text of what the framework lacks and programs define. decorator: of step functions. batch_size:
    the number of samples of an array {0}.
    """

    framework: ClassVar[str]
    words: ClassVar[Mapping[str, Word]]
    helpers: ClassVar[Mapping[str, str]] = {}
    decorator: ClassVar[str] = ""
    batch_size: ClassVar[str] = "len({0})"
    channels_last: ClassVar[bool] = False
    transpose: ClassVar[str] = ""

    # --- what each framework says

    @abstractmethod
    def imports(self, text: str) -> Sequence[str]:
        """Return the lines that import the framework. text: of the networks, the steps and what they define besides."""

    @abstractmethod
    def layer(self, node: Node) -> Said:
        """Return how a layer is said. Raises `BackendError`, naming it, where it cannot be."""

    @abstractmethod
    def network(self, part: NetworkPart) -> Sequence[Line]:
        """Return the lines that define a network."""

    @abstractmethod
    def made(self, parts: ProgramParts) -> Sequence[Line]:
        """Return the statements that make all networks, and averages of them."""

    @abstractmethod
    def optimizer(self, player: PlayerPart) -> Sequence[str]:
        """Return the statements that make a player's optimizer, and its schedule where that is one by itself."""

    @abstractmethod
    def first_value(self, start: object) -> str:
        """Return the expression of what an objective keeps, before the first update."""

    @abstractmethod
    def body(self, function: StepFunction, parts: ProgramParts) -> list[Line]:
        """Return the lines of a step function up to what it returns."""

    @abstractmethod
    def writer(self, function: StepFunction) -> Writer:
        """Return what writes the values of a step function."""

    @abstractmethod
    def logged(self, writer: Any, value: Value) -> str:
        """Return the expression of a number that is printed."""

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

    # --- what follows from that

    def gan(self, parts: ProgramParts) -> list[Line]:
        """Return the lines of the class of networks and optimizers up to its step functions."""
        made = [*self.made(parts)]
        for player in parts.players:
            made += [Line(text=text, key=f"gan.{player.attribute}") for text in self.optimizer(player)]
        made += [
            Line(text=f"self.{one.attribute} = {self.first_value(one.start)}", key=f"gan.{one.attribute}")
            for one in parts.kept.values()
        ]
        return [
            Line(text="class GAN:", key="gan"),
            Line(text='    """The networks and their optimizers, with a function for each kind of update."""'),
            Line(text=""),
            *indented([Line(text="def __init__(self):"), *indented(made)]),
        ]

    def step(self, function: StepFunction, parts: ProgramParts) -> list[Line]:
        """Return the lines of a step function, a method of that class."""
        body, writer, key = self.body(function, parts), self.writer(function), f"{function.name}.return"
        logged = [(label.replace("/", "_"), value) for label, value in function.logged.items()]
        if parts.brief:
            logged = [(label, value) for label, value in logged if label.endswith("loss")]
        body.append(Line(text="return {", key=key))
        body += [Line(text=f'    "{label}": {self.logged(writer, value)},', key=key) for label, value in logged]
        body.append(Line(text="}", key=key))
        if any(BATCH_SIZE in line.text for line in body):
            count = self.batch_size.format(function.parameters[0].name)
            body.insert(0, Line(text=f"{BATCH_SIZE} = {count}", key=f"{function.name}.{BATCH_SIZE}"))
        given = "".join(f", {one.name}" for one in function.parameters)
        return [
            *([Line(text=self.decorator, key=function.name)] if self.decorator else []),
            Line(text=f"def {function.name}(self{given}):", key=function.name),
            *indented([Line(text=f'"""{function.title}"""', key=function.name), *body]),
        ]


def section(topic: str, lines: Sequence[Line | str]) -> Section:
    """Return a section; plain texts are lines without a key."""
    return Section(topic=topic, lines=tuple(Line(text=one) if isinstance(one, str) else one for one in lines))


def indented(lines: Sequence[Line], by: int = 1) -> list[Line]:
    """Return lines moved to the right by levels."""
    return [Line(text=f"{'    ' * by}{line.text}" if line.text else "", key=line.key) for line in lines]
