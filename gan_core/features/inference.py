"""A planned network run by NumPy in float64, in evaluation mode: the same features whatever framework is installed.

It knows the layers that classifiers consist of; another joins with ``@apply_layer.register``. Arrays are [N, C, H, W]
or [N, F], weights in canonical layout.
"""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from gan_core.errors import SpecError
from gan_core.live_lines import counted
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

ROWS_AT_ONCE = 128
Weights = Mapping[str, np.ndarray]


def run_network(plan: Plan, weights: Weights, samples: np.ndarray, layers: tuple[str, ...]) -> list[np.ndarray]:
    """Return the outputs of the named layers, float64 [N, …] each, for samples [N, *shape] of the only input.

    weights: "layer.key" → array. Raises `SpecError` for a layer that NumPy inference does not know.
    """
    (entrance,) = plan.inputs
    parts: list[list[np.ndarray]] = [[] for _ in layers]
    with counted("features", len(samples), "samples") as show:
        for start in range(0, len(samples), ROWS_AT_ONCE):
            arrays = {entrance: samples[start : start + ROWS_AT_ONCE].astype(np.float64)}
            for node in plan.nodes:
                layer_weights = {key: weights[f"{node.name}.{key}"].astype(np.float64) for key in node.plan.weights}
                (layer_input,) = (arrays[name] for name in node.inputs)
                rule = apply_layer.registry.get(type(node.layer), apply_layer.dispatch(object))  # not a parent's rule
                arrays[node.name] = rule(node.layer, layer_input, layer_weights)
            for part, name in zip(parts, layers, strict=True):
                part.append(arrays[name])
            show(min(start + ROWS_AT_ONCE, len(samples)))
    return [np.concatenate(part) for part in parts]


@singledispatch
def apply_layer(layer: L.Layer, x: np.ndarray, weights: Weights) -> np.ndarray:
    """Return a layer's output [N, …] for an input [N, …]. Raises `SpecError` for a layer without a rule."""
    raise SpecError(f"no NumPy inference for a layer '{type(layer).__name__}'; register it with apply_layer.register")


@apply_layer.register
def _dense(layer: L.Dense, x: np.ndarray, weights: Weights) -> np.ndarray:
    return np.asarray(x @ weights["weight"].T + weights.get("bias", 0.0))


@apply_layer.register
def _conv(layer: L.Conv, x: np.ndarray, weights: Weights) -> np.ndarray:
    edges = zip(layer.padding_before, layer.padding_after, strict=True)
    mode: Any = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}[layer.padding_mode]
    padded = np.pad(x, ((0, 0), (0, 0), *edges), mode=mode)
    down, right = pair(layer.dilation)
    windows = _windows(padded, layer.reach, pair(layer.stride))[..., ::down, ::right]  # [N, C, H', W', kH, kW]
    count, _, height, width = windows.shape[:4]
    parts = []
    filters = np.split(weights["weight"], layer.groups)
    for read, part in zip(np.split(windows, layer.groups, axis=1), filters, strict=True):
        columns = read.transpose(0, 2, 3, 1, 4, 5).reshape(count * height * width, -1)
        parts.append(columns @ part.reshape(len(part), -1).T)
    out = np.concatenate(parts, axis=1) + weights.get("bias", 0.0)
    return np.asarray(out.reshape(count, height, width, layer.channels).transpose(0, 3, 1, 2))


@apply_layer.register
def _relu(layer: L.ReLU, x: np.ndarray, weights: Weights) -> np.ndarray:
    return np.asarray(np.maximum(x, 0.0))


@apply_layer.register
def _max_pool(layer: L.MaxPool, x: np.ndarray, weights: Weights) -> np.ndarray:
    return np.asarray(_windows(x, pair(layer.size), pair(layer.stride or layer.size)).max(axis=(4, 5)))


@apply_layer.register
def _flatten(layer: L.Flatten, x: np.ndarray, weights: Weights) -> np.ndarray:
    return x.reshape(len(x), -1)


def _windows(x: np.ndarray, size: tuple[int, int], stride: tuple[int, int]) -> np.ndarray:
    down, right = stride
    return np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::down, ::right]
