"""What the comparison of written programs needs of Keras."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import keras
import numpy as np
import tensorflow as tf

from gan_backends.keras.network import native_axes
from gan_backends.keras.program import KerasLanguage
from gan_core.plans.plans import Plan
from gan_core.recording.forward import safe
from gan_core.specs import layers as L

LANGUAGE = KerasLanguage()
COMPILED = False  # whether step functions are compiled, which takes longer; masks of dropout would be those of one step
NAMES = {
    "kernel": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "alpha": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_variance",
}


def exact_leaky_relu(features: tf.Tensor, alpha: float = 0.2, name: str | None = None) -> tf.Tensor:
    """Leaky ReLU with the slope in float64: TensorFlow's own keeps it as float32, 1.5e-8 off."""
    return tf.where(features > 0, features, tf.constant(alpha, features.dtype) * features)


def exact_gelu(features: tf.Tensor, approximate: bool = False, name: str | None = None) -> tf.Tensor:
    """GELU in float64: TensorFlow's own keeps its numbers as float32, 1e-8 off."""
    inner = (2 / math.pi) ** 0.5 * (features + 0.044715 * features**3)
    return 0.5 * features * (1 + (tf.tanh(inner) if approximate else tf.math.erf(features * 0.5**0.5)))


def exact_exponential(self: Any, updates: Any) -> tf.Tensor:
    """The schedule in float64: Keras's own schedules are float32 whatever the weights are, 1.5e-8 off."""
    return self.initial_learning_rate * self.decay_rate ** (tf.cast(updates, tf.float64) / self.decay_steps)


def exact_inverse_time(self: Any, updates: Any) -> tf.Tensor:
    """See `exact_exponential`."""
    return self.initial_learning_rate / (1 + self.decay_rate * tf.cast(updates, tf.float64) / self.decay_steps)


def exact_rescaling(self: Any, x: Any) -> Any:
    """A factor in float64: Keras's own is rounded to float32 on its way, 1.7e-8 off."""
    return x * self.scale


REPLACED = (
    (tf.nn, "leaky_relu", exact_leaky_relu),
    (tf.nn, "gelu", exact_gelu),
    (keras.layers.Rescaling, "call", exact_rescaling),
    (keras.optimizers.schedules.ExponentialDecay, "__call__", exact_exponential),
    (keras.optimizers.schedules.InverseTimeDecay, "__call__", exact_inverse_time),
)


@contextmanager
def double() -> Iterator[None]:
    """Have what a program makes be float64, and run its step functions as they stand, without compiling them."""
    before = tf.config.functions_run_eagerly()
    with ExitStack() as stack:
        for place, name, exact in REPLACED:
            stack.enter_context(patch.object(place, name, exact))
        policy = keras.config.dtype_policy()  # which the first layer of a process settles for all later ones
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        tf.config.run_functions_eagerly(not COMPILED)
        try:
            yield
        finally:
            keras.config.set_floatx("float32")
            keras.config.set_dtype_policy(policy)
            tf.config.run_functions_eagerly(before)


def made(program: Any) -> Any:
    """Return a program's GAN."""
    return program.GAN()


def places(network: keras.Model, plan: Plan) -> dict[str, tuple[keras.Variable, tuple[int, ...]]]:
    """Return a network's weights and buffers by canonical name, each with its axes in Keras's order."""
    found = {}
    for node in plan.nodes:
        if not isinstance(node.layer, L.GRU) and (node.plan.weights or node.plan.buffers):
            for kept in network.get_layer(safe(node.name)).weights:
                own = kept.name if kept.name in {*node.plan.weights, *node.plan.buffers} else NAMES[kept.name]
                shape = (node.plan.weights.get(own) or node.plan.buffers[own]).shape
                found[f"{node.name}.{own}"] = kept, native_axes(node, own, len(shape))
    return found


def load(network: keras.Model, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
    for name, (kept, axes) in places(network, plan).items():
        kept.assign(np.transpose(values[name], axes).reshape(kept.shape))
    for layer, node in recurrent(network, plan):
        arrays = {key: in_other_order(values[f"{node.name}.{key}"]) for key in node.plan.weights}
        biases = np.stack([arrays["input_bias"], arrays["hidden_bias"]])
        for kept, array in zip(
            layer.weights, (arrays["input_weight"].T, arrays["hidden_weight"].T, biases), strict=True
        ):
            kept.assign(array)


def recurrent(network: keras.Model, plan: Plan) -> list[tuple[Any, Any]]:
    """Return the GRU layers of a network, which Keras has with other gates first and both biases in one array."""
    return [(network.get_layer(safe(node.name)), node) for node in plan.nodes if isinstance(node.layer, L.GRU)]


def in_other_order(gates: np.ndarray) -> np.ndarray:
    """Return arrays of the gates r, z, n under one another as those of z, r, n, and back."""
    reset, update, new = np.split(gates, 3)
    return np.concatenate([update, reset, new])


def read(network: keras.Model, plan: Plan) -> dict[str, np.ndarray]:
    found = {}
    for name, (kept, axes) in places(network, plan).items():
        array = kept.numpy()
        array = array if array.ndim == len(axes) else array.reshape(-1)  # PReLU's is [1, 1, C]
        found[name] = array.transpose(np.argsort(axes))
    for layer, node in recurrent(network, plan):
        kernel, hidden, biases = (kept.numpy() for kept in layer.weights)
        arrays = {
            "input_weight": kernel.T,
            "input_bias": biases[0],
            "hidden_weight": hidden.T,
            "hidden_bias": biases[1],
        }
        found |= {f"{node.name}.{key}": in_other_order(array) for key, array in arrays.items()}
    return found


def argument(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    array = np.asarray(value, np.int64 if value.dtype.kind in "iu" else np.float64)
    return tf.constant(np.moveaxis(array, 1, 3) if array.ndim == 4 else array)


def number(value: Any) -> float:
    return float(value)


def install_masks(gan: Any, plans: Mapping[str, Plan], masks: Any) -> None:
    """Have networks announce their calls, and dropout layers use the library's masks."""
    for name, plan in plans.items():
        network = getattr(gan, safe(name))
        network.call = _announced(network.call, gan, name, masks)
        for node in plan.nodes:
            if hasattr(node.layer, "rate"):
                network.get_layer(safe(node.name)).call = _masked(name, node, masks)
            elif node.plan.random:
                network.get_layer(safe(node.name)).random = partial(_drawn, masks, name, node.name)


def _drawn(masks: Any, network: str, layer: str, purpose: str, x: tf.Tensor) -> tf.Tensor:
    return tf.constant(np.asarray(masks.uniform(network, layer, purpose, x.shape[0]), np.float64))


def _announced(call: Callable[..., Any], gan: Any, name: str, masks: Any) -> Callable[..., Any]:
    def announced(*args: Any, **options: Any) -> Any:
        gan.progress()
        masks.enter(name)
        return call(*args, **options)

    return announced


def _masked(network: str, node: Any, masks: Any) -> Callable[..., Any]:
    def masked(x: tf.Tensor, training: bool = False) -> tf.Tensor:
        mask = masks.mask(network, node.name, (x.shape[0], *node.plan.mask_shape), node.layer.rate)
        array = np.moveaxis(mask, 1, 3) if mask.ndim == 4 else mask
        return x * tf.constant(np.asarray(array, np.float64)) / (1 - node.layer.rate)

    return masked
