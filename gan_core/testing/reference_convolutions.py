"""Reference convolutions, in slow, plain NumPy, one pixel at a time; the legend of `reference_layers` holds."""

from collections.abc import Iterator

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair
from gan_core.testing.reference_layers import Arrays, Inputs, reference_layer


@reference_layer.register
def conv(layer: L.Conv, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), weight = inputs, weights["weight"]  # [N, C, H, W], [K, C / groups, kH, kW]
    padded = with_padding(layer, x)
    y = np.zeros((len(x), *node.plan.output_shape), np.result_type(x, weight))
    for read, made in groups(layer, x.shape[1]):
        for i, j in np.ndindex(y.shape[2:]):
            window = padded[:, read, *seen(layer, i, j)]
            y[:, made, i, j] = np.tensordot(window, weight[made], axes=([1, 2, 3], [1, 2, 3]))
    return y + weights["bias"][:, None, None] if layer.bias else y


@reference_layer.register
def conv_transpose(
    layer: L.ConvTranspose, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,), weight = inputs, weights["weight"]  # [N, C, H, W], [C, K / groups, kH, kW]
    (down, right), (top, left), (bottom, far_right) = pair(layer.stride), layer.padding_before, layer.padding_after
    rows = (x.shape[2] - 1) * down + layer.reach[0] + pair(layer.output_padding)[0]
    columns = (x.shape[3] - 1) * right + layer.reach[1] + pair(layer.output_padding)[1]
    full = np.zeros((len(x), layer.channels, rows, columns), np.result_type(x, weight))
    for read, made in groups(layer, x.shape[1]):
        for i, j in np.ndindex(x.shape[2:]):
            painted = np.tensordot(x[:, read, i, j], weight[read], axes=(1, 0))  # [N, K / groups, kH, kW]
            full[:, made, *seen(layer, i, j)] += painted
    y = full[:, :, top : rows - bottom, left : columns - far_right]
    return y + weights["bias"][:, None, None] if layer.bias else y


def seen(layer: L.Conv | L.ConvTranspose, i: int, j: int) -> tuple[slice, slice]:
    """The rows and columns that the kernel touches at its step (i, j)."""
    steps = zip((i, j), pair(layer.stride), layer.reach, pair(layer.dilation), strict=True)
    rows, columns = (slice(at * stride, at * stride + reach, dilation) for at, stride, reach, dilation in steps)
    return rows, columns


def groups(layer: L.Conv | L.ConvTranspose, channels: int) -> Iterator[tuple[slice, slice]]:
    """Yield for each group the channels that it reads and those that it makes."""
    many_in, many_out = channels // layer.groups, layer.channels // layer.groups
    for number in range(layer.groups):
        yield (
            slice(number * many_in, (number + 1) * many_in),
            slice(number * many_out, (number + 1) * many_out),
        )


def with_padding(layer: L.Conv, x: np.ndarray) -> np.ndarray:
    """[N, C, H, W] with the pixels around it: zeros, the nearest of the image, or those mirrored at its edge."""
    (top, left), (bottom, right) = layer.padding_before, layer.padding_after
    height, width = x.shape[2:]
    padded = np.zeros((*x.shape[:2], top + height + bottom, left + width + right), x.dtype)
    for i, j in np.ndindex(padded.shape[2:]):
        row, column = i - top, j - left
        if layer.padding_mode == "replicate":
            row, column = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
        if layer.padding_mode == "reflect":
            row, column = mirrored(row, height), mirrored(column, width)
        if 0 <= row < height and 0 <= column < width:
            padded[:, :, i, j] = x[:, :, row, column]
    return padded


def mirrored(place: int, side: int) -> int:
    """The pixel that a place beyond an edge shows."""
    if place < 0:
        return -place
    return 2 * (side - 1) - place if place >= side else place
