"""Convolutions, pools and the layers that move pixels as operators of ONNX; they join those of `onnx_layers`."""

import numpy as np

from gan_core.sharing.onnx_graph import FLOAT, Place
from gan_core.sharing.onnx_layers import onnx_layer
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}
Sides = tuple[int, int]
NONE: Sides = (0, 0)


def padded(at: Place, before: Sides, after: Sides, mode: str) -> str:
    """Write the pixels around an image [N, C, H, W], and return the name of the larger one."""
    if not any((*before, *after)):
        return at.inputs[0]
    return at.add("Pad", at.inputs[0], at.graph.counts([0, 0, *before, 0, 0, *after]), mode=MODES[mode])


@onnx_layer.register
def _conv(layer: L.Conv, at: Place) -> str:
    before, after, x = layer.padding_before, layer.padding_after, at.inputs[0]
    if layer.padding_mode != "zeros":
        x, before, after = padded(at, before, after, layer.padding_mode), NONE, NONE
    bias = [at.weight("bias")] if layer.bias else []
    return at.add(
        "Conv",
        x,
        at.weight("weight"),
        *bias,
        kernel_shape=pair(layer.kernel),
        strides=pair(layer.stride),
        dilations=pair(layer.dilation),
        group=layer.groups,
        pads=[*before, *after],
    )


@onnx_layer.register
def _conv_transpose(layer: L.ConvTranspose, at: Place) -> str:
    bias = [at.weight("bias")] if layer.bias else []
    return at.add(
        "ConvTranspose",
        at.inputs[0],
        at.weight("weight"),
        *bias,
        kernel_shape=pair(layer.kernel),
        strides=pair(layer.stride),
        dilations=pair(layer.dilation),
        group=layer.groups,
        pads=[*layer.padding_before, *layer.padding_after],
        output_padding=pair(layer.output_padding),
    )


@onnx_layer.register
def _average_pool(layer: L.AveragePool, at: Place) -> str:
    step = at.node.plan.pool_step
    return at.add("AveragePool", at.inputs[0], kernel_shape=[layer.size] * 2, strides=[step] * 2)


@onnx_layer.register
def _max_pool(layer: L.MaxPool, at: Place) -> str:
    step = at.node.plan.pool_step
    return at.add("MaxPool", at.inputs[0], kernel_shape=[layer.size] * 2, strides=[step] * 2)


@onnx_layer.register
def _upsample(layer: L.Upsample, at: Place) -> str:
    sides = at.graph.counts(at.node.plan.output_shape[1:])
    attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return at.add("Resize", at.inputs[0], "", "", sides, axes=[2, 3], **attributes)


@onnx_layer.register
def _resize(layer: L.Resize, at: Place) -> str:
    sides = at.graph.counts(at.node.plan.output_shape[1:])
    return at.add(
        "Resize", at.inputs[0], "", "", sides, axes=[2, 3], mode="linear", coordinate_transformation_mode="half_pixel"
    )


@onnx_layer.register
def _blur(layer: L.Blur, at: Place) -> str:
    channels = at.node.input_shapes[0][0]
    filters = np.broadcast_to(layer.shares.astype(FLOAT), (channels, 1, *layer.reach))
    x = padded(at, layer.padding_before, layer.padding_after, layer.padding_mode)
    strides = [layer.stride] * 2
    return at.add("Conv", x, at.graph.array(filters, "filters"), group=channels, strides=strides)


@onnx_layer.register
def _pad(layer: L.Pad, at: Place) -> str:
    before, after = layer.edge
    return padded(at, (before, before), (after, after), layer.mode)
