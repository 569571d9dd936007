"""What the comparison of written programs needs of PyTorch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from gan_backends.torch.program import TorchLanguage
from gan_core.plans.plans import Plan
from gan_core.recording.forward import safe

LANGUAGE = TorchLanguage()
KEYS = ("weight", "bias")
NAMES = {
    "running_variance": "running_var",
    **{f"{place}_{key}": f"{key}_{short}_l0" for place, short in (("input", "ih"), ("hidden", "hh")) for key in KEYS},
}


@contextmanager
def double() -> Iterator[None]:
    """Have what a program makes be float64."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def made(program: Any) -> Any:
    """Return a program's GAN."""
    return program.GAN()


def places(network: nn.Module, plan: Plan) -> dict[str, torch.Tensor]:
    """Return a network's weights and buffers by canonical name."""
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    found = {}
    for name in [*plan.weights, *plan.buffers]:
        layer, _, key = name.rpartition(".")
        own = NAMES.get(key, key)
        wishes = (f"{safe(layer)}.{own}", f"{safe(layer)}.layer.{own}", safe(layer))
        found[name] = next(tensors[wish] for wish in wishes if wish in tensors)
    return found


@torch.no_grad()
def load(network: nn.Module, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
    for name, tensor in places(network, plan).items():
        tensor.copy_(torch.from_numpy(np.array(values[name])).reshape(tensor.shape))


def read(network: nn.Module, plan: Plan) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy() for name, tensor in places(network, plan).items()}


def argument(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    kind = np.int64 if value.dtype.kind in "iu" else np.float64
    return torch.from_numpy(np.require(value, kind, ["C", "W"]).copy())


def number(value: Any) -> float:
    return float(value)


class Masked(nn.Module):
    """Dropout with the library's masks."""

    def __init__(self, network: str, layer: str, rate: float, shape: tuple[int, ...], masks: Any) -> None:
        super().__init__()
        self.place, self.rate, self.shape, self.masks = (network, layer), rate, shape, masks

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = self.masks.mask(*self.place, (x.shape[0], *self.shape), self.rate)
        return x * torch.from_numpy(np.array(mask)) / (1 - self.rate)


def install_masks(gan: Any, plans: Mapping[str, Plan], masks: Any) -> None:
    """Have networks announce their calls, and dropout layers use the library's masks."""
    for name, plan in plans.items():
        network = getattr(gan, safe(name))
        network.register_forward_pre_hook(lambda *_, name=name: _entered(gan, name, masks))
        for node in plan.nodes:
            if hasattr(node.layer, "rate"):
                setattr(
                    network,
                    safe(node.name),
                    Masked(name, node.name, node.layer.rate, node.plan.mask_shape, masks),
                )
            elif node.plan.random:
                getattr(network, safe(node.name)).random = partial(_drawn, masks, name, node.name)


def _drawn(masks: Any, network: str, layer: str, purpose: str, x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.array(masks.uniform(network, layer, purpose, len(x))))


def _entered(gan: Any, name: str, masks: Any) -> None:
    gan.progress()
    masks.enter(name)
