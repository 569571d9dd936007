"""The modules that translations are made of, the same cast in every backend; all are called as forward(x, …, call)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from gan_core.contract.backend import Call
from gan_core.contract.composed import check_composable, composed_output
from gan_core.operations.modulation import demodulation
from gan_core.operations.spectral import SINGULAR_VECTOR, singular_value
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from .ops import Operations
from .worker_norms import normalised_over_workers


class Native(nn.Module):
    """A module of the framework's own, which asks nothing of the call."""

    def __init__(self, native: nn.Module) -> None:
        super().__init__()
        self.native = native

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return self.native(x)


class Function(nn.Module):
    """A function of one or several inputs, without weights."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        return self.function(*parts)


class Reshape(nn.Module):
    """Any shape to any other, in the order of [N, C, H, W]."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.shape = node.plan.output_shape

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)


class Dropout(nn.Module):
    """Dropout by the mask that the core draws, the same bits in every framework."""

    def __init__(self, layer: L.Dropout, node: Node, ops: Operations) -> None:
        super().__init__()
        self.place, self.rate, self.shape = node.name, layer.rate, node.plan.mask_shape

    def forward(self, x: Tensor, call: Call) -> Tensor:
        if not call.training or self.rate == 0:
            return x
        return x * call.mask(self.place, (x.shape[0], *self.shape), self.rate) / (1 - self.rate)


class BatchNorm(nn.Module):
    """Batch norm whose running variance is the one the spec names (PyTorch's own keeps the unbiased one)."""

    def __init__(self, layer: L.BatchNorm, node: Node, ops: Operations) -> None:
        super().__init__()
        (channels,) = node.plan.buffers["running_mean"].shape
        self.ops = ops
        self.rate, self.epsilon = layer.running_update_rate, layer.epsilon
        self.biased = layer.running_variance == "biased"
        self.weight = nn.Parameter(torch.ones(channels)) if layer.affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if layer.affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(self, x: Tensor, call: Call) -> Tensor:
        if call.training and self.ops.workers.share_statistics:
            return self.over_workers(x, call)
        mean, variance = self.running_mean, self.running_variance
        if call.training and (self.biased or not call.updates_statistics):
            if call.updates_statistics:
                self.update_biased(x)
            mean = variance = None
        return F.batch_norm(x, mean, variance, self.weight, self.bias, call.training, self.rate, self.epsilon)

    def over_workers(self, x: Tensor, call: Call) -> Tensor:
        """By the statistics of the whole batch, of which x holds this worker's rows."""
        y, mean, variance = normalised_over_workers(x, self.weight, self.bias, self.epsilon, self.ops)
        if call.updates_statistics:
            count = x.numel() // x.shape[1] * self.ops.workers.count
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.rate)
                self.running_variance.lerp_(variance * (1.0 if self.biased else count / (count - 1)), self.rate)
        return y

    @torch.no_grad()
    def update_biased(self, x: Tensor) -> None:
        variance, mean = torch.var_mean(x, dim=[0, *range(2, x.ndim)], unbiased=False)
        self.running_mean.lerp_(mean, self.rate)
        self.running_variance.lerp_(variance, self.rate)


class Composed(nn.Module):
    """A layer that the core defines by the operations of the contract."""

    def __init__(self, node: Node, ops: Operations, network: str) -> None:
        super().__init__()
        check_composable(node)
        self.network, self.node, self.ops = network, node, ops
        for name, weight in node.plan.weights.items():
            self.register_parameter(name, nn.Parameter(torch.empty(weight.shape)))
        for name, buffer in node.plan.buffers.items():
            self.register_buffer(name, torch.empty(buffer.shape))

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        kept = {name: getattr(self, name) for name in (*self.node.plan.weights, *self.node.plan.buffers)}
        return composed_output(self.network, self.node, self.ops, parts, kept, self.ops.numpy_dtype, call)


class SpectralNorm(nn.Module):
    """A layer that uses its weight divided by the largest singular value."""

    def __init__(self, native: nn.Module, node: Node, ops: Operations) -> None:
        super().__init__()
        self.native, self.ops = native, ops
        self.transposed = isinstance(node.layer, L.ConvTranspose)  # [in, out, …]
        self.register_buffer(SINGULAR_VECTOR, torch.zeros(node.plan.buffers[SINGULAR_VECTOR].shape))

    def forward(self, x: Tensor, call: Call) -> Tensor:
        weight = self.native.native.weight
        matrix = (weight.transpose(0, 1) if self.transposed else weight).flatten(1)  # [out, rest]
        value, vector = singular_value(self.ops, matrix, self.singular_vector, 0)
        if call.updates_statistics:
            self.singular_vector.copy_(vector)
        return functional_call(self.native, {"native.weight": weight / value}, (x, call))


class Modulated(nn.Module):
    """A convolution of inputs times a style, [N, C]; demodulated, its output has a variance of about 1."""

    def __init__(self, native: nn.Module, layer: ModulatedConv, ops: Operations) -> None:
        super().__init__()
        self.native, self.layer, self.ops = native, layer, ops

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        x, style = parts
        y = self.native(x * style[:, :, None, None], call)
        if not self.layer.demodulate:
            return y
        energies = self.native.native.weight.square().sum((2, 3))  # [O, C], or transposed
        energies = energies if self.layer.scale == "up" else energies.t()
        return y * demodulation(self.ops, energies, style, self.layer.epsilon)[:, :, None, None]
