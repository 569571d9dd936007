"""What the comparison of written programs needs of PaddlePaddle."""

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from gan_backends.paddle.network import native_axes
from gan_backends.paddle.program import PaddleLanguage
from gan_core.plans.plans import Plan
from gan_core.recording.forward import safe

LANGUAGE = PaddleLanguage()
KEYS = ("weight", "bias")
NAMES = {
    "running_mean": "_mean",
    "running_variance": "_variance",
    **{f"{place}_{key}": f"{key}_{short}_l0" for place, short in (("input", "ih"), ("hidden", "hh")) for key in KEYS},
}


@contextmanager
def double() -> Iterator[None]:
    """Have what a program makes be float64, settings of kernels that Paddle holds as float32 included."""
    paddle.set_default_dtype("float64")
    exact = {"batch_norm": batch_norm, "instance_norm": instance_norm, "group_norm": group_norm}
    try:
        with ExitStack() as stack:
            for name, function in exact.items():
                stack.enter_context(patch.object(F, name, function))
                stack.enter_context(patch.object(paddle.nn.layer.norm, name, function))
            stack.enter_context(patch.object(F, "one_hot", one_hot))
            yield
    finally:
        paddle.set_default_dtype("float32")


def made(program: Any) -> Any:
    """Return a program's GAN."""
    return program.GAN()


def places(network: nn.Layer, plan: Plan) -> dict[str, tuple[paddle.Tensor, tuple[int, ...]]]:
    """Return a network's weights and buffers by canonical name, each with the order of its axes."""
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    found = {}
    for node in plan.nodes:
        for key, array in {**node.plan.weights, **node.plan.buffers}.items():
            name = safe(node.name)
            owns = (NAMES.get(key, key), f"layer.{key}", "scale", "_weight")
            tensor = next(tensors[wish] for wish in (*(f"{name}.{own}" for own in owns), name) if wish in tensors)
            found[f"{node.name}.{key}"] = tensor, native_axes(node, key, len(array.shape))
    return found


def load(network: nn.Layer, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
    with paddle.no_grad():
        for name, (tensor, axes) in places(network, plan).items():
            value = np.transpose(values[name], axes).reshape(tensor.shape)
            paddle.assign(paddle.to_tensor(np.array(value, order="C"), dtype=tensor.dtype), output=tensor)


def read(network: nn.Layer, plan: Plan) -> dict[str, np.ndarray]:
    return {  # a number of its own, as a gain, may have no axis here
        name: np.transpose(tensor.numpy() if tensor.ndim == len(axes) else np.atleast_1d(tensor.numpy()), axes)
        for name, (tensor, axes) in places(network, plan).items()
    }


def argument(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return paddle.to_tensor(np.asarray(value, np.int64 if value.dtype.kind in "iu" else np.float64))


def number(value: Any) -> float:
    return float(value)


class Masked(nn.Layer):
    """Dropout with the library's masks."""

    def __init__(self, network: str, layer: str, rate: float, shape: tuple[int, ...], masks: Any) -> None:
        super().__init__()
        self.place, self.rate, self.mask_shape, self.masks = (network, layer), rate, shape, masks

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        mask = self.masks.mask(*self.place, (x.shape[0], *self.mask_shape), self.rate)
        return x * paddle.to_tensor(np.array(mask)) / (1 - self.rate)


def install_masks(gan: Any, plans: Mapping[str, Plan], masks: Any) -> None:
    """Have networks announce their calls, and dropout layers use the library's masks."""
    for name, plan in plans.items():
        network = getattr(gan, safe(name))
        network.register_forward_pre_hook(lambda *_, name=name: _entered(gan, name, masks))
        for node in plan.nodes:
            if hasattr(node.layer, "rate"):
                masked = Masked(name, node.name, node.layer.rate, node.plan.mask_shape, masks)
                setattr(network, safe(node.name), masked)
            elif node.plan.random:
                getattr(network, safe(node.name)).random = partial(_drawn, masks, name, node.name)


def _drawn(masks: Any, network: str, layer: str, purpose: str, x: paddle.Tensor) -> paddle.Tensor:
    return paddle.to_tensor(np.array(masks.uniform(network, layer, purpose, len(x))))


def _entered(gan: Any, name: str, masks: Any) -> None:
    gan.progress()
    masks.enter(name)


# --- functions of Paddle whose settings are float32 in its kernels, with the settings exact

_batch_norm, _instance_norm, _group_norm, _one_hot = F.batch_norm, F.instance_norm, F.group_norm, F.one_hot


def _scale(epsilon: float) -> float:
    """A factor of inputs with which an epsilon that is held as float32 is exact."""
    return math.sqrt(float(np.float32(epsilon)) / epsilon)


def batch_norm(
    x: Any, mean: Any, variance: Any, weight: Any, bias: Any, training: bool, momentum: float, epsilon: float, **_: Any
) -> Any:
    """Batch norm that keeps statistics with an exact momentum."""
    scale = _scale(epsilon)
    if not training:
        return _batch_norm(x * scale, mean * scale, variance * scale**2, weight, bias, False, epsilon=epsilon)
    batch = paddle.zeros_like(mean), paddle.zeros_like(variance)
    y = _batch_norm(x * scale, *batch, weight, bias, True, 0.0, epsilon)
    for kept, new in ((mean, batch[0] / scale), (variance, batch[1] / scale**2)):
        paddle.assign(momentum * kept + (1 - momentum) * new, output=kept)
    return y


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, **_: Any) -> Any:
    return _instance_norm(x * _scale(eps), weight=weight, bias=bias, eps=eps)


def group_norm(x: Any, groups: int, epsilon: float, weight: Any, bias: Any, *_: Any) -> Any:
    return _group_norm(x * _scale(epsilon), groups, epsilon, weight, bias)


def one_hot(labels: Any, classes: int) -> Any:
    return _one_hot(labels, classes).astype(paddle.get_default_dtype())
