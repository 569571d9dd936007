"""How products are computed, what the framework has once for a process to that end, and what it says of a GPU."""

import contextlib
import os
from collections.abc import Callable

import paddle
from paddle import Tensor
from paddle.base import core

from gan_core.contract.devices import WORKSPACE, card

from .kernels import Linear
from .ops import Operations

# the switches of TF32: of versions from 3.4 on, and of all before
_FLAGS = ("FLAGS_cublas_allow_tf32", "FLAGS_cudnn_allow_tf32")
_LIBRARIES = ("cublas", "cudnn")
_DETERMINISTIC = ("FLAGS_cudnn_deterministic", "FLAGS_embedding_deterministic")


def product(ops: Operations, function: Callable[[Tensor, Tensor], Tensor], x: Tensor, weight: Tensor) -> Tensor:
    """A product of inputs and a weight, `function` of both; its factors and its value in bfloat16 where that is chosen.

    Gradients pass the casts, so that products in them are rounded alike, and can be differentiated again. On the CPU
    Paddle has no such kernels: numbers of bfloat16 are multiplied in float32, to the same end ("bfloat16, paddle").
    """
    if ops.products != "bf16":
        return function(x, weight)
    if ops.device.is_gpu_place():
        return function(x.astype("bfloat16"), weight.astype("bfloat16")).astype(ops.dtype)
    return _rounded(function(_rounded(x), _rounded(weight)))


class Dense(Linear):
    """A dense layer by `product`, with its bias as `Linear` adds it."""

    def __init__(self, ops: Operations, inputs: int, units: int, bias: bool | None) -> None:
        super().__init__(inputs, units, bias_attr=bias)
        self.ops = ops

    def forward(self, x: Tensor) -> Tensor:
        if self.ops.products != "bf16":
            return super().forward(x)
        y = product(self.ops, paddle.matmul, x, self.weight)
        return y if self.bias is None else y + self.bias


def _rounded(x: Tensor) -> Tensor:
    return x.astype("bfloat16").astype(x.dtype)


def settle(tf32: bool, deterministic: bool) -> None:
    """Have float32 computed in float32, or its factors rounded by a GPU; and a GPU compute the same bits each time."""
    if not tf32:  # read once by NVIDIA's libraries: some of Paddle's kernels do not ask its own switches
        os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    if deterministic:
        os.environ.setdefault(*WORKSPACE)  # read at the first product
    for flags, value in ((_FLAGS, tf32), (_DETERMINISTIC, deterministic)):
        for flag in flags:
            with contextlib.suppress(ValueError):  # a version, or a build for CPUs, that has none
                paddle.set_flags({flag: value})
    for library in _LIBRARIES:
        if hasattr(core, f"set_{library}_switch"):
            getattr(core, f"set_{library}_switch")(tf32)


def rounds_factors() -> bool:
    """Whether any float32 product may be less than float32, by Paddle's own answer."""
    answers = [getattr(core, f"get_{name}_switch")() for name in _LIBRARIES if hasattr(core, f"get_{name}_switch")]
    for flag in _FLAGS:
        with contextlib.suppress(ValueError):
            answers.append(paddle.get_flags([flag])[flag])
    return any(answers)


def described_card(device: core.Place) -> dict[str, str]:
    """The name, compute capability and libraries of a GPU; nothing of a CPU."""
    if not device.is_gpu_place():
        return {}
    number = device.gpu_device_id()
    capability, name = paddle.device.cuda.get_device_capability(number), paddle.device.cuda.get_device_name(number)
    return card(name, capability, paddle.version.cuda(), paddle.version.cudnn())
