"""Features in another order: which place of the canonical array each value of a user's array is.

Dense weights and norms of features take the user's order into their own; a reshape or a join that needs another order
has the layers before it make it: the rows of their weights change places.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from gan_core.contract.user_places import refused
from gan_core.plans.layer_plans import Shape
from gan_core.specs import layers as L
from gan_core.specs.spec import variant_name
from gan_core.specs.weighted_layers import pair

Padding = tuple[tuple[int, int], tuple[int, int]]  # zeros at the top and the bottom, and at the left and the right
PLACE_BY_PLACE = (
    *(L.ReLU, L.LeakyReLU, L.ELU, L.Tanh, L.Sigmoid, L.SiLU, L.GELU, L.Dropout, L.Scale, L.Add, L.Multiply),
    *(L.BatchNorm, L.PReLU, L.LayerNorm, L.Softmax, L.PixelNorm),
)
IN_ANY_SHAPE = (L.ReLU, L.LeakyReLU, L.ELU, L.Tanh, L.Sigmoid, L.SiLU, L.GELU, L.Scale, L.Flatten, L.Reshape)


@dataclass(frozen=True, kw_only=True, eq=False)
class Value:
    """An array of the user's, without the batch.

    name: of the input or layer that makes it. shape: canonical. places: of the user's shape, the canonical place of
    each value. padding: zeros around it that the next convolution is to add. age: how often its order had changed.
    """

    name: str
    shape: Shape
    places: np.ndarray
    padding: Padding | None = None
    age: int = 0

    def without_padding(self) -> "Value":
        """Return the same without the zeros around it."""
        return Value(name=self.name, shape=self.shape, places=self.places, age=self.age)

    def inward(self, array: np.ndarray) -> np.ndarray:
        """Return a batch of canonical arrays as the user has them."""
        return array.reshape(len(array), -1)[:, self.places.reshape(-1)].reshape(len(array), *self.places.shape)

    def outward(self, array: np.ndarray) -> np.ndarray:
        """Return a batch of the user's arrays in canonical layout."""
        order = np.argsort(self.places.reshape(-1))
        return array.reshape(len(array), -1)[:, order].reshape(len(array), *self.shape)


@dataclass(kw_only=True)
class ForeignArray:
    """One array of a user's module.

    name: canonical, ``dense_1.weight``. native: the user's. axes: the canonical axes in the user's order. native_shape:
    of one number a channel that the user has in another shape, or once for all channels; None for any other. channels:
    how many there are then. orders: of a canonical axis, which of the user's features each one is.
    """

    name: str
    native: str
    axes: tuple[int, ...]
    native_shape: Shape | None = None
    channels: int = 0
    orders: dict[int, np.ndarray] = field(default_factory=dict)

    def canonical(self, value: np.ndarray) -> np.ndarray:
        """Return the array in canonical layout, from the user's."""
        if self.native_shape is not None:
            return self.ordered(value)
        return self.ordered(np.transpose(value, np.argsort(self.axes)))

    def ordered(self, value: np.ndarray) -> np.ndarray:
        """Return an array that has the canonical axes with the features in canonical order too."""
        if self.native_shape is not None:
            value = np.broadcast_to(value.reshape(-1), (self.channels,)).copy()
        for axis, order in self.orders.items():
            value = np.take(value, order, axis)
        return value

    def native_value(self, value: np.ndarray) -> np.ndarray:
        """Return the array as the user has it, from canonical layout."""
        for axis, order in self.orders.items():
            value = np.take(value, np.argsort(order), axis)
        if self.native_shape is not None:
            return value[: math.prod(self.native_shape)].reshape(self.native_shape)
        return np.transpose(value, self.axes)


class FeatureOrders:
    """The layers that were met, and the orders of their features.

    channels_last: whether the framework's images are [H, W, C].
    """

    def __init__(self, channels_last: bool) -> None:
        self.channels_last = channels_last
        self.layers: dict[str, L.LayerSpec] = {}
        self.shapes: dict[str, Shape] = {}
        self.arrays: dict[str, ForeignArray] = {}
        self._counts: dict[str, int] = {}
        self._readers: dict[str, int] = {}
        self._ages: dict[str, int] = {}

    def standard(self, shape: Shape) -> np.ndarray:
        """Return the places of an array of a canonical shape as the framework has it: [F], [C, H, W] or [H, W, C]."""
        places = np.arange(math.prod(shape)).reshape(shape)
        return places.transpose(1, 2, 0) if self.channels_last and len(shape) == 3 else places

    def canonical_shape(self, shape: Sequence[int]) -> Shape:
        """Return the canonical shape of a user's: [C, H, W] of an image."""
        return (shape[2], shape[0], shape[1]) if self.channels_last and len(shape) == 3 else tuple(shape)

    def note(self, layer: L.LayerSpec, inputs: Sequence[Value], shape: Shape) -> str:
        """Keep a layer under the name that counts its kind, and return the name. shape: of its output."""
        kind = word_of(layer)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        name = f"{kind}_{self._counts[kind]}"
        while name in self.shapes:
            name += "_"
        self.layers[name] = replaced(layer, name=name, inputs=tuple(value.name for value in inputs))
        self.shapes[name] = shape
        for value in inputs:
            self._readers[value.name] = self._readers.get(value.name, 0) + 1
        return name

    def current(self, value: Value) -> Value:
        """Return a value that may be read. Raises `SpecError` for one whose order has changed since it was made."""
        if self._ages.get(value.name, 0) != value.age:
            raise refused("features that are read in two orders")
        return value

    def is_standard(self, value: Value) -> bool:
        """Return whether the user's array has the canonical order, which a label has in any shape."""
        return not value.shape or np.array_equal(value.places, self.standard(value.shape))

    def require_standard(self, layer: L.LayerSpec, inputs: Sequence[Value]) -> None:
        """Raise `SpecError` where a layer would read an image, or features, in another order or another shape."""
        for value in inputs:
            if not self.is_standard(value):
                raise refused(f"a {word_of(layer)} of an array of shape [N, {sides(value.places.shape)}] in this order")

    def places_of(self, layer: L.LayerSpec, inputs: Sequence[Value], shape: Shape) -> np.ndarray:
        """Return the places of a layer's output that is not its input's place by place."""
        if isinstance(layer, L.Concat) and len(shape) == 1:
            starts = np.cumsum([0, *(value.shape[0] for value in inputs)])
            return np.concatenate([value.places.reshape(-1) + at for value, at in zip(inputs, starts, strict=False)])
        if isinstance(layer, L.Embedding | L.OneHot):
            return np.arange(shape[0]).reshape(*inputs[0].places.shape, shape[0])
        if isinstance(layer, L.Concat):
            self.require_standard(layer, inputs)
        return self.standard(shape)

    def take_order(self, layer: L.LayerSpec, name: str, inputs: Sequence[Value]) -> None:
        """Have the arrays of a layer take the order of the features that it reads into their own."""
        value = inputs[0]
        if self.is_standard(value) or not any(key.rpartition(".")[0] == name for key in self.arrays):
            return
        if len(value.shape) != 1 or value.places.ndim != 1:
            raise refused(f"a {word_of(layer)} of an array of shape [N, {sides(value.places.shape)}]")
        order = np.argsort(value.places)
        if isinstance(layer, L.Dense):
            self.arrays[f"{name}.weight"].orders[1] = order
            return
        for array in self._arrays_of(name):
            array.orders[0] = order

    def aligned(self, inputs: Sequence[Value]) -> list[Value]:
        """Return inputs that are read place by place, all in one order."""
        first = next((value for value in inputs if not self.is_standard(value)), inputs[0])
        return [
            value if np.array_equal(value.places, first.places) else self.reordered(value, first.places)
            for value in inputs
        ]

    def reordered(self, value: Value, wanted: np.ndarray) -> Value:
        """Return features in another order, which the layers before make. wanted: the places, of the user's shape."""
        if value.places.shape != wanted.shape:
            raise refused(f"arrays of shapes {list(value.places.shape)} and {list(wanted.shape)} together")
        moved = np.empty(wanted.size, np.int64)
        moved[value.places.reshape(-1)] = wanted.reshape(-1)  # where each canonical place goes
        self._move(value.name, np.argsort(moved))
        return Value(name=value.name, shape=value.shape, places=wanted, age=self._ages[value.name])

    def _move(self, name: str, order: np.ndarray) -> None:
        """Have a layer make its features in another order, and those before it that pass them on."""
        layer = self.layers.get(name)
        image = layer is not None and len(self.shapes[name]) > 1
        if layer is None or self._readers.get(name, 0) > 1 or (image and not isinstance(layer, IN_ANY_SHAPE)):
            raise refused("a reshape or a join of features in this order")
        self._ages[name] = self._ages.get(name, 0) + 1
        if isinstance(layer, L.Dense | L.Embedding):
            for array in self._arrays_of(name):
                axis = 1 if isinstance(layer, L.Embedding) else 0
                array.orders[axis] = array.orders[axis][order] if axis in array.orders else order
            return
        if not isinstance(layer, (*PLACE_BY_PLACE, *IN_ANY_SHAPE)):
            raise refused("a reshape or a join of features in this order")
        for array in self._arrays_of(name):
            array.orders[0] = array.orders[0][order] if 0 in array.orders else order
        for before in dict.fromkeys(layer.inputs):
            self._move(before, order)

    def _arrays_of(self, name: str) -> list[ForeignArray]:
        return [array for key, array in self.arrays.items() if key.rpartition(".")[0] == name]


def word_of(layer: L.LayerSpec) -> str:
    """Return the word of a layer in files."""
    return variant_name(type(layer).__name__)


def sides(shape: Sequence[int]) -> str:
    """Return the numbers of a shape with commas."""
    return ", ".join(map(str, shape))


def replaced(layer: L.LayerSpec, **fields: Any) -> L.LayerSpec:
    """Return a layer with other fields."""
    return msgspec.structs.replace(layer, **fields)


def with_padding(layer: L.Conv, padding: Padding) -> L.Conv:
    """Return a convolution that adds the zeros that were around its input too."""
    if layer.padding_mode != "zeros":
        raise refused(f"zeros around an image before a convolution with padding_mode '{layer.padding_mode}'")
    (top, bottom), (left, right) = padding
    before, after = layer.padding_before, layer.padding_after
    first, last = (before[0] + top, before[1] + left), (after[0] + bottom, after[1] + right)
    made = replaced(layer, padding=one_or_two(first), padding_end=None if first == last else one_or_two(last))
    assert isinstance(made, L.Conv)
    return made


def one_or_two(size: int | Sequence[int]) -> int | tuple[int, int]:
    """Return one number where rows and columns have the same, else both."""
    rows, columns = pair(size)
    return rows if rows == columns else (rows, columns)
