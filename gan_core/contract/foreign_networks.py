"""Networks of a user's own program read back as data: what a backend notes while it follows one, layer by layer.

A backend runs or walks the user's module and calls `Reading` for each layer that it meets; the spec, the shapes and the
names are worked out here. An array of the user's is a `Value`: it knows which place of the canonical array ([C, H, W]
or [F]) each of its own places is, so that frameworks whose channels come last, and reshapes in their order, come out as
layers of the canonical order, and the features of a weight in another one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gan_core.contract.feature_orders import (
    PLACE_BY_PLACE,
    FeatureOrders,
    ForeignArray,
    Padding,
    Value,
    replaced,
    sides,
    with_padding,
    word_of,
)
from gan_core.contract.user_places import refused
from gan_core.contract.weight_matching import FileArray
from gan_core.errors import SpecError
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Plan, plan_network
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

Arrays = Mapping[str, tuple[str, tuple[int, ...]]]  # the layer's name for an array → the user's name, and its axes
KEEP_ZEROS = (L.ReLU, L.LeakyReLU, L.ELU, L.Tanh, L.SiLU, L.GELU, L.Dropout, L.Scale)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is known of an input of a user's module: what it is, its shape as the module has it, without the batch.

    shape: () for labels, or None where only the module knows it. classes: of labels.
    """

    kind: Literal["latent", "data", "label"] = "latent"
    shape: Shape | None = None
    classes: int | None = None


@dataclass(frozen=True, kw_only=True)
class ForeignNetwork:
    """A user's module as a network.

    network: its spec; weights start as the specs' defaults. outputs: the shape of each as the module has it.
    arrays: of the module, in the order of the network.
    remarks: what else is to be known of it.
    run: the module itself in evaluation mode, by inputs [N, …] in canonical layout → outputs by the network's names.
    read, assign: the module's arrays by the user's names, in its own layout.
    """

    network: Network
    outputs: Mapping[str, Shape]
    arrays: tuple[ForeignArray, ...]
    remarks: tuple[str, ...]
    run: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
    read: Callable[[], dict[str, np.ndarray]]
    assign: Callable[[Mapping[str, np.ndarray]], None]

    def plan(self, name: str) -> Plan:
        """Return the network's plan."""
        return plan_network(name, self.network)

    def values(self) -> dict[str, np.ndarray]:
        """Return the module's arrays in canonical layout, by canonical name."""
        values = self.read()
        return {array.name: array.canonical(values[array.native]) for array in self.arrays}

    def take(self, values: Mapping[str, np.ndarray]) -> None:
        """Set the module's arrays from canonical layout."""
        self.assign({array.native: array.native_value(values[array.name]) for array in self.arrays})

    def file_arrays(self, name: str) -> list[FileArray]:
        """Return the arrays as a file of the user's has them: under the user's names, in the module's layout."""
        plan = self.plan(name)
        shapes = {key: kept.shape for key, kept in plan.weights.items()}
        shapes |= {key: kept.shape for key, kept in plan.buffers.items()}
        return [
            FileArray(
                name=one.name,
                native=one.native,
                axes=one.axes if one.native_shape is None else tuple(range(len(one.native_shape))),
                shape=one.native_shape or tuple(shapes[one.name][axis] for axis in one.axes),
                derived=False,
            )
            for one in self.arrays
        ]


class Reading(FeatureOrders):
    """The spec of a network, as a backend meets its layers."""

    def __init__(self, channels_last: bool) -> None:
        super().__init__(channels_last)
        self.inputs: dict[str, Input] = {}
        self.remarks: dict[str, None] = {}
        self._open: set[str] = set()  # labels whose classes the layer that reads them will tell

    def input(self, name: str, given: Given) -> Value:
        """Return an input's array. A latent [C, 1, 1] is an input [C] and a reshape."""
        assert given.shape is not None
        plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name) or "input"
        if given.kind == "label":
            self.inputs[plain] = Input(kind="label", classes=given.classes or 2)  # until a layer tells
            self._open |= {plain} if given.classes is None else set()
            self.shapes[plain] = ()
            return Value(name=plain, shape=(), places=np.zeros(given.shape, np.int64))
        shape = self.canonical_shape(given.shape)
        flat = given.kind == "latent" and len(shape) > 1 and math.prod(shape[1:]) == 1
        kept = shape[:1] if flat else shape
        self.inputs[plain] = Input(kind=given.kind, shape=kept)
        self.shapes[plain] = kept
        value = Value(name=plain, shape=kept, places=self.standard(kept))
        return self.reshape(value, given.shape) if flat else value

    def native_inputs(self, arrays: Mapping[str, np.ndarray], values: Mapping[str, Value]) -> list[np.ndarray]:
        """Return a batch of each input as the user has it, from canonical layout by the network's names.

        values: what `input` returned, in order.
        """
        return [value.inward(arrays[name]) for name, value in zip(self.inputs, values.values(), strict=True)]

    def add(
        self,
        layer: L.LayerSpec,
        inputs: Sequence[Value],
        arrays: Arrays | None = None,
        a_channel: Mapping[str, tuple[str, Shape]] | None = None,
    ) -> Value:
        """Note a layer, and return what it makes. Raises `SpecError` where it does not fit.

        arrays: the layer's name for each of its arrays → the user's name, and the canonical axes in the user's order.
        a_channel: the same for arrays of a number a channel in another shape → the user's name, and the user's shape.
        """
        inputs = [self.current(value) for value in inputs]
        if inputs[0].padding and isinstance(layer, L.Conv):
            layer, inputs = with_padding(layer, inputs[0].padding), [inputs[0].without_padding()]
        if not isinstance(layer, KEEP_ZEROS) or len(inputs) > 1:
            inputs = [self._padded(value) for value in inputs]
        by_place = isinstance(layer, PLACE_BY_PLACE)
        if len(inputs) > 1 and by_place:
            inputs = self.aligned(inputs)
        elif not (by_place or isinstance(layer, L.Dense | L.Concat | L.Flatten | L.Reshape)):
            self.require_standard(layer, inputs)
        try:
            plan = plan_layer(layer, tuple(value.shape for value in inputs))
        except SpecError as error:
            raise refused(f"{word_of(layer)}: {error}") from None
        name = self.note(layer, inputs, plan.output_shape)
        if isinstance(layer, L.Embedding | L.OneHot) and inputs[0].name in self._open:
            self.inputs[inputs[0].name] = Input(kind="label", classes=layer.classes)
        for key, (native, axes) in (arrays or {}).items():
            self.arrays[f"{name}.{key}"] = ForeignArray(name=f"{name}.{key}", native=native, axes=axes)
        for key, (native, shape) in (a_channel or {}).items():
            self.arrays[f"{name}.{key}"] = ForeignArray(
                name=f"{name}.{key}", native=native, axes=(0,), native_shape=shape, channels=plan.output_shape[0]
            )
        same = by_place and plan.output_shape == inputs[0].shape
        places = self.places_of(layer, inputs, plan.output_shape) if not same else inputs[0].places
        self.take_order(layer, name, inputs)
        padding = inputs[0].padding
        return Value(name=name, shape=plan.output_shape, places=places, padding=padding, age=self._ages.get(name, 0))

    def reshape(self, value: Value, shape: Sequence[int]) -> Value:
        """Return an array in another of the user's shapes, in the user's order, with the layer that makes it so."""
        value, shape = self._padded(self.current(value)), tuple(shape)
        if math.prod(shape) != value.places.size:
            old, new = list(value.places.shape), list(shape)
            raise refused(f"a reshape of {old} to {new}, which moves values between samples")
        return self._viewed(value, value.places.reshape(shape))

    def permute(self, value: Value, axes: Sequence[int]) -> Value:
        """Return an array with its axes, the batch left out, in another order."""
        value = self._padded(self.current(value))
        return self._viewed(value, value.places.transpose(axes))

    def pad(self, value: Value, padding: Padding) -> Value:
        """Return an image with zeros around it, which the next convolution adds."""
        value = self.current(value)
        if len(value.shape) != 3 or value.padding or min(map(min, padding)) < 0:
            raise refused("this padding of zeros; expected one of images, by 0 pixels or more at each edge")
        if not any(map(any, padding)):
            return value
        return Value(name=value.name, shape=value.shape, places=value.places, padding=padding, age=value.age)

    def outputs(self, values: Sequence[Value]) -> dict[str, Value]:
        """Return the network's outputs by the names of the layers that make them; they must have whole shapes."""
        made: dict[str, Value] = {}
        for one in values:
            value = self._padded(self.current(one))
            if value.places.size == 1 and value.places.ndim == 0:
                value = self._viewed(value, value.places.reshape(1))
            if value.places.shape != self.standard(value.shape).shape:
                raise refused(f"an output of shape [N, {sides(value.places.shape)}]")
            if not self.is_standard(value):
                value = self.reordered(value, self.standard(value.shape))
            if value.name in self.inputs or value.name in made:
                raise refused(f"an output that is '{value.name}', which is an input or another output")
            made[value.name] = value
        return made

    def network(self, outputs: Sequence[str]) -> Network:
        """Return the spec: names and inputs of layers are left out where they are the usual ones."""
        layers, counts, previous = [], dict[str, int](), next(iter(self.inputs))
        for name, layer in self.layers.items():
            kind = word_of(layer)
            counts[kind] = counts.get(kind, 0) + 1
            usual = name == f"{kind}_{counts[kind]}"
            reads = () if layer.inputs == (previous,) else layer.inputs
            layers.append(replaced(layer, name="" if usual else name, inputs=reads))
            previous = name
        heads = () if tuple(outputs) == (previous,) else tuple(outputs)
        return Network(inputs=self.inputs, layers=tuple(layers), outputs=heads)

    def _viewed(self, value: Value, places: np.ndarray) -> Value:
        """Return an array under other places, with the layer that makes it so, if one is needed.

        Shapes of two axes or more than three are on the way to others: no layer has them.
        """
        native = places.shape
        if len(native) == 0 and len(value.shape) == 3:
            value = self._flat(value)
        if len(native) == 1:
            value = self._flat(value) if len(value.shape) == 3 else value
        elif len(native) == 3:
            shape = self.canonical_shape(native)
            wanted = self.standard(shape)
            if not np.array_equal(places, wanted):
                flat = Value(name=value.name, shape=value.shape, places=places, age=value.age)
                value, places = self.reordered(flat, wanted), wanted
            if value.shape != shape:
                name = self.note(L.Reshape(shape=shape), [value], shape)
                return Value(name=name, shape=shape, places=places)
        return Value(name=value.name, shape=value.shape, places=places, age=value.age)

    def _padded(self, value: Value) -> Value:
        """Return an image with the zeros that no convolution adds, by a layer of their own."""
        if value.padding is None:
            return value
        rows, columns = value.padding
        if rows != columns:
            raise refused(f"zeros around an image, {rows} in rows and {columns} in columns, that no convolution adds")
        channels, *sizes = value.shape
        shape = (channels, *(side + sum(rows) for side in sizes))
        name = self.note(L.Pad(pixels=rows[0], pixels_end=rows[1], mode="zeros"), [value.without_padding()], shape)
        return Value(name=name, shape=shape, places=self.standard(shape))

    def _flat(self, value: Value) -> Value:
        shape = (math.prod(value.shape),)
        name = self.note(L.Flatten(), [value], shape)
        return Value(name=name, shape=shape, places=value.places)


def named_inputs(parameters: Sequence[str], inputs: Mapping[str, Given]) -> dict[str, Given]:
    """Return the inputs of a module in the order of its parameters, under their names.

    inputs: by the name of a parameter, or in order under numbers, "0", "1". Raises `SpecError` unless each has one.
    """
    if len(inputs) != len(parameters):
        names = ", ".join(parameters) or "nothing"
        raise SpecError(
            f"it reads {len(parameters)} inputs ({names}), and {len(inputs)} were named: expected input=SHAPE for each"
        )
    known = {}
    for place, name in enumerate(parameters):
        given = inputs.get(name, inputs.get(str(place)))
        if given is None:
            raise SpecError(f"its input '{name}' is not among those that were named ({', '.join(inputs)})")
        known[name] = given
    return known
