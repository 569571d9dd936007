"""Layers of Keras's with weights, as layers of ours."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras import KerasTensor
from keras import layers as K

from gan_core.contract.feature_orders import Value, one_or_two
from gan_core.contract.foreign_functions import activated
from gan_core.contract.foreign_networks import Reading
from gan_core.contract.user_places import refused
from gan_core.specs import layers as L

_Follow = Callable[[Reading, Any, Sequence[Value], Any], Value]  # (reading, layer, what it reads, its node) → output
_Arrays = Mapping[str, tuple[str, tuple[int, ...]]]


def _kept(layer: K.Layer, prefix: str, **axes: tuple[Any, tuple[int, ...]]) -> _Arrays:
    """The names of a layer's arrays, as its files have them: the layer's name, and the place among its own.

    axes: our name of each → the variable, or None where the layer has none, and the canonical axes in its order.
    """
    places = {id(one): place for place, one in enumerate(layer.weights)}
    return {
        key: (f"{prefix}{layer.name}.{places[id(one)]}", order) for key, (one, order) in axes.items() if one is not None
    }


def _named(activation: Any) -> str:
    return getattr(activation, "__name__", type(activation).__name__)


def _dense(reading: Reading, layer: K.Dense, values: Sequence[Value], node: Any) -> Value:
    spec = L.Dense(units=layer.units, bias=layer.use_bias)
    arrays = _kept(layer, node.prefix, weight=(layer.kernel, (1, 0)), bias=(layer.bias, (0,)))
    return activated(reading, reading.add(spec, values, arrays), _named(layer.activation))


def _require_channels_last(layer: K.Layer) -> None:
    if layer.data_format != "channels_last":
        raise refused("data_format='channels_first'")


def _conv(reading: Reading, layer: K.Conv2D, values: Sequence[Value], node: Any) -> Value:
    _require_channels_last(layer)
    first = last = [0, 0]
    if layer.padding == "same":
        missing = []
        extra = values[0].padding or ((0, 0), (0, 0))
        sizes = zip(values[0].shape[1:], extra, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
        for side, more, kernel, stride, dilation in sizes:
            full = side + sum(more)
            missing.append(max(0, (-(-full // stride) - 1) * stride + (kernel - 1) * dilation + 1 - full))
        first, last = [side // 2 for side in missing], [side - side // 2 for side in missing]
    elif layer.padding != "valid":
        raise refused(f"padding='{layer.padding}'")
    spec = L.Conv(
        channels=layer.filters,
        kernel=one_or_two(layer.kernel_size),
        stride=one_or_two(layer.strides),
        padding=one_or_two(first),
        padding_end=None if first == last else one_or_two(last),
        dilation=one_or_two(layer.dilation_rate),
        groups=layer.groups,
        bias=layer.use_bias,
    )
    arrays = _kept(layer, node.prefix, weight=(layer.kernel, (2, 3, 1, 0)), bias=(layer.bias, (0,)))
    return activated(reading, reading.add(spec, values, arrays), _named(layer.activation))


def _conv_transpose(reading: Reading, layer: K.Conv2DTranspose, values: Sequence[Value], node: Any) -> Value:
    _require_channels_last(layer)
    if layer.output_padding is not None or tuple(layer.dilation_rate) != (1, 1):
        raise refused("Conv2DTranspose with output_padding or dilation_rate")
    sizes = list(zip(layer.kernel_size, layer.strides, strict=True))
    cut = [max(kernel - stride, 0) if layer.padding == "same" else 0 for kernel, stride in sizes]
    first, last = [side // 2 for side in cut], [side - side // 2 for side in cut]
    spec = L.ConvTranspose(
        channels=layer.filters,
        kernel=one_or_two(layer.kernel_size),
        stride=one_or_two(layer.strides),
        padding=one_or_two(first),
        padding_end=None if first == last else one_or_two(last),
        output_padding=one_or_two([max(stride - kernel, 0) for kernel, stride in sizes]),
        bias=layer.use_bias,
    )
    arrays = _kept(layer, node.prefix, weight=(layer.kernel, (2, 3, 1, 0)), bias=(layer.bias, (0,)))
    return activated(reading, reading.add(spec, values, arrays), _named(layer.activation))


def _affine(layer: K.Layer) -> bool:
    if layer.scale != layer.center:
        raise refused("a norm with a scale or a bias alone")
    return bool(layer.scale)


def _require_last_axis(layer: K.Layer, tensor: KerasTensor) -> None:
    axis = layer.axis[0] if isinstance(layer.axis, list | tuple) and len(layer.axis) == 1 else layer.axis
    if not isinstance(axis, int) or axis % len(tensor.shape) != len(tensor.shape) - 1:
        raise refused(f"axis={layer.axis}; expected the last one")


def _batch_norm(reading: Reading, layer: K.BatchNormalization, values: Sequence[Value], node: Any) -> Value:
    _require_last_axis(layer, node.output)
    spec = L.BatchNorm(
        running_update_rate=round(1 - layer.momentum, 12),
        epsilon=layer.epsilon,
        running_variance="biased",
        affine=_affine(layer),
    )
    variables = {
        "weight": layer.gamma if layer.scale else None,
        "bias": layer.beta if layer.center else None,
        "running_mean": layer.moving_mean,
        "running_variance": layer.moving_variance,
    }
    arrays = _kept(layer, node.prefix, **{key: (one, (0,)) for key, one in variables.items()})
    return reading.add(spec, values, arrays)


def _layer_norm(reading: Reading, layer: K.LayerNormalization, values: Sequence[Value], node: Any) -> Value:
    _require_last_axis(layer, node.output)
    if len(values[0].shape) != 1:
        raise refused("layer norm over the channels of each pixel")
    spec = L.LayerNorm(epsilon=layer.epsilon, affine=_affine(layer))
    arrays = _kept(layer, node.prefix, weight=(layer.gamma, (0,)), bias=(layer.beta, (0,)))
    return reading.add(spec, values, arrays)


def _group_norm(reading: Reading, layer: K.GroupNormalization, values: Sequence[Value], node: Any) -> Value:
    _require_last_axis(layer, node.output)
    settings = {"epsilon": layer.epsilon, "affine": _affine(layer)}
    spec: L.LayerSpec = L.GroupNorm(groups=max(layer.groups, 1), **settings)
    if layer.groups in (-1, values[0].shape[0]) and len(values[0].shape) == 3:
        spec = L.InstanceNorm(**settings)
    elif layer.groups == 1:
        spec = L.LayerNorm(**settings)
    arrays = _kept(layer, node.prefix, weight=(layer.gamma, (0,)), bias=(layer.beta, (0,)))
    return reading.add(spec, values, arrays)


def _embedding(reading: Reading, layer: K.Embedding, values: Sequence[Value], node: Any) -> Value:
    if layer.mask_zero:
        raise refused("an embedding with mask_zero")
    spec = L.Embedding(classes=layer.input_dim, units=layer.output_dim)
    return reading.add(spec, values, _kept(layer, node.prefix, weight=(layer.embeddings, (0, 1))))


def _prelu(reading: Reading, layer: K.PReLU, values: Sequence[Value], node: Any) -> Value:
    arrays = _kept(layer, node.prefix, weight=(layer.alpha, (0,)))
    if len(values[0].shape) == 1:
        return reading.add(L.PReLU(), values, arrays)
    if tuple(layer.alpha.shape[:-1]) != (1, 1):
        raise refused("a PReLU with a slope for each pixel; ours has one a channel (shared_axes=[1, 2])")
    shape = tuple(layer.alpha.shape)
    return reading.add(L.PReLU(), values, a_channel={"weight": (arrays["weight"][0], shape)})


LAYERS: dict[str, _Follow] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "Embedding": _embedding,
    "PReLU": _prelu,
}
"""By the name of the class."""
