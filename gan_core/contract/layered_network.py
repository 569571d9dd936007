"""The half of a native network that is the same in every framework: names, layouts, and the walk over its layers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from gan_core.contract import (  # noqa: F401  (their definitions join those of `composed`)
    composed_layers,
    recurrent_layers,
    style_layers,
)
from gan_core.contract.backend import Call
from gan_core.contract.kept_arrays import KeptArrays
from gan_core.operations.ops import Array, Ops
from gan_core.operations.spectral import SINGULAR_VECTOR
from gan_core.plans.plans import Node, Plan

Native = TypeVar("Native")  # a framework's layer
Operations = TypeVar("Operations", bound=Ops)


class LayeredNetwork:
    """Base of a backend's `NativeNetwork`: the backend fills these fields and adds `call_with`.

    plan: of the network. ops, arrays: the backend's operations and hooks. layers: the native layers by name,
    called as layer(input, …, call=Call).
    kept: weights and buffers by canonical name, in native layout.
    axes: for each of them the canonical axes in the order in which the framework has them.
    """

    plan: Plan
    ops: Ops
    arrays: KeptArrays
    layers: Mapping[str, Any]
    kept: dict[str, Array]
    axes: dict[str, tuple[int, ...]]

    def inward(self, array: Array) -> Array:
        """An input [N, C, H, W] or [N, F] as the layers take it."""
        return array

    def outward(self, array: Array) -> Array:
        """The last layer's output as [N, C, H, W] or [N, F]."""
        return array

    def call_with(self, node: Node, weights: Mapping[str, Array], inputs: Sequence[Array], call: Call) -> Array:
        """A layer's output with other weights, by the layer's names for them."""
        raise NotImplementedError

    def __call__(self, inputs: Mapping[str, Array], call: Call) -> Array:
        """See `NativeNetwork.__call__`."""
        return self.outputs(inputs, call)[self.plan.output]

    def outputs(self, inputs: Mapping[str, Array], call: Call) -> dict[str, Array]:
        """See `NativeNetwork.outputs`."""
        layers = self.layers
        arrays = {name: self.inward(array) for name, array in inputs.items()}
        for node in self.plan.nodes:
            read = [arrays[name] for name in node.inputs]
            if node.plan.weights and (call.weights is not None or node.plan.factors):
                arrays[node.name] = self.call_with(node, self._used(node, call), read, call)
            else:
                arrays[node.name] = layers[node.name](*read, call=call)
            for name in node.last_uses:  # so that their memory, still in the caches, is used again
                del arrays[name]
        return {name: self.outward(arrays[name]) for name in self.plan.outputs}

    def weights(self) -> dict[str, Array]:
        """See `NativeNetwork.weights`."""
        return {name: self.kept[name] for name in self.plan.weights}

    def buffers(self) -> dict[str, Array]:
        """See `NativeNetwork.buffers`."""
        return {name: self.kept[name] for name in self.plan.buffers}

    def to_canonical(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """See `NativeNetwork.to_canonical`."""
        return {name: self._turned(array, back(self.axes[name])) for name, array in arrays.items()}

    def to_native(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """See `NativeNetwork.to_native`."""
        return {name: self._turned(array, self.axes[name]) for name, array in arrays.items()}

    def assign(self, weights: Mapping[str, Array]) -> None:
        """See `NativeNetwork.assign`."""
        for name, value in weights.items():
            self.arrays.assign(self.kept[name], value)

    def read(self) -> dict[str, np.ndarray]:
        """See `NativeNetwork.read`."""
        return {name: self.arrays.read(self.kept[name], back(axes)) for name, axes in self.axes.items()}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """See `NativeNetwork.load`."""
        self.assign({name: self.ops.constant(np.transpose(values[name], axes)) for name, axes in self.axes.items()})

    def _used(self, node: Node, call: Call) -> dict[str, Array]:
        """The weights by which a layer computes: the call's or the network's own, times the plan's factors."""
        source = self.kept if call.weights is None else call.weights
        used = {key: source[f"{node.name}.{key}"] for key in node.plan.weights}
        return used | {key: used[key] * factor for key, factor in node.plan.factors.items()}

    def _turned(self, array: Array, axes: tuple[int, ...]) -> Array:
        return array if axes == tuple(range(len(axes))) else self.arrays.transpose(array, axes)


def axes_of(plan: Plan, native_axes: Callable[[Node, str, int], tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """For each weight and buffer of a plan the canonical axes in a framework's order, by canonical name.

    native_axes: of a node, the node's name for the array, and the array's rank.
    """
    axes: dict[str, tuple[int, ...]] = {}
    for node in plan.nodes:
        shapes = {key: weight.shape for key, weight in node.plan.weights.items()}
        shapes |= {key: buffer.shape for key, buffer in node.plan.buffers.items()}
        axes |= {f"{node.name}.{key}": native_axes(node, key, len(shape)) for key, shape in shapes.items()}
    return axes


def back(axes: Sequence[int]) -> tuple[int, ...]:
    """The order of axes that undoes another."""
    return tuple(axes.index(axis) for axis in range(len(axes)))


def built_layer(
    node: Node,
    ops: Operations,
    network: str,
    translations: Mapping[Any, Callable[..., Native]],
    composed: Callable[[Node, Operations, str], Native],
    spectral_norm: Callable[[Native, Node, Operations], Native],
) -> Native:
    """A node as a framework's layer: translated, or composed by its definition; its weight over σ where that is asked.

    translations: type of layer → function of (layer, node, ops), the registry of `functools.singledispatch`. A layer's
    own type must stand there: a subclass may mean something else than its base, so it goes by its definition.
    """
    translate = translations.get(type(node.layer))
    if translate is None:
        return composed(node, ops, network)
    native = translate(node.layer, node, ops)
    return spectral_norm(native, node, ops) if SINGULAR_VECTOR in node.plan.buffers else native
