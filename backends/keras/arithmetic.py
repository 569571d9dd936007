"""How products are computed, what the framework has once for a process to that end, and what it says of a GPU."""

import os
from collections.abc import Callable

import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.devices import WORKSPACE, card, gpu_number
from gan_core.plans.layer_plans import Shape

from .ops import Operations


def product(ops: Operations, function: Callable[[Tensor, Tensor], Tensor], x: Tensor, weight: Tensor) -> Tensor:
    """A product of inputs and a weight, `function` of both; its factors and its value in bfloat16 where that is chosen.

    Gradients pass the casts, so that products in them are rounded alike, and can be differentiated again.
    """
    if ops.products != "bf16":
        return function(x, weight)
    return tf.cast(function(tf.cast(x, tf.bfloat16), tf.cast(weight, tf.bfloat16)), ops.dtype)


class Dense(K.Dense):
    """A dense layer by `product`."""

    def __init__(self, ops: Operations, inputs: int, units: int, bias: bool) -> None:
        super().__init__(units, use_bias=bias, kernel_initializer="zeros", dtype=ops.policy)
        self.ops, self.inputs = ops, inputs

    def build(self, shape: Shape) -> None:
        super().build((None, self.inputs))

    def call(self, x: Tensor) -> Tensor:
        if self.ops.products != "bf16":
            return super().call(x)
        y = product(self.ops, tf.matmul, x, self.kernel.value)
        return y + self.bias.value if self.use_bias else y


def settle(tf32: bool, deterministic: bool) -> None:
    """Have float32 computed in float32, or its factors rounded by a GPU; and a GPU compute the same bits each time."""
    tf.config.experimental.enable_tensor_float_32_execution(tf32)  # products and convolutions alike
    if deterministic:
        os.environ.setdefault(*WORKSPACE)  # read at the first product
        tf.config.experimental.enable_op_determinism()  # for as long as the process lives


def rounds_factors() -> bool:
    """Whether any float32 product may be less than float32, by TensorFlow's own answer."""
    return bool(tf.config.experimental.tensor_float_32_execution_enabled())


def described_card(device: str) -> dict[str, str]:
    """The name, compute capability and libraries of a GPU; nothing of a CPU."""
    number = gpu_number(device)
    if number is None:
        return {}
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[number])
    built = tf.sysconfig.get_build_info()
    name, capability = details.get("device_name"), details.get("compute_capability")
    return card(name, capability, built.get("cuda_version"), built.get("cudnn_version"))
