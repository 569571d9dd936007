"""A plan as Keras layers by name: weights under canonical names, arrays in and out."""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L

from .layers import Composed, _channels_first, _channels_last, native_layer
from .ops import Operations

# canonical [out, in], [out, in, kh, kw] and [in, out, kh, kw] → Keras's [in, out], [kh, kw, in, out], [kh, kw, out, in]
_AXES = {L.Dense: (1, 0), L.Conv: (2, 3, 1, 0), L.ConvTranspose: (2, 3, 1, 0)}
_NAMES = {
    "kernel": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_variance",
}


class Network:
    """See `gan_core.contract.backend.NativeNetwork`. Not a `keras.Model`, whose `weights` means something else."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations) -> None:
        self.plan, self.ops = plan, ops
        keras.config.set_dtype_policy(ops.dtype.name)
        self.layers = {node.name: native_layer(node, ops, plan.name) for node in plan.nodes}
        for node in plan.nodes:
            if node.plan.weights or node.plan.buffers:
                shape = node.input_shapes[0]  # the sides stay open: Keras would judge them by its own padding
                self.layers[node.name].build((*(None for _ in shape), *shape[:1]))
        self.slots = {f"{name}.{key}": value for name, layer in self.layers.items() for key, value in named(layer)}
        self.axes = {
            f"{node.name}.{key}": _axes(node.layer, len(kept.shape))
            for node in plan.nodes
            for key, kept in (*node.plan.weights.items(), *node.plan.buffers.items())
        }
        self.steps = [
            (node, self.layers[node.name], hasattr(self.layers[node.name], "needs_call")) for node in plan.nodes
        ]
        self.load(values)

    def __call__(self, inputs: Mapping[str, Tensor], call: Call) -> Tensor:
        arrays = {name: _channels_last(array) for name, array in inputs.items()}
        for node, layer, needs_call in self.steps:
            given = [arrays[name] for name in node.inputs]
            named_given = {"call": call} if needs_call else {}
            if call.weights is None or not node.plan.weights:
                arrays[node.name] = layer(*given, **named_given)
            else:
                with keras.StatelessScope(self.given_weights(node.name, call)):
                    arrays[node.name] = layer(*given, **named_given)
        return _channels_first(arrays[self.plan.nodes[-1].name])

    def given_weights(self, node: str, call: Call) -> list[tuple[keras.Variable, Tensor]]:
        return [(value, call.weights[f"{node}.{key}"]) for key, value in named(self.layers[node]) if value.trainable]

    def weights(self) -> dict[str, tf.Variable]:
        return {name: self.slots[name].value for name in self.plan.weights}

    def to_canonical(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: tf.transpose(array, np.argsort(self.axes[name])) for name, array in arrays.items()}

    def to_native(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: tf.transpose(array, self.axes[name]) for name, array in arrays.items()}

    def buffers(self) -> dict[str, tf.Variable]:
        return {name: self.slots[name].value for name in self.plan.buffers}

    def assign(self, weights: Mapping[str, Tensor]) -> None:
        for name, value in weights.items():
            self.slots[name].value.assign(value)

    def read(self) -> dict[str, np.ndarray]:
        return {
            name: np.transpose(self.slots[name].value.numpy(), np.argsort(axes)).copy()
            for name, axes in self.axes.items()
        }

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        self.assign({name: self.ops.constant(np.transpose(values[name], axes)) for name, axes in self.axes.items()})


def named(layer: keras.layers.Layer) -> list[tuple[str, keras.Variable]]:
    """Return a layer's weights and buffers under the names of its plan."""
    names = {} if isinstance(layer, Composed) else _NAMES
    return [(names.get(variable.name, variable.name), variable) for variable in layer.weights]


def _axes(layer: L.Layer, rank: int) -> tuple[int, ...]:
    """Return the order in which Keras keeps the axes of a weight or buffer."""
    return _AXES.get(type(layer), tuple(range(rank))) if rank > 1 else tuple(range(rank))
