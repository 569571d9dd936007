"""What only TensorFlow needs: each docstring names the fault that is gone round, and its line of docs/frameworks.md."""

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.backend import Inputs, StepFunction
from gan_core.contract.patience import told_if_slow
from gan_core.operations.ops import Ops
from gan_core.plans.layer_plans import Shape
from gan_core.plans.mixtures import mixtures
from gan_core.plans.plans import Node
from gan_core.specs import layers as L


def channels_last(x: Tensor) -> Tensor:
    """[N, C, …] → [N, …, C]: TensorFlow has no convolution with channels first on the CPU ("layout")."""
    rank = len(x.shape)
    return tf.transpose(x, (0, *range(2, rank), 1)) if rank > 2 else x


def channels_first(x: Tensor) -> Tensor:
    """[N, …, C] → [N, C, …], the way back ("layout")."""
    rank = len(x.shape)
    return tf.transpose(x, (0, rank - 1, *range(1, rank - 1))) if rank > 2 else x


def normalised(
    x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor | None, shift: Tensor | None, epsilon: float
) -> Tensor:
    """Batch norm composed: `tf.nn.moments` takes the mean for a constant, which spoils second derivatives.

    ("batch norm, tensorflow"; the mean and variance of a batch are composed where it is called.)
    """
    factor = 1 / tf.sqrt(variance + epsilon)
    return (x - mean) * (factor * scale) + shift if scale is not None else (x - mean) * factor


def normalised_by_kernel(
    x: Tensor, scale: Tensor | None, shift: Tensor | None, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The same from a kernel that knows images in float32 only and takes half the time ("batch norm, tensorflow").

    Returns the output, the mean and the unbiased variance of each channel.
    """
    if scale is None:
        scale, shift = tf.ones(x.shape[-1:]), tf.zeros(x.shape[-1:])
    return tf.compat.v1.nn.fused_batch_norm(x, scale, shift, epsilon=epsilon, is_training=True)


class RowNorm(K.Layer):
    """Mean 0 and variance 1 over each of a sample's groups of channels: of one group, or of one a channel.

    By means over the axes as they lie: turning to channels first and back costs more
    ("layer and instance norm, tensorflow"). Not `tf.nn.moments`, see `normalised`.
    """

    def __init__(self, layer: L.LayerNorm | L.InstanceNorm, node: Node, groups: int, policy: str) -> None:
        super().__init__(dtype=policy)
        rank = len(node.input_shapes[0]) + 1
        self.axes = list(range(1, rank if groups == 1 else rank - 1))
        self.epsilon, self.affine = layer.epsilon, layer.affine

    def build(self, shape: Shape) -> None:
        if self.affine:
            self.gamma = self.add_weight(name="gamma", shape=shape[-1:], initializer="zeros")
            self.beta = self.add_weight(name="beta", shape=shape[-1:], initializer="zeros")

    def call(self, x: Tensor) -> Tensor:
        centred = x - tf.reduce_mean(x, self.axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), self.axes, keepdims=True)
        y = centred * (1 / tf.sqrt(variance + self.epsilon))
        return y * self.gamma.value + self.beta.value if self.affine else y


class Slopes(K.Layer):
    """A learned slope a channel below 0; Keras's own keeps them as [1, 1, C] ("composed layers")."""

    def __init__(self, policy: str) -> None:
        super().__init__(dtype=policy)

    def build(self, shape: Shape) -> None:
        self.slope = self.add_weight(name="weight", shape=shape[-1:], initializer="zeros")

    def call(self, x: Tensor) -> Tensor:
        return tf.nn.relu(x) - self.slope.value * tf.nn.relu(-x)


def rectified(x: Tensor, node: Node) -> Tensor:
    """ReLU, composed between dense layers ("ReLU and leaky ReLU, tensorflow").

    The second derivative of TensorFlow's own is an array of zeros, which XLA, that compiles dense networks, multiplies
    by every weight before: a third of a step with a gradient penalty. The composed one has none, and fuses as well.
    """
    return tf.where(x > 0, x, tf.zeros((), x.dtype)) if is_flat(node) else tf.nn.relu(x)


def leaky(x: Tensor, slope: float, node: Node) -> Tensor:
    """Leaky ReLU with the slope as it is: TensorFlow's own keeps it as float32, 1.5e-8 off in float64.

    ("leaky ReLU, keras"; between dense layers composed for the reason of `rectified`.)
    """
    if is_flat(node) or x.dtype == tf.float64:
        return x * tf.where(x > 0, tf.ones((), x.dtype), tf.constant(slope, x.dtype))
    return tf.nn.leaky_relu(x, slope)


def gelu(x: Tensor, form: str) -> Tensor:
    """GELU composed: TensorFlow's own keeps 0.044715 as float32, 1e-9 off in float64 ("GELU, keras")."""
    inner = tf.math.erf(x * 0.5**0.5) if form == "exact" else tf.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3))
    return x * (0.5 + 0.5 * inner)


def is_flat(node: Node) -> bool:
    """Whether a layer reads [N, units], between dense layers that XLA compiles ("ReLU and leaky ReLU, tensorflow")."""
    return len(node.input_shapes[0]) == 1


def mixed(node: Node, ops: Ops) -> Callable[[Tensor], Tensor]:
    """Rows and columns mixed by a matrix each: TensorFlow's own bilinear kernel knows float32 alone ("resize, keras").

    It has no second derivative either.
    """
    rows, columns = (ops.constant(shares) for shares in mixtures(node))

    def function(x: Tensor) -> Tensor:
        count, height, width, channels = x.shape
        y = tf.matmul(rows, tf.reshape(x, (count, height, width * channels)))  # [N, H', W C]
        y = tf.matmul(columns, tf.reshape(y, (count * rows.shape[0], width, channels)))  # [N H', W', C]
        return tf.reshape(y, (count, rows.shape[0], columns.shape[0], channels))

    return function


def max_pooled(x: Tensor, size: int, step: int) -> Tensor:
    """Max pooling composed of slices: XLA cannot compile the second derivative ("max pooling, tensorflow").

    Of equal values the first counts.
    """
    height, width = ((side - size) // step * step + 1 for side in x.shape[1:3])
    corners = [(top, left) for top in range(size) for left in range(size)]
    shifted = [x[:, top : top + height : step, left : left + width : step] for top, left in corners]
    return functools.reduce(tf.maximum, shifted)


STRATEGIES: list[tf.distribute.Strategy] = []  # of the workers that share a training: one a process, or none
_Prepared = tuple[tuple[tuple[str, tuple[int, ...]], ...], tuple[str, ...], list[Tensor]]


class Unit:
    """A `CompiledUnit` with its programs by shape: TensorFlow needs longer to find than to run one ("`tf.function`").

    Floats travel as one vector: a Python number would be part of the program, which would be compiled anew for each.
    Of several workers it runs within their strategy, where alone exchanges are possible ("workers, tensorflow").
    """

    def __init__(self, function: StepFunction, ops: Ops, xla: bool) -> None:
        self.function, self.ops, self.xla, self.together = function, ops, xla, ops.workers.several
        self.programs: dict[tuple, Callable[..., dict[str, Tensor]]] = {}

    def prepare(self, inputs: Inputs) -> _Prepared:
        floats = {k: v for k, v in inputs.items() if isinstance(v, float)}
        arrays = {k: v for k, v in inputs.items() if not isinstance(v, float)}
        shapes = tuple((name, np.shape(value)) for name, value in arrays.items())
        vector = np.array(list(floats.values()))
        return shapes, tuple(floats), [self.ops.constant(value) for value in (*arrays.values(), vector)]

    def run(self, prepared: _Prepared) -> dict[str, Tensor]:
        shapes, floats, tensors = prepared
        program = self.programs.get((shapes, floats))
        if program is not None:
            return program(*tensors)
        name = getattr(self.function, "__name__", "a function")
        with told_if_slow(f"tensorflow is still compiling {name}; that is done once for each size of batch"):
            program = self._program([name for name, _ in shapes], floats, tensors)
            result = program(*tensors)  # XLA compiles at the first call
        self.programs[shapes, floats] = program
        return result

    def _program(self, arrays: Sequence[str], floats: Sequence[str], tensors: Sequence[Tensor]) -> Callable:
        """Compile the function for tensors of these shapes: the arrays, then the vector of floats."""

        @tf.function(autograph=False, jit_compile=self.xla)
        def compiled(*given: Tensor) -> dict[str, Tensor]:
            numbers = {name: given[-1][index] for index, name in enumerate(floats)}
            inputs = dict(zip(arrays, given, strict=False)) | numbers
            return STRATEGIES[0].run(self.function, args=(inputs,)) if self.together else self.function(inputs)

        return compiled.get_concrete_function(*tensors)

    def __call__(self, inputs: Inputs) -> dict[str, Tensor]:
        return self.run(self.prepare(inputs))
