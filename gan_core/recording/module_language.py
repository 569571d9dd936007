"""The language of frameworks of modules: classes with attributes, and step functions over a graph that runs as it goes.

What differs between them is filled in by each.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from typing_extensions import override

from gan_core.errors import BackendError
from gan_core.plans.plans import Node, Plan
from gan_core.recording import forward
from gan_core.recording.expressions import Word, Writer
from gan_core.recording.language import Language, Said, indented
from gan_core.recording.module_styles import equalised
from gan_core.recording.program_parts import Line, NetworkPart, PlayerPart, ProgramParts
from gan_core.recording.steps import Clip, Define, Follow, Keep, Let, SetChance, StepFunction, Update
from gan_core.recording.values import Value, values_in
from gan_core.specs.optimizers import ExponentialDecay, InverseTimeDecay, LinearDecay, Schedule
from gan_core.specs.spec import variant_name


class ModuleLanguage(Language):
    """What PyTorch and those that follow it write alike.

    module: the base class of networks. twice_words: operations that are said otherwise where a loss is differentiated
    twice. no_grad: of a block, and of a function, in which no graph is kept.
    zero: the method that forgets an optimizer's gradients. zero_partial: its call where weights that a loss does not
    reach are to have gradients of 0. leaf: the statement that has gradients be taken at a value,
    {0} its name, or "" where the word of the value does. clamped: how a weight, {0}, is clipped to ±{1} in place.
    """

    module: ClassVar[str] = "nn.Module"
    twice_words: ClassVar[Mapping[str, Word]] = {}
    no_grad: ClassVar[str]
    zero: ClassVar[str]
    zero_partial: ClassVar[str]
    backward_again: ClassVar[str] = "retain_graph=True"
    leaf: ClassVar[str] = ""
    clamped: ClassVar[str]

    # --- networks

    @override
    def network(self, part: NetworkPart) -> Sequence[Line]:
        plan, key = part.plan, part.plan.name
        said = {node.name: self._said(node, part) for node in plan.nodes}
        made: list[Line] = []
        notes: set[str] = set()
        for node in plan.nodes:
            one, place = said[node.name], f"{key}.{node.name}"
            if one.note and one.note not in notes:
                made.append(Line(text=f"# {one.note}", key=place))
                notes.add(one.note)
            if one.made:
                made.append(Line(text=f"self.{forward.safe(node.name)} = {one.made}", key=place))
        calls, outputs = forward.statements(
            plan, lambda node: said[node.name], lambda name: f"self.{forward.safe(name)}"
        )
        inputs = ", ".join(forward.safe(name) for name in plan.inputs)
        body = [Line(text=f"{call.name} = {call.text}", key=call.key) for call in calls]
        if len(outputs) == 1 and body and body[-1].text.startswith(f"{outputs[0]} = "):
            body[-1] = Line(text=f"return {calls[-1].text}", key=body[-1].key)
        else:
            body.append(Line(text=f"return {', '.join(outputs)}", key=f"{key}.return"))
        return [
            Line(text=f"class {part.class_name}({self.module}):", key=key),
            *indented(
                [
                    Line(text="def __init__(self):"),
                    *indented([Line(text="super().__init__()"), *made, *self._start(plan, said)]),
                ]
            ),
            Line(text=""),
            *indented([Line(text=f"def forward(self, {inputs}):", key=f"{key}.forward"), *indented(body)]),
        ]

    def _said(self, node: Node, part: NetworkPart) -> Said:
        """How a layer of a network is said."""
        said = self.layer(node)
        if part.twice and said.once:
            raise BackendError(
                f"network '{part.name}', layer '{node.name}': {self.framework} has no second derivative of a "
                f"{variant_name(type(node.layer).__name__)}, which the gradient penalty needs"
            )
        return said.twice if part.twice and said.twice is not None else said

    def _start(self, plan: Plan, said: Mapping[str, Said]) -> list[Line]:
        """The lines that set first weights: one loop where all layers of a kind start alike, else a line a weight."""
        kinds: dict[str, dict[tuple[str, str], list[str]]] = {}
        lines: list[Line] = []
        for node in plan.nodes:
            for weight, text in self.first_weights(node).items():
                if "{module}(" not in said[node.name].call:  # no layer that is called, but the weight itself
                    own = _filled(text, f"self.{forward.safe(node.name)}")
                    lines.append(Line(text=own, key=f"{plan.name}.{node.name}.start"))
                    continue
                kind, inner = self.kind_of(said[node.name])
                kinds.setdefault(kind, {}).setdefault((f"{inner}{weight}", text), []).append(node.name)
        for kind, starts in kinds.items():
            alike = dict(list(starts))
            whole = [node.name for node in plan.nodes if self.kind_of(said[node.name])[0] == kind]
            if len(alike) == len(starts) and all(names == whole for names in starts.values()) and len(whole) > 1:
                lines.append(Line(text="for layer in self.children():", key=f"{plan.name}.start"))
                lines.append(Line(text=f"    if isinstance(layer, {kind}):", key=f"{plan.name}.start"))
                lines += [
                    Line(text=f"        {_filled(text, f'layer.{weight}')}", key=f"{plan.name}.start")
                    for weight, text in alike.items()
                ]
                continue
            lines += [
                Line(text=_filled(text, f"self.{forward.safe(name)}.{weight}"), key=f"{plan.name}.{name}.start")
                for (weight, text), names in starts.items()
                for name in names
            ]
        if any(self.kind_of(one)[0] == "SpectralNorm" for one in said.values()):
            loop = ("for layer in self.children():", "    if isinstance(layer, SpectralNorm):", "        layer.begin()")
            lines += [Line(text=text, key=f"{plan.name}.start") for text in loop]
        return lines

    @override
    def layer(self, node: Node) -> Said:
        words = self.own_layer(node)
        if words is None:
            return self.defined_layer(node)
        spectral = getattr(node.layer, "spectral_norm", False)
        return words._replace(made=f"SpectralNorm({words.made})") if spectral else equalised(words, node)

    @abstractmethod
    def own_layer(self, node: Node) -> Said | None:
        """Return how the framework says a layer but for spectral norm, or None where it has no words for it."""

    @abstractmethod
    def defined_layer(self, node: Node) -> Said:
        """Return how a layer is said that is defined by operations: as a class of the program."""

    def kind_of(self, said: Said) -> tuple[str, str]:
        """Return the class of a layer's module, and where in the module its weights lie, as "layer."."""
        kind = said.made.partition("(")[0]
        return kind, "layer." if kind in ("SpectralNorm", "Equalised") else ""

    @abstractmethod
    def first_weights(self, node: Node) -> Mapping[str, str]:
        """Return weight → the statement that sets it first, for those that start by no default.

        {0}: the weight. {layer}: the layer that has it, for a statement that sets all its weights.
        """

    # --- the class of all that learns

    @override
    def made(self, parts: ProgramParts) -> Sequence[Line]:
        made = [Line(text=f"self.{one.name} = {one.class_name}()", key=f"gan.{one.name}") for one in parts.networks]
        return made + [
            Line(text=f"self.{average} = copy.deepcopy(self.{network})", key=f"gan.{average}")
            for average, network in parts.averages.items()
        ]

    # --- step functions

    @override
    def body(self, function: StepFunction, parts: ProgramParts) -> list[Line]:
        writer = self.writer(function)
        body: list[Line] = []
        constants: list[Line] = []

        def flush() -> None:
            if constants:
                body.append(Line(text=f"with {self.no_grad}:", key=constants[0].key))
                body.extend(indented(constants))
                constants.clear()

        for number, statement in enumerate(function.statements):
            key = f"{function.name}.{number}"
            if isinstance(statement, Let):
                alone = statement.value.word == "gradients" and len(statement.names) == 1
                names = f"({statement.names[0]},)" if alone else ", ".join(statement.names)
                line = Line(text=f"{names} = {writer.defining(statement.value)}", key=key)
                if not statement.flows and holds_call(statement.value, writer):
                    constants.append(line)
                    continue
                flush()
                body.append(line)
                if self.leaf and statement.value.word == "leaf":
                    body.append(Line(text=self.leaf.format(names), key=key))
            elif isinstance(statement, Define):
                flush()
                body += self._defined(statement, writer, key)
            else:
                flush()
                body += [Line(text=text, key=key) for text in self._moved(statement, writer, parts)]
        return body

    def _defined(self, definition: Define, writer: Writer, key: str) -> list[Line]:
        """The lines of a function within the step, whose result is differentiated twice."""
        writer = replace(writer, words={**writer.words, **self.twice_words})
        inner = [f"{', '.join(let.names)} = {writer.defining(let.value)}" for let in definition.lets]
        inner.append(f"return {writer.defining(definition.result)}")
        head = Line(text=f"def {definition.name}({definition.parameter}):", key=key)
        return [Line(text=""), head, *indented([Line(text=text, key=key) for text in inner]), Line(text="")]

    def writer(self, function: StepFunction) -> Writer:
        """Return what writes the values of a step function."""
        return Writer(
            words=self.words,
            names=function.names,
            attached=function.attached,
            channels_last=self.channels_last,
            transpose=self.transpose,
        )

    def logged(self, writer: Writer, value: Value) -> str:
        """Return the expression of a number that is printed."""
        while value.word == "detach" and value not in writer.names:
            (value,) = value.operands
        return f"{writer.text(value, 5)}.item()"

    def _moved(
        self, statement: Update | Keep | SetChance | Clip | Follow, writer: Writer, parts: ProgramParts
    ) -> list[str]:
        if isinstance(statement, Update):
            players = [one for one in parts.players if one.name in statement.players]
            again = f"({self.backward_again})" if statement.again else "()"
            zero = self.zero_partial if statement.partial else f"{self.zero}()"
            lines = [f"self.{one.attribute}.{zero}" for one in players]
            lines.append(f"{statement.loss}.backward{again}")
            for one in players:
                lines += [*self.clipped(one), f"self.{one.attribute}.step()"]
                if one.schedule:
                    lines.append(f"self.{one.schedule}.step()")
            return lines
        if isinstance(statement, Keep):
            attribute = parts.kept[statement.name].attribute
            return [f"self.{attribute} = {writer.text(statement.value)}"]
        if isinstance(statement, SetChance):
            return [f"set_chance(self.{statement.network}, {writer.text(statement.value)})"]
        if isinstance(statement, Clip):
            return [f"with {self.no_grad}:", *(f"    {line}" for line in self.clipped_weights(statement, parts))]
        return [f"follow(self.{statement.average}, self.{statement.network}, decay={statement.decay})"]

    def clipped_weights(self, clip: Clip, parts: ProgramParts) -> list[str]:
        """Return the statements that clip a network's weights in place."""
        return [
            f"for weight in self.{clip.network}.parameters():",
            f"    {self.clamped.format('weight', clip.limit)}",
        ]

    @abstractmethod
    def clipped(self, player: PlayerPart) -> Sequence[str]:
        """Return the statements that clip a player's gradients, where its optimizer asks for that."""


def _filled(text: str, weight: str) -> str:
    """The statement that sets a weight first."""
    return text.format(weight, layer=weight.rpartition(".")[0])


def parameters(player: PlayerPart) -> str:
    """Return the expression of all weights that a player moves."""
    first, *rest = [f"self.{network}.parameters()" for network in player.networks]
    return f"[{', '.join(f'*{one}' for one in (first, *rest))}]" if rest else first


def holds_call(value: Value, writer: Writer) -> bool:
    """Whether a network is called in an expression."""
    return value.word == "call" or any(
        holds_call(part, writer) for part in values_in(value.operands) if part not in writer.names
    )


def factor_text(schedule: Schedule) -> str:
    """Return what the learning rate is multiplied by after `updates` updates, as an expression, or "" if unknown."""
    if type(schedule) is LinearDecay:
        return f"min(1.0, max(0.0, ({schedule.end} - updates) / {schedule.end - schedule.start}))"
    if type(schedule) is InverseTimeDecay:
        return f"1 / (1 + {schedule.rate} * updates)"
    if type(schedule) is ExponentialDecay:
        exponent = "updates" if schedule.every == 1 else f"(updates / {schedule.every})"
        return f"{schedule.rate} ** {exponent}"
    return ""
