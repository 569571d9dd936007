"""Plans — a network with the shapes, weights, edges and cost of every layer, before a framework is touched.

`plan_network` gives each layer its input and output shapes (without the batch, channels first), the shapes of its
weights and of its buffers (running statistics, singular vectors), the pixels of its padding or crop, and its
multiply-adds of one sample. Backends do no arithmetic on shapes. The rule of each layer stands in `shape_rules`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from gan_core.errors import SpecError, nearest
from gan_core.plans import (  # noqa: F401  (their rules join those of `shape_rules` and of `blocks`)
    more_shape_rules,
    style_blocks,
    style_shape_rules,
)
from gan_core.plans.blocks import Surroundings, expand_block
from gan_core.plans.layer_plans import BufferPlan, LayerPlan, Shape, Shapes, WeightPlan
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs import layers as L
from gan_core.specs.blocks import Block
from gan_core.specs.networks import Input, Network
from gan_core.specs.spec import variant_name

PREVIOUS = "previous"  # in `inputs` of a layer: the layer before it


@dataclass(frozen=True, kw_only=True)
class Node:
    """One layer in its place.

    name: unique in the network. inputs: names of the layers or inputs that it reads. input_shapes: without the batch.
    last_uses: those of its inputs that no later layer reads. block: the name and the spec of the block that it is a
    part of, or None.
    """

    name: str
    layer: L.Layer
    inputs: tuple[str, ...]
    input_shapes: Shapes
    plan: LayerPlan
    last_uses: tuple[str, ...] = ()
    block: tuple[str, Block] | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A network with every shape known.

    heads: the layers whose outputs the network gives, or () for the last.
    """

    name: str
    inputs: Mapping[str, Input]
    nodes: tuple[Node, ...]
    heads: tuple[str, ...] = ()

    @cached_property
    def outputs(self) -> dict[str, Shape]:
        """Shape of each output, without the batch, by the name of its layer."""
        shapes = {node.name: node.plan.output_shape for node in self.nodes}
        return {name: shapes[name] for name in self.heads or (self.nodes[-1].name,)}

    @property
    def output(self) -> str:
        """The name of the output that is meant where one is: the first of `outputs`."""
        return self.heads[0] if self.heads else self.nodes[-1].name

    @property
    def output_shape(self) -> Shape:
        """Shape of that output, without the batch."""
        return self.outputs[self.output]

    @property
    def weights(self) -> dict[str, WeightPlan]:
        """Every weight under its canonical name, ``dense_1.weight``, in order."""
        return {f"{node.name}.{key}": plan for node in self.nodes for key, plan in node.plan.weights.items()}

    @property
    def buffers(self) -> dict[str, BufferPlan]:
        """Every buffer under its canonical name, ``batch_norm_1.running_mean``, in order."""
        return {f"{node.name}.{key}": plan for node in self.nodes for key, plan in node.plan.buffers.items()}

    @property
    def factors(self) -> dict[str, float]:
        """What weights are multiplied by in each call, by canonical name, where that is not 1."""
        return {f"{node.name}.{key}": factor for node in self.nodes for key, factor in node.plan.factors.items()}

    @property
    def parameters(self) -> int:
        """Number of trained numbers."""
        return sum(math.prod(weight.shape) for weight in self.weights.values())

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one sample's forward pass."""
        return sum(node.plan.multiply_adds for node in self.nodes)

    @property
    def random(self) -> bool:
        """Whether calls in training mode draw random numbers (dropout, say)."""
        return any(node.plan.random for node in self.nodes)

    @property
    def batch_independent(self) -> bool:
        """Whether samples do not see each other in training mode (no batch norm, say)."""
        return all(node.plan.batch_independent for node in self.nodes)


def plan_network(name: str, network: Network) -> Plan:
    """Return the plan of a network. Raises `SpecError` naming the network and the layer that does not fit.

    >>> from gan_core.specs.layers import Conv, Dense, Flatten
    >>> image = Input(kind="data", shape=(1, 28, 28))
    >>> layers = (Conv(channels=8, kernel=4, stride=2, padding=1), Flatten(), Dense(units=1))
    >>> plan = plan_network("discriminator", Network(inputs={"image": image}, layers=layers))
    >>> [(node.name, node.plan.output_shape) for node in plan.nodes]
    [('conv_1', (8, 14, 14)), ('flatten_1', (1568,)), ('dense_1', (1,))]
    >>> plan.weights["dense_1.weight"].shape, plan.parameters
    ((1, 1568), 1705)
    """
    shapes: dict[str, Shape] = {key: given.shape for key, given in network.inputs.items()}
    names = layer_names(network)
    nodes: list[Node] = []
    previous = next(iter(network.inputs))
    for own_name, layer in zip(names, network.layers, strict=True):
        reads = tuple(_meant(wanted, previous, shapes) for wanted in layer.inputs) or (previous,)
        for part in _parts(name, own_name, layer, reads, shapes, network.inputs):
            node = _node(name, part, shapes, network.inputs)
            nodes.append(replace(node, block=(own_name, layer)) if isinstance(layer, Block) else node)
            shapes[part.name] = node.plan.output_shape
        previous = own_name
    for head in network.outputs:
        if head in network.inputs or head not in shapes:
            raise SpecError(f"network '{name}'.outputs: '{head}' is no layer of it{nearest(head, names)}")
    return Plan(name=name, inputs=network.inputs, nodes=_with_last_uses(nodes, network.outputs), heads=network.outputs)


def _meant(wanted: str, previous: str, known: Mapping[str, Shape]) -> str:
    """The name of what a layer reads; `PREVIOUS` stands for the layer before it, unless one is called so."""
    return previous if wanted == PREVIOUS and PREVIOUS not in known else wanted


def _refuse_unknown_classes(layer: L.Layer, inputs: Mapping[str, Input]) -> None:
    """Raise `SpecError` where labels may be of a class that a layer has no row for."""
    if isinstance(layer, L.Embedding | L.OneHot):
        for name in layer.inputs:
            classes = inputs[name].classes if name in inputs else None
            if classes is not None and classes > layer.classes:
                raise SpecError(f"knows {layer.classes} classes, and '{name}' has {classes}; expected as many")


def _parts(
    network: str,
    name: str,
    layer: L.Layer,
    reads: tuple[str, ...],
    shapes: Mapping[str, Shape],
    inputs: Mapping[str, Input],
) -> tuple[L.Layer, ...]:
    """Return the layers that a layer stands for, with their names and inputs: a block's parts, or itself."""
    whole: L.Layer = msgspec.structs.replace(layer, name=name, inputs=reads)  # type: ignore[type-var]
    if not isinstance(layer, Block):
        return (whole,)
    place = f"network '{network}', layer '{name}'"
    if len(reads) != 1:
        raise SpecError(f"{place}: expected one input, got {len(reads)}")
    _check_place(network, whole, shapes)
    around = Surroundings(name=name, reads=reads[0], shape=shapes[reads[0]], shapes=shapes, inputs=inputs)
    try:
        return expand_block(layer, around)
    except SpecError as error:
        raise SpecError(f"{place}: {error}") from None


def _node(network: str, layer: L.Layer, shapes: Mapping[str, Shape], given: Mapping[str, Input]) -> Node:
    """Return the node of a layer whose name and inputs are known.

    shapes: of all that stands before it. given: the inputs of the network.
    """
    _check_place(network, layer, shapes)
    input_shapes = tuple(shapes[wanted] for wanted in layer.inputs)
    try:
        _refuse_unknown_classes(layer, given)
        plan = plan_layer(layer, input_shapes)
    except SpecError as error:
        raise SpecError(f"network '{network}', layer '{layer.name}': {error}") from None
    return Node(name=layer.name, layer=layer, inputs=layer.inputs, input_shapes=input_shapes, plan=plan)


def _check_place(network: str, layer: L.Layer, shapes: Mapping[str, Shape]) -> None:
    """Raise `SpecError` for a name that is taken, or an input that does not stand before the layer."""
    place = f"network '{network}', layer '{layer.name}'"
    if layer.name in shapes:
        raise SpecError(f"{place}: the name is taken already; give it another")
    for wanted in layer.inputs:
        if wanted not in shapes:
            raise SpecError(f"{place}: reads '{wanted}', which does not stand before it{nearest(wanted, shapes)}")


def _with_last_uses(nodes: list[Node], kept: tuple[str, ...]) -> tuple[Node, ...]:
    """The nodes with what each reads last. kept: outputs of the network, which are read afterwards."""
    last = {name: index for index, node in enumerate(nodes) for name in node.inputs if name not in kept}
    return tuple(
        replace(node, last_uses=tuple(sorted({name for name in node.inputs if last.get(name) == index})))
        for index, node in enumerate(nodes)
    )


def layer_names(network: Network) -> list[str]:
    """Return each layer's name: its own, or its kind and its number among those of that kind (``dense_2``)."""
    counts: dict[str, int] = {}
    names = []
    for layer in network.layers:
        kind = variant_name(type(layer).__name__)
        counts[kind] = counts.get(kind, 0) + 1
        names.append(layer.name or f"{kind}_{counts[kind]}")
    return names


def refuse_single_values(plans: Mapping[str, Plan], remedy: str) -> None:
    """Raise `SpecError` for batch norms that would see one value a channel in a batch of one sample."""
    for plan in plans.values():
        for node in plan.nodes:
            if isinstance(node.layer, L.BatchNorm) and math.prod(node.plan.output_shape[1:]) == 1:
                raise SpecError(
                    f"network '{plan.name}', layer '{node.name}': batch norm needs more than one value a channel; "
                    f"{remedy}"
                )
