"""A plan as Keras layers by name: weights under canonical names, arrays in and out."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.contract.layered_network import LayeredNetwork, axes_of, built_layer
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from . import quick_layers  # noqa: F401  (its translations join those of `layers`)
from .kept_arrays import KeptArrays
from .kernels import channels_first, channels_last
from .layers import native_layer
from .modules import Composed, SpectralNorm
from .ops import Operations

# canonical [out, in], [out, in, kh, kw] and [in, out, kh, kw] → Keras's [in, out], [kh, kw, in, out], [kh, kw, out, in]
_AXES: dict[type, tuple[int, ...]] = {L.Dense: (1, 0)} | dict.fromkeys(
    (L.Conv, L.ConvTranspose, ModulatedConv), (2, 3, 1, 0)
)
_NAMES = {
    "kernel": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_variance",
}


class Network(LayeredNetwork):
    """See `gan_core.contract.backend.NativeNetwork`. Not a `keras.Model`, whose `weights` means something else."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations, arrays: KeptArrays) -> None:
        self.plan, self.ops, self.arrays = plan, ops, arrays
        self.layers = {
            node.name: built_layer(node, ops, plan.name, native_layer.registry, Composed, SpectralNorm)
            for node in plan.nodes
        }
        for node in plan.nodes:
            if node.plan.weights or node.plan.buffers:
                shape = node.input_shapes[0]  # the sides stay open: Keras would judge them by its own padding
                self.layers[node.name].build((*(None for _ in shape), *shape[:1]))
        kept = {name: named(layer) for name, layer in self.layers.items()}
        self.kept = {f"{name}.{key}": array.value for name, arrays in kept.items() for key, array in arrays}
        self.axes = axes_of(plan, native_axes)
        self.load(values)

    def inward(self, array: Tensor) -> Tensor:
        return channels_last(array)

    def outward(self, array: Tensor) -> Tensor:
        return channels_first(array)

    def call_with(self, node: Node, weights: Mapping[str, Tensor], inputs: Sequence[Tensor], call: Call) -> Tensor:
        layer = self.layers[node.name]
        used = [(kept, weights[key]) for key, kept in named(layer) if kept.trainable]
        with keras.StatelessScope(used):
            return layer(*inputs, call=call)


def named(layer: keras.layers.Layer) -> list[tuple[str, keras.Variable]]:
    """A layer's weights and buffers under the names of its plan."""
    names = {} if isinstance(layer, Composed) else _NAMES
    return [(names.get(kept.name, kept.name), kept) for kept in layer.weights]


def native_axes(node: Node, key: str, rank: int) -> tuple[int, ...]:
    """The canonical axes of an array in Keras's order."""
    return _AXES.get(type(node.layer), tuple(range(rank))) if rank > 1 else tuple(range(rank))
