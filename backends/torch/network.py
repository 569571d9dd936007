"""A plan as a PyTorch module: layers by name, weights under canonical names, arrays in and out."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor, nn
from torch.func import functional_call

from gan_core.contract.backend import Call
from gan_core.contract.layered_network import LayeredNetwork, axes_of, built_layer
from gan_core.plans.plans import Node, Plan

from . import quick_layers  # noqa: F401  (its translations join those of `layers`)
from .kept_arrays import KeptArrays
from .kernels import memory_format
from .layers import native_layer
from .modules import Composed, SpectralNorm
from .ops import Operations


class Network(LayeredNetwork, nn.Module):
    """See `gan_core.contract.backend.NativeNetwork`; PyTorch's layout is the canonical one."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__()
        self.plan, self.ops, self.arrays = plan, ops, arrays
        self.modules_by_name = nn.ModuleDict(
            {
                node.name: built_layer(node, ops, plan.name, native_layer.registry, Composed, SpectralNorm)
                for node in plan.nodes
            }
        )
        self.memory_format = memory_format(plan)
        self.to(dtype=ops.dtype, device=ops.device)
        self.to(memory_format=self.memory_format)
        self.layers = dict(self.modules_by_name)
        self.kept = {f"{name}.{key}": array for name, layer in self.layers.items() for key, array in named(layer)}
        self.axes = axes_of(plan, native_axes)
        self.load(values)

    def inward(self, array: Tensor) -> Tensor:
        return array.contiguous(memory_format=self.memory_format) if array.ndim == 4 else array

    def call_with(self, node: Node, weights: Mapping[str, Tensor], inputs: Sequence[Tensor], call: Call) -> Tensor:
        layer = self.layers[node.name]
        used = {path: weights[_key(path)] for path, _ in layer.named_parameters()}
        return functional_call(layer, used, tuple(inputs), {"call": call})


def named(layer: nn.Module) -> list[tuple[str, Tensor]]:
    """A layer's weights and buffers under the names of its plan."""
    tensors = [*layer.named_parameters(), *layer.named_buffers()]
    return [(_key(path), tensor) for path, tensor in tensors]


def native_axes(node: Node, key: str, rank: int) -> tuple[int, ...]:
    """The canonical axes of an array in PyTorch's order: they are the same."""
    return tuple(range(rank))


def _key(path: str) -> str:
    return path.rpartition(".")[2]  # a wrapped layer's weights lie deeper
