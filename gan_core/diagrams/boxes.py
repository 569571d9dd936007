"""What is drawn as one box: a layer with weights and what goes along with it, a block, an input, an output."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from gan_core.experiments.wording import kind_of_input, unusual_fields, value_in_words
from gan_core.plans.plans import Node, Plan
from gan_core.specs.layers import Layer
from gan_core.specs.networks import Input
from gan_core.specs.spec import variant_name

Role = Literal["input", "weights", "block", "join", "plain", "output"]
INPUT, OUTPUT = "input:", "output:"  # before the names of inputs and outputs, so that no layer's name is theirs


@dataclass(frozen=True, kw_only=True)
class Row:
    """A layer in a box: how it is called and its settings, in words. main: whether the box is drawn for its sake."""

    name: str
    settings: str = ""
    main: bool = False


@dataclass(frozen=True, kw_only=True)
class Box:
    """What is drawn as one.

    name: unique in its network. rows: of its layers in order. inside: what a block is made of, in words, or "".
    shape: of its output, without the batch, in words. reads: the names of the boxes that it reads. layers: the names of
    all layers in it, those of a block too.
    """

    name: str
    role: Role
    rows: tuple[Row, ...]
    shape: str
    inside: str = ""
    parameters: int = 0
    reads: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A layer, or a block with its layers. reads: layers and inputs outside it."""

    name: str
    layer: Layer
    nodes: tuple[Node, ...]
    reads: tuple[str, ...]

    @property
    def is_block(self) -> bool:
        return self.nodes[0].block is not None

    @property
    def grows(self) -> bool:
        """Whether it makes more values than any of its inputs has, so that it belongs to what reads them."""
        made = math.prod(self.nodes[-1].plan.output_shape)
        return not self.is_main and made > max(map(math.prod, self.nodes[0].input_shapes))

    @property
    def is_main(self) -> bool:
        """Whether a box is drawn for its sake: it multiplies, looks up, or joins values of one shape."""
        joins = len(self.reads) > 1 and len({*self.nodes[0].input_shapes}) == 1 and not self._widens
        return self.is_block or joins or any(node.plan.multiply_adds for node in self.nodes) or self._looks_up

    @property
    def _looks_up(self) -> bool:
        return self.nodes[0].input_shapes[0] == ()

    @property
    def _widens(self) -> bool:
        return self.nodes[-1].plan.output_shape != self.nodes[0].input_shapes[0]


def boxes_of(plan: Plan) -> list[Box]:
    """Return the boxes of a network, inputs first and outputs last, each after those that it reads."""
    boxes = [_input_box(name, given) for name, given in plan.inputs.items()]
    place = {name: f"{INPUT}{name}" for name in plan.inputs}  # layer or input → the box that has its output
    for group in _groups(plan):
        own = {part.name for part in group}
        reads = dict.fromkeys(place[name] for part in group for name in part.reads if name not in own)
        boxes.append(_box(group, tuple(reads)))
        place[group[-1].name] = group[-1].name
    for name, shape in plan.outputs.items():
        row = Row(name=name if plan.heads else "output", main=True)
        boxes.append(
            Box(name=f"{OUTPUT}{name}", role="output", rows=(row,), shape=shape_in_words(shape), reads=(place[name],))
        )
    return boxes


def shape_in_words(shape: Sequence[int]) -> str:
    """Return a shape in words, ``1×28×28``; that of a label is "1"."""
    return "×".join(map(str, shape)) or "1"


def _input_box(name: str, given: Input) -> Box:
    shape = f"{given.classes} classes" if given.classes else shape_in_words(given.shape)
    row = Row(name=name, settings=kind_of_input(given), main=True)
    return Box(name=f"{INPUT}{name}", role="input", rows=(row,), shape=shape)


def _parts(plan: Plan) -> Iterator[_Part]:
    """The layers in order, those of a block as one."""
    for block, group in groupby(plan.nodes, key=lambda node: node.block):
        nodes = [*group]
        for one in [nodes] if block else [[node] for node in nodes]:
            inside = {node.name for node in one}
            reads = dict.fromkeys(name for node in one for name in node.inputs if name not in inside)
            layer = block[1] if block else one[0].layer
            yield _Part(name=one[-1].name, layer=layer, nodes=tuple(one), reads=tuple(reads))


def _groups(plan: Plan) -> list[list[_Part]]:
    """The layers in groups, each of which has one layer for whose sake it is drawn, or none.

    A group ends where its output is read by others than the next layer alone.
    """
    parts = [*_parts(plan)]
    readers: dict[str, int] = {}
    for part in parts:
        for name in part.reads:
            readers[name] = readers.get(name, 0) + 1
    groups: list[list[_Part]] = []
    for part in parts:
        current = groups[-1] if groups else []
        follows = bool(current) and part.reads == (current[-1].name,) and readers[current[-1].name] == 1
        taken = any(one.is_main for one in current) and (part.is_main or part.grows)
        closed = bool(current) and (current[-1].is_block or current[-1].name in plan.heads)
        if follows and not (taken or closed or part.is_block):
            current.append(part)
        else:
            groups.append([part])
    return groups


def _box(group: Sequence[_Part], reads: tuple[str, ...]) -> Box:
    nodes = [node for part in group for node in part.nodes]
    main = next((part for part in group if part.is_main), group[0])
    return Box(
        name=group[-1].name,
        role=_role(main),
        rows=tuple(_row(part, main=part is main) for part in group),
        inside=_inside(nodes) if main.is_block else "",
        shape=shape_in_words(nodes[-1].plan.output_shape),
        parameters=sum(math.prod(weight.shape) for node in nodes for weight in node.plan.weights.values()),
        reads=reads,
        layers=tuple(node.name for node in nodes),
    )


def _inside(nodes: Sequence[Node]) -> str:
    kinds = [variant_name(type(node.layer).__name__) for node in nodes]
    runs = [(kind, len([*group])) for kind, group in groupby(kinds)]
    return " · ".join(kind if count == 1 else f"{count} {kind}" for kind, count in runs)


def _role(part: _Part) -> Role:
    if part.is_block:
        return "block"
    if not part.is_main:
        return "plain"
    return "join" if len(part.reads) > 1 else "weights"


def _row(part: _Part, main: bool) -> Row:
    kind = variant_name(type(part.layer).__name__)
    return Row(
        name=kind if part.name.startswith(kind) else f"{part.name} ({kind})",
        settings=settings_in_words(unusual_fields(part.layer)),
        main=main,
    )


def settings_in_words(fields: Mapping[str, object]) -> str:
    """Return settings in a line: ``channels 8, kernel 4, no bias``.

    >>> settings_in_words({"channels": 8, "bias": False, "spectral_norm": True})
    'channels 8, spectral_norm, no bias'
    """
    words = [
        (key if value else f"no {key}") if isinstance(value, bool) else f"{key} {value_in_words(value)}"
        for key, value in fields.items()
    ]
    return ", ".join(sorted(words, key=lambda word: word.startswith("no ")))
