"""A plan as a PyTorch module: layers by name, weights under canonical names, arrays in and out."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from gan_core.contract.backend import Call
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L

from .layers import native_layer
from .ops import Operations


class Network(nn.Module):
    """See `gan_core.contract.backend.NativeNetwork`; PyTorch's layout is the canonical one.

    Where there are convolutions, images and kernels lie in memory with their channels last, though indexed as before:
    oneDNN would turn them at each call.
    """

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray], ops: Operations) -> None:
        super().__init__()
        self.plan, self.ops = plan, ops
        self.layers = nn.ModuleDict({node.name: native_layer(node, ops, plan.name) for node in plan.nodes})
        convolves = any(isinstance(node.layer, L.Conv | L.ConvTranspose) for node in plan.nodes)
        self.memory_format = torch.channels_last if convolves else torch.contiguous_format
        self.to(dtype=ops.dtype, device=ops.device)
        self.to(memory_format=self.memory_format)
        self.slots = {f"{name}.{key}": value for name, layer in self.layers.items() for key, value in named(layer)}
        self.steps = [
            (node, self.layers[node.name], hasattr(self.layers[node.name], "needs_call")) for node in plan.nodes
        ]
        self.load(values)

    def forward(self, inputs: Mapping[str, Tensor], call: Call) -> Tensor:
        arrays = {name: self.laid_out(array) for name, array in inputs.items()}
        for node, layer, needs_call in self.steps:
            given = [arrays[name] for name in node.inputs]
            if needs_call:
                given.append(call)
            if call.weights is None or not node.plan.weights:
                arrays[node.name] = layer(*given)
            else:
                arrays[node.name] = functional_call(layer, self.given_weights(node.name, call), tuple(given))
            for name in node.frees:  # so that their memory, still in the caches, is used again
                del arrays[name]
        return arrays[self.plan.nodes[-1].name]

    def laid_out(self, array: Tensor) -> Tensor:
        return array.contiguous(memory_format=self.memory_format) if array.ndim == 4 else array

    def given_weights(self, node: str, call: Call) -> dict[str, Tensor]:
        return {path: call.weights[f"{node}.{_key(path)}"] for path, _ in self.layers[node].named_parameters()}

    def weights(self) -> dict[str, Tensor]:
        return {name: self.slots[name] for name in self.plan.weights}

    def to_canonical(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return dict(arrays)

    def to_native(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return dict(arrays)

    def buffers(self) -> dict[str, Tensor]:
        return {name: self.slots[name] for name in self.plan.buffers}

    def assign(self, weights: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in weights.items():
                self.slots[name].copy_(value)

    def read(self) -> dict[str, np.ndarray]:
        names = [*self.plan.weights, *self.plan.buffers]
        return {name: self.slots[name].detach().cpu().numpy().copy() for name in names}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        self.assign({name: self.ops.constant(values[name]) for name in [*self.plan.weights, *self.plan.buffers]})


def named(layer: nn.Module) -> list[tuple[str, Tensor]]:
    """Return a layer's weights and buffers under the names of its plan."""
    tensors = [*layer.named_parameters(), *layer.named_buffers()]
    return [(_key(path), tensor) for path, tensor in tensors]


def _key(path: str) -> str:
    return path.rpartition(".")[2]  # a wrapped layer's weights lie deeper
