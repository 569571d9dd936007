"""The modules that translations are made of, the same cast in every backend; all are called as forward(x, …, call)."""

import math
from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from gan_core.contract.backend import Call
from gan_core.contract.composed import check_composable, composed_output
from gan_core.operations.modulation import demodulation
from gan_core.operations.spectral import SINGULAR_VECTOR, singular_value
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from .kernels import epsilon_scale, with_weights
from .ops import Operations
from .worker_norms import normalised_over_workers


class Native(nn.Layer):
    """A layer of the framework's own, which asks nothing of the call."""

    def __init__(self, native: nn.Layer) -> None:
        super().__init__()
        self.native = native

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return self.native(x)


class Function(nn.Layer):
    """A function of one or several inputs, without weights."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        return self.function(*parts)


class Reshape(nn.Layer):
    """Any shape to any other, in the order of [N, C, H, W]; `nn.Flatten` cannot be differentiated twice."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.shape = node.plan.output_shape

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return x.reshape([x.shape[0], *self.shape])


class Dropout(nn.Layer):
    """Dropout by the mask that the core draws, the same bits in every framework."""

    def __init__(self, layer: L.Dropout, node: Node, ops: Operations) -> None:
        super().__init__()
        self.place, self.rate, self.shape = node.name, layer.rate, node.plan.mask_shape

    def forward(self, x: Tensor, call: Call) -> Tensor:
        if not call.training or self.rate == 0:
            return x
        return x * call.mask(self.place, (x.shape[0], *self.shape), self.rate) / (1 - self.rate)


class BatchNorm(nn.Layer):
    """Batch norm whose running variance is the one the spec names (Paddle's own keeps the biased one).

    Paddle's kernel holds epsilon as float32; see `epsilon_scale`.
    """

    def __init__(self, layer: L.BatchNorm, node: Node, ops: Operations) -> None:
        super().__init__()
        (channels,) = node.plan.buffers["running_mean"].shape
        self.ops = ops
        self.rate, self.epsilon = layer.running_update_rate, layer.epsilon
        self.biased = layer.running_variance == "biased"
        self.scale = epsilon_scale(layer.epsilon, ops.dtype)
        one, zero = nn.initializer.Constant(1.0), nn.initializer.Constant(0.0)
        self.weight = self.create_parameter([channels], default_initializer=one) if layer.affine else None
        self.bias = self.create_parameter([channels], default_initializer=zero) if layer.affine else None
        self.register_buffer("running_mean", paddle.zeros([channels]))
        self.register_buffer("running_variance", paddle.ones([channels]))
        for name in ("mean", "variance"):  # of a batch
            self.register_buffer(name, paddle.zeros([channels]), persistable=False)
        # an array, which `lerp` would make of a number at each call; float64 here, for the network to round
        self.register_buffer("share", paddle.to_tensor(np.array(self.rate)), persistable=False)

    def forward(self, x: Tensor, call: Call) -> Tensor:
        if call.training and (self.ops.workers.share_statistics or self.ops.differentiates_again):
            return self.over_workers(x, call)
        s = self.scale
        scaled = x if s == 1.0 else x * s
        if not call.training:
            mean, variance = self.running_mean * s, self.running_variance * s**2
            return F.batch_norm(scaled, mean, variance, self.weight, self.bias, False, epsilon=self.epsilon)
        # with a momentum of 0 the kernel leaves the statistics of this batch in its arguments
        y = F.batch_norm(scaled, self.mean, self.variance, self.weight, self.bias, True, 0.0, self.epsilon)
        if call.updates_statistics:
            batch, _, *places = x.shape  # to ask for `x.size` takes several microseconds
            count = batch * math.prod(places)
            correction = 1.0 if self.biased else count / (count - 1)
            self.update_statistics(1 / s, correction / s**2)
        return y

    def over_workers(self, x: Tensor, call: Call) -> Tensor:
        """By the statistics of the whole batch, of which x holds this worker's rows, or all."""
        y, mean, variance = normalised_over_workers(x, self.weight, self.bias, self.epsilon, self.ops)
        if call.updates_statistics:
            count = x.size // x.shape[1] * self.ops.workers.count
            with paddle.no_grad():
                self.running_mean.lerp_(mean, self.share)
                self.running_variance.lerp_(variance * (1.0 if self.biased else count / (count - 1)), self.share)
        return y

    def update_statistics(self, mean_factor: float, variance_factor: float) -> None:
        """By the kernel beneath `lerp_`, whose tests of types take longer; nothing here is differentiated."""
        mean = self.mean if mean_factor == 1 else self.mean * mean_factor
        variance = self.variance if variance_factor == 1 else self.variance * variance_factor
        paddle._C_ops.lerp_(self.running_mean, mean, self.share)
        paddle._C_ops.lerp_(self.running_variance, variance, self.share)


class Composed(nn.Layer):
    """A layer that the core defines by the operations of the contract."""

    def __init__(self, node: Node, ops: Operations, network: str) -> None:
        super().__init__()
        check_composable(node)
        self.network, self.node, self.ops = network, node, ops
        for name, weight in node.plan.weights.items():
            self.add_parameter(name, self.create_parameter(list(weight.shape)))
        for name, buffer in node.plan.buffers.items():
            self.register_buffer(name, paddle.zeros(list(buffer.shape)))

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        kept = {name: getattr(self, name) for name in (*self.node.plan.weights, *self.node.plan.buffers)}
        return composed_output(self.network, self.node, self.ops, parts, kept, self.ops.numpy_dtype, call)


class SpectralNorm(nn.Layer):
    """A layer that uses its weight divided by the largest singular value."""

    def __init__(self, native: nn.Layer, node: Node, ops: Operations) -> None:
        super().__init__()
        self.native, self.ops = native, ops
        self.transposed = isinstance(node.layer, L.ConvTranspose)  # [in, out, …]
        self.out_axis = 1 if isinstance(node.layer, L.Dense) else 0
        self.register_buffer(SINGULAR_VECTOR, paddle.zeros(node.plan.buffers[SINGULAR_VECTOR].shape))

    def forward(self, x: Tensor, call: Call) -> Tensor:
        weight = self.native.native.weight
        matrix = weight.transpose([1, 0, 2, 3]) if self.transposed else weight
        matrix = matrix.reshape([matrix.shape[0], -1])
        value, vector = singular_value(self.ops, matrix, self.singular_vector, self.out_axis)
        if call.updates_statistics:
            with paddle.no_grad():
                paddle.assign(vector, output=self.singular_vector)
        with with_weights(self.native.native, {"weight": weight / value}):
            return self.native(x, call)


class Modulated(nn.Layer):
    """A convolution of inputs times a style, [N, C]; demodulated, its output has a variance of about 1."""

    def __init__(self, native: nn.Layer, layer: ModulatedConv, ops: Operations) -> None:
        super().__init__()
        self.native, self.layer, self.ops = native, layer, ops

    def forward(self, *parts: Tensor, call: Call) -> Tensor:
        x, style = parts
        y = self.native(_scaled(x, style), call)
        if not self.layer.demodulate:
            return y
        weight = self.native.native.weight
        energies = (weight * weight).sum([2, 3])  # [O, C], or transposed
        energies = energies if self.layer.scale == "up" else energies.t()
        return _scaled(y, demodulation(self.ops, energies, style, self.layer.epsilon))


def _scaled(x: Tensor, factors: Tensor) -> Tensor:
    """[N, C, H, W] times [N, C]; over two axes: broadcasting over a middle axis is slow."""
    return (x.reshape([x.shape[0] * x.shape[1], -1]) * factors.reshape([-1, 1])).reshape(x.shape)
