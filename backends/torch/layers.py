"""One function per layer: a node of the plan becomes a PyTorch module. Weights are loaded afterwards."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import skip_init

from gan_core.contract.backend import Call
from gan_core.contract.composed import check_composable, composed_output
from gan_core.operations.spectral import SINGULAR_VECTOR, singular_value
from gan_core.plans.plans import Node
from gan_core.specs import layers as L

from .ops import Operations


def native_layer(node: Node, ops: Operations, network: str) -> nn.Module:
    make = LAYERS.get(type(node.layer))
    if make is None:
        return Composed(node, ops, network)
    native = make(node)
    return SpectralNorm(native, node, ops) if SINGULAR_VECTOR in node.plan.buffers else native


def dense(node: Node) -> nn.Module:
    (features,) = node.input_shapes[0]
    return skip_init(nn.Linear, features, node.layer.units, bias=node.layer.bias)


def conv(node: Node) -> nn.Module:
    layer = node.layer
    before, after = layer.padding_before_after
    native = skip_init(
        nn.Conv2d,
        node.input_shapes[0][0],
        layer.channels,
        layer.kernel,
        stride=layer.stride,
        padding=before if before == after else 0,
        bias=layer.bias,
    )
    return native if before == after else PaddedFirst(native, before, after)


def conv_transpose(node: Node) -> nn.Module:
    layer = node.layer
    before, after = layer.padding_before_after
    symmetric = min(before, after)
    native = skip_init(
        nn.ConvTranspose2d,
        node.input_shapes[0][0],
        layer.channels,
        layer.kernel,
        stride=layer.stride,
        padding=symmetric,
        output_padding=layer.output_padding,
        bias=layer.bias,
    )
    return native if before == after else CroppedAfter(native, before - symmetric, after - symmetric)


def batch_norm(node: Node) -> nn.Module:
    return BatchNorm(node.layer, node.input_shapes[0][0])


def layer_norm(node: Node) -> nn.Module:
    return nn.GroupNorm(1, node.input_shapes[0][0], node.layer.epsilon, node.layer.affine)


def instance_norm(node: Node) -> nn.Module:
    channels = node.input_shapes[0][0]
    # a group a channel: half the time of nn.InstanceNorm2d
    return nn.GroupNorm(channels, channels, node.layer.epsilon, node.layer.affine)


def relu(node: Node) -> nn.Module:
    return nn.ReLU()


def leaky_relu(node: Node) -> nn.Module:
    return nn.LeakyReLU(node.layer.slope)


def elu(node: Node) -> nn.Module:
    return nn.ELU()


def tanh(node: Node) -> nn.Module:
    return nn.Tanh()


def sigmoid(node: Node) -> nn.Module:
    return nn.Sigmoid()


def dropout(node: Node) -> nn.Module:
    return Dropout(node)


def flatten(node: Node) -> nn.Module:
    return nn.Flatten()


def reshape(node: Node) -> nn.Module:
    return nn.Unflatten(1, node.layer.shape) if len(node.input_shapes[0]) == 1 else Reshape(node.layer.shape)


def average_pool(node: Node) -> nn.Module:
    return nn.AvgPool2d(node.layer.size, node.layer.stride)


def max_pool(node: Node) -> nn.Module:
    return nn.MaxPool2d(node.layer.size, node.layer.stride)


def upsample(node: Node) -> nn.Module:
    return nn.Upsample(scale_factor=node.layer.factor, mode="nearest")


def embedding(node: Node) -> nn.Module:
    return skip_init(nn.Embedding, node.layer.classes, node.layer.units)


def concat(node: Node) -> nn.Module:
    return Joined(lambda parts: torch.cat(parts, dim=1))


def add(node: Node) -> nn.Module:
    return Joined(lambda parts: sum(parts[1:], parts[0]))


def scale(node: Node) -> nn.Module:
    return Joined(lambda parts: parts[0] * node.layer.factor)


LAYERS: dict[type, Callable[[Node], nn.Module]] = {
    L.Dense: dense,
    L.Conv: conv,
    L.ConvTranspose: conv_transpose,
    L.BatchNorm: batch_norm,
    L.LayerNorm: layer_norm,
    L.InstanceNorm: instance_norm,
    L.ReLU: relu,
    L.LeakyReLU: leaky_relu,
    L.ELU: elu,
    L.Tanh: tanh,
    L.Sigmoid: sigmoid,
    L.Dropout: dropout,
    L.Flatten: flatten,
    L.Reshape: reshape,
    L.AveragePool: average_pool,
    L.MaxPool: max_pool,
    L.Upsample: upsample,
    L.Embedding: embedding,
    L.Concat: concat,
    L.Add: add,
    L.Scale: scale,
}


class BatchNorm(nn.Module):
    """Batch norm whose running variance is the one the spec names (PyTorch's own keeps the unbiased one)."""

    needs_call = True

    def __init__(self, layer: L.BatchNorm, channels: int) -> None:
        super().__init__()
        self.rate, self.epsilon, self.biased = layer.running_update_rate, layer.epsilon, False
        self.biased = layer.running_variance == "biased"
        self.weight = nn.Parameter(torch.ones(channels)) if layer.affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if layer.affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(self, x: Tensor, call: Call) -> Tensor:
        mean, variance = self.running_mean, self.running_variance
        if call.training and (self.biased or not call.updates_statistics):
            if call.updates_statistics:
                self.update_biased(x)
            mean = variance = None
        return F.batch_norm(x, mean, variance, self.weight, self.bias, call.training, self.rate, self.epsilon)

    @torch.no_grad()
    def update_biased(self, x: Tensor) -> None:
        variance, mean = torch.var_mean(x, dim=[0, *range(2, x.ndim)], unbiased=False)
        self.running_mean.lerp_(mean, self.rate)
        self.running_variance.lerp_(variance, self.rate)


class Dropout(nn.Module):
    """Dropout by the mask that the core draws, the same bits in every framework."""

    needs_call = True

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.name, self.rate, self.shape = node.name, node.layer.rate, node.plan.output_shape

    def forward(self, x: Tensor, call: Call) -> Tensor:
        if not call.training or self.rate == 0:
            return x
        return x * call.keep_mask(self.name, (x.shape[0], *self.shape), self.rate) / (1 - self.rate)


class PaddedFirst(nn.Module):
    """A convolution whose padding differs between top/left and bottom/right."""

    def __init__(self, native: nn.Module, before: int, after: int) -> None:
        super().__init__()
        self.native, self.padding = native, (before, after, before, after)

    def forward(self, x: Tensor) -> Tensor:
        return self.native(F.pad(x, self.padding))


class CroppedAfter(nn.Module):
    """A transposed convolution whose padding differs between top/left and bottom/right."""

    def __init__(self, native: nn.Module, before: int, after: int) -> None:
        super().__init__()
        self.native, self.before, self.after = native, before, after

    def forward(self, x: Tensor) -> Tensor:
        y = self.native(x)
        height, width = y.shape[2] - self.after, y.shape[3] - self.after
        return y[:, :, self.before : height, self.before : width]


class Reshape(nn.Module):
    """Any shape to any other."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)


class Joined(nn.Module):
    """A function of one or several inputs without weights."""

    def __init__(self, function: Callable[[tuple[Tensor, ...]], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *parts: Tensor) -> Tensor:
        return self.function(parts)


class Composed(nn.Module):
    """A layer that the core defines by the operations of the contract."""

    def __init__(self, node: Node, ops: Operations, network: str) -> None:
        super().__init__()
        check_composable(node)
        self.network, self.node, self.ops = network, node, ops
        for name, weight in node.plan.weights.items():
            self.register_parameter(name, nn.Parameter(torch.empty(weight.shape)))

    def forward(self, *inputs: Tensor) -> Tensor:
        weights = {name: getattr(self, name) for name in self.node.plan.weights}
        return composed_output(self.network, self.node, self.ops, inputs, weights, self.ops.numpy_dtype)


class SpectralNorm(nn.Module):
    """A layer that uses its weight divided by the largest singular value."""

    needs_call = True

    def __init__(self, native: nn.Module, node: Node, ops: Operations) -> None:
        super().__init__()
        self.native, self.ops = native, ops
        self.transposed = isinstance(node.layer, L.ConvTranspose)  # [in, out, …]
        self.path = "native.weight" if hasattr(native, "native") else "weight"
        self.register_buffer(SINGULAR_VECTOR, torch.zeros(node.plan.buffers[SINGULAR_VECTOR].shape))

    def forward(self, x: Tensor, call: Call) -> Tensor:
        weight = getattr(self.native, "native", self.native).weight
        matrix = (weight.transpose(0, 1) if self.transposed else weight).flatten(1)  # [out, rest]
        value, vector = singular_value(self.ops, matrix, self.singular_vector, 0)
        if call.updates_statistics:
            self.singular_vector.copy_(vector)
        return functional_call(self.native, {self.path: weight / value}, x)
