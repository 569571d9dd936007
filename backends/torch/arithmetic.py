"""How products are computed, what the framework has once for a process to that end, and what it says of a GPU."""

import os
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.contract.devices import WORKSPACE, card

from .ops import Operations


def product(ops: Operations, function: Callable[[Tensor, Tensor], Tensor], x: Tensor, weight: Tensor) -> Tensor:
    """A product of inputs and a weight, `function` of both; its factors and its value in bfloat16 where that is chosen.

    Gradients pass the casts, so that products in them are rounded alike, and can be differentiated again.
    """
    if ops.products != "bf16":
        return function(x, weight)
    return function(x.to(torch.bfloat16), weight.to(torch.bfloat16)).to(ops.dtype)


class Dense(nn.Linear):
    """A dense layer by `product`."""

    def __init__(self, ops: Operations, inputs: int, units: int, bias: bool, device: str | None = None) -> None:
        super().__init__(inputs, units, bias, device)
        self.ops = ops

    def forward(self, x: Tensor) -> Tensor:
        if self.ops.products != "bf16":
            return super().forward(x)
        y = product(self.ops, F.linear, x, self.weight)
        return y if self.bias is None else y + self.bias


def settle(tf32: bool, deterministic: bool) -> None:
    """Have float32 computed in float32, or its factors rounded by a GPU; and a GPU compute the same bits each time."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.set_float32_matmul_precision("high" if tf32 else "highest")  # the CPU's too, which may round to bfloat16
    if hasattr(torch.backends, "fp32_precision"):  # since 2.9 a word for all of them: recurrent layers, oneDNN
        torch.backends.fp32_precision = "tf32" if tf32 else "ieee"
    if deterministic:
        os.environ.setdefault(*WORKSPACE)  # read at the first product
    torch.backends.cudnn.deterministic = deterministic
    torch.use_deterministic_algorithms(deterministic)


def rounds_factors() -> bool:
    """Whether any float32 product may be less than float32, by PyTorch's own answer."""
    allowed = torch.backends.cudnn.allow_tf32 or torch.backends.cuda.matmul.allow_tf32
    return allowed or torch.get_float32_matmul_precision() != "highest"


def described_card(device: torch.device) -> dict[str, str]:
    """The name, compute capability and libraries of a GPU; nothing of a CPU."""
    if device.type == "cpu":
        return {}
    capability, cudnn = torch.cuda.get_device_capability(device), torch.backends.cudnn.version()
    return card(torch.cuda.get_device_name(device), capability, torch.version.cuda, cudnn)
