"""Reference layers of styles, a sample at a time in plain NumPy: see `reference_layers`, whose legend holds here too.

A modulated convolution is written as the paper defines it, with weights of its own for each sample.
"""

from dataclasses import replace

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, ModulatedConv, StyleMixing
from gan_core.testing.reference_layers import Arrays, Inputs, reference_layer


@reference_layer.register
def modulated_conv(
    layer: ModulatedConv, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x, styles), weight, plain = inputs, weights["weight"], replace(node, layer=layer.plain)
    made_first = np.moveaxis(weight, 1, 0) if layer.scale == "up" else weight  # [O, C, kH, kW]
    samples = []
    for sample, style in zip(x, styles, strict=True):
        own = made_first * style[None, :, None, None]
        if layer.demodulate:
            own = own / np.sqrt((own**2).sum(axis=(1, 2, 3), keepdims=True) + layer.epsilon)
        own = np.moveaxis(own, 1, 0) if layer.scale == "up" else own
        samples.append(reference_layer(layer.plain, plain, [sample[None]], {"weight": own}, buffers, call))
    return np.concatenate(samples)


@reference_layer.register
def bias(layer: Bias, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.moveaxis(np.moveaxis(inputs[0], 1, -1) + weights["bias"], -1, 1)


@reference_layer.register
def learned_constant(
    layer: LearnedConstant, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return np.stack([weights["weight"]] * len(inputs[0]))


@reference_layer.register
def add_noise(layer: AddNoise, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    x, noise = inputs
    return np.stack([channel + weights["weight"][0] * noise[:, 0] for channel in np.moveaxis(x, 1, 0)], axis=1)


@reference_layer.register
def style_mixing(
    layer: StyleMixing, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (latents,) = inputs  # [N, F, 1, 2]
    count, starts = len(latents), [layer.layers] * len(latents)
    if call.training and layer.chance:
        random = call.random_of(node.name)
        chosen, place = (
            np.asarray(random.uniform(node.name, purpose, (count,))).tolist() for purpose in ("chosen", "place")
        )
        starts = [
            1 + int(place[n] * (layer.layers - 1)) if chosen[n] < layer.chance else layer.layers for n in range(count)
        ]
    rows = [
        np.concatenate([latents[n, :, 0, int(number >= starts[n])] for number in range(layer.layers)])
        for n in range(count)
    ]
    return np.stack(rows)
