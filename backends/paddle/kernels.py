"""What only Paddle needs: each docstring names the fault that is gone round, and its line of docs/frameworks.md."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn
from paddle.autograd import PyLayer

from gan_core.plans.mixtures import mixtures
from gan_core.plans.plans import Node
from gan_core.specs import layers as L


def default_or_none(wanted: bool) -> bool | None:
    """Whether a layer has a weight, in Paddle's words: None for "the default one", and False ("weights, paddle")."""
    return None if wanted else False


@contextmanager
def with_weights(layer: nn.Layer, weights: Mapping[str, Tensor]) -> Iterator[None]:
    """A layer with other weights for a while: assignment refuses tensors that are no parameters ("weights, paddle").

    layer: the one that holds the weights, not one around it.
    """
    parameters = layer._parameters
    before = dict(parameters)
    parameters.update(weights)
    try:
        yield
    finally:
        parameters.update(before)


def epsilon_scale(epsilon: float, dtype: paddle.dtype) -> float:
    """A factor s of inputs with which a kernel's epsilon, held as float32, is exact in float64 ("batch norm, paddle").

    With s = √(ε₃₂ / ε): (s x − s m) / √(s² v + ε₃₂) = (x − m) / √(v + ε).
    """
    return math.sqrt(float(np.float32(epsilon)) / epsilon) if dtype == paddle.float64 else 1.0


class RowNorm(nn.Layer):
    """Mean 0 and variance 1 over each of a sample's groups of channels, by the kernel of instance norm.

    Those of layer and group norm cannot be differentiated twice ("layer and group norm, paddle"). It holds epsilon as
    float32, as that of batch norm does.
    """

    def __init__(
        self, layer: L.LayerNorm | L.InstanceNorm | L.GroupNorm, node: Node, groups: int, dtype: paddle.dtype
    ) -> None:
        super().__init__()
        self.groups, self.epsilon, self.scale = groups, layer.epsilon, epsilon_scale(layer.epsilon, dtype)
        for name, weight in node.plan.weights.items():
            self.add_parameter(name, self.create_parameter(list(weight.shape)))

    def forward(self, x: Tensor) -> Tensor:
        groups = x.reshape([x.shape[0], self.groups, -1, 1])
        y = F.instance_norm(groups if self.scale == 1.0 else groups * self.scale, eps=self.epsilon)
        if "weight" in self._parameters:
            y = y.reshape([*x.shape[:2], -1]) * self.weight.reshape([-1, 1]) + self.bias.reshape([-1, 1])
        return y.reshape(x.shape)


def leaky(x: Tensor, slope: float) -> Tensor:
    """Leaky ReLU whose derivative at exactly 0 is the slope; the kernel takes 0 for positive ("leaky ReLU, paddle").

    A hair lower it does not, and any other number stays what it is. That costs a pass over memory, which float64, the
    judge, pays; in float32 the derivative at exactly 0 is Paddle's.
    """
    return F.leaky_relu(x - 1e-37 if x.dtype == paddle.float64 else x, slope)


def gelu(x: Tensor, form: str) -> Tensor:
    """GELU with a second derivative, which the kernel lacks, as that of erf does ("GELU, paddle")."""
    as_tanh = form == "tanh"

    def gradient(slope: Tensor) -> Tensor:
        if not paddle.is_grad_enabled():
            return paddle._C_ops.gelu_grad(x, slope, as_tanh)
        return slope * (_slope_by_tanh(x) if as_tanh else _normal_share(x) + x * _normal_density(x))

    return WithGradient.apply(x, lambda given: F.gelu(given, as_tanh), gradient)


def _slope_by_tanh(x: Tensor) -> Tensor:
    """The derivative of the tanh form ("GELU, paddle")."""
    factor = math.sqrt(2 / math.pi)
    inner = paddle.tanh(factor * (x + 0.044715 * x**3))
    return 0.5 * (1 + inner) + 0.5 * factor * x * (1 - inner**2) * (1 + 3 * 0.044715 * x**2)


def _normal_density(x: Tensor) -> Tensor:
    """φ(x) of N(0, 1) ("GELU, paddle")."""
    return paddle.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def _normal_share(x: Tensor) -> Tensor:
    """Φ(x) of N(0, 1), with a second derivative ("GELU, paddle")."""

    def value(given: Tensor) -> Tensor:
        return 0.5 * (1 + paddle.erf(given * math.sqrt(0.5)))

    return WithGradient.apply(x, value, lambda slope: slope * _normal_density(x))


def softmax(x: Tensor) -> Tensor:
    """Softmax of the last axis by its kernel, with a second derivative, which that lacks ("softmax, paddle")."""
    with paddle.no_grad():
        y = F.softmax(x)

    def gradient(slope: Tensor) -> Tensor:
        if not paddle.is_grad_enabled():
            return paddle._C_ops.softmax_grad(y, slope, -1)
        again = softmax(x)
        return again * (slope - (slope * again).sum(-1, keepdim=True))

    return WithGradient.apply(x, lambda _: y, gradient)


def shuffled(x: Tensor, factor: int) -> Tensor:
    """Channels as pixels of squares by the kernel; its gradient is its opposite ("second derivatives, paddle")."""
    return WithGradient.apply(x, lambda given: F.pixel_shuffle(given, factor), partial(unshuffled, factor=factor))


def unshuffled(x: Tensor, factor: int) -> Tensor:
    """The pixels of squares as channels ("second derivatives, paddle")."""
    return WithGradient.apply(x, lambda given: F.pixel_unshuffle(given, factor), partial(shuffled, factor=factor))


def max_pooled(x: Tensor, size: int, step: int) -> Tensor:
    """Max pooling with a second derivative, which the kernel lacks ("second derivatives, paddle")."""
    with paddle.no_grad():
        pooled, places = F.max_pool2d(x, size, step, return_mask=True)
    rows = [*x.shape[:2], -1]
    picked = paddle.take_along_axis(x.reshape(rows), places.reshape(rows), 2, broadcast=False)
    return picked.reshape(pooled.shape)


class Mixed(nn.Layer):
    """Rows and columns mixed by a matrix each: pooling kernels keep their share as float32 ("average pooling, paddle").

    Twice as quick besides, and differentiable twice, as the kernels of upsampling are not.
    """

    def __init__(self, node: Node) -> None:
        super().__init__()
        rows, columns = mixtures(node)
        self.register_buffer("rows", paddle.to_tensor(rows))  # [H', H]
        self.register_buffer("columns", paddle.to_tensor(columns.T.copy()))  # [W, W']

    def forward(self, x: Tensor) -> Tensor:
        return paddle.matmul(self.rows, paddle.matmul(x, self.columns))


class Linear(nn.Linear):
    """A dense layer whose bias is added as a product, ones [N, 1] by [1, F] ("dense bias, paddle").

    Paddle's broadcasting over rows takes several times as long, there and back; of few units it does not.
    """

    def forward(self, x: Tensor) -> Tensor:
        if self.bias is None or self.bias.shape[0] < 64 or x.ndim > 2:
            return F.linear(x, self.weight, self.bias)
        bias = paddle.matmul(_column_of_ones(x.shape[0], x.dtype), self.bias.unsqueeze(0))
        return paddle.matmul(x, self.weight) + bias


@lru_cache
def _column_of_ones(count: int, dtype: paddle.dtype) -> Tensor:
    """[N, 1], made once ("dense bias, paddle")."""
    return paddle.ones([count, 1], dtype=dtype)


class Lookup(nn.Embedding):
    """An embedding by one-hot rows: the kernel lacks a second derivative ("second derivatives, paddle")."""

    def forward(self, x: Tensor) -> Tensor:
        return F.one_hot(x, self.weight.shape[0]).astype(self.weight.dtype) @ self.weight


class WithGradient(PyLayer):
    """A function with a gradient of its own, a function of the output's ("second derivatives, paddle")."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, value: Callable[[Tensor], Tensor], gradient: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.gradient = gradient
        return value(x)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return ctx.gradient(slope)
