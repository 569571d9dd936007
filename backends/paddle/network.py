"""A plan as a Paddle layer: layers by name, weights under canonical names, arrays in and out."""

from collections.abc import Mapping

import numpy as np
import paddle
from paddle import Tensor, nn

from gan_core.contract.backend import Call
from gan_core.plans.plans import Plan

from .layers import _innermost, _replaced, native_layer
from .ops import Operations


class Network(nn.Layer):
    """See `NativeNetwork`; Paddle's layout is the canonical one but for dense weights, [in, out]."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations) -> None:
        super().__init__()
        self.plan, self.ops = plan, ops
        self.layers = nn.LayerDict({node.name: native_layer(node, ops, plan.name) for node in plan.nodes})
        self.to(dtype=ops.dtype, device=ops.device)
        self.slots = {f"{name}.{key}": value for name, layer in self.layers.items() for key, value in named(layer)}
        self.turned = {
            f"{name}.weight" for name, layer in self.layers.items() if isinstance(_innermost(layer), nn.Linear)
        }
        self.steps = [
            (node, self.layers[node.name], hasattr(self.layers[node.name], "needs_call")) for node in plan.nodes
        ]
        self.load(values)

    def forward(self, inputs: Mapping[str, Tensor], call: Call) -> Tensor:
        arrays = dict(inputs)
        for node, layer, needs_call in self.steps:
            given = [arrays[name] for name in node.inputs]
            if needs_call:
                given.append(call)
            if call.weights is None or not node.plan.weights:
                arrays[node.name] = layer(*given)
            else:
                with _replaced(layer, self.given_weights(node.name, call)):
                    arrays[node.name] = layer(*given)
            for name in node.frees:  # so that their memory, still in the caches, is used again
                del arrays[name]
        return arrays[self.plan.nodes[-1].name]

    def given_weights(self, node: str, call: Call) -> dict[str, Tensor]:
        own = named(self.layers[node])
        return {key: call.weights[f"{node}.{key}"] for key, value in own if not value.stop_gradient}

    def weights(self) -> dict[str, Tensor]:
        return {name: self.slots[name] for name in self.plan.weights}

    def to_canonical(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: array.T if name in self.turned else array for name, array in arrays.items()}

    def to_native(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return self.to_canonical(arrays)  # turned twice is as it was

    def buffers(self) -> dict[str, Tensor]:
        return {name: self.slots[name] for name in self.plan.buffers}

    def assign(self, weights: Mapping[str, Tensor]) -> None:
        with paddle.no_grad():
            for name, value in weights.items():
                paddle.assign(value, output=self.slots[name])

    def read(self) -> dict[str, np.ndarray]:
        arrays = {name: self.slots[name].numpy() for name in [*self.plan.weights, *self.plan.buffers]}
        return {name: array.T.copy() if name in self.turned else array for name, array in arrays.items()}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        given = {name: values[name] for name in [*self.plan.weights, *self.plan.buffers]}
        turned = {name: value.T if name in self.turned else value for name, value in given.items()}
        self.assign({name: self.ops.constant(value) for name, value in turned.items()})


def named(layer: nn.Layer) -> list[tuple[str, Tensor]]:
    """Return a layer's weights and buffers under the names of its plan."""
    tensors = [*layer.named_parameters(), *layer.named_buffers()]
    return [(path.rpartition(".")[2], tensor) for path, tensor in tensors]  # a wrapped layer's lie deeper
