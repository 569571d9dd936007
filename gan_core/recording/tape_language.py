"""The language of frameworks of tapes: functions make the networks, and gradients come from what a tape has recorded.

Where a module language keeps a graph of everything, a tape records the statements that stand within it: see `tapes`.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from gan_core.recording import forward
from gan_core.recording.language import Language, indented
from gan_core.recording.program_parts import Line, NetworkPart, PlayerPart, ProgramParts
from gan_core.recording.steps import Clip, Follow, Keep, SetChance, Statement, StepFunction, Update
from gan_core.recording.tapes import TapedBody, TapeWords, TapeWriter
from gan_core.recording.values import Value
from gan_core.specs.networks import Input


class TapeLanguage(Language):
    """What frameworks of tapes write alike.

    tape: the expression that makes one. at_all: what a tape is asked for the gradients at where weights that a loss
    does not reach are to have gradients of 0.
    """

    tape: ClassVar[str]
    at_all: ClassVar[str]
    batch_size: ClassVar[str] = "{0}.shape[0]"

    # --- networks

    @override
    def network(self, part: NetworkPart) -> Sequence[Line]:
        plan, key = part.plan, part.plan.name
        told = {node.name: self.layer(node) for node in plan.nodes}
        said = {name: one.twice if part.twice and one.twice is not None else one for name, one in told.items()}
        # marks stand for layers until variables have names, so that no word of a layer is taken for a variable
        marks = {name: f"MADE_{number}_" for number, name in enumerate(said)}
        calls, outputs = forward.statements(plan, lambda node: said[node.name], marks.__getitem__)
        inputs = [forward.safe(name) for name in plan.inputs]
        body = [
            Line(text=f"{name} = {self.input(given)}", key=f"{key}.{name}")
            for name, given in zip(inputs, plan.inputs.values(), strict=True)
        ]
        notes: set[str] = set()
        for call in calls:
            text = call.text
            for name, mark in marks.items():
                note = said[name].note
                if note and note not in notes and (mark in text or call.key == f"{key}.{name}"):
                    body.append(Line(text=f"# {note}", key=call.key))
                    notes.add(note)
                text = text.replace(mark, said[name].made)
            body.append(Line(text=f"{call.name} = {text}", key=call.key))
        ends = [one[0] if len(one) == 1 else f"[{', '.join(one)}]" for one in (inputs, outputs)]
        body.append(Line(text=f"return {self.model(ends[0], ends[1], part.name)}", key=f"{key}.return"))
        return [Line(text=f"def build_{part.name}():", key=key), *indented(body)]

    @abstractmethod
    def input(self, given: Input) -> str:
        """Return the expression of an input of a network."""

    @abstractmethod
    def model(self, inputs: str, outputs: str, name: str) -> str:
        """Return the expression of a network from its inputs to its outputs."""

    # --- the class of all that learns

    @override
    def made(self, parts: ProgramParts) -> Sequence[Line]:
        made = [Line(text=f"self.{one.name} = build_{one.name}()", key=f"gan.{one.name}") for one in parts.networks]
        for average, network in parts.averages.items():
            made += [
                Line(text=f"self.{average} = build_{network}()", key=f"gan.{average}"),
                Line(text=f"self.{average}.set_weights(self.{network}.get_weights())", key=f"gan.{average}"),
            ]
        return made

    # --- step functions

    @override
    def body(self, function: StepFunction, parts: ProgramParts) -> list[Line]:
        words = TapeWords(
            tape=self.tape,
            watched=self.watched,
            moved=lambda statement, tape, writer: self.moved(statement, tape, writer, parts),
        )
        return TapedBody(function, self.writer(function), words).lines()

    def writer(self, function: StepFunction) -> TapeWriter:
        """Return what writes the values of a step function."""
        return TapeWriter(
            words=self.words, names=function.names, channels_last=self.channels_last, transpose=self.transpose
        )

    def logged(self, writer: TapeWriter, value: Value) -> str:
        """Return the expression of a number that is printed."""
        while value.word == "detach" and value not in writer.names:
            (value,) = value.operands
        return writer.text(value)

    def moved(self, statement: Statement, tape: str, writer: TapeWriter, parts: ProgramParts) -> Sequence[str]:
        """Return the statements of what follows from a loss. tape: the one that recorded an update's loss."""
        if isinstance(statement, Update):
            players = [one for one in parts.players if one.name in statement.players]
            at = self.at_all if statement.partial else "weights"
            return _update(statement.loss, players, tape, at)
        if isinstance(statement, Keep):
            return [f"self.{parts.kept[statement.name].attribute}.assign({writer.text(statement.value)})"]
        if isinstance(statement, SetChance):
            return [f"set_chance(self.{statement.network}, {writer.text(statement.value)})"]
        if isinstance(statement, Clip):
            return self.clipped(statement)
        assert isinstance(statement, Follow)  # the last kind
        return [f"follow(self.{statement.average}, self.{statement.network}, decay={statement.decay})"]

    @abstractmethod
    def clipped(self, clip: Clip) -> Sequence[str]:
        """Return the statements that clip a network's weights."""

    @abstractmethod
    def watched(self, tape: str, inputs: str) -> str:
        """Return the statement that has a tape follow arrays that are no weights."""


def weights_text(networks: Sequence[str]) -> str:
    """Return the list of all weights of networks."""
    return " + ".join(f"self.{one}.trainable_variables" for one in networks)


def _update(loss: str, players: Sequence[PlayerPart], tape: str, at: str) -> list[str]:
    """The gradients of a loss, and the moves of players; a tape is asked once for all of them. at: the weights."""
    if len(players) == 1:
        (one,) = players
        return [
            f"weights = {weights_text(one.networks)}",
            f"self.{one.attribute}.apply({tape}.gradient({loss}, {at}), weights)",
        ]
    lines = [f"weights = [{', '.join(weights_text(one.networks) for one in players)}]"]
    lines.append(f"gradients = {tape}.gradient({loss}, {at})")
    return lines + [
        f"self.{one.attribute}.apply(gradients[{place}], weights[{place}])" for place, one in enumerate(players)
    ]
