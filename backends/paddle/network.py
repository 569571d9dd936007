"""A plan as a Paddle layer: layers by name, weights under canonical names, arrays in and out."""

from collections.abc import Mapping, Sequence

import numpy as np
from paddle import Tensor, nn

from gan_core.contract.backend import Call
from gan_core.contract.layered_network import LayeredNetwork, axes_of, built_layer
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

from . import quick_layers  # noqa: F401  (its translations join those of `layers`)
from .kept_arrays import KeptArrays
from .kernels import with_weights
from .layers import native_layer
from .modules import Composed, SpectralNorm
from .ops import Operations


class Network(LayeredNetwork, nn.Layer):
    """See `NativeNetwork`; Paddle's layout is the canonical one but for dense weights, [in, out]."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__()
        self.plan, self.ops, self.arrays = plan, ops, arrays
        self.modules_by_name = nn.LayerDict(
            {
                node.name: built_layer(node, ops, plan.name, native_layer.registry, Composed, SpectralNorm)
                for node in plan.nodes
            }
        )
        self.to(dtype=ops.dtype, device=ops.device)
        self.layers = {node.name: self.modules_by_name[node.name] for node in plan.nodes}
        self.kept = {f"{name}.{key}": array for name, layer in self.layers.items() for key, array in named(layer)}
        self.axes = axes_of(plan, native_axes)
        self.load(values)

    def call_with(self, node: Node, weights: Mapping[str, Tensor], inputs: Sequence[Tensor], call: Call) -> Tensor:
        layer = self.layers[node.name]
        holder = next(part for part in layer.sublayers(include_self=True) if part._parameters)
        with with_weights(holder, weights):
            return layer(*inputs, call=call)


def named(layer: nn.Layer) -> list[tuple[str, Tensor]]:
    """A layer's weights and buffers under the names of its plan."""
    tensors = [*layer.named_parameters(), *layer.named_buffers()]
    return [(path.rpartition(".")[2], tensor) for path, tensor in tensors]  # a wrapped layer's lie deeper


def native_axes(node: Node, key: str, rank: int) -> tuple[int, ...]:
    """The canonical axes of an array in Paddle's order."""
    turned = type(node.layer) is L.Dense and key == "weight"  # a subclass runs by its definition, in canonical layout
    return (1, 0) if turned else tuple(range(rank))
